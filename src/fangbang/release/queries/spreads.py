"""How the marks of a sitting and of earlier published ones lie, counted from outcome books as they stream by."""

from collections.abc import Iterator, Sequence

import polars as pl

from fangbang.adjudication.queries import HistoryBook, parts_of
from fangbang.books.store import BookStore
from fangbang.core.errors import FangbangError
from fangbang.exams.catalogue import Catalogue
from fangbang.exams.model import SittingRules
from fangbang.release.rules.counting import COLUMNS, count, impossible, papers_of, rows_of_tests, year_spread
from fangbang.release.rules.spreads import Marks, YearSpread

EARLIER = 3
"""So many earlier years are compared with."""


def gather_marks(
    store: BookStore,
    catalogue: Catalogue,
    rules: SittingRules,
    outcomes: str,
    history: Sequence[HistoryBook],
) -> Marks:
    """Count one run's outcome book, and the published books of the last `EARLIER` years of the exam that have any.

    An earlier year whose book or rules cannot be read is told as unread. Raises FangbangError if the run's own book
    cannot be read. Memory is bounded by the number of different marks and cities, not of candidates.
    """
    tests = 0

    def watched() -> Iterator[pl.DataFrame]:
        nonlocal tests
        for frame in _frames(store, outcomes):
            tests += rows_of_tests(frame)
            yield frame

    counted = count(watched())
    earlier: list[YearSpread] = []
    unread: list[int] = []
    for year in sorted({book.year for book in history}, reverse=True)[:EARLIER]:
        books = [book for book in history if book.year == year]
        try:
            papers = papers_of(catalogue.rules(rules.exam_id, year))
            earlier.append(year_spread(year, papers, count(_published(store, books))))
        except (FangbangError, OSError):
            unread.append(year)
    now = year_spread(rules.year, papers_of(rules), counted)
    return Marks(now, earlier, unread, impossible(counted), tests)


def _frames(store: BookStore, name: str) -> Iterator[pl.DataFrame]:
    for batch in store.batches(name, columns=COLUMNS):
        yield pl.DataFrame(pl.from_arrow(batch))


def _published(store: BookStore, books: Sequence[HistoryBook]) -> Iterator[pl.DataFrame]:
    for part in parts_of(books):
        for frame in _frames(store, part.book):
            yield frame.filter(part.counts)
