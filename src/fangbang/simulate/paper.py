"""What a simulation needs to know of a sitting: levels, papers, categories. Taken from the catalogue."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from fangbang.exams.model import SittingRules, SubjectKind, SubjectRules
from fangbang.simulate.shapes import Shape, load_shapes, steps_of

_BY_KIND = {
    SubjectKind.OBJECTIVE: ("objective-fair", "objective-spread", "two-humped", "objective-hard"),
    SubjectKind.SUBJECTIVE: ("subjective",),
    SubjectKind.MIXED: ("mixed",),
}
"""Which fitted curves stand for which kind of paper; a level's papers of one kind take them in turn."""

_LEVEL_WEIGHTS = (55, 40, 5)
"""Assumed shares of a three-level examination, entry level first; other examinations spread evenly."""


@dataclass(frozen=True)
class Paper:
    """One subject's paper. `steps` equal steps lead to the full mark. Lines are in steps.

    `line` is the national one (None: announced later), `own` the full lines of regions that have their own.
    """

    subject: str
    full: Decimal
    step: Decimal
    steps: int
    line: int | None
    own: Mapping[str, int]
    shape: Shape

    def mark(self, steps: int) -> Decimal:
        return self.step * steps

    def marks(self) -> list[str]:
        """Every mark of the paper as the marking centre writes it, by steps."""
        return [f"{self.mark(count).normalize():f}" for count in range(self.steps + 1)]


@dataclass(frozen=True)
class Entry:
    """One category: the subjects it owes and its window in years."""

    category: str
    owes: tuple[str, ...]
    window: int


@dataclass(frozen=True)
class Level:
    """One level: `weight` is its share among the levels."""

    id: str
    weight: int
    papers: tuple[Paper, ...]
    entries: tuple[Entry, ...]


def levels_of(rules: SittingRules) -> tuple[Level, ...]:
    """The levels of a sitting with a curve for each paper."""
    weights = _LEVEL_WEIGHTS if len(rules.levels) == len(_LEVEL_WEIGHTS) else (1,) * len(rules.levels)
    return tuple(
        Level(
            id=level.id,
            weight=weight,
            papers=_papers(level.subjects),
            entries=tuple(Entry(item.id, tuple(item.owes), item.window) for item in level.categories.values()),
        )
        for weight, level in zip(weights, rules.levels.values(), strict=True)
    )


def _papers(subjects: Mapping[str, SubjectRules]) -> tuple[Paper, ...]:
    taken = dict.fromkeys(SubjectKind, 0)
    papers = []
    for subject in subjects.values():
        choices = _BY_KIND[subject.kind]
        shape = load_shapes()[choices[taken[subject.kind] % len(choices)]]
        taken[subject.kind] += 1
        line = None if subject.national_line is None else _in_steps(subject.national_line, subject.step)
        own = {region: _in_steps(value, subject.step) for region, value in subject.own_lines.items()}
        steps = steps_of(subject.full, subject.step)
        papers.append(Paper(subject.id, subject.full, subject.step, steps, line, own, shape))
    return tuple(papers)


def _in_steps(line: Decimal, step: Decimal) -> int:
    """The least number of steps that reaches the line."""
    return int(-(-line // step))
