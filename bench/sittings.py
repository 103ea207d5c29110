"""Whole sittings for `bench gate`: marks drawn from the real distributions of real years, so that from one year to the
next papers drift as real papers did. Places are assumed, no source has them: provinces and cities of unequal size with
strengths that stay and move a little each year, subjects that are some provinces' strong ones, absence that differs.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from math import sqrt
from random import Random

import polars as pl

from fangbang.release.rules.counting import add_up
from fangbang.release.rules.spreads import Paper
from fangbang.simulate.chance import linked, uniform
from fangbang.simulate.fit import Frequencies
from fangbang.simulate.shapes import load_absence

LEVEL = "main"
FULL, LINE = 10_000, 5_000
SUBJECTS = 3
EARLIER = 3
_GRIDS = (250, 200, 100, 50, 10)
_ON_GRID = 0.99
_PROVINCES = 12
_CITIES = 3
_STRENGTH, _OWN_STRENGTH, _DRIFT, _CITY_STRENGTH, _CITY_DRIFT = 0.25, 0.08, 0.03, 0.15, 0.03
_LOGISTIC = 1.8
"""Standard deviation of the logistic distribution in which strengths are added."""

Key = tuple[int, str]


@dataclass(frozen=True)
class Course:
    """One subject in one year: its paper and its real marks (thousandths) with cumulative shares."""

    paper: Paper
    marks: Sequence[int]
    shares: Sequence[float]


@dataclass(frozen=True)
class World:
    """Which year is now, which came before (newest first), the subjects, and how places are."""

    seed: int
    now: int
    earlier: Sequence[int]
    subjects: Sequence[str]
    courses: Mapping[Key, Course]


def courses(table: Frequencies) -> dict[Key, Course]:
    """Every real subject and year, on the coarsest grid that holds nearly all of its marks; the others are left out."""
    return {
        key: _course(key[1], {int(mark * 1000): people for mark, people in marks.items()})
        for key, marks in table.items()
    }


def _course(subject: str, marks: Mapping[int, int]) -> Course:
    everyone = sum(marks.values())
    grid = next(
        step
        for step in _GRIDS
        if sum(n for mark, n in marks.items() if mark % step == 0) >= _ON_GRID * everyone or step == 10
    )
    kept = sorted((mark, people) for mark, people in marks.items() if mark % grid == 0)
    total = sum(people for _, people in kept)
    shares = [part / total for part in accumulate(people for _, people in kept)]
    return Course(Paper(LEVEL, subject, FULL, grid), [mark for mark, _ in kept], shares)


def world(known: Mapping[Key, Course], seed: int, *, alike: bool) -> World:
    """A year with at least one earlier one. `alike`: only subjects whose paper kept its score step from the last year,
    and whose earlier years all have it."""
    random = Random(f"world/{seed}")
    years = sorted({year for year, _ in known})[1:]
    for _ in range(1000):
        now = random.choice(years)
        fitting = [name for year, name in sorted(known) if year == now and _fits(known, now, name, alike)]
        if len(fitting) >= SUBJECTS:
            chosen = random.sample(fitting, SUBJECTS)
            return World(seed, now, [now - back for back in range(1, EARLIER + 1)], chosen, known)
    raise ValueError("no year has subjects enough")


def _fits(known: Mapping[Key, Course], year: int, subject: str, alike: bool) -> bool:
    before = known.get((year - 1, subject))
    return before is not None and (not alike or before.paper.alike(known[year, subject].paper))


def sitting(of: World, year: int, people: int) -> pl.DataFrame:
    """One row a candidate: name, doc_number, province, city, and for subject k mark `m<k>` and code `c<k>`."""
    index = pl.int_range(people, dtype=pl.UInt64)
    places = _places(of)
    base = pl.select(
        i=index,
        place=pl.Series([share for _, _, share in places]).search_sorted(
            pl.select(uniform(index, of.seed, f"{year}/place")).to_series()
        ),
    ).with_columns(
        pl.concat_str(pl.lit("P"), pl.col("i")).alias("name"),
        pl.concat_str(pl.lit("E"), pl.col("i") + 10_000_000).alias("doc_number"),
    )
    strengths = _strengths(of, year, places)
    base = base.join(strengths, on="place", how="left", maintain_order="left")
    return base.with_columns(
        part for at, subject in enumerate(of.subjects) if (year, subject) in of.courses for part in _marks(of, year, at)
    )


def _places(of: World) -> list[tuple[str, str, float]]:
    random = Random(f"places/{of.seed}")
    names = [(f"{11 + p}0000", f"{11 + p}0{c}00") for p in range(_PROVINCES) for c in range(1, _CITIES + 1)]
    sizes = [random.uniform(0.5, 2.0) for _ in names]
    shares = list(accumulate(size / sum(sizes) for size in sizes))
    shares[-1] = 1.0
    return [(*name, share) for name, share in zip(names, shares, strict=True)]


def _strengths(of: World, year: int, places: Sequence[tuple[str, str, float]]) -> pl.DataFrame:
    """place, province, city, away (share), and a strength `s<k>` for each subject."""
    lasting, moving = Random(f"lasting/{of.seed}"), Random(f"moving/{of.seed}/{year}")
    provinces = sorted({province for province, _, _ in places})
    strong = {province: lasting.gauss(0, _STRENGTH) for province in provinces}
    away = {province: lasting.uniform(0.7, 1.4) * moving.uniform(0.9, 1.1) for province in provinces}
    own = {(p, s): lasting.gauss(0, _OWN_STRENGTH) + moving.gauss(0, _DRIFT) for p in provinces for s in of.subjects}
    rows = []
    for place, (province, city, _) in enumerate(places):
        local = lasting.gauss(0, _CITY_STRENGTH)
        strengths = [strong[province] + own[province, s] + local + moving.gauss(0, _CITY_DRIFT) for s in of.subjects]
        rows.append((place, province, city, away[province], *strengths))
    names = ["place", "province", "city", "away", *(f"s{at}" for at in range(len(of.subjects)))]
    return pl.DataFrame(rows, schema=names, orient="row").with_columns(pl.col("place").cast(pl.UInt32))


def _marks(of: World, year: int, at: int) -> list[pl.Expr]:
    course, stream = of.courses[year, of.subjects[at]], f"{year}/{at}"
    even = linked(uniform(pl.col("i"), of.seed, f"{year}/ability"), uniform(pl.col("i"), of.seed, stream))
    even = even.clip(1e-9, 1 - 1e-9)
    spread = sqrt(1 + _STRENGTH**2 + _OWN_STRENGTH**2 + _CITY_STRENGTH**2)
    place = ((even / (1 - even)).log() + _LOGISTIC * pl.col(f"s{at}")) / spread
    share = 1 / (1 + (-place).exp())
    marks, shares = pl.Series(course.marks, dtype=pl.Int64), pl.Series(course.shares)
    mark = share.map_batches(lambda u: marks.gather(shares.search_sorted(u).clip(0, len(marks) - 1)), pl.Int64)
    absence = load_absence()
    gone = uniform(pl.col("i"), of.seed, f"{year}/away") < absence.throughout * pl.col("away")
    gone = gone | (uniform(pl.col("i"), of.seed, f"{stream}/away") < absence.partly / len(of.subjects) * pl.col("away"))
    code = pl.when(gone).then(pl.lit(-1, pl.Int16))
    return [pl.when(~gone).then(mark).alias(f"m{at}"), code.alias(f"c{at}")]


def counted(of: World, year: int, people: pl.DataFrame) -> pl.DataFrame:
    """The counts that the product takes of these candidates."""
    names = [(at, name) for at, name in enumerate(of.subjects) if (year, name) in of.courses]
    return add_up(_entries(name, at, people) for at, name in names)


def _entries(name: str, at: int, people: pl.DataFrame) -> pl.DataFrame:
    """The subject's rows; `t<k>` overrides the status where a fault set one."""
    mark, code = pl.col(f"m{at}"), pl.col(f"c{at}")
    gone = pl.when(code.is_not_null()).then(pl.lit("absent"))
    right = gone.when(mark >= LINE).then(pl.lit("passed")).otherwise(pl.lit("not-passed"))
    status = pl.coalesce(f"t{at}", right) if f"t{at}" in people.columns else right
    return people.select(
        "province",
        "city",
        level=pl.lit(LEVEL),
        subject=pl.lit(name),
        mark=mark,
        code=code.cast(pl.Int16),
        full=pl.lit(FULL, pl.Int64),
        line=pl.lit(LINE, pl.Int64),
        status=status,
    )
