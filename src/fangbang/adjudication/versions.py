"""Which version of a result a candidate sees, and why it is not the first: told from the rows, never typed in.

A row is compared with what the candidate was last shown (the books of the releases that were published, `before`): the
same content keeps its version and its reasons; other content is the next version, with a code for each kind of change.
"""

import polars as pl
import pyarrow as pa

from fangbang.exams.vocabulary import ChangeReason, Outcome

_KEYS = ["doc_number", "level"]
_DETAILS = ["archive", "name", "doc_type", "category", "specialty", "province", "city", "ticket"]
_RESULT = ["outcome", "subjects", "passes", "statements"]
COLUMNS = [*_KEYS, *_DETAILS, *_RESULT, "version", "reason"]
"""What is read of the books shown before."""
_WITHHELD = Outcome.WITHHELD.value


def versioned(
    table: pa.Table, before: pl.DataFrame | None, covered: pl.Expr, year: int
) -> tuple[pa.Table, dict[str, int]]:
    """OUTCOMES rows with `version` and `reason` set, and how many changed for which reasons.

    `before`: the rows shown last, of the same people; `covered`: whether a row belongs to a part of the sitting that
    was published before; `year` is the sitting's.
    """
    now = pl.DataFrame(pl.from_arrow(table.select(COLUMNS))).with_row_index("r")
    old = pl.DataFrame(schema=now.drop("r").schema) if before is None else before.select(COLUMNS)
    old = old.with_row_index("b")
    pairs = _paired(now, old)
    both = (
        now.drop("version", "reason")
        .join(pairs, on="r", how="left", maintain_order="left")
        .join(old, on="b", how="left", suffix="_before", maintain_order="left")
        .join(_changed_marks(now, old, pairs), on="r", how="left", maintain_order="left")
        .join(_changed_history(now, old, pairs, year), on="r", how="left", maintain_order="left")
    )
    told = both.select(version=_version(), reason=_reason(covered), new=_changed().fill_null(True))
    columns = {"version": told["version"].cast(pl.Int16), "reason": told["reason"]}
    for name, column in columns.items():
        place = table.schema.get_field_index(name)
        field = table.schema.field(place)
        table = table.set_column(place, field, column.to_arrow().cast(field.type))
    changes = told.filter("new", pl.col("reason") != "").group_by("reason").len().sort("reason")
    return table, dict(changes.iter_rows())


def _paired(now: pl.DataFrame, old: pl.DataFrame) -> pl.DataFrame:
    """(r, b) of the same registration: by ticket, or, where a ticket was corrected, the only one left at its level."""
    exact = now.select("r", *_KEYS, "ticket").join(old.select("b", *_KEYS, "ticket"), on=[*_KEYS, "ticket"])
    left = now.join(exact, on="r", how="anti").select("r", *_KEYS).filter(pl.len().over(_KEYS) == 1)
    right = old.join(exact, on="b", how="anti").select("b", *_KEYS).filter(pl.len().over(_KEYS) == 1)
    return pl.concat([exact.select("r", "b"), left.join(right, on=_KEYS).select("r", "b")])


def _changed_marks(now: pl.DataFrame, old: pl.DataFrame, pairs: pl.DataFrame) -> pl.DataFrame:
    """r, mark, line: whether a subject's mark or code, and whether its line or full mark, is another one."""
    ours = _unfolded(now, "r", "subjects")
    theirs = _unfolded(old.join(pairs, on="b"), "r", "subjects").with_columns(was=pl.lit(True))
    joined = ours.filter(pl.col("r").is_in(pairs["r"].implode())).join(
        theirs, on=["r", "subject"], how="full", coalesce=True, suffix="_before"
    )
    return joined.group_by("r").agg(
        mark=(
            pl.col("was").is_null()
            | pl.col("full").is_null()
            | pl.col("mark").ne_missing(pl.col("mark_before"))
            | pl.col("code").ne_missing(pl.col("code_before"))
        ).any(),
        line=(
            pl.col("line").ne_missing(pl.col("line_before")) | pl.col("full").ne_missing(pl.col("full_before"))
        ).any(),
    )


def _changed_history(now: pl.DataFrame, old: pl.DataFrame, pairs: pl.DataFrame, year: int) -> pl.DataFrame:
    """r, history: whether passes of earlier years came or went."""
    ours = _unfolded(now, "r", "passes").filter(pl.col("year") < year)
    theirs = _unfolded(old.join(pairs, on="b"), "r", "passes").filter(pl.col("year") < year)
    keys = ["r", "subject", "year", "region"]
    odd = pl.concat([ours.join(theirs, on=keys, how="anti"), theirs.join(ours, on=keys, how="anti")])
    return odd.select("r").unique().with_columns(history=pl.lit(True))


def _unfolded(frame: pl.DataFrame, key: str, name: str) -> pl.DataFrame:
    return frame.select(key, name).explode(name).drop_nulls(name).unnest(name)


def _details_changed() -> pl.Expr:
    return pl.any_horizontal(pl.col(name).ne_missing(pl.col(f"{name}_before")) for name in _DETAILS)


def _changed() -> pl.Expr:
    return _details_changed() | pl.any_horizontal(pl.col(name) != pl.col(f"{name}_before") for name in _RESULT)


def _version() -> pl.Expr:
    return pl.when(pl.col("b").is_null()).then(1).otherwise(pl.col("version") + _changed().cast(pl.Int16))


def _reason(covered: pl.Expr) -> pl.Expr:
    is_held, was_held = pl.col("outcome") == _WITHHELD, pl.col("outcome_before") == _WITHHELD
    told = pl.concat_str(
        [
            pl.when(holds.fill_null(False)).then(pl.lit(reason.value))
            for reason, holds in (
                (ChangeReason.RELEASED, was_held & ~is_held),
                (ChangeReason.WITHHELD, is_held & ~was_held),
                (ChangeReason.MARK, pl.col("mark") & ~is_held & ~was_held),
                (ChangeReason.LINE, pl.col("line") & ~is_held & ~was_held),
                (ChangeReason.HISTORY, pl.col("history")),
                (ChangeReason.DETAILS, _details_changed()),
            )
        ],
        separator=" ",
        ignore_nulls=True,
    )
    added = pl.when(covered).then(pl.lit(ChangeReason.ADDED.value)).otherwise(pl.lit(""))
    why = pl.when(told == "").then(pl.lit(ChangeReason.RECOMPUTED.value)).otherwise(told)
    return pl.when(pl.col("b").is_null()).then(added).when(_changed()).then(why).otherwise(pl.col("reason"))
