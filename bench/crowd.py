"""Random candidates of any exam with history, as books in memory: many, near every edge, and not at all realistic.

Levels, categories, provinces and specialties are drawn evenly; marks lie about the line; passes of the five years
before, regional ones, exemptions and passes with a decided end lie on both sides of every window. A function of the
seed, so that a disagreement can be found again.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

import polars as pl
import pyarrow as pa

from fangbang.adjudication.assembly import Inputs
from fangbang.adjudication.calculation import points
from fangbang.adjudication.published import HistoryBook
from fangbang.adjudication.rules import AnnouncedLine
from fangbang.books.schemas import MARKS, PASS, REGISTRATIONS
from fangbang.exams.model import SittingRules
from fangbang.simulate.chance import below, uniform

PROVINCES = ("110000", "310000", "540000", "650000")
REGION = "540000"
SPECIALTIES = ("civil", "road", "")
CODES = (-1, -1, -1, -2, -3, -4)
YEARS_BACK = 5
WITHHELD_EACH = 997
_R = pl.col("r")


@dataclass
class MemoryBooks:
    """A book store without files."""

    tables: dict[str, pa.Table] = field(default_factory=dict)

    def batches(
        self, name: str, columns: Sequence[str] | None = None, size: int = 65_536, **_: object
    ) -> Iterator[pa.RecordBatch]:
        table = self.tables[name]
        yield from (table.select(list(columns)) if columns else table).to_batches(max_chunksize=size)


def crowd(rules: SittingRules, candidates: int, seed: int) -> tuple[MemoryBooks, Inputs]:
    """Books for so many candidates of one sitting."""
    people = _people(rules, candidates, seed)
    entries = _entries(rules, people, seed)
    passes = _passes(rules, people, seed)
    years = range(rules.year - YEARS_BACK, rules.year)
    tables = {
        "registrations": _registrations(people, entries),
        "marks": _marks(entries),
        "prior": _prior(passes.filter("decided")),
        **{f"outcomes-{year}": _outcomes(people, passes.filter(~pl.col("decided")), year, seed) for year in years},
    }
    exam = rules.exam_id
    history = tuple(HistoryBook(f"{exam}-{year}", year, f"outcomes-{year}") for year in years)
    withheld = people.filter(_R % WITHHELD_EACH == 0)["ticket"].to_list()
    return MemoryBooks(tables), Inputs("registrations", "marks", history, ("prior",), frozenset(withheld))


def announced_lines(rules: SittingRules) -> list[AnnouncedLine]:
    """What later notices would bring: a full line in one province where none is known, a regional one in another."""
    found = []
    for level in rules.levels.values():
        for subject in level.subjects.values():
            if subject.line() is None:
                found.append(AnnouncedLine(level.id, subject.id, subject.full * Decimal("0.55"), PROVINCES[0]))
            found.append(AnnouncedLine(level.id, subject.id, subject.full / 2, REGION, regional=True))
    return found


def _pick(values: Sequence[str], seed: int, stream: str, index: pl.Expr = _R) -> pl.Expr:
    return pl.lit(pl.Series(list(values))).gather(below(index, seed, stream, len(values)))


def _people(rules: SittingRules, candidates: int, seed: int) -> pl.DataFrame:
    kinds = [(level.id, category) for level in rules.levels.values() for category in level.categories]
    kind = below(_R, seed, "kind", len(kinds))
    frame = pl.DataFrame({"r": pl.int_range(candidates, dtype=pl.UInt64, eager=True)})
    number = _R.cast(pl.String).str.zfill(9)
    return frame.with_columns(
        level=pl.lit(pl.Series([level for level, _ in kinds])).gather(kind),
        category=pl.lit(pl.Series([category for _, category in kinds])).gather(kind),
        province=_pick(PROVINCES, seed, "province"),
        specialty=_pick(SPECIALTIES, seed, "specialty"),
        ticket=pl.lit("T") + number,
        doc_number=pl.lit("D") + number,
    )


def _entries(rules: SittingRules, people: pl.DataFrame, seed: int) -> pl.DataFrame:
    """r, subject, ticket, mark (thousandths), code: each owed subject three times in four, the first always."""
    rows = [
        (
            level.id,
            category.id,
            place,
            subject,
            int(level.subjects[subject].full * 1000),
            _milli(level.subjects[subject].step),
        )
        for level in rules.levels.values()
        for category in level.categories.values()
        for place, subject in enumerate(category.owes)
    ]
    schema = {"level": pl.String, "category": pl.String, "place": pl.UInt64, "subject": pl.String}
    owed = pl.DataFrame(rows, schema={**schema, "full": pl.Int64, "step": pl.Int64}, orient="row")
    entry = _R * 64 + pl.col("place")
    steps = pl.col("full") // pl.col("step")
    near = steps * 6 // 10 + below(entry, seed, "near", 21).cast(pl.Int64) - 8
    drawn = uniform(entry, seed, "kind of entry")
    return (
        people.select("r", "level", "category", "doc_number", "ticket")
        .join(owed, on=["level", "category"], maintain_order="left")
        .filter((pl.col("place") == 0) | (uniform(entry, seed, "sits") < 0.75))
        .with_columns(
            mark=pl.when(drawn >= 0.15).then(near.clip(0, steps) * pl.col("step")),
            code=pl.when(drawn.is_between(0.005, 0.15, closed="left")).then(
                pl.lit(pl.Series(CODES, dtype=pl.Int16)).gather(below(entry, seed, "code", len(CODES)))
            ),
        )
        .select("r", "doc_number", "ticket", "subject", "mark", "code")
    )


def _milli(value: Decimal) -> int:
    return int(value * 1000)


def _passes(rules: SittingRules, people: pl.DataFrame, seed: int) -> pl.DataFrame:
    """r, level, subject, year, region, exempt, through, decided: two subjects in five, former names too."""
    rows = [
        (level.id, place, name)
        for level in rules.levels.values()
        for place, name in enumerate(
            name for subject in level.subjects.values() for name in (subject.id, *subject.succeeds)
        )
    ]
    subjects = pl.DataFrame(rows, schema={"level": pl.String, "place": pl.UInt64, "subject": pl.String}, orient="row")
    item = _R * 64 + pl.col("place")
    decided = uniform(item, seed, "decided") < 0.1
    exempt = decided & (uniform(item, seed, "exempt") < 0.5)
    end = rules.year - 2 + below(item, seed, "through", 5).cast(pl.Int16)
    return (
        people.select("r", "level", "doc_number")
        .join(subjects, on="level", maintain_order="left")
        .filter(uniform(item, seed, "passed") < 0.4)
        .with_columns(
            year=(rules.year - 1 - below(item, seed, "year", YEARS_BACK).cast(pl.Int16)).cast(pl.Int16),
            region=pl.when(uniform(item, seed, "region") < 0.25).then(pl.lit(REGION)).otherwise(pl.lit("")),
            decided=decided,
            exempt=exempt,
            through=pl.when(decided & ~exempt).then(end).cast(pl.Int16),
        )
    )


def _registrations(people: pl.DataFrame, entries: pl.DataFrame) -> pa.Table:
    lists = entries.group_by("r", maintain_order=True).agg(subjects="subject", subject_tickets="ticket")
    filled = people.join(lists, on="r", maintain_order="left").with_columns(
        pl.lit("").alias("archive"),
        pl.lit("某人").alias("name"),
        pl.lit("resident-id").alias("doc_type"),
        pl.lit("").alias("city"),
    )
    return filled.select(REGISTRATIONS.names).to_arrow().cast(REGISTRATIONS)


def _marks(entries: pl.DataFrame) -> pa.Table:
    rows = entries.filter(pl.col("mark").is_not_null() | pl.col("code").is_not_null())
    rows = rows.sort("doc_number", "ticket", "subject")
    columns = [rows[name].to_arrow() for name in ("ticket", "doc_number", "subject")]
    return pa.table([*columns, points(rows["mark"]), rows["code"].to_arrow()], names=MARKS.names).cast(MARKS)


def _outcomes(people: pl.DataFrame, passes: pl.DataFrame, year: int, seed: int) -> pa.Table:
    """What history reads of an earlier year's book; the specialty of that year is another draw."""
    of_year = passes.filter(pl.col("year") == year).with_columns(through=pl.lit(0, pl.Int16))
    lists = of_year.group_by("r", maintain_order=True).agg(passes=pl.struct("subject", "year", "through", "region"))
    rows = people.join(lists, on="r", maintain_order="left").with_columns(
        specialty=_pick(SPECIALTIES, seed, f"specialty {year}"), doc_type=pl.lit("resident-id")
    )
    table = rows.select("doc_type", "doc_number", "level", "province", "specialty", "passes").to_arrow()
    place = table.schema.get_field_index("passes")
    return table.set_column(place, "passes", table.column(place).cast(pa.list_(PASS)))


def _prior(passes: pl.DataFrame) -> pa.Table:
    return (
        passes.select(
            "doc_number",
            "level",
            "subject",
            "year",
            "through",
            "region",
            doc_type=pl.lit("resident-id"),
            specialty=_pick(SPECIALTIES, 0, "specialty of a prior pass"),
            basis=pl.when("exempt").then(pl.lit("exemption")).otherwise(pl.lit("pass")),
        )
        .sort("doc_number", "level", "subject")
        .to_arrow()
    )
