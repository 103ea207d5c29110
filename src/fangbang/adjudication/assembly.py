"""Books → chunks of whole candidates: registrations with their marks and their history, joined by exact keys.

Books are in the order of document numbers (`fangbang.books.schemas`), so several of them are walked side by side:
cost is linear in rows, memory that of one chunk. A mark belongs to a registration when ticket, document and subject
all fit; a mark that fits none, or stands twice, stops the run.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

import polars as pl
import pyarrow as pa

from fangbang.adjudication.problems import (
    BOOK_ORDER,
    DOUBLE_MARKS,
    MARKS_WITHOUT_REGISTRATION,
    UNKNOWN_RULES,
)
from fangbang.adjudication.published import HistoryBook, Part, parts_of
from fangbang.adjudication.versions import COLUMNS as SHOWN
from fangbang.core.errors import FangbangError, Phrase
from fangbang.exams.model import SittingRules

CHUNK = 100_000
"""Candidates worked on at a time."""

_KEYS = ["ticket", "doc_number", "subject"]
_HISTORY = {
    "doc_type": pl.String,
    "doc_number": pl.String,
    "level": pl.String,
    "subject": pl.String,
    "year": pl.Int32,
    "region": pl.String,
    "specialty": pl.String,
    "exempt": pl.Boolean,
    "through": pl.Int32,
}


class Books(Protocol):
    """What is needed of a `BookStore`."""

    def batches(
        self,
        name: str,
        columns: Sequence[str] | None = None,
        size: int = ...,
        *,
        near: tuple[str, Sequence[str]] | None = None,
    ) -> Iterator[pa.RecordBatch]:
        """Stream a book's rows in order; with `near` (column, values) those that have another value may be left out."""
        ...


@dataclass(frozen=True)
class Inputs:
    """The names of the books of one run. `history`: published outcomes of earlier years; `before`: those of this very
    sitting that candidates were shown last; both in the order of publication."""

    registrations: str
    marks: str
    history: tuple[HistoryBook, ...] = ()
    prior: tuple[str, ...] = ()
    withheld: frozenset[str] = frozenset()
    """Tickets of candidates whose results are held back."""
    before: tuple[HistoryBook, ...] = ()
    people: Mapping[tuple[str, str], str] = field(default_factory=dict)
    """(document type, number) → person, for people known under more than one document. All others are in no table."""
    names: Mapping[tuple[str, str, str], str] = field(default_factory=dict)
    """(document type, number, former name) → the name that counts now."""
    linked: "Linked | None" = field(default=None, compare=False)
    """The passes of `people`, once they were read."""


@dataclass(frozen=True)
class Chunk:
    """Whole candidates, numbered by `r` from 0.

    people: r and the columns of REGISTRATIONS without the lists, and `withheld`.
    entries: r, place (of the subject in the level), level, province, subject, ticket, mark (thousandths), code; by r
    and place. A gap has neither mark nor code.
    history: r and the columns of `_HISTORY` but the keys; in no order.
    before: what the same documents were shown last, columns of `versions.COLUMNS`; None when nothing was.
    """

    people: pl.DataFrame
    entries: pl.DataFrame
    history: pl.DataFrame
    before: pl.DataFrame | None = None


class Cursor:
    """Walks a book in the order of document numbers, handing out everything up to a number."""

    def __init__(self, name: str, frames: Iterator[pl.DataFrame]) -> None:
        self._frames = _in_order(name, frames)
        self._rest: pl.DataFrame | None = next(self._frames, None)

    def through(self, number: str | None) -> pl.DataFrame | None:
        """Rows with a document number up to and with `number` (None: all that is left); None when there are none."""
        taken = []
        while self._rest is not None:
            count = self._rest.height if number is None else int((self._rest["doc_number"] <= number).sum())
            taken.append(self._rest.head(count))
            if count < self._rest.height:
                self._rest = self._rest.slice(count)
                break
            self._rest = next(self._frames, None)
        return pl.concat(taken) if taken and sum(frame.height for frame in taken) else None


def chunks(books: Books, inputs: Inputs, rules: SittingRules, size: int = CHUNK) -> Iterator[Chunk]:
    """Every candidate once, in the order of the registrations book."""
    marks = Cursor(inputs.marks, frames(books, inputs.marks))
    history = [Cursor(name, passes) for name, passes in _passes(books, inputs, rules.year)]
    shown = [Cursor(part.book, _shown(books, part)) for part in parts_of(inputs.before)]
    linked = inputs.linked or Linked(books, inputs, rules.year)
    for people, last in _people(books, inputs.registrations, size):
        number = None if last else str(people["doc_number"][-1])
        found = [part for cursor in history if (part := cursor.through(number)) is not None]
        before = [part for cursor in shown if (part := cursor.through(number)) is not None]
        chunk = _chunk(_renamed(people, inputs.names), marks.through(number), found, rules, inputs.withheld)
        yield replace(
            chunk,
            history=pl.concat([chunk.history, linked.history_of(chunk.people).drop("person")]),
            before=pl.concat(before) if before else None,
        )
    if (left := marks.through(None)) is not None:
        raise FangbangError(MARKS_WITHOUT_REGISTRATION, count=left.height)


