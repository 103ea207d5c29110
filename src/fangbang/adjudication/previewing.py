"""How many people each step of a line would change: the second calculator over those whom it can change, with the line
at each step, against the lines as they stand.

Only people with a mark of the line's subjects, levels and provinces between the lowest and the highest of the lines
that are compared can change; everybody else is left out, and so is not calculated again and again.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

import polars as pl

from fangbang.adjudication.assembly import Books, Chunk, Inputs, chunks
from fangbang.adjudication.engine import Engine
from fangbang.adjudication.rules import AnnouncedLine, Lines
from fangbang.exams.model import SittingRules, SubjectRules
from fangbang.exams.vocabulary import Outcome

STEPS = 10
"""Steps shown below the line, and as many above it."""
_PASSED = (Outcome.QUALIFIED.value, Outcome.QUALIFIED_REGIONALLY.value)
_NICE = (1, 2, 5, 10, 20, 50, 100)


@dataclass(frozen=True)
class Proposed:
    """A line that somebody proposes. No province: everywhere."""

    level: str
    subjects: tuple[str, ...]
    provinces: tuple[str, ...]
    regional: bool
    value: Decimal

    def at(self, value: Decimal, announced: Sequence[AnnouncedLine]) -> tuple[AnnouncedLine, ...]:
        """The announced lines with this one at a value, in the place of what was announced there."""
        places = {(subject, province) for subject in self.subjects for province in self.provinces or ("",)}
        others = [
            line
            for line in announced
            if (line.level, line.regional) != (self.level, self.regional) or (line.subject, line.province) not in places
        ]
        new = [
            AnnouncedLine(self.level, subject, value, province, self.regional) for subject, province in sorted(places)
        ]
        return (*others, *new)


@dataclass
class Step:
    """The line at one value: who would pass that does not now, and who would not that does; by province."""

    value: Decimal
    gained: Counter[str] = field(default_factory=Counter)
    lost: Counter[str] = field(default_factory=Counter)
    changed: int = 0
    """People whose outcome would be another one, those two sorts included."""


@dataclass
class Preview:
    """The steps in order of the line's value; `people`: registrations with a mark that the line is about."""

    steps: list[Step]
    people: int = 0


def steps_of(proposed: Proposed, subjects: Iterable[SubjectRules]) -> list[Decimal]:
    """The values to compare: in steps of the papers' score step, or a round multiple of it of a hundredth of the full
    mark at least, around the proposed value, within 0 and the full mark."""
    papers = list(subjects)
    full, step = min(paper.full for paper in papers), max(paper.step for paper in papers)
    unit = next((step * times for times in _NICE if step * times * 100 >= full), step * _NICE[-1])
    values = [proposed.value + unit * place for place in range(-STEPS, STEPS + 1)]
    return [value for value in values if 0 <= value <= full]


def preview(
    books: Books,
    inputs: Inputs,
    rules: SittingRules,
    announced: Sequence[AnnouncedLine],
    proposed: Proposed,
    progress: Callable[[int], None] = lambda _: None,
) -> Preview:
    """Go once over everybody. `progress` gets how many registrations were gone over since the last call."""
    papers = [rules.levels[proposed.level].subjects[subject] for subject in proposed.subjects]
    found = Preview([Step(value) for value in steps_of(proposed, papers)])
    engines = [Engine(rules, proposed.at(step.value, announced)) for step in found.steps]
    now, reach = Engine(rules, announced), _reach(rules, announced, proposed, [step.value for step in found.steps])
    for chunk in chunks(books, inputs, rules):
        theirs = _entries(chunk, proposed)
        found.people += theirs["r"].n_unique()
        touched = _touched(chunk, theirs, reach)
        if touched.people.height:
            _compare(touched, now, engines, found.steps)
        progress(chunk.people.height)
    return found


def as_json(found: Preview) -> Mapping[str, object]:
    """Values as decimal texts, counts by province."""
    return {
        "people": found.people,
        "steps": [
            {
                "value": f"{step.value.normalize():f}",
                "gained": dict(sorted(step.gained.items())),
                "lost": dict(sorted(step.lost.items())),
                "changed": step.changed,
            }
            for step in found.steps
        ],
    }


def _entries(chunk: Chunk, proposed: Proposed) -> pl.DataFrame:
    """The marks that the line is about."""
    inside = (pl.col("level") == proposed.level) & pl.col("subject").is_in(list(proposed.subjects))
    if proposed.provinces:
        inside &= pl.col("province").is_in(list(proposed.provinces))
    return chunk.entries.filter(inside & pl.col("mark").is_not_null())


def _reach(
    rules: SittingRules, announced: Sequence[AnnouncedLine], proposed: Proposed, values: Sequence[Decimal]
) -> tuple[int, int] | None:
    """Marks from, and up to, which the line matters, in thousandths, with room for rounding. None: any, since some line
    is not announced yet."""
    lines, known = Lines(rules, announced), list(values)
    for subject in proposed.subjects:
        paper = rules.levels[proposed.level].subjects[subject]
        named = {*paper.own_lines, *paper.regional_lines, *(line.province for line in announced)}
        for province in {"", *named, *proposed.provinces}:
            pair = lines.of(proposed.level, subject, province)
            if pair.full is None:
                return None
            known += [value for value in (pair.full, pair.regional) if value is not None]
    return int(min(known) * 1000) - 1000, int(max(known) * 1000) + 1000


def _touched(chunk: Chunk, theirs: pl.DataFrame, reach: tuple[int, int] | None) -> Chunk:
    """The people whom the line may change, with all that they have: every registration of their documents."""
    if reach is not None:
        theirs = theirs.filter(pl.col("mark").is_between(*reach))
    documents = ["doc_type", "doc_number"]
    named = chunk.people.filter(pl.col("r").is_in(theirs["r"].unique().to_list())).select(documents).unique()
    people = chunk.people.join(named, on=documents, how="semi", maintain_order="left")
    rows = people["r"].to_list()
    return Chunk(
        people=people,
        entries=chunk.entries.filter(pl.col("r").is_in(rows)),
        history=chunk.history.filter(pl.col("r").is_in(rows)),
    )


def _compare(chunk: Chunk, now: Engine, engines: Sequence[Engine], steps: Sequence[Step]) -> None:
    before = now.run(chunk).outcomes.join(chunk.people.select("r", "province"), on="r").rename({"outcome": "before"})
    for engine, step in zip(engines, steps, strict=True):
        both = before.join(engine.run(chunk).outcomes, on="r").filter(pl.col("before") != pl.col("outcome"))
        was, would = pl.col("before").is_in(list(_PASSED)), pl.col("outcome").is_in(list(_PASSED))
        step.changed += both.height
        step.gained.update(_by_province(both.filter(~was & would)))
        step.lost.update(_by_province(both.filter(was & ~would)))


def _by_province(frame: pl.DataFrame) -> dict[str, int]:
    return {str(province): int(count) for province, count in frame.group_by("province").len().iter_rows()}
