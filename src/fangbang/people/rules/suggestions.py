"""Documents that may be one person's. Listed for a human; nothing follows from a suggestion by itself."""

from collections.abc import Mapping

import polars as pl

COLUMNS = ("doc_type", "doc_number", "name", "archive")
"""What `suggestions` needs of registrations, of as many sittings as one likes."""
REASONS = {
    "same-archive": ("档案号相同，证件不同", "One archive number, two documents"),
    "permit-renewed": ("通行证换发：前几位相同", "A permit that was renewed: its first characters agree"),
    "name-changed": ("证件相同，姓名不同", "One document, two names"),
}
"""Reason → Chinese and English text."""


def suggestions(people: pl.DataFrame, names: Mapping[tuple[str, str, str], str] | None = None) -> pl.DataFrame:
    """Pairs to look at: `reason`, and of both sides `doc_type`, `doc_number`, `name` (the second with `_2`).

    `names`: (document type, number, former name) → name, of changes that were approved: these are explained.
    """
    rows = people.select(COLUMNS).unique()
    known = [(*key, now) for key, now in (names or {}).items()]
    schema = dict.fromkeys(("doc_type", "doc_number", "name", "_now"), pl.String)
    decided = pl.DataFrame(known, schema=schema, orient="row")
    rows = rows.join(decided, on=["doc_type", "doc_number", "name"], how="left")
    rows = rows.with_columns(name=pl.coalesce("_now", "name")).select(COLUMNS).unique()
    stem = (
        pl.when(pl.col("doc_type") == "hk-macao-permit")
        .then(pl.col("doc_number").str.slice(0, 9))
        .when(pl.col("doc_type") == "taiwan-permit")
        .then(pl.col("doc_number").str.slice(0, 8))
    )
    found = [
        _pairs(rows.filter(pl.col("archive") != ""), pl.col("archive"), "same-archive", same_document=False),
        _pairs(rows, pl.concat_str("doc_type", stem), "permit-renewed", same_document=False),
        _pairs(rows, pl.concat_str("doc_type", "doc_number", separator=":"), "name-changed", same_document=True),
    ]
    return pl.concat(found).unique().sort("reason", "doc_number", "doc_number_2", "name", "name_2")


def _pairs(rows: pl.DataFrame, key: pl.Expr, reason: str, *, same_document: bool) -> pl.DataFrame:
    keyed = rows.with_columns(key.alias("_key")).filter(pl.col("_key").is_not_null()).drop("archive").unique()
    keyed = keyed.filter(pl.col("_key").is_duplicated())
    pairs = keyed.join(keyed, on="_key", suffix="_2")
    document = pl.concat_str("doc_type", "doc_number", separator=":")
    other = pl.concat_str("doc_type_2", "doc_number_2", separator=":")
    kept = (document == other) & (pl.col("name") < pl.col("name_2")) if same_document else document < other
    return pairs.filter(kept).drop("_key").insert_column(0, pl.lit(reason).alias("reason"))