def thousandths(name: str) -> pl.Expr:
    """A column of exact decimals with three places as whole numbers."""
    return (pl.col(name).cast(pl.Decimal(18, 3)) * 1000).cast(pl.Int64).alias(name)


def frames(
    books: Books, name: str, columns: Sequence[str] | None = None, numbers: Sequence[str] | None = None
) -> Iterator[pl.DataFrame]:
    """The book's rows; with document `numbers` those of other documents may be left out."""
    near = None if numbers is None else ("doc_number", numbers)
    for batch in books.batches(name, columns, size=65_536, near=near):
        frame = pl.from_arrow(pa.Table.from_batches([batch]))
        assert isinstance(frame, pl.DataFrame)  # noqa: S101  (narrows the type; a table is always a frame)
        yield frame


def _people(books: Books, name: str, size: int) -> Iterator[tuple[pl.DataFrame, bool]]:
    """Frames of about `size` rows that never part one document number, and whether it is the last one."""
    rest: pl.DataFrame | None = None
    for frame in _in_order(name, frames(books, name)):
        rest = frame if rest is None else pl.concat([rest, frame])
        while rest.height > size:
            count = int((rest["doc_number"] < rest["doc_number"][size]).sum()) or _first_group(rest)
            if count >= rest.height:
                break
            yield rest.head(count), False
            rest = rest.slice(count)
    if rest is not None and rest.height:
        yield rest, True


def _first_group(frame: pl.DataFrame) -> int:
    return int((frame["doc_number"] == frame["doc_number"][0]).sum())


def _in_order(name: str, frames: Iterator[pl.DataFrame]) -> Iterator[pl.DataFrame]:
    last = ""
    for frame in frames:
        if frame.height:
            documents = frame["doc_number"]
            if not documents.is_sorted() or documents[0] < last:
                raise FangbangError(BOOK_ORDER, book=name)
            last = documents[-1]
            yield frame


def _chunk(
    people: pl.DataFrame,
    marks: pl.DataFrame | None,
    history: Sequence[pl.DataFrame],
    rules: SittingRules,
    withheld: Collection[str],
) -> Chunk:
    people = people.with_row_index("r").with_columns(withheld=pl.col("ticket").is_in(list(withheld)))
    _check_rules(people, rules)
    return Chunk(
        people=people.drop("subjects", "subject_tickets"),
        entries=_entries(people, marks, rules),
        history=_history(people, history),
    )


def _renamed(people: pl.DataFrame, names: Mapping[tuple[str, str, str], str]) -> pl.DataFrame:
    """The registrations, with the names that were changed by decision."""
    if not names:
        return people
    keys = {"doc_type": pl.String, "doc_number": pl.String, "name": pl.String, "now": pl.String}
    table = pl.DataFrame([(*key, name) for key, name in names.items()], schema=keys, orient="row")
    joined = people.join(table, on=["doc_type", "doc_number", "name"], how="left", maintain_order="left")
    return joined.with_columns(name=pl.coalesce("now", "name")).drop("now")


def _check_rules(people: pl.DataFrame, rules: SittingRules) -> None:
    """Refuse levels, categories and empty registrations that the rules do not know; subjects are checked later."""
    known = [(level.id, category) for level in rules.levels.values() for category in ("", *level.categories)]
    frame = pl.DataFrame(known, schema=["level", "category"], orient="row")
    odd = people.join(frame, on=["level", "category"], how="anti")
    if odd.height:
        raise FangbangError(UNKNOWN_RULES, count=odd.height, what=f"{odd['level'][0]}/{odd['category'][0]}")
    empty = people.filter(pl.col("subjects").list.len() == 0)
    if empty.height:
        raise FangbangError(UNKNOWN_RULES, count=empty.height, what=Phrase("no subject", "没有科目"))


def _entries(people: pl.DataFrame, marks: pl.DataFrame | None, rules: SittingRules) -> pl.DataFrame:
    places = [
        (level.id, subject, place) for level in rules.levels.values() for place, subject in enumerate(level.subjects)
    ]
    known = pl.DataFrame(places, schema={"level": pl.String, "subject": pl.String, "place": pl.Int8}, orient="row")
    long = (
        people.select(
            "r", "level", "province", "doc_number", subject=pl.col("subjects"), ticket=pl.col("subject_tickets")
        )
        .explode("subject", "ticket")
        .join(known, on=["level", "subject"], how="left", maintain_order="left")
    )
    odd = long.filter(pl.col("place").is_null())
    if odd.height:
        raise FangbangError(UNKNOWN_RULES, count=odd.height, what=f"{odd['level'][0]}/{odd['subject'][0]}")
    return _with_marks(long, marks).drop("doc_number").sort("r", "place")


