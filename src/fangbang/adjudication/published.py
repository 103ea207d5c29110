"""What the public was told: outcome books, each with the part of its sitting that a release published from it.

Of one sitting several releases may count at the same time (provinces release on their own). Books are given in the
order in which they were published: a row counts from the last one that covers its province and level, and from no
other, so that a pass taken back by a correction is gone.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from operator import or_

import polars as pl


@dataclass(frozen=True)
class HistoryBook:
    """The outcomes of a sitting that count: its year and book, the release that made it count (`version`), and the
    provinces and levels which that release covers (empty = all)."""

    sitting: str
    year: int
    book: str
    version: str = ""
    provinces: tuple[str, ...] = ()
    levels: tuple[str, ...] = ()

    def covers(self) -> pl.Expr:
        """Whether a row (`province`, `level`) is in the release's scope."""
        inside = pl.lit(True)
        for column, wanted in (("province", self.provinces), ("level", self.levels)):
            if wanted:
                inside = inside & pl.col(column).is_in(list(wanted))
        return inside

    def within(self, other: "HistoryBook") -> bool:
        """Whether the other release, of the same sitting, covers at least as much."""
        pairs = ((self.provinces, other.provinces), (self.levels, other.levels))
        return self.sitting == other.sitting and all(
            not theirs or (bool(ours) and set(ours) <= set(theirs)) for ours, theirs in pairs
        )


@dataclass(frozen=True)
class Part:
    """One book to be read once, and which of its rows count."""

    year: int
    book: str
    counts: pl.Expr


def standing(books: Sequence[HistoryBook]) -> list[HistoryBook]:
    """The books of which anything still counts: those that no later release covers whole."""
    return [item for place, item in enumerate(books) if not any(item.within(later) for later in books[place + 1 :])]


def parts_of(books: Sequence[HistoryBook]) -> list[Part]:
    """Every book of `books` once, in their order; its rows that no later release of the same sitting covers."""
    books = standing(books)
    found: dict[tuple[int, str], list[pl.Expr]] = {}
    for place, item in enumerate(books):
        later = [other.covers() for other in books[place + 1 :] if other.sitting == item.sitting]
        own = reduce(lambda inside, other: inside & ~other, later, item.covers())
        found.setdefault((item.year, item.book), []).append(own)
    return [Part(year, book, reduce(or_, expressions)) for (year, book), expressions in found.items()]


def covered(books: Sequence[HistoryBook]) -> pl.Expr:
    """Whether any of the releases covers a row."""
    return reduce(or_, (item.covers() for item in books), pl.lit(False))
