"""A synthetic cohort as Polars frames: any slice of it is a function of (plan, slice), so size costs time, not memory.

Each frame has one row for a person at one level. A subject's result stands in one column, `now/<subject>` or
`last/<subject>`: steps on the paper (0 or more), a result code (negative), or null (not registered).
"""

from collections.abc import Iterator
from dataclasses import dataclass

import polars as pl

from fangbang.core.errors import FangbangError
from fangbang.exams.cities import cities
from fangbang.exams.model import Scope, SittingRules
from fangbang.exams.provinces import PROVINCES
from fangbang.simulate.chance import below, linked, uniform
from fangbang.simulate.names import names
from fangbang.simulate.paper import Level, Paper, levels_of
from fangbang.simulate.people import documents, require_room
from fangbang.simulate.problems import TOO_FEW
from fangbang.simulate.shapes import Absence

ROOM_SEATS = 30
CHUNK = 240_000
RETURNING_SHARE = 0.5
"""Assumed share of those with passes to save who sat last year too."""
LEAVING_SHARE = 0.1
"""Assumed number of people who sat last year and stay away now, as a share of this year's candidates."""
OTHER_CATEGORY_SHARE = 0.08
CODE_SHARES = {-2: 0.0002, -4: 0.0002}
"""Assumed shares of violations and invalid results in each subject."""
ABSENT = -1


@dataclass(frozen=True)
class Plan:
    """What determines a cohort, down to the byte. `last` are the rules of the year before, None without history."""

    rules: SittingRules
    last: SittingRules | None
    candidates: int
    seed: int
    absence: Absence
    mistakes: int = 0
    cities: tuple[str, ...] = ()
    """Provinces (six digits) whose candidates' city is told, room by room; elsewhere the column is empty."""

    def __post_init__(self) -> None:
        if self.candidates < 1:
            raise FangbangError(TOO_FEW, least=1, asked=self.candidates)
        require_room(self.candidates + self.leaving)

    @property
    def leaving(self) -> int:
        return int(self.candidates * LEAVING_SHARE) if self.last else 0

    @property
    def levels(self) -> tuple[Level, ...]:
        return levels_of(self.rules)


def _city(plan: Plan, room: pl.Expr, province: pl.Expr) -> pl.Expr:
    """The Chinese name of a room's city, "" where the plan tells none."""
    told = pl.lit("")
    for code in plan.cities:
        names = pl.Series([name for city, name in cities().items() if city[:2] == code[:2]])
        place = below(room, plan.seed, "city", len(names))
        told = pl.when(province == code).then(pl.lit(names).gather(place)).otherwise(told)
    return told


def slices(first: int, last: int, size: int = CHUNK) -> Iterator[tuple[int, int]]:
    """Consecutive half-open slices of [first, last)."""
    for start in range(first, last, size):
        yield start, min(start + size, last)


def frames(plan: Plan, start: int, stop: int) -> Iterator[tuple[Level, pl.DataFrame]]:
    """The persons of a slice, level by level, with this year's and last year's results.

    Persons at or beyond `plan.candidates` sat last year only: their `now` columns are all null.
    """
    persons = pl.DataFrame({"person": pl.int_range(start, stop, dtype=pl.UInt64, eager=True)}).with_columns(
        room=pl.col("person") // ROOM_SEATS
    )
    placed = persons.with_columns(below(pl.col("room"), plan.seed, "level", _weight(plan.levels)).alias("draw"))
    floor = 0
    for place, level in enumerate(plan.levels):
        ceiling = floor + level.weight
        frame = placed.filter(pl.col("draw").is_between(floor, ceiling - 1)).drop("draw")
        floor = ceiling
        if frame.height:
            yield level, _with_results(plan, level, _with_identity(plan, level, place, frame))


def _weight(levels: tuple[Level, ...]) -> int:
    return sum(level.weight for level in levels)


def _with_identity(plan: Plan, level: Level, place: int, frame: pl.DataFrame) -> pl.DataFrame:
    """Name, document, numbers, province and category. The room and the seat are in the ticket, as in real life."""
    person, room = pl.col("person"), pl.col("room")
    codes = pl.Series([code for code in PROVINCES if code < "7"])
    province = pl.lit(codes).gather(below(room, plan.seed, "province", len(codes)))
    categories = pl.Series([entry.category for entry in level.entries])
    other = uniform(person, plan.seed, "category")
    spread = (other / OTHER_CATEGORY_SHARE * len(categories)).cast(pl.UInt32)
    category = pl.when(other < OTHER_CATEGORY_SHARE).then(spread).otherwise(pl.lit(0, dtype=pl.UInt32))
    seat = (room.cast(pl.String).str.zfill(6)) + ((person % ROOM_SEATS) + 1).cast(pl.String).str.zfill(2)
    return frame.with_columns(
        names(person, plan.seed).alias("name"),
        province.alias("province"),
        pl.lit(categories).gather(category).alias("category"),
        _city(plan, room, province).alias("city"),
        *[column.alias(name) for name, column in documents(person, plan.seed).items()],
    ).with_columns(
        (pl.lit("D") + pl.col("province").str.head(2) + person.cast(pl.String).str.zfill(9)).alias("archive"),
        *[
            (pl.lit(f"{year % 100:02}") + pl.col("province").str.head(2) + pl.lit(str(place + 1)) + seat).alias(column)
            for column, year in (("ticket", plan.rules.year), ("last_ticket", plan.rules.year - 1))
        ],
    )


