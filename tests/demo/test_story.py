"""Every line of the story stands in both languages, with the same figures in it."""

from string import Formatter

import pytest

from fangbang.cli.demo.story import LINES, line


def places(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


@pytest.mark.parametrize("key", sorted(LINES))
def test_both_languages_tell_the_same_figures(key: str) -> None:
    text = LINES[key]

    assert places(text.zh) == places(text.en)


def test_the_story_has_six_numbered_lines() -> None:
    numbered = [text.en.split()[0] for text in LINES.values() if "/6" in text.en]

    assert numbered == ["1/6", "2/6", "3/6", "4/6", "5/6", "6/6"]


def test_a_line_is_filled_in_the_language_of_the_user() -> None:
    assert line("address", "en", url="http://x/") == "Open     http://x/"
    assert line("address", "zh", url="http://x/") == "请打开  http://x/"
