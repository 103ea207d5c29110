"""The words of a sitting's files: levels, categories, subjects, specialties, provinces by id or by Chinese name."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

import polars as pl

from fangbang.exams.model import LevelRules, SittingRules, Text
from fangbang.exams.provinces import PROVINCES

_HALF_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
_SUFFIXES = ("维吾尔自治区", "壮族自治区", "回族自治区", "特别行政区", "自治区", "省", "市")


@dataclass(frozen=True)
class Choice:
    """What a registration's words mean. `found` holds (field, problem code) pairs; the rest counts only without."""

    level: str = ""
    category: str = ""
    specialty: str = ""
    subjects: tuple[str, ...] = ()
    found: tuple[tuple[str, str], ...] = ()


class Words:
    """Word → id, blind to full-width forms and spaces: 社会工作实务（中级） is 社会工作实务(中级)."""

    def __init__(self, table: Mapping[str, str]) -> None:
        self.table = {_plain(word): meaning for word, meaning in table.items()}

    def get(self, word: str) -> str | None:
        """The id, None when the word is not known."""
        return self.table.get(_plain(word))

    def column(self, words: pl.Series) -> pl.Series:
        """The id of each; null when not known."""
        known = {word: meaning for word in words.unique() if (meaning := self.get(word)) is not None}
        return words.replace_strict(known, default=None, return_dtype=pl.String)


class Vocabulary:
    """Looks words up; built once per file."""

    def __init__(self, rules: SittingRules, delimiter: str = "|", *, no_province: bool = False) -> None:
        self.rules = rules
        self._delimiter = delimiter
        self._no_province = no_province

    @cached_property
    def levels(self) -> Words:
        """Word → level id. A blank stands for the only level of an exam that has one."""
        words = _words((level.id, level.name) for level in self.rules.levels.values())
        return Words({**words, "": next(iter(self.rules.levels))} if len(self.rules.levels) == 1 else words)

    @cached_property
    def subjects(self) -> Words:
        """Word → subject id, over all levels; a word that means different subjects at two levels is left out."""
        words: dict[str, str] = {}
        unclear: set[str] = set()
        for level in self.rules.levels.values():
            for word, subject in _words((item.id, item.name) for item in level.subjects.values()).items():
                if words.setdefault(word, subject) != subject:
                    unclear.add(word)
        return Words({word: subject for word, subject in words.items() if word not in unclear})

    @cached_property
    def specialties(self) -> Words | None:
        """Word → specialty id, over all levels; None where the exam names none: words stay as they are."""
        words: dict[str, str] = {}
        for level in self.rules.levels.values():
            words |= _words(level.specialties.items())
        return Words({**words, "": ""}) if words else None

    @cached_property
    def provinces(self) -> Words:
        """Word → province code; regions that the exam's own rules name stand for themselves."""
        words = {region: region for region in self._own_regions() if region not in ("", "*")}
        if self._no_province:
            words[""] = ""
        for province in PROVINCES.values():
            words |= dict.fromkeys((province.code, province.zh, province.en, _short(province.zh)), province.code)
        return Words(words)

    def choice(self, level: str, category: str, specialty: str, subjects: str | None) -> Choice:
        """What these words of one registration mean. `subjects` None: the file names none, all owed ones are meant."""
        level_id = self.levels.get(level)
        if level_id is None:
            return Choice(found=(("level", "intake.level-unknown"),))
        rules = self.rules.levels[level_id]
        category_id = _category(rules, category)
        if category_id is None:
            return Choice(found=(("category", "intake.category-unknown"),))
        found: list[tuple[str, str]] = []
        specialty_id = _specialty(rules, specialty)
        if specialty_id is None:
            found.append(("specialty", "intake.specialty-unknown"))
        owed = rules.categories[category_id].owes
        named = owed if subjects is None else self._named(rules, owed, subjects, found)
        return Choice(level_id, category_id, specialty_id or "", named, tuple(found))

    def _named(
        self, rules: LevelRules, owed: tuple[str, ...], text: str, found: list[tuple[str, str]]
    ) -> tuple[str, ...]:
        words = Words(_words((item.id, item.name) for item in rules.subjects.values()))
        names = [name for name in _plain(text).split(_plain(self._delimiter)) if name]
        ids = [words.get(name) for name in names]
        if not ids:
            found.append(("subjects", "intake.subjects-blank"))
        elif None in ids:
            found.append(("subjects", "intake.subject-unknown"))
        elif len(set(ids)) < len(ids):
            found.append(("subjects", "intake.subject-twice"))
        elif not set(ids) <= set(owed):
            found.append(("subjects", "intake.subject-not-owed"))
        return tuple(subject for subject in ids if subject is not None)

    def _own_regions(self) -> set[str]:
        named = set(self.rules.credential_rules)
        for level in self.rules.levels.values():
            for subject in level.subjects.values():
                named |= {*subject.own_lines, *subject.regional_lines}
        return named


def _words(items: Iterable[tuple[str, Text]]) -> dict[str, str]:
    return {word: item for item, name in items for word in (item, name.zh, name.en)}


def _plain(word: str) -> str:
    return "".join(word.translate(_HALF_WIDTH).split())


def _short(name: str) -> str:
    for suffix in _SUFFIXES:
        if name.endswith(suffix):
            return name.removesuffix(suffix)
    return name


def _category(rules: LevelRules, word: str) -> str | None:
    if not word and len(rules.categories) == 1:
        return next(iter(rules.categories))
    return Words(_words((item.id, item.name) for item in rules.categories.values())).get(word)


def _specialty(rules: LevelRules, word: str) -> str | None:
    if not rules.specialties or not word:
        return word
    return Words(_words(rules.specialties.items())).get(word)
