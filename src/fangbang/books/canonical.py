"""The name of a book: HMAC-SHA-256 over its rows, independent of file layout, batch borders and library version.

Rows are taken in blocks of `BLOCK_ROWS`; within a block column by column (docs/reference/books.md):

* validity: one byte 0 when nothing is null, else 1 and a byte (0 or 1) for each row
* text: the lengths as 4-byte little-endian integers, then the bytes; null = empty
* numbers and decimals: their little-endian two's complement; null = 0
* lists: the lengths, then the items as a column; structs: the fields as columns
"""

import hmac
from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

BLOCK_ROWS = 131_072


def blocks(batches: Iterable[pa.RecordBatch], schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    """Cut a stream again into batches of `BLOCK_ROWS` rows (the last may be shorter); refuses another schema."""
    held: list[pa.RecordBatch] = []
    rows = 0
    for batch in batches:
        if batch.schema != schema:
            raise TypeError("a batch has other columns than the book")
        held.append(batch)
        rows += batch.num_rows
        while rows >= BLOCK_ROWS:
            whole = _joined(held)
            yield whole.slice(0, BLOCK_ROWS)
            rest = whole.slice(BLOCK_ROWS)
            held, rows = [rest], rest.num_rows
    if rows:
        yield _joined(held)


def _joined(held: list[pa.RecordBatch]) -> pa.RecordBatch:
    return pa.Table.from_batches(held).combine_chunks().to_batches()[0]


def _zero(kind: pa.DataType) -> Any:
    return pa.scalar(Decimal(0) if pa.types.is_decimal(kind) else 0, kind)


def _spelled(kind: Any) -> str:
    """A type in words. What a list calls its items is left out of it: Parquet gives back `element` for `item`."""
    if pa.types.is_list(kind):
        return f"list<item: {_spelled(kind.value_type)}>"
    if pa.types.is_struct(kind):
        return f"struct<{', '.join(f'{field.name}: {_spelled(field.type)}' for field in kind)}>"
    return str(kind)


class RowHash:
    """Takes blocks in order and yields the keyed hash of all their rows."""

    def __init__(self, key: bytes, kind: str, schema: pa.Schema) -> None:
        shape = ";".join(f"{field.name}:{_spelled(field.type)}" for field in schema)
        self._mac = hmac.new(key, f"fangbang/book/1\n{kind}\n{shape}\n".encode(), "sha256")

    def add(self, block: pa.RecordBatch) -> None:
        """Take one block from `blocks`."""
        self._mac.update(b"block" + block.num_rows.to_bytes(4, "little"))
        for column in block.columns:
            self._feed(column)

    def hexdigest(self) -> str:
        return self._mac.hexdigest()

    def _feed(self, column: Any) -> None:
        self._feed_validity(column)
        if pa.types.is_string(column.type):
            self._feed_text(column.fill_null("") if column.null_count else column)
        elif pa.types.is_list(column.type):
            self._fixed(pc.list_value_length(column).fill_null(0))
            self._feed(column.flatten())
        elif pa.types.is_struct(column.type):
            for child in column.flatten():
                self._feed(child)
        else:
            self._fixed(column.fill_null(_zero(column.type)) if column.null_count else column)

    def _feed_validity(self, column: Any) -> None:
        if column.null_count == 0:
            self._mac.update(b"\x00")
            return
        self._mac.update(b"\x01")
        self._fixed(pc.is_valid(column).cast(pa.uint8()))

    def _feed_text(self, column: Any) -> None:
        self._fixed(pc.binary_length(column))
        _, offsets, data = column.buffers()
        if len(column) == 0 or data is None:
            return
        borders = memoryview(offsets).cast("i")
        self._mac.update(memoryview(data)[borders[column.offset] : borders[column.offset + len(column)]])

    def _fixed(self, column: Any) -> None:
        if len(column):
            width = column.type.bit_width // 8
            buffer = memoryview(column.buffers()[1])
            self._mac.update(buffer[column.offset * width : (column.offset + len(column)) * width])
