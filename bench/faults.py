"""Twenty ways in which wrong marks have come, or could come, into a release: each planted in a whole sitting.

Real cases: Anhui 2007 (a question left out of totals), JAMB 2025 (the marking programs of some centres unpatched).
A fault gets the candidates, the world and a draw of its own; how large it is and where it strikes is drawn too.
"""

from collections.abc import Callable
from random import Random

import polars as pl

from bench.sittings import FULL, LINE, World, sitting

Fault = Callable[[pl.DataFrame, World, Random], pl.DataFrame]
Frame = pl.DataFrame


def _subject(of: World, draw: Random) -> tuple[int, int]:
    """A subject's number and score step."""
    at = draw.randrange(len(of.subjects))
    return at, of.courses[of.now, of.subjects[at]].paper.step


def _in_province(people: Frame, draw: Random) -> pl.Expr:
    return pl.col("province").eq(draw.choice(sorted(people["province"].unique().to_list())))


def _in_city(people: Frame, draw: Random) -> pl.Expr:
    return pl.col("city").eq(draw.choice(sorted(people["city"].unique().to_list())))


def _some(draw: Random, share: float) -> pl.Expr:
    return pl.int_range(pl.len()).hash(seed=draw.getrandbits(60)) < int(share * 2**64)


def _set(people: Frame, at: int, where: pl.Expr, mark: pl.Expr) -> Frame:
    """Other marks for those who sat."""
    sat = pl.col(f"m{at}").is_not_null()
    return people.with_columns(pl.when(where & sat).then(mark).otherwise(f"m{at}").cast(pl.Int64).alias(f"m{at}"))


def _snapped(mark: pl.Expr, step: int) -> pl.Expr:
    return ((mark / step).round() * step).clip(0, FULL).cast(pl.Int64)


def _void(people: Frame, at: int, where: pl.Expr) -> Frame:
    return people.with_columns(
        pl.when(where).then(None).otherwise(f"m{at}").alias(f"m{at}"),
        pl.when(where).then(pl.lit(-1, pl.Int16)).otherwise(f"c{at}").alias(f"c{at}"),
    )


def lost_province(people: Frame, of: World, draw: Random) -> Frame:
    """A part of a province's marks lost: its people stand as absent."""
    at, _ = _subject(of, draw)
    return _void(people, at, _in_province(people, draw) & _some(draw, draw.uniform(0.2, 0.5)))


def lost_city(people: Frame, of: World, draw: Random) -> Frame:
    """Most of a city's marks lost."""
    at, _ = _subject(of, draw)
    return _void(people, at, _in_city(people, draw) & _some(draw, draw.uniform(0.4, 0.9)))


def zeros(people: Frame, of: World, draw: Random) -> Frame:
    """Answer sheets of a province that could not be read count as zero."""
    at, _ = _subject(of, draw)
    return _set(people, at, _in_province(people, draw) & _some(draw, draw.uniform(0.04, 0.15)), pl.lit(0))


def missing_score(people: Frame, of: World, draw: Random) -> Frame:
    """A conversion table lacks one mark: whoever has it gets the next."""
    at, step = _subject(of, draw)
    lost = _frequent(people, at, draw)
    return _set(people, at, pl.col(f"m{at}") == lost, pl.lit(lost + step))


def _frequent(people: Frame, at: int, draw: Random) -> int:
    """A mark that at least one in a hundred has, not at the ends."""
    counts = people[f"m{at}"].drop_nulls().value_counts().filter(pl.col("count") * 100 >= people.height)
    return int(draw.choice(sorted(mark for mark in counts[f"m{at}"].to_list() if 1000 <= mark <= FULL - 1000)))


def favourite_digits(people: Frame, of: World, draw: Random) -> Frame:
    """Markers who like round numbers: a part of all marks goes to the nearest whole or half point."""
    at, step = _subject(of, draw)
    grid = 1000 if step >= 200 else 500
    return _set(people, at, _some(draw, draw.uniform(0.35, 0.6)), _snapped(pl.col(f"m{at}"), grid))


def temporary_values(people: Frame, of: World, draw: Random) -> Frame:
    """A value put in until the marks come: it stayed for a part of the people."""
    at, step = _subject(of, draw)
    value = draw.randrange(1000, FULL - 1000, 1000) // step * step
    return _set(people, at, _some(draw, draw.uniform(0.06, 0.15)), pl.lit(value))


def lifted_to_line(people: Frame, of: World, draw: Random) -> Frame:
    """Those just below the line stand at the line."""
    at, step = _subject(of, draw)
    mark, reach = pl.col(f"m{at}"), max(3 * step, 500)
    return _set(people, at, (mark < LINE) & (mark >= LINE - reach) & _some(draw, draw.uniform(0.6, 1)), pl.lit(LINE))


def absent_and_passed(people: Frame, of: World, draw: Random) -> Frame:
    """Somebody absent stands as passed."""
    at, _ = _subject(of, draw)
    where = pl.col(f"c{at}").is_not_null() & _some(draw, draw.uniform(0.01, 0.2))
    return people.with_columns(pl.when(where).then(pl.lit("passed")).alias(f"t{at}"))


def swapped_country(people: Frame, of: World, draw: Random) -> Frame:
    """Two subjects' columns exchanged in the whole file."""
    return _swapped(people, of, draw, pl.lit(value=True))


