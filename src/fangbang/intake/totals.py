"""Control totals of a marks file: exact, over every row whose subject and mark can be read, good or bad."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import polars as pl

from fangbang.intake.rules import mark_text

ABSENT = -1


@dataclass
class SubjectTotals:
    """Marks in thousandths."""

    rows: int = 0
    total: int = 0
    low: int | None = None
    high: int | None = None
    absent: int = 0
    codes: int = 0
    whole: int = 0
    """Marks without a fraction."""
    ones: int = 0
    twos: int = 0


class Totals:
    """Adds up a file frame by frame."""

    def __init__(self) -> None:
        self.rows = 0
        self.subjects: dict[str, SubjectTotals] = {}

    def add_rows(self, count: int) -> None:
        """Data rows of the file, readable or not."""
        self.rows += count

    def add_marks(self, marks: pl.DataFrame) -> None:
        """A frame of `subject`, `milli` (mark in thousandths or null), `code` (or null)."""
        readable = marks.filter(
            pl.col("subject").is_not_null() & (pl.col("milli").is_not_null() | pl.col("code").is_not_null())
        )
        sums = readable.group_by("subject").agg(
            pl.len().alias("rows"),
            pl.col("milli").cast(pl.Int128).sum().alias("total"),
            pl.col("milli").min().alias("low"),
            pl.col("milli").max().alias("high"),
            (pl.col("code") == ABSENT).sum().alias("absent"),
            pl.col("code").count().alias("codes"),
            (pl.col("milli") % 1000 == 0).sum().alias("whole"),
            (pl.col("milli") == 1000).sum().alias("ones"),
            (pl.col("milli") == 2000).sum().alias("twos"),
        )
        for subject, rows, total, low, high, absent, codes, whole, ones, twos in sums.iter_rows():
            kept = self.subjects.setdefault(subject, SubjectTotals())
            kept.rows += rows
            kept.total += int(total)
            kept.absent += absent
            kept.codes += codes
            kept.whole += whole
            kept.ones += ones
            kept.twos += twos
            kept.low = min((value for value in (kept.low, low) if value is not None), default=None)
            kept.high = max((value for value in (kept.high, high) if value is not None), default=None)

    def as_json(self) -> dict[str, Any]:
        """`{"rows", "subjects": {id: {"rows", "sum", "min", "max", "absent"}}}`, marks as shortest decimal texts."""
        return {
            "rows": self.rows,
            "subjects": {
                subject: {
                    "rows": totals.rows,
                    "sum": mark_text(totals.total),
                    "min": None if totals.low is None else mark_text(totals.low),
                    "max": None if totals.high is None else mark_text(totals.high),
                    "absent": totals.absent,
                }
                for subject, totals in sorted(self.subjects.items())
            },
        }


def normalised(manifest: Mapping[str, Any]) -> dict[str, Any]:
    """The totals of a manifest in the shape and spelling of `Totals.as_json`."""
    return {
        "rows": manifest["rows"],
        "subjects": {
            subject: {name: _spelled(name, value) for name, value in sorted(totals.items())}
            for subject, totals in sorted(manifest["subjects"].items())
        },
    }


def _spelled(name: str, value: object) -> object:
    if value is None or name in ("rows", "absent"):
        return value
    return f"{Decimal(str(value)).normalize():f}"
