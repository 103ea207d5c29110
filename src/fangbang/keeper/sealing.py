"""Outcome books → items of a snapshot: a base from one book, an overlay from the difference of two.

Everything here is picklable: the writer runs it in several processes, each with its share of the candidates.
"""

import hashlib
import zlib
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa
import pyarrow.compute as pc

from fangbang.books.keys import BookKeys
from fangbang.books.schemas import SHADOW
from fangbang.books.store import BookStore
from fangbang.core.errors import FangbangError
from fangbang.exams.vocabulary import CredentialKind, Outcome
from fangbang.keeper.namesakes import Namesakes
from fangbang.keeper.problems import SHADOW_IN_BOOK
from fangbang.keeper.rows import Credential, Row, RowReader, to_item
from fangbang.keeper.tallies import published_counts
from fangbang.snapshot.board import SENTINELS, Sentinel
from fangbang.snapshot.buckets import Item
from fangbang.snapshot.derive import Pepperer, subkey
from fangbang.snapshot.record import Record, encode

BATCH = 16_384
PARTITION_ROWS = 250_000
"""How many rows of each book an overlay's comparison holds in memory at a time."""


@dataclass(frozen=True)
class Scope:
    """Part of a sitting; empty = all of it."""

    provinces: tuple[str, ...] = ()
    levels: tuple[str, ...] = ()

    def holds(self, province: str, level: str) -> bool:
        """Whether a row of that province and level is inside."""
        return (not self.provinces or province in self.provinces) and (not self.levels or level in self.levels)

    def filtered(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """The rows inside the scope."""
        for column, wanted in (("province", self.provinces), ("level", self.levels)):
            if wanted:
                batch = batch.filter(pc.is_in(batch.column(column), value_set=pa.array(wanted)))
        return batch


@dataclass(frozen=True)
class Books:
    """Where outcome books lie and how their rows become records."""

    folder: Path
    keys: BookKeys = field(repr=False)
    kinds: dict[str, tuple[CredentialKind, ...]]
    scope: Scope

    def store(self) -> BookStore:
        return BookStore(self.folder, self.keys)

    def batches(
        self, name: str, columns: Sequence[str] | None = None, share: tuple[int, int] = (0, 1)
    ) -> Iterator[pa.RecordBatch]:
        """The rows inside the scope; `columns` must hold the scope's own, `share` is the store's."""
        for batch in self.store().batches(name, columns, BATCH, share):
            yield self.scope.filtered(batch)

    def reader(self, name: str) -> RowReader:
        """How the rows of one book are read; who has a namesake is judged over the whole book, not over the scope."""
        return RowReader(self.kinds, Namesakes.of(self.store(), name, self.kinds, self.scope.holds))


@dataclass(frozen=True)
class Secrets:
    """The keys of one seal."""

    release_key: bytes = field(repr=False)
    snapshot_id: bytes
    pepper: bytes = field(repr=False)
    sitting: str

    def pepperer(self) -> Pepperer:
        return Pepperer(self.pepper, self.sitting)


@dataclass(frozen=True)
class BaseSource:
    """Every row of one outcome book, and the sentinels."""

    books: Books
    outcomes: str
    secrets: Secrets

    def items(self, share: int, shares: int) -> Iterator[Item]:
        pepperer = self.secrets.pepperer()
        if share == 0:
            yield from sentinel_items(self.secrets, pepperer)
        reader = self.books.reader(self.outcomes)
        for batch in self.books.batches(self.outcomes, share=(share, shares)):
            for row in reader.rows(batch):
                yield to_item(row, pepperer)


@dataclass(frozen=True)
class OverlaySource:
    """What a run changes against the run below it.

    Rows are compared person by person (document number), because every credential but one holds the document: whoever
    has a row that differs gets all rows of the new run as whole records, and a tombstone for each credential that no
    longer leads anywhere. A name with a birth date may pass from one person to another: losing or gaining its
    uniqueness changes the row, and no tombstone is laid where it leads to somebody else now.
    """

    books: Books
    below: str
    outcomes: str
    secrets: Secrets

    def items(self, share: int, shares: int) -> Iterator[Item]:
        pepperer = self.secrets.pepperer()
        if share == 0:
            yield from sentinel_items(self.secrets, pepperer)
        store = self.books.store()
        rows = max(store.rows(self.below), store.rows(self.outcomes))
        parts = -(-max(1, -(-rows // PARTITION_ROWS)) // shares) * shares
        before, now = self.books.reader(self.below), self.books.reader(self.outcomes)
        for part in range(share, parts, shares):
            old, new = self._people(before, self.below, part, parts), self._people(now, self.outcomes, part, parts)
            for document in sorted(old.keys() | new.keys()):
                yield from _changes(old.get(document, []), new.get(document, []), pepperer, now.namesakes)

    def _people(self, reader: RowReader, book: str, part: int, parts: int) -> dict[str, list[Row]]:
        """The rows of one partition by document number."""
        people: dict[str, list[Row]] = {}
        for batch in self.books.batches(book):
            if parts > 1:
                documents: list[str] = [str(item) for item in batch.column("doc_number").to_pylist()]
                mask = [zlib.crc32(document.encode()) % parts == part for document in documents]
                batch = batch.filter(pa.array(mask, pa.bool_()))
            for row in reader.rows(batch):
                people.setdefault(row.document, []).append(row)
        return people


def _changes(old: list[Row], new: list[Row], pepperer: Pepperer, namesakes: Namesakes | None) -> Iterator[Item]:
    if sorted(old) == sorted(new):
        return
    items = [to_item(row, pepperer) for row in new]
    yield from items
    kept = {m for item in items for m in (item.m, *item.pointers)}
    lost = [credential for row in old for credential in row.credentials if not _taken_over(credential, namesakes)]
    for m in sorted({pepperer.m(*credential) for credential in lost} - kept):
        yield Item(m, b"")


def _taken_over(credential: Credential, namesakes: Namesakes | None) -> bool:
    kind, name, birth = credential
    return kind is CredentialKind.NAME_BIRTH and namesakes is not None and namesakes.finds(name, birth)


def sentinel_items(secrets: Secrets, pepperer: Pepperer) -> list[Item]:
    """Shadow records of nobody: never in a book or a count; nodes must find them before they answer anyone."""
    items = []
    for number in range(SENTINELS):
        ticket, document, name = _sentinel_identity(secrets, number)
        pointers = (pepperer.m(CredentialKind.DOCUMENT_NAME, document, name),)
        items.append(
            Item(pepperer.m(CredentialKind.TICKET_DOCUMENT, ticket, document), _shadow(ticket, name), pointers)
        )
    return items


def sentinels(secrets: Secrets) -> tuple[Sentinel, ...]:
    """The queries that go to the nodes with the key, and what each must find: one by pointer, the others directly."""
    found = []
    for number in range(SENTINELS):
        ticket, document, name = _sentinel_identity(secrets, number)
        digest = hashlib.sha256(_shadow(ticket, name)).hexdigest()
        kind, fields = CredentialKind.TICKET_DOCUMENT, (ticket, document)
        if number == 0:
            kind, fields = CredentialKind.DOCUMENT_NAME, (document, name)
        found.append(Sentinel(kind.value, fields, digest))
    return tuple(found)


def _sentinel_identity(secrets: Secrets, number: int) -> tuple[str, str, str]:
    """Random by the release key, so that a resumed seal draws the same; no document type has such numbers."""
    text = subkey(secrets.release_key, secrets.snapshot_id, f"sentinel-{number}").hex().upper()
    return f"SENTINEL{text[:32]}", f"SENTINEL{text[32:64]}", f"SENTINEL{text[64:80]}"


def _shadow(ticket: str, name: str) -> bytes:
    return encode(Record(name, "", ticket, "", "", "", "", "", Outcome.VOID.value, (), ()))


def checked_counts(books: Books, outcomes: str) -> dict[str, dict[str, dict[str, int]]]:
    """`counts` of a book whose rows give its name (BOOK_NAME_MISMATCH if not) and in whose scope no shadow stands
    (SHADOW_IN_BOOK): two passes at once."""
    with ThreadPoolExecutor(1) as checker:
        checked = checker.submit(books.store().check, outcomes)
        counted = counts(books, outcomes)
        checked.result()
    return counted


def counts(books: Books, outcomes: str) -> dict[str, dict[str, dict[str, int]]]:
    """Province → subject → status → people, for the annex."""
    totals: dict[tuple[str, str, str], int] = {}
    for batch in books.batches(outcomes, ("province", "level", "subjects", "doc_number", "ticket")):
        _refuse_shadows(batch)
        frame = pl.DataFrame({"province": batch.column("province"), "own": batch.column("subjects")})
        grouped = frame.explode("own").drop_nulls("own").unnest("own").group_by("province", "subject", "status").len()
        for province, subject, status, people in grouped.iter_rows():
            key = (province, subject, status)
            totals[key] = totals.get(key, 0) + people
    result: dict[str, dict[str, dict[str, int]]] = {}
    for (province, subject, status), people in sorted(totals.items()):
        result.setdefault(province, {}).setdefault(subject, {})[status] = people
    return result


def _refuse_shadows(batch: pa.RecordBatch) -> None:
    """Whatever two people overrode: somebody whom nobody can be is not sealed."""
    for name in ("doc_number", "ticket"):
        if pc.any(pc.starts_with(batch.column(name), SHADOW)).as_py():
            raise FangbangError(SHADOW_IN_BOOK)


def annex_content(
    report: dict[str, Any], approvals: list[dict[str, Any]], counted: dict[str, dict[str, dict[str, int]]], least: int
) -> dict[str, Any]:
    """What the header's salted hash commits to; nodes show `published` after T, and nothing else of it."""
    published = published_counts(counted, least)
    return {
        "format": "fangbang-annex/2", "report": report, "approvals": approvals, "counts": counted,
        "published": published,
    }  # fmt: skip
