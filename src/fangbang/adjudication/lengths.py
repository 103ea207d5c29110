"""How long each result's record will be, before anything is sealed: a run says at once whom the record cannot hold.

The arithmetic is MessagePack's, for the wire form of docs/reference/snapshot-v1.md, section 4; a test holds it to the
bytes that are written. For a document number with Chinese characters it is an upper bound.
"""

import msgspec
import polars as pl
import pyarrow as pa

_TEXTS = ("name", "doc_number", "ticket", "province", "city", "level", "category", "specialty", "reason")
_ARRAYS_AND_NUMBERS = 5
"""Array of the record, layout, outcome, arrays of subjects and of statements; the last is counted with these."""


def record_lengths(table: pa.Table) -> pl.Series:
    """The bytes of each OUTCOMES row's record."""
    names = [*_TEXTS, "subjects", "statements", "version"]
    rows = pl.DataFrame(pl.from_arrow(table.select(names))).with_row_index("r")
    subjects = (
        rows.select("r", "subjects", own=pl.col("ticket"))
        .explode("subjects")
        .drop_nulls("subjects")
        .unnest("subjects")
        .group_by("r")
        .agg(subjects_length=_subject_length().sum())
    )
    told = rows.join(subjects, on="r", how="left", maintain_order="left")
    said = rows["statements"].unique()
    lengths = said.map_elements(_statements_length, return_dtype=pl.Int64)
    return told.select(
        sum((_text(pl.col(name)) for name in _TEXTS), pl.lit(_ARRAYS_AND_NUMBERS - 1))
        + pl.col("subjects_length").fill_null(0)
        + pl.col("statements").replace_strict(said, lengths, return_dtype=pl.Int64)
        + _number(pl.col("version"))
    ).to_series()


def _subject_length() -> pl.Expr:
    """One subject: array and status, id, its own ticket unless it is the record's, mark, code, line."""
    ticket = pl.when(pl.col("ticket") == pl.col("own")).then(pl.lit("")).otherwise(pl.col("ticket"))
    return 2 + _text(pl.col("subject")) + _text(ticket) + _mark("mark") + _number(pl.col("code")) + _mark("line")


def _mark(name: str) -> pl.Expr:
    plain = pl.col(name).cast(pl.String).str.strip_chars_end("0").str.strip_chars_end(".")
    return pl.when(pl.col(name).is_null()).then(1).otherwise(_text(plain))


def _text(text: pl.Expr) -> pl.Expr:
    bytes_ = text.str.len_bytes().cast(pl.Int64)
    return bytes_ + pl.when(bytes_ < 32).then(1).when(bytes_ < 256).then(2).otherwise(3)


def _number(value: pl.Expr) -> pl.Expr:
    small = value.is_null() | value.is_between(-32, 127)
    return pl.when(small).then(1).when(value.is_between(-128, 255)).then(2).otherwise(3)


def _statements_length(text: str) -> int:
    """The array of statements; each begins with its code's number, one byte."""
    statements = msgspec.json.decode(text or "[]", type=list[list[str | int]])
    return len(msgspec.msgpack.encode([[0, *arguments] for _, *arguments in statements]))
