"""Public pages say the same in every language."""

import io
import string
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

from fangbang.audit.events import AuditEvent
from tests.guard.source import PACKAGE

TRANSLATIONS = [PACKAGE / room / "translations" for room in ("pages", "office")]


def texts(path: Path) -> dict[str, str]:
    """Message id → text of one language, fuzzy and obsolete ones left out, since they are not shown."""
    return readable(read_po(io.BytesIO(path.read_bytes()), ignore_obsolete=True))


def readable(catalog: Catalog) -> dict[str, str]:
    return {str(item.id): str(item.string) for item in catalog if item.id and not item.fuzzy}


def repeated(po: str) -> list[str]:
    """Messages that stand twice, and those with a second text: the reader of catalogues lets them pass."""
    found, seen, said = list[str](), set[str](), 0
    for line in po.splitlines():
        if line.startswith("msgid "):
            found += [line] if line in seen else []
            seen.add(line)
            said = 0
        elif line.startswith("msgstr "):
            said += 1
            found += [line] if said > 1 else []
    return found


def places(text: str) -> set[str | None]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def differences(one: dict[str, str], other: dict[str, str]) -> list[str]:
    """What only one of two languages says. How a date or time is written is each language's own affair."""
    told = [f"{key}: in one language only" for key in sorted(one.keys() ^ other.keys())]
    for key in sorted(one.keys() & other.keys()):
        if not one[key].strip() or not other[key].strip():
            told.append(f"{key}: empty")
        elif places(one[key]) != places(other[key]) and not key.endswith(".format"):
            told.append(f"{key}: other places")
    return told


@pytest.mark.parametrize("folder", TRANSLATIONS, ids=lambda folder: folder.parent.name)
def test_both_languages_say_the_same(folder: Path) -> None:
    chinese, english = texts(folder / "zh.po"), texts(folder / "en.po")

    assert len(chinese) > 50
    assert differences(chinese, english) == []


@pytest.mark.parametrize("folder", TRANSLATIONS, ids=lambda folder: folder.parent.name)
@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_message_stands_once_with_one_text(folder: Path, language: str) -> None:
    assert repeated((folder / f"{language}.po").read_text()) == []


@pytest.mark.parametrize(
    ("po", "told"),
    [
        ('msgid "a"\nmsgstr "b"\n\nmsgid "c"\nmsgstr "b"\n', []),
        ('msgid "a"\nmsgstr "b"\n\nmsgid "a"\nmsgstr "c"\n', ['msgid "a"']),
        ('msgid "a"\nmsgstr "b"\nmsgstr "c"\n', ['msgstr "c"']),
    ],
)
def test_the_detector_sees_a_message_that_stands_twice(po: str, told: list[str]) -> None:
    assert repeated(po) == told


@pytest.mark.parametrize("folder", TRANSLATIONS, ids=lambda folder: folder.parent.name)
def test_there_is_no_third_language_half_done(folder: Path) -> None:
    assert sorted(path.name for path in folder.glob("*.po")) == ["en.po", "zh.po"]


@pytest.mark.parametrize(
    ("other", "told"),
    [
        ({"hour": "At {t}"}, []),
        ({"hour": "At {hour}"}, ["hour: other places"]),
        ({"hour": " "}, ["hour: empty"]),
        ({"hours": "At {t}"}, ["hour: in one language only", "hours: in one language only"]),
    ],
)
def test_the_detector_sees_a_difference(other: dict[str, str], told: list[str]) -> None:
    assert differences({"hour": "{t} 放榜"}, other) == told


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_event_of_the_log_has_a_name_in_the_office(language: str) -> None:
    told = texts(PACKAGE / "office" / "translations" / f"{language}.po")

    assert sorted(key.removeprefix("event.") for key in told if key.startswith("event.")) == sorted(AuditEvent)


def test_a_fuzzy_text_counts_as_missing() -> None:
    catalog = read_po(io.BytesIO(b'#, fuzzy\nmsgid "a"\nmsgstr "b"\n\nmsgid "c"\nmsgstr "d"\n'))

    assert readable(catalog) == {"c": "d"}
