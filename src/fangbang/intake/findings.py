"""What was found wrong: (row, field, code) triples, kept small however many there are."""

from collections.abc import Iterable

import polars as pl

from fangbang.intake.rules import ROW_PROBLEMS
from fangbang.intake.source import CODE, ROW

FIELD = "field"
_CODES = pl.Enum(sorted(ROW_PROBLEMS))


class Findings:
    """Collects findings from any number of frames; a row may have several."""

    def __init__(self) -> None:
        self._parts: list[pl.DataFrame] = []
        self._tidy = False
        """Whether the one part left is the table already."""

    def add(self, rows: pl.Series, field: str, code: str) -> None:
        """Each of these rows has this problem in this field ("" = the row as a whole)."""
        if len(rows):
            self.add_frame(pl.DataFrame({ROW: rows, FIELD: field, CODE: code}))

    def add_frame(self, found: pl.DataFrame) -> None:
        """Findings as a frame of `row`, `field`, `code`; rows without a code or a number are left out."""
        kept = found.filter(pl.col(CODE).is_not_null() & pl.col(ROW).is_not_null())
        if len(kept):
            self._tidy = False
            self._parts.append(
                kept.select(pl.col(ROW).cast(pl.UInt32), pl.col(FIELD).cast(pl.Categorical), pl.col(CODE).cast(_CODES))
            )

    def add_rows(self, rows: Iterable[int], field: str, code: str) -> None:
        """Like `add`, for row numbers out of a plain iterable."""
        self.add(pl.Series(ROW, list(rows), dtype=pl.UInt32), field, code)

    def merge(self, other: "Findings") -> None:
        """Take over what another collection (of one frame) found."""
        self._tidy = False
        self._parts += other._parts

    def table(self) -> pl.DataFrame:
        """All findings by row, each (row, field, code) once."""
        if not self._parts:
            return pl.DataFrame(schema={ROW: pl.UInt32, FIELD: pl.Categorical, CODE: _CODES})
        if len(self._parts) > 1 or not self._tidy:
            self._parts, self._tidy = [pl.concat(self._parts).unique().sort(ROW, CODE, FIELD)], True
        return self._parts[0]

    def between(self, first: int, last: int) -> pl.DataFrame:
        """The findings of these rows, both ends included."""
        table = self.table()
        start, end = table[ROW].search_sorted(first, side="left"), table[ROW].search_sorted(last, side="right")
        return table.slice(start, end - start)

    def bad_rows(self, *, beside: str = "") -> int:
        """How many rows have at least one finding, other than `beside`."""
        return self.table().filter(pl.col(CODE) != beside)[ROW].n_unique()

    def counts(self) -> dict[str, int]:
        """Code → number of rows, the most frequent first."""
        table = (
            self.table().group_by(CODE).agg(pl.col(ROW).n_unique().alias("n")).sort("n", CODE, descending=[True, False])
        )
        return {str(code): int(count) for code, count in table.iter_rows()}
