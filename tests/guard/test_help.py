"""Every verb and every option says what it is for, in both languages."""

import re
from collections.abc import Iterator
from importlib import import_module

import click
import pytest

from fangbang import cli
from fangbang.cli.localise import picked


def texts(command: click.Command, path: str) -> Iterator[tuple[str, str]]:
    """(place, help text as written) of a command, its options and everything below it."""
    first, *further = (command.help or "").split("\n\n")
    yield from ((path, text) for text in (first, *(item for item in further if not item.lstrip().startswith("\b"))))
    for param in command.params:
        if isinstance(param, click.Option) and not param.hidden:
            yield f"{path} {param.opts[0]}", param.help or ""
    if isinstance(command, click.Group):
        for name, child in command.commands.items():
            yield from texts(child, f"{path} {name}")


def speaks_both(text: str) -> bool:
    chinese, separator, english = " ".join(text.split()).partition(" / ")
    return bool(separator and english and re.search("[一-鿿]", chinese) and not re.search("[一-鿿]", english))


@pytest.mark.parametrize("family", list(cli.FAMILIES))
def test_help_is_there_in_both_languages(family: str) -> None:
    command = getattr(import_module(f"fangbang.cli.{family}"), family)

    assert [place for place, text in texts(command, family) if not speaks_both(text)] == []


def test_the_detector_sees_what_is_missing() -> None:
    @click.command(help="查 / Look.")
    @click.option("--one", help="一 / One.")
    @click.option("--two", help="Two.")
    @click.option("--three")
    def look() -> None: ...

    assert [place for place, text in texts(look, "look") if not speaks_both(text)] == ["look --two", "look --three"]


@pytest.mark.parametrize("text", ["查 / Look.", "查 /\nLook.", "查看\n这里 / Look\nhere."])
def test_each_side_is_shown_wherever_a_line_ends(text: str) -> None:
    assert (picked(text, "zh")[0], picked(text, "en")[:4]) == ("查", "Look")


@pytest.mark.parametrize("text", ["", "查", "Look.", "查 /", "Look. / 查", "查 / Look 查"])
def test_one_language_is_not_two(text: str) -> None:
    assert not speaks_both(text)


def verbs(command: click.Command, path: str) -> Iterator[tuple[str, str]]:
    """(path, whole help text) of every verb at and below a command."""
    if isinstance(command, click.Group):
        for name, child in command.commands.items():
            yield from verbs(child, f"{path} {name}")
    else:
        yield path, command.help or ""


def without_example(command: click.Command, path: str) -> list[str]:
    """Verbs whose help shows no call of themselves, with or without general options."""
    return [
        name
        for name, text in verbs(command, path)
        if "例 / Example" not in text or not re.search(rf"fangbang (--\S+ )*{re.escape(name)}\b", text)
    ]


@pytest.mark.parametrize("family", list(cli.FAMILIES))
def test_every_verb_shows_an_example_of_itself(family: str) -> None:
    command = getattr(import_module(f"fangbang.cli.{family}"), family)

    assert without_example(command, family) == []


def test_the_detector_sees_an_example_that_is_missing_or_another_verbs() -> None:
    @click.group()
    def look() -> None: ...

    look.command("one", help="一 / One.\n\n例 / Example:\n  fangbang --json look one")(lambda: None)
    look.command("two", help="二 / Two.\n\n例 / Example:\n  fangbang look one")(lambda: None)
    look.command("three", help="三 / Three.")(lambda: None)

    assert without_example(look, "look") == ["look two", "look three"]