def swapped_province(people: Frame, of: World, draw: Random) -> Frame:
    """Two subjects' columns exchanged in one province's file."""
    return _swapped(people, of, draw, _in_province(people, draw))


def _swapped(people: Frame, of: World, draw: Random, where: pl.Expr) -> Frame:
    one, other = draw.sample(range(len(of.subjects)), 2)
    return people.with_columns(
        pl.when(where).then(f"{kind}{theirs}").otherwise(f"{kind}{own}").alias(f"{kind}{own}")
        for kind in "mc"
        for own, theirs in ((one, other), (other, one))
    )


def last_year(people: Frame, of: World, draw: Random) -> Frame:
    """Last year's marks under this year's candidates, of whom there may be fewer."""
    return sitting(of, of.now - 1, people.height).head(int(people.height * draw.uniform(0.75, 1)))


def last_year_province(people: Frame, of: World, draw: Random) -> Frame:
    """The same in one province."""
    where = _in_province(people, draw)
    return pl.concat([people.filter(~where), sitting(of, of.now - 1, people.height).filter(where)])


def test_rows(people: Frame, of: World, draw: Random) -> Frame:
    """People who tried the system out."""
    numbers = draw.sample(range(people.height), draw.randint(1, 20))
    name = draw.choice(["测试一", "test 07", "张三(测试)", "样例考生", "Demo User"])
    return people.with_columns(
        pl.when(pl.int_range(pl.len()).is_in(numbers)).then(pl.lit(name)).otherwise("name").alias("name")
    )


def question_left_out(people: Frame, of: World, draw: Random) -> Frame:
    """A question's points are in nobody's total in one province."""
    return _without_question(people, of, draw, _in_province(people, draw))


def question_left_out_city(people: Frame, of: World, draw: Random) -> Frame:
    """The same in one city's batch."""
    return _without_question(people, of, draw, _in_city(people, draw))


def _without_question(people: Frame, of: World, draw: Random, where: pl.Expr) -> Frame:
    """The question is worth a fifth to a third of the paper; what each got of it varies around their whole mark."""
    at, step = _subject(of, draw)
    noise = pl.int_range(pl.len()).hash(seed=draw.getrandbits(60)).cast(pl.Float64) / 2**64
    part = draw.uniform(0.2, 0.33) * FULL * ((pl.col(f"m{at}") / FULL) + 0.4 * (noise - 0.5)).clip(0, 1)
    return _set(people, at, where, _snapped(pl.col(f"m{at}") - part, step))


def shifted_province(people: Frame, of: World, draw: Random) -> Frame:
    """Every mark of a province higher or lower by the same points."""
    at, step = _subject(of, draw)
    away = draw.choice([-1, 1]) * max(step, round(draw.uniform(800, 1500) / step) * step)
    return _set(people, at, _in_province(people, draw), (pl.col(f"m{at}") + away).clip(0, FULL))


def wrong_scale(people: Frame, of: World, draw: Random) -> Frame:
    """Marks scaled to another full mark, then put on the paper's steps."""
    at, step = _subject(of, draw)
    return _set(
        people, at, pl.lit(value=True), _snapped(pl.col(f"m{at}") * draw.choice([0.6, 0.75, 0.8, 1.2, 1.25, 1.5]), step)
    )


def wrong_step(people: Frame, of: World, draw: Random) -> Frame:
    """Rounded to halves or whole points, where the paper is finer."""
    at, step = _subject(of, draw)
    return _set(
        people, at, pl.lit(value=True), _snapped(pl.col(f"m{at}"), draw.choice([500, 1000]) if step != 200 else 1000)
    )


def cut_decimals(people: Frame, of: World, draw: Random) -> Frame:
    """Everything behind the point gone."""
    at, _ = _subject(of, draw)
    return _set(people, at, pl.lit(value=True), pl.col(f"m{at}") // 1000 * 1000)


def lost_signs(people: Frame, of: World, draw: Random) -> Frame:
    """-1, absent, became the mark 1."""
    at, _ = _subject(of, draw)
    absent = pl.col(f"c{at}").is_not_null()
    return people.with_columns(
        pl.when(absent).then(1000).otherwise(f"m{at}").cast(pl.Int64).alias(f"m{at}"),
        pl.lit(None, pl.Int16).alias(f"c{at}"),
    )


def unpatched_site(people: Frame, of: World, draw: Random) -> Frame:
    """One city's answers marked with another form's key: what they got is mostly luck."""
    at, step = _subject(of, draw)
    luck = pl.int_range(pl.len()).hash(seed=draw.getrandbits(60)).cast(pl.Float64) / 2**64
    return _set(people, at, _in_city(people, draw), _snapped(1500 + 2000 * luck + 0.1 * pl.col(f"m{at}"), step))


FAULTS: dict[str, Fault] = {
    fault.__name__.replace("_", "-"): fault
    for fault in (
        lost_province, lost_city, zeros, missing_score, favourite_digits, temporary_values, lifted_to_line,
        absent_and_passed, swapped_country, swapped_province, last_year, last_year_province, test_rows,
        question_left_out, question_left_out_city, shifted_province, wrong_scale, wrong_step, cut_decimals, lost_signs,
        unpatched_site,
    )
}  # fmt: skip
