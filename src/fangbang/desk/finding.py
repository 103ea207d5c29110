"""Rows of a book for what a search asks. Blocks are filtered as columns; the few that are left are looked at again by
the same folding that candidates' typing gets."""

from collections.abc import Callable
from typing import Any

import polars as pl
import pyarrow as pa
import pyarrow.compute as pc

from fangbang.books.store import BookStore
from fangbang.core.fold import fold_name
from fangbang.desk.rules import ByDocument, ByTicket, Row, Terms
from fangbang.people.rules import birth_date

_OWN_TICKETS = {"registrations": "subject_tickets", "outcomes": "subjects"}
"""Kind of book → the column that holds the subjects' own tickets."""


def find(store: BookStore, book: str, terms: Terms) -> pa.Table:
    """The rows that the terms fit, whole."""
    if isinstance(terms, ByTicket):
        return _by_ticket(store, book, terms.ticket)
    if isinstance(terms, ByDocument):
        near = ("doc_number", terms.number)
        found = store.find(book, ["doc_number"], lambda block: _is(block["doc_number"], terms.number), near=near)
        return _kept(found, lambda row: not terms.name or fold_name(row["name"]) == terms.name)
    return _kept(
        store.find(book, ["doc_number"], _born(terms.birth)),
        lambda row: (
            fold_name(row["name"]) == terms.name and birth_date(row["doc_type"], row["doc_number"]) == terms.birth
        ),
    )


def _born(birth: str) -> Callable[[pa.RecordBatch], Any]:
    return lambda block: _is(pc.utf8_slice_codeunits(block["doc_number"], 6, 14), birth)


def _by_ticket(store: BookStore, book: str, ticket: str) -> pa.Table:
    found = store.find(book, ["ticket"], lambda block: _is(block["ticket"], ticket))
    if found.num_rows:
        return found
    column = _OWN_TICKETS[book.rpartition("-")[0]]
    return store.find(book, [column], lambda block: _own_ticket(block[column], ticket))


def _is(column: Any, text: str) -> Any:
    return pc.equal(column, pa.scalar(text))


def _own_ticket(lists: Any, ticket: str) -> Any:
    """Whether a row's list of tickets, or of subjects with tickets, holds the ticket."""
    column = pl.Series(pl.from_arrow(lists))
    own = pl.element() if pa.types.is_string(lists.type.value_type) else pl.element().struct.field("ticket")
    return column.list.eval(own == ticket).list.any().fill_null(False).to_arrow()


def _kept(table: pa.Table, holds: Callable[[Row], bool]) -> pa.Table:
    return table.filter(pa.array([holds(row) for row in table.to_pylist()], pa.bool_()))
