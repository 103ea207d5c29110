"""Statistics of a published release, from its frozen report: who sat and who passed, by subject and province. Pure.

Numbers about few people are kept back (`cells`): None. People without a mark (absent, violation, withheld …) are one
number, since each of their kinds is small nearly everywhere.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fangbang.exams.vocabulary import SubjectStatus
from fangbang.release.rules.cells import protected

_PASSED = (SubjectStatus.PASSED, SubjectStatus.PASSED_REGIONALLY)
_FAILED = (SubjectStatus.NOT_PASSED,)


@dataclass(frozen=True)
class Figures:
    """One subject in one province, or (`place` "") in all that a release covers. None: kept back."""

    level: str
    subject: str
    place: str
    passed: int | None
    failed: int | None
    without: int | None
    registered: int | None

    @property
    def sat(self) -> int | None:
        """Everyone with a mark, where that is told by the others."""
        if self.passed is not None and self.failed is not None:
            return self.passed + self.failed
        if self.registered is None or self.without is None or self.passed is not None or self.failed is not None:
            return None
        return self.registered - self.without

    @property
    def rate(self) -> float | None:
        """Share of those who sat that passed."""
        return None if self.passed is None or not self.sat else self.passed / self.sat

    def to_json(self) -> dict[str, Any]:
        return {
            "level": self.level,
            "subject": self.subject,
            "province": self.place,
            "registered": self.registered,
            "sat": self.sat,
            "passed": self.passed,
            "pass_rate": None if self.rate is None else f"{self.rate:.4f}",
        }


def figures(report: Mapping[str, Any], least: int) -> list[Figures]:
    """Each subject of the release, first in all its provinces, then in each. `least`: people of whom a number tells."""
    return [one for key, table in sorted(_tables(report).items()) for one in _of_subject(key, table, least)]


def of_place(found: Sequence[Figures], place: str) -> list[Figures]:
    """Those of one province, or ("") of the whole."""
    return [one for one in found if one.place == place]


def provinces_in(report: Mapping[str, Any]) -> list[str]:
    """The provinces of which the release has results."""
    return sorted(code for code in report["tables"].get("provinces_subjects", {}) if _in_scope(report, code))


def outcomes(report: Mapping[str, Any], least: int) -> dict[str, dict[str, int | None]]:
    """Level → outcome → people, for a release of the whole nation; of a smaller one the report does not count them, and
    there are none."""
    if report["scope"]["provinces"]:
        return {}
    wanted = report["scope"]["levels"]
    levels = {
        level: counts for level, counts in report["tables"].get("levels", {}).items() if not wanted or level in wanted
    }
    names = sorted({name for counts in levels.values() for name in counts})
    table = protected([[counts.get(name, 0) for name in names] for counts in levels.values()], least) if levels else []
    return {level: dict(zip(names, row, strict=False)) for level, row in zip(levels, table, strict=False)}


Key = tuple[str, str]


def _tables(report: Mapping[str, Any]) -> dict[Key, dict[str, list[int]]]:
    """Subject → province → people passed, failed and without a mark."""
    found: dict[Key, dict[str, list[int]]] = {}
    for place, level, subject, statuses in _rows(report):
        passed, failed = (sum(statuses.get(status.value, 0) for status in kind) for kind in (_PASSED, _FAILED))
        counts = [passed, failed, sum(statuses.values()) - passed - failed]
        found.setdefault((level, subject), {})[place] = counts
    return found


def _rows(report: Mapping[str, Any]) -> Iterator[tuple[str, str, str, Mapping[str, int]]]:
    wanted = report["scope"]["levels"]
    for place in provinces_in(report):
        for level, subjects in report["tables"]["provinces_subjects"][place].items():
            if not wanted or level in wanted:
                for subject, statuses in subjects.items():
                    yield place, level, subject, statuses


def _in_scope(report: Mapping[str, Any], province: str) -> bool:
    wanted = report["scope"]["provinces"]
    return not wanted or province in wanted


def _of_subject(key: Key, table: Mapping[str, list[int]], least: int) -> Iterator[Figures]:
    rows = protected(list(table.values()), least)
    for place, row in zip(("", *table), (rows[-1], *rows[:-1]), strict=True):
        yield Figures(*key, place, *row)
