"""Puts the rows of the two calculators side by side, whole rows, and finds every candidate on whom they differ.

The exact calculator's side is the table that will be written, so that a fault in the writing shows as well.
"""

from dataclasses import dataclass

import polars as pl
import pyarrow as pa

from fangbang.adjudication.assembly import thousandths
from fangbang.adjudication.engine import EngineRows

_ENTRY = ["r", "subject", "mark", "code", "full", "line", "status"]
_PASS = ["r", "subject", "year", "through", "region"]


@dataclass(frozen=True)
class Disagreement:
    """One candidate on whom the calculators differ: the place in the chunk, and in which columns."""

    r: int
    where: str


def compare(table: pa.Table, engine: EngineRows) -> list[Disagreement]:
    """Every disagreement between OUTCOMES rows and the engine's, in their order; an empty list is full agreement."""
    rows = pl.DataFrame(pl.from_arrow(table.select(["outcome", "subjects", "passes"]))).with_row_index("r")
    subjects = _unfolded(rows, "subjects").with_columns(thousandths(name) for name in ("mark", "full", "line"))
    found: dict[int, set[str]] = {}
    for where, ours, theirs in (
        ("outcome", rows.select("r", "outcome"), engine.outcomes),
        ("subjects", subjects.select(_ENTRY), engine.entries),
        ("passes", _unfolded(rows, "passes").select(_PASS).sort(_PASS), engine.passes),
    ):
        for r in _differing(ours, theirs):
            found.setdefault(r, set()).add(where)
    return [Disagreement(r, "+".join(sorted(where))) for r, where in sorted(found.items())]


def _unfolded(rows: pl.DataFrame, name: str) -> pl.DataFrame:
    return rows.select("r", name).explode(name).drop_nulls(name).unnest(name)


def _differing(ours: pl.DataFrame, theirs: pl.DataFrame) -> list[int]:
    """The candidates with a row that the other side has not, or not as often."""
    theirs = theirs.select(pl.col(name).cast(kind) for name, kind in ours.schema.items())
    if ours.equals(theirs, null_equal=True):
        return []
    columns = ours.columns
    left = ours.group_by(columns).len("ours")
    right = theirs.group_by(columns).len("theirs")
    both = left.join(right, on=columns, how="full", nulls_equal=True, coalesce=True)
    odd = both.filter(pl.col("ours").ne_missing(pl.col("theirs")))
    return sorted(set(odd["r"].to_list()))
