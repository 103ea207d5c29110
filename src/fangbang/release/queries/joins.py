"""A second join of marks with registrations, by ticket and document both, written apart from the one in intake."""

from collections.abc import Iterator

import polars as pl

from fangbang.books.store import BookStore

_PAIR = pl.struct("ticket", "doc_number").hash(seed=1).alias("pair")


def orphan_marks(store: BookStore, registrations: str, marks: str) -> int:
    """How many rows of the marks book have no registration with their ticket (the person's or the subject's) and their
    document number. Eight bytes a row in memory; two pairs with the same 64-bit hash could hide one orphan.
    """
    people = _read(store, registrations, ["ticket", "doc_number", "subject_tickets"])
    registered = _collect(pairs for batch in people for pairs in (_of_person(batch), _of_subjects(batch)))
    taken = _collect(batch.select(_PAIR) for batch in _read(store, marks, ["ticket", "doc_number"]))
    return taken.join(registered.unique(), on="pair", how="anti").height


def _of_person(people: pl.DataFrame) -> pl.DataFrame:
    return people.select("ticket", "doc_number").select(_PAIR)


def _of_subjects(people: pl.DataFrame) -> pl.DataFrame:
    return (
        people.select("doc_number", ticket="subject_tickets")
        .explode("ticket")
        .select("ticket", "doc_number")
        .select(_PAIR)
    )


def _read(store: BookStore, name: str, columns: list[str]) -> Iterator[pl.DataFrame]:
    for batch in store.batches(name, columns=columns):
        yield pl.DataFrame(pl.from_arrow(batch)).select(columns)


def _collect(parts: Iterator[pl.DataFrame]) -> pl.DataFrame:
    return pl.concat([pl.DataFrame(schema={"pair": pl.UInt64}), *parts])
