"""The book store: Parquet Modular Encryption, written once, named by content, read back only if authentic.

Contract. `write` returns after the file and its folder entry are durable; before that nothing shows under the
book's name. Books are immutable: the same rows get the same name and are not written again. Every read is
authenticated (AES-GCM for every page and the footer, and the footer holds the book's name, so that one book cannot
stand in for another). Several processes may write and read one folder at once.
"""

import fcntl
import os
import re
import secrets
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from fangbang.books.ahead import ahead, behind
from fangbang.books.canonical import RowHash, blocks
from fangbang.books.encryption import Vault
from fangbang.books.keys import BookKeys
from fangbang.books.problems import BAD_BOOK_NAME, BOOK_MISSING, BOOK_NAME_MISMATCH, BOOK_UNREADABLE
from fangbang.core.errors import FangbangError
from fangbang.core.files import durable_folder, sync_folder

__all__ = ["Book", "BookKeys", "BookStore"]

_NAME = re.compile(r"[a-z]+(-[a-z]+)*-[0-9a-f]{64}")
_LABEL = "fangbang.book"
_ROWS_LABEL = "fangbang.rows"


@dataclass(frozen=True)
class Book:
    """A written book: its name, and how many rows it has."""

    name: str
    rows: int


class BookStore:
    """Books of one folder under one pair of keys."""

    def __init__(self, folder: Path, keys: BookKeys) -> None:
        self.folder = durable_folder(folder, mode=0o700)
        self._keys = keys
        self._vault = Vault(keys.encryption)

    def secret(self, purpose: str) -> bytes:
        """A secret of whoever holds the books' keys, for data that stands beside the books (`BookKeys.derived`)."""
        return self._keys.derived(purpose)

    def write(self, kind: str, schema: pa.Schema, batches: Iterable[pa.RecordBatch]) -> Book:
        """Write a book from a stream of batches in the caller's row order, with a working set of three blocks."""
        self._sweep()
        digest = RowHash(self._keys.naming, kind, schema)
        rows = 0
        with self._pending() as temporary:
            with pq.ParquetWriter(
                temporary, schema, compression="zstd", encryption_properties=self._vault.sealing()
            ) as writer:

                def put(block: pa.RecordBatch) -> None:
                    nonlocal rows
                    digest.add(block)
                    writer.write_batch(block)
                    rows += block.num_rows

                behind(put, blocks(batches, schema))
                name = f"{kind}-{digest.hexdigest()}"
                _path(self.folder, name)
                writer.add_key_value_metadata({_LABEL: name, _ROWS_LABEL: str(rows)})
            self._settle(temporary, name)
        return Book(name, rows)

    def unwritten(self, kind: str, schema: pa.Schema, batches: Iterable[pa.RecordBatch]) -> Book:
        """The book that `write` would make of the same batches. Nothing is written."""
        digest = RowHash(self._keys.naming, kind, schema)
        rows = 0
        for block in blocks(batches, schema):
            digest.add(block)
            rows += block.num_rows
        return Book(f"{kind}-{digest.hexdigest()}", rows)

    def read(self, name: str, columns: Sequence[str] | None = None) -> pa.Table:
        """All rows (of some columns) in memory."""
        with self._opened(name) as file:
            return file.read(columns=list(columns) if columns is not None else None)

    def batches(
        self,
        name: str,
        columns: Sequence[str] | None = None,
        size: int = 65_536,
        share: tuple[int, int] = (0, 1),
        near: tuple[str, Sequence[str]] | None = None,
    ) -> Iterator[pa.RecordBatch]:
        """Stream the rows in order, at most `size` a batch. `share` (n, of): only every of-th block, beginning with
        block n; the shares together are the book, and none reads what is another's. `near` (column, values): only
        blocks that have room for one of the values, as in `find`."""
        with self._opened(name) as file:
            blocks = list(range(share[0], file.num_row_groups, share[1]))
            if near is not None:
                column, values = near[0], sorted(near[1])
                blocks = [block for block in blocks if _may_hold(file, block, column, values)]
            yield from file.iter_batches(
                batch_size=size, columns=list(columns) if columns is not None else None, row_groups=blocks
            )

    def find(
        self,
        name: str,
        columns: Sequence[str],
        matches: Callable[[pa.RecordBatch], Any],
        *,
        near: tuple[str, str] | None = None,
    ) -> pa.Table:
        """The whole rows for which `matches`, given a block's `columns`, is true. Reads these columns of every block,
        and more only of blocks with a hit. `near` (column, value): blocks whose smallest and largest text of the column
        leave no place for the value are not read at all: in a book of that order one search reads one block."""
        found = []
        with self._opened(name) as file:
            empty = file.schema_arrow.empty_table()
            for block in range(file.num_row_groups):
                if near is not None and not _may_hold(file, block, near[0], [near[1]]):
                    continue
                narrow = file.read_row_group(block, columns=list(columns)).combine_chunks().to_batches()[0]
                hits = matches(narrow)
                if pc.any(hits).as_py():
                    found.append(file.read_row_group(block).combine_chunks().filter(hits))
        return pa.concat_tables(found or [empty]).replace_schema_metadata(None)

    def rows(self, name: str) -> int:
        """How many rows the book has, from its authenticated footer."""
        with self._opened(name) as file:
            return int(file.metadata.num_rows)

    def schema(self, name: str) -> pa.Schema:
        """The book's columns."""
        with self._opened(name) as file:
            return _bare(file.schema_arrow)

    def check(self, name: str) -> None:
        """Recompute the name from the rows; `BOOK_NAME_MISMATCH` when they do not give it."""
        kind = _path(self.folder, name).stem.rpartition("-")[0]
        schema = self.schema(name)
        digest = RowHash(self._keys.naming, kind, schema)
        plain = (batch.replace_schema_metadata(None) for batch in self.batches(name))
        for block in ahead(blocks(plain, schema)):
            digest.add(block)
        if f"{kind}-{digest.hexdigest()}" != name:
            raise FangbangError(BOOK_NAME_MISMATCH, book=name)

    def __contains__(self, name: str) -> bool:
        return _path(self.folder, name).exists()

    @contextmanager
    def _opened(self, name: str) -> Iterator[pq.ParquetFile]:
        path = _path(self.folder, name)
        if not path.exists():
            raise FangbangError(BOOK_MISSING, book=name)
        try:
            with pq.ParquetFile(path, decryption_properties=self._vault.opening()) as file:
                label = (file.metadata.metadata or {}).get(_LABEL.encode(), b"").decode()
                if label != name:
                    raise FangbangError(BOOK_NAME_MISMATCH, book=name)
                yield file
        except (OSError, pa.ArrowException, ValueError) as error:
            raise FangbangError(BOOK_UNREADABLE, book=name) from error

    @contextmanager
    def _pending(self) -> Iterator[Path]:
        """A temporary file, locked while its writer lives, gone afterwards unless it was settled."""
        path = self.folder / f".{secrets.token_hex(8)}.tmp"
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield path
        finally:
            path.unlink(missing_ok=True)
            os.close(descriptor)

    def _settle(self, temporary: Path, name: str) -> None:
        path = _path(self.folder, name)
        if path.exists():
            return
        with temporary.open("rb") as stream:
            os.fsync(stream.fileno())
        temporary.rename(path)
        sync_folder(self.folder)

    def _sweep(self) -> None:
        """Remove what writers that were killed left behind; a living writer holds its file's lock."""
        for path in self.folder.glob(".*.tmp"):
            try:
                descriptor = os.open(path, os.O_RDWR)
            except FileNotFoundError:
                continue
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                path.unlink(missing_ok=True)
            except BlockingIOError:
                pass
            finally:
                os.close(descriptor)


def _path(folder: Path, name: str) -> Path:
    if not _NAME.fullmatch(name):
        raise FangbangError(BAD_BOOK_NAME)
    return folder / f"{name}.parquet"


def _may_hold(file: pq.ParquetFile, block: int, column: str, values: Sequence[str]) -> bool:
    """Whether the block's statistics leave room for one of some texts, in order; without statistics it may be there."""
    group = file.metadata.row_group(block)
    told = next(
        leaf.statistics for leaf in map(group.column, range(group.num_columns)) if leaf.path_in_schema == column
    )
    if told is None or not told.has_min_max:
        return True
    least = bisect_left(values, str(told.min))
    return least < len(values) and values[least] <= str(told.max)


def _bare(schema: pa.Schema) -> pa.Schema:
    return schema.remove_metadata()
