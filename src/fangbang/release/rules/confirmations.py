"""The provinces' confirmations: between the gate and the approvals each province says whether its counts are right."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from fangbang.core.errors import FangbangError
from fangbang.exams.vocabulary import SubjectStatus
from fangbang.release.problems import DISPUTED, NOT_ASKED, UNCONFIRMED
from fangbang.release.rules.report import Scope
from fangbang.release.rules.signing import TWO_PEOPLE


class Word(StrEnum):
    """What was said of a province's counts."""

    CONFIRMED = "confirmed"
    """The provincial centre: they are right."""
    DISPUTED = "disputed"
    """The provincial centre: they are wrong."""
    WAIVED = "waived"
    """An approver of the national centre: go on without, or against, the province's word. Two people are needed."""


@dataclass(frozen=True)
class Said:
    """One word that stands."""

    province: str
    word: Word
    operator: str


@dataclass(frozen=True)
class Confirmations:
    """How the provinces that are asked stand. A province that two approvers waived is in neither of the first two."""

    asked: tuple[str, ...] = ()
    unsettled: tuple[str, ...] = ()
    disputing: tuple[str, ...] = ()
    confirmed: tuple[str, ...] = ()
    waived: tuple[str, ...] = ()


@dataclass(frozen=True)
class SubjectCounts:
    """One subject of one level: who was registered for it, has a mark, was absent, has another code, passed."""

    subject: str
    registered: int
    marks: int
    absent: int
    codes: int
    passed: int


@dataclass(frozen=True)
class LevelCounts:
    """One level of one province: its people by outcome, and its subjects."""

    registered: int
    outcomes: Mapping[str, int]
    subjects: tuple[SubjectCounts, ...]


@dataclass(frozen=True)
class ProvinceCounts:
    """What a province confirms: its own people, by level and subject, and nothing of any other province."""

    registered: int
    outcomes: Mapping[str, int]
    levels: Mapping[str, LevelCounts]


_PASSED = (SubjectStatus.PASSED, SubjectStatus.PASSED_REGIONALLY)
_CODES = (SubjectStatus.VIOLATION, SubjectStatus.INVALID, SubjectStatus.UNDEFINED_CODE, SubjectStatus.WITHHELD)
"""Statuses of a subject that come neither from a mark nor from an absence."""


def provinces_of(report: Mapping[str, Any]) -> list[str]:
    """The provinces of a report's scope that have candidates in its levels."""
    scope = Scope.from_json(report["scope"])
    tables = report["tables"]
    held = tables.get("provinces_subjects", {})
    found = [code for code in tables.get("provinces", {}) if not scope.provinces or code in scope.provinces]
    return [code for code in found if not scope.levels or set(held.get(code, {})) & set(scope.levels)]


def asked_provinces(report: Mapping[str, Any] | None, centres: Collection[str] | None) -> tuple[str, ...]:
    """The provinces whose word is needed: those with candidates in the scope. `centres`: only those of them that have a
    provincial centre, None for all. Nothing frozen: nobody is asked yet."""
    if report is None:
        return ()
    return tuple(sorted(code for code in provinces_of(report) if centres is None or code in centres))


def confirmations_of(asked: Collection[str], said: Iterable[Said]) -> Confirmations:
    """How those asked stand, by the words that stand."""
    words = list(said)
    waived = {item for item in asked if len(_who(words, item, Word.WAIVED)) >= TWO_PEOPLE}
    disputing = {item for item in asked if _who(words, item, Word.DISPUTED)} - waived
    confirmed = {item for item in asked if _who(words, item, Word.CONFIRMED)} - waived - disputing
    return Confirmations(
        asked=tuple(sorted(asked)),
        unsettled=tuple(sorted(set(asked) - waived - disputing - confirmed)),
        disputing=tuple(sorted(disputing)),
        confirmed=tuple(sorted(confirmed)),
        waived=tuple(sorted(waived)),
    )


def check_confirmed(asked: Collection[str], said: Iterable[Said]) -> None:
    """REFUSED while a province that is asked has not confirmed, or says that its counts are wrong, unless two approvers
    waived it."""
    found = confirmations_of(asked, said)
    if found.disputing:
        raise FangbangError(DISPUTED, provinces=", ".join(found.disputing))
    if found.unsettled:
        raise FangbangError(UNCONFIRMED, provinces=", ".join(found.unsettled))


def province_counts(report: Mapping[str, Any], province: str) -> ProvinceCounts:
    """One province's counts out of the frozen report; NOT_ASKED if it has nobody in its scope."""
    if province not in provinces_of(report):
        raise FangbangError(NOT_ASKED, province=province)
    tables, levels = report["tables"], report["scope"]["levels"]
    subjects = tables.get("provinces_subjects", {}).get(province, {})
    by_level = tables.get("provinces_levels", {}).get(province, {})
    found = {
        level: _level(by_level.get(level, {}), subjects.get(level, {}))
        for level in sorted({*subjects, *by_level})
        if not levels or level in levels
    }
    outcomes: dict[str, int] = {}
    for counts in found.values():
        for name, people in counts.outcomes.items():
            outcomes[name] = outcomes.get(name, 0) + people
    outcomes = outcomes if by_level else dict(tables["provinces"][province])
    return ProvinceCounts(sum(outcomes.values()), outcomes, found)


def _level(outcomes: Mapping[str, int], subjects: Mapping[str, Mapping[str, int]]) -> LevelCounts:
    counted = tuple(_subject(name, statuses) for name, statuses in sorted(subjects.items()))
    return LevelCounts(sum(outcomes.values()), outcomes, counted)


def _subject(name: str, statuses: Mapping[str, int]) -> SubjectCounts:
    registered, absent = sum(statuses.values()), statuses.get(SubjectStatus.ABSENT, 0)
    codes, passed = (sum(statuses.get(item, 0) for item in group) for group in (_CODES, _PASSED))
    return SubjectCounts(name, registered, registered - absent - codes, absent, codes, passed)


def _who(words: Iterable[Said], province: str, word: Word) -> set[str]:
    return {item.operator for item in words if item.province == province and item.word is word}