def _with_marks(long: pl.DataFrame, marks: pl.DataFrame | None) -> pl.DataFrame:
    if marks is None:
        return long.with_columns(mark=pl.lit(None, pl.Int64), code=pl.lit(None, pl.Int16))
    marks = marks.select(*_KEYS, thousandths("mark"), "code")
    joined = long.join(marks, on=_KEYS, how="left")
    used = joined.filter(pl.col("mark").is_not_null() | pl.col("code").is_not_null()).height
    if joined.height > long.height or used > marks.height:
        doubles = marks.height - marks.select(_KEYS).unique().height
        raise FangbangError(DOUBLE_MARKS, count=doubles or joined.height - long.height)
    if used < marks.height:
        raise FangbangError(MARKS_WITHOUT_REGISTRATION, count=marks.height - used)
    return joined


def _history(people: pl.DataFrame, parts: Sequence[pl.DataFrame]) -> pl.DataFrame:
    columns = ["doc_type", "doc_number", "level"]
    passes = pl.concat(parts) if parts else pl.DataFrame(schema=_HISTORY)
    return people.select("r", *columns).join(passes, on=columns, how="inner").drop("doc_type", "doc_number", "level")


def _passes(
    books: Books, inputs: Inputs, before: int, numbers: Sequence[str] | None = None
) -> list[tuple[str, Iterator[pl.DataFrame]]]:
    """Every book that holds earlier passes, each with its frames of `_HISTORY`; `numbers` as for `frames`."""
    earlier = [part for part in parts_of(inputs.history) if part.year < before]
    return [(part.book, _passes_of_year(books, part, numbers)) for part in earlier] + [
        (name, _prior(books, name, numbers)) for name in inputs.prior
    ]


def _passes_of_year(books: Books, part: Part, numbers: Sequence[str] | None) -> Iterator[pl.DataFrame]:
    """From an earlier sitting's outcomes, the passes earned in that sitting itself.

    Older passes stand in the books of their own years: taking them only from there means that a sitting which was
    superseded or voided later takes its passes with it.
    """
    columns = ["doc_type", "doc_number", "level", "province", "specialty", "passes"]
    for frame in frames(books, part.book, columns, numbers):
        yield (
            frame.filter(part.counts)
            .explode("passes")
            .drop_nulls("passes")
            .unnest("passes")
            .filter(pl.col("year") == part.year)
            .with_columns(exempt=pl.lit(False), through=pl.lit(None, pl.Int32))
            .select(pl.col(column).cast(kind) for column, kind in _HISTORY.items())
        )


def _prior(books: Books, name: str, numbers: Sequence[str] | None) -> Iterator[pl.DataFrame]:
    for frame in frames(books, name, numbers=numbers):
        yield frame.with_columns(exempt=pl.col("basis") == "exemption").select(
            pl.col(column).cast(kind) for column, kind in _HISTORY.items()
        )


def _shown(books: Books, part: Part) -> Iterator[pl.DataFrame]:
    for frame in frames(books, part.book, SHOWN):
        yield frame.filter(part.counts)


class Linked:
    """The passes of people who are known under several documents, by person. They are few: one reading of the history
    books finds them all; without links nothing is read."""

    def __init__(self, books: Books, inputs: Inputs, before: int) -> None:
        keys = [(kind, number, person) for (kind, number), person in sorted(inputs.people.items())]
        schema = {"doc_type": pl.String, "doc_number": pl.String, "person": pl.String}
        self._people = pl.DataFrame(keys, schema=schema, orient="row")
        numbers = [number for _, number, _ in keys]
        found = [
            frame.join(self._people, on=["doc_type", "doc_number"])
            for _, passes in (_passes(books, inputs, before, numbers) if keys else [])
            for frame in passes
        ]
        empty = pl.DataFrame(schema={**_HISTORY, "person": pl.String})
        self._passes = pl.concat([empty, *found]).rename({"doc_type": "other_type", "doc_number": "other_number"})

    def history_of(self, people: pl.DataFrame) -> pl.DataFrame:
        """r, person, and passes earned under another document of the same person."""
        return (
            people.select("r", "doc_type", "doc_number", "level")
            .join(self._people, on=["doc_type", "doc_number"])
            .join(self._passes, on=["person", "level"])
            .filter((pl.col("doc_type") != pl.col("other_type")) | (pl.col("doc_number") != pl.col("other_number")))
            .select("r", *(name for name in _HISTORY if name not in ("doc_type", "doc_number", "level")), "person")
        )
