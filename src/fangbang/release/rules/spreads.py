"""How the marks of a sitting lie: what the gate's distribution checks read, and what a report keeps of it.

Marks are in thousandths of a point, as in the books. A place is a province (six-digit code) or a city
("province/city"): the books know no smaller cluster, so a single examination room or marking desk is not seen.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from math import sqrt
from typing import Any

ABSENT = -1
PARTS = 20
"""Into so many equal parts a report puts the marks of one province."""


@dataclass(frozen=True)
class Paper:
    """A subject of a level in one year: full mark and score step in thousandths."""

    level: str
    subject: str
    full: int
    step: int

    @property
    def key(self) -> str:
        """`level/subject`."""
        return f"{self.level}/{self.subject}"

    def alike(self, other: "Paper") -> bool:
        """Whether marks of both lie on the same grid, so that their histograms can be compared bin by bin."""
        return (self.full, self.step) == (other.full, other.step)


@dataclass(frozen=True)
class Moments:
    """One subject in one city. `total` and `squares` are sums of marks and of their squares."""

    sat: int = 0
    total: int = 0
    squares: int = 0
    zeros: int = 0
    absent: int = 0
    others: int = 0
    """Codes other than absence."""

    @property
    def people(self) -> int:
        """Everyone with a mark or a code."""
        return self.sat + self.absent + self.others

    @property
    def mean(self) -> float:
        """Mean mark of those who sat; 0 for none."""
        return self.total / self.sat if self.sat else 0.0

    @property
    def deviation(self) -> float:
        """Standard deviation of the marks."""
        return sqrt(max(0.0, self.squares / self.sat - self.mean**2)) if self.sat else 0.0

    def __add__(self, other: "Moments") -> "Moments":
        return self._with(other, 1)

    def __sub__(self, other: "Moments") -> "Moments":
        return self._with(other, -1)

    def _with(self, other: "Moments", sign: int) -> "Moments":
        return Moments(*(own + sign * theirs for own, theirs in zip(self._parts(), other._parts(), strict=True)))

    def _parts(self) -> tuple[int, ...]:
        return (self.sat, self.total, self.squares, self.zeros, self.absent, self.others)


@dataclass(frozen=True)
class Spread:
    """One subject in one province (or the country): people by mark and by code."""

    marks: Mapping[int, int] = field(default_factory=dict)
    codes: Mapping[int, int] = field(default_factory=dict)

    @cached_property
    def moments(self) -> Moments:
        """The same, summed up."""
        return Moments(
            sat=sum(self.marks.values()),
            total=sum(mark * count for mark, count in self.marks.items()),
            squares=sum(mark * mark * count for mark, count in self.marks.items()),
            zeros=self.marks.get(0, 0),
            absent=self.codes.get(ABSENT, 0),
            others=sum(count for code, count in self.codes.items() if code != ABSENT),
        )

    def bins(self, paper: Paper) -> list[int]:
        """People at each step from 0 to the full mark; marks off the grid are left out (a check of its own)."""
        return [self.marks.get(mark, 0) for mark in range(0, paper.full + 1, paper.step)]

    def off_grid(self, paper: Paper) -> int:
        """Marks that the paper cannot give: below 0, above the full mark or between two steps."""
        return sum(count for mark, count in self.marks.items() if not 0 <= mark <= paper.full or mark % paper.step)

    def without(self, other: "Spread") -> "Spread":
        """Everyone here who is not in the other, which is a part of this one."""
        return Spread(_less(self.marks, other.marks), _less(self.codes, other.codes))


@dataclass(frozen=True)
class SubjectSpread:
    """One subject of a sitting, by province and by city."""

    paper: Paper
    provinces: Mapping[str, Spread] = field(default_factory=dict)
    cities: Mapping[str, Moments] = field(default_factory=dict)
    lines: Sequence[int] = ()
    """The pass lines (thousandths) that people were held to, the one of most people first."""

    @cached_property
    def nation(self) -> Spread:
        """All provinces together."""
        marks, codes = Counter[int](), Counter[int]()
        for spread in self.provinces.values():
            marks.update(spread.marks)
            codes.update(spread.codes)
        return Spread(dict(marks), dict(codes))

    def to_json(self) -> dict[str, Any]:
        """Compact and whole numbers only: the country step by step, a province in `PARTS` parts of the full mark."""
        return {
            "full": self.paper.full,
            "step": self.paper.step,
            "lines": list(self.lines),
            "marks": self.nation.bins(self.paper),
            "off": self.nation.off_grid(self.paper),
            "codes": {str(code): count for code, count in sorted(self.nation.codes.items())},
            "provinces": {code: _summary(spread, self.paper) for code, spread in sorted(self.provinces.items())},
        }


@dataclass(frozen=True)
class YearSpread:
    """A sitting's subjects by `level/subject`."""

    year: int
    subjects: Mapping[str, SubjectSpread] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        return {"year": self.year, "subjects": {key: one.to_json() for key, one in sorted(self.subjects.items())}}


@dataclass(frozen=True)
class Marks:
    """What the distribution checks read: this sitting, earlier years that were published (the newest first), years of
    which something was published but cannot be read, and counts of states that cannot be (`impossible`) and of rows
    that look like tests (`tests`)."""

    now: YearSpread
    earlier: Sequence[YearSpread] = ()
    unread: Sequence[int] = ()
    impossible: Mapping[str, int] = field(default_factory=dict)
    tests: int = 0

    def to_json(self) -> dict[str, Any]:
        """What the frozen report keeps, and approvers sign."""
        return {
            "now": self.now.to_json(),
            "earlier": [_national(year) for year in self.earlier],
            "unread": list(self.unread),
            "impossible": dict(sorted(self.impossible.items())),
            "tests": self.tests,
        }


def spread_of(rows: Iterable[tuple[int | None, int | None, int]]) -> Spread:
    """From (mark or none, code or none, people); rows with neither are people without a mark and are left out."""
    marks, codes = Counter[int](), Counter[int]()
    for mark, code, count in rows:
        if code is not None:
            codes[code] += count
        elif mark is not None:
            marks[mark] += count
    return Spread(dict(marks), dict(codes))


def _national(year: YearSpread) -> dict[str, Any]:
    told = year.to_json()
    for one in told["subjects"].values():
        del one["provinces"]
    return told


def _summary(spread: Spread, paper: Paper) -> dict[str, Any]:
    parts = [0] * PARTS
    for mark, count in spread.marks.items():
        parts[min(PARTS - 1, max(0, mark * PARTS // paper.full))] += count
    kept = spread.moments
    return {"sat": kept.sat, "sum": kept.total, "zero": kept.zeros, "absent": kept.absent, "other": kept.others} | {
        "parts": parts
    }


def _less(whole: Mapping[int, int], part: Mapping[int, int]) -> dict[int, int]:
    return {key: count - part.get(key, 0) for key, count in whole.items() if count != part.get(key, 0)}
