"""The texts: complete in both languages, and every code has words."""

import re

import pytest
from babel.messages.pofile import read_po
from hypothesis import given
from hypothesis import strategies as st

from fangbang.exams.vocabulary import ChangeReason, CredentialKind, Outcome, StatementCode, SubjectStatus
from fangbang.pages.texts import LANGUAGES, fill, preferred, texts
from fangbang.pages.wording import ARGUMENTS

ZH, EN = texts("zh"), texts("en")
_HALF_WIDTH = "[\u4e00-\u9fff][,;:?!.()'\"]|[(,;'\"][\u4e00-\u9fff]"
PLACES = re.compile(r"\{[^}]*\}")


def test_both_languages_have_the_same_keys() -> None:
    assert ZH.messages.keys() == EN.messages.keys()


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_text_is_empty(language: str) -> None:
    assert [key for key, text in texts(language).messages.items() if not text.strip()] == []


@pytest.mark.parametrize("key", [key for key in ZH.messages if not key.startswith(("time.", "date."))])
def test_both_languages_have_the_same_places(key: str) -> None:
    assert sorted(PLACES.findall(ZH.messages[key])) == sorted(PLACES.findall(EN.messages[key]))


def test_english_texts_hold_no_chinese() -> None:
    chinese = {key for key, text in EN.messages.items() if re.search("[\u4e00-\u9fff]", text)}

    assert chinese == {"site.language"}, "the link to the Chinese pages says so in Chinese"


def test_chinese_texts_have_chinese_punctuation() -> None:
    mixed = [key for key, text in ZH.messages.items() if re.search(_HALF_WIDTH, text)]

    assert mixed == []


@pytest.mark.parametrize("text", ["成绩,", "成绩.", "(成绩", "成绩)", "成绩...", '"成绩', "'成绩"])
def test_half_width_punctuation_is_found(text: str) -> None:
    """Positive control."""
    assert re.search(_HALF_WIDTH, text)


def test_english_texts_have_english_punctuation() -> None:
    assert [key for key, text in EN.messages.items() if re.search("[\u3000-\u303f\uff00-\uffef]", text)] == []


@pytest.mark.parametrize(
    "key",
    [
        *(f"reason.{word}" for word in ChangeReason),
        *(f"outcome.{word}" for word in Outcome),
        *(f"outcome.{word}.say" for word in Outcome),
        *(f"status.{word}" for word in SubjectStatus),
        *(f"statement.{word}" for word in StatementCode),
        *(f"query.kind.{word}" for word in CredentialKind if word is not CredentialKind.BOUND),
    ],
)
def test_every_code_has_words(key: str) -> None:
    assert key in ZH.messages


def test_every_statement_knows_its_arguments() -> None:
    assert set(ARGUMENTS) == set(StatementCode)


def test_an_unknown_key_is_an_error() -> None:
    with pytest.raises(KeyError):
        ZH("no.such.key")


@given(st.text(), st.dictionaries(st.sampled_from(["0", "1", "name", "*"]), st.text(max_size=5)))
def test_filling_changes_only_known_places(template: str, params: dict[str, str]) -> None:
    expected = re.sub(r"\{(\d+|\*|[a-z0-9]+)\}", lambda m: params.get(m[1], m[0]), template)

    assert fill(template, params) == expected


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_files_hold_every_key_once(language: str) -> None:
    from importlib.resources import files

    source = files("fangbang.pages").joinpath(f"translations/{language}.po").read_text("utf-8")
    keys = re.findall(r'^msgid "(.+)"$', source, re.M)

    assert len(keys) == len(set(keys)) == len(texts(language).messages)
    assert read_po(iter(source.splitlines(True)), abort_invalid=True)


def test_preference() -> None:
    assert preferred("en", "zh", "zh") == "en"