def _with_results(plan: Plan, level: Level, frame: pl.DataFrame) -> pl.DataFrame:
    """Draw both years. Nobody registers for a subject already passed, and nobody comes back who passed everything."""
    now = [pl.col(f"now/{paper.subject}") for paper in level.papers]
    last = [pl.col(f"last/{paper.subject}") for paper in level.papers]
    frame = frame.with_columns(_drawn(plan, plan.rules, level, "now"))
    if plan.last is None:
        return frame.with_columns(*[pl.lit(None, dtype=pl.Int32).alias(column.meta.output_name()) for column in last])
    before = next(item for item in levels_of(plan.last) if item.id == level.id)
    frame = frame.with_columns(_drawn(plan, plan.last, before, "last"))
    void = pl.any_horizontal(column.is_in(voiding_codes(plan.last)) for column in last)
    passed = [(column >= line_of(paper)) & ~void for column, paper in zip(last, before.papers, strict=True)]
    passed = [column.fill_null(False) for column in passed]
    leaves = pl.col("person") >= plan.candidates
    wants = (window_of(level) > 1) & (uniform(pl.col("person"), plan.seed, "returns") < RETURNING_SHARE)
    still_owes = pl.any_horizontal(column.is_not_null() & ~done for column, done in zip(last, passed, strict=True))
    comes_back = ~leaves & wants & still_owes
    return frame.with_columns(
        *[
            pl.when(leaves | (comes_back & done)).then(None).otherwise(column).alias(column.meta.output_name())
            for column, done in zip(now, passed, strict=True)
        ],
        *[pl.when(leaves | comes_back).then(column).alias(column.meta.output_name()) for column in last],
    )


def voiding_codes(rules: SittingRules) -> list[int]:
    """Result codes that take away every mark of the sitting."""
    return [code for code, item in rules.codes.items() if item.scope is Scope.SITTING]


def line_of(paper: Paper) -> pl.Expr:
    """The full line of the row's province, in steps; null while no line is announced."""
    return pl.col("province").replace_strict(paper.own, default=paper.line, return_dtype=pl.Int32)


def window_of(level: Level) -> pl.Expr:
    """Window of the row's category, in exam years."""
    windows = {entry.category: entry.window for entry in level.entries}
    return pl.col("category").replace_strict(windows, return_dtype=pl.Int32)


def _drawn(plan: Plan, rules: SittingRules, level: Level, prefix: str) -> list[pl.Expr]:
    """One column a subject: the result of everyone whose category owes it."""
    absence, seed, year, person = plan.absence, plan.seed, rules.year, pl.col("person")
    away = uniform(person, seed, f"absent/{year}")
    missed = (away - absence.throughout) / absence.partly * len(level.papers) if absence.partly else pl.lit(-1.0)
    columns = []
    for place, paper in enumerate(level.papers):
        own = uniform(person, seed, f"{year}/{paper.subject}")
        steps = _steps(paper, linked(uniform(person, seed, "ability"), own))
        fate = uniform(person, seed, f"code/{year}/{paper.subject}")
        cases, floor = [pl.when(missed.floor() == place).then(ABSENT)], 0.0
        for code, share in CODE_SHARES.items():
            cases.append(pl.when(fate.is_between(floor, floor + share, closed="left")).then(code))
            floor += share
        owed_by = [entry.category for entry in level.entries if paper.subject in entry.owes]
        outcome = pl.when(away < absence.throughout).then(ABSENT).otherwise(pl.coalesce(*cases, steps))
        columns.append(
            pl.when(pl.col("category").is_in(owed_by)).then(outcome).cast(pl.Int32).alias(f"{prefix}/{paper.subject}")
        )
    return columns


def _steps(paper: Paper, draw: pl.Expr) -> pl.Expr:
    """The mark that belongs to a uniform number: the paper's curve, turned round."""
    thresholds = pl.Series(paper.shape.thresholds(paper.steps))
    return pl.lit(thresholds).search_sorted(draw, side="right").cast(pl.Int32).clip(0, paper.steps)
