"""A delimited text file as a `Source`: streamed, every cell text (no guessed types), in UTF-8, with BOM, or GB18030."""

import codecs
import csv
import hashlib
import io
from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.csv as pacsv

from fangbang.books.ahead import ahead
from fangbang.core.errors import FangbangError, Phrase
from fangbang.intake.limits import Limits
from fangbang.intake.problems import (
    BAD_ENCODING,
    BROKEN_ROWS,
    EMPTY_FILE,
    FILE_CHANGED,
    NO_FILE,
    NOT_A_TABLE,
    TOO_MANY_ROWS,
    TOO_RAGGED,
)
from fangbang.intake.source import NO_FLAWS, ROW, Place, check_header, check_size, stamp_of

BLOCK_BYTES = 8 << 20
MOST_RAGGED = 100_000
"""Rows of another width are kept in memory, for the quarantine; with more of them it is the header that is wrong."""
_CHUNK = 1 << 20
_HEADER_BYTES = 1 << 16


@dataclass
class CsvSource:
    """A CSV file that was looked through once: its hash, its encoding, its header."""

    path: Path
    name: str
    sha256: str
    size: int
    encoding: str
    delimiter: str
    header: tuple[str, ...]
    stamp: tuple[int, int, int]
    ragged: list[tuple[int, str]] = field(default_factory=list)
    progress: Callable[[int], None] | None = None
    warnings: dict[str, int] = field(default_factory=dict)

    def frames(self, columns: Sequence[str]) -> Iterator[pl.DataFrame]:
        """Stream the file, about 8 MB at a time."""
        self.ragged = []
        places = {column: f"c{self.header.index(column)}" for column in columns}
        with self.path.open("rb") as stream:
            reader = self._reader(stream, list(places.values()))
            row = 2
            for batch in ahead(self._batches(reader)):
                if batch.num_rows == 0:
                    continue
                numbers, row = self._numbers(row, batch.num_rows)
                frame = pl.DataFrame(pl.from_arrow(pa.Table.from_batches([batch])))
                named = frame.select(pl.col(place).alias(column) for column, place in places.items())
                if self.progress is not None:
                    self.progress(stream.tell())
                yield named.insert_column(0, numbers)

    def _batches(self, reader: pacsv.CSVStreamingReader) -> Iterator[pa.RecordBatch]:
        try:
            yield from reader
        except pa.ArrowInvalid as error:
            raise self._unreadable() from error

    def _unreadable(self) -> FangbangError:
        if len(self.ragged) >= MOST_RAGGED:
            return FangbangError(TOO_RAGGED, file=self.name, most=MOST_RAGGED)
        return FangbangError(BROKEN_ROWS, file=self.name)

    def flaws(self, column: str) -> pl.DataFrame:
        """A text file says nothing about its cells."""
        return NO_FLAWS

    def place(self, row: int) -> Place:
        """There is one sheet without a name."""
        return "", row

    def check_unchanged(self) -> None:
        if stamp_of(self.path) != self.stamp:
            raise FangbangError(FILE_CHANGED, file=self.name)

    def _numbers(self, row: int, count: int) -> tuple[pl.Series, int]:
        """The numbers of the next `count` rows from `row` on, leaving out those that were set aside."""
        aside = {number for number, _ in self.ragged[bisect_left(self.ragged, (row, "")) :]}
        if not aside:
            return pl.int_range(row, row + count, dtype=pl.UInt32, eager=True).alias(ROW), row + count
        numbers: list[int] = []
        while len(numbers) < count:
            if row not in aside:
                numbers.append(row)
            row += 1
        return pl.Series(ROW, numbers, dtype=pl.UInt32), row

    def _reader(self, stream: io.BufferedReader, places: list[str]) -> pacsv.CSVStreamingReader:
        def set_aside(invalid: pacsv.InvalidRow) -> str:
            if "\n" in invalid.text.strip():
                return "error"  # a lone quotation mark has swallowed the rows after it
            if len(self.ragged) >= MOST_RAGGED:
                return "error"
            self.ragged.append((int(invalid.number or 0), invalid.text))
            return "skip"

        names = [f"c{place}" for place in range(len(self.header))]
        try:
            return pacsv.open_csv(
                stream,
                read_options=pacsv.ReadOptions(
                    use_threads=False,  # with threads the numbers of rows set aside are not known
                    block_size=BLOCK_BYTES,
                    column_names=names,
                    skip_rows_after_names=1,
                    encoding="utf8" if self.encoding.startswith("utf-8") else self.encoding,
                ),
                parse_options=pacsv.ParseOptions(
                    delimiter=self.delimiter,
                    newlines_in_values=True,
                    ignore_empty_lines=False,
                    invalid_row_handler=set_aside,  # type: ignore[arg-type]
                ),
                convert_options=pacsv.ConvertOptions(
                    column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False, include_columns=places
                ),
            )
        except pa.ArrowInvalid as error:
            if "Empty CSV" in str(error):
                raise FangbangError(EMPTY_FILE, file=self.name) from error
            raise self._unreadable() from error


def open_csv(path: Path, limits: Limits, progress: Callable[[int], None] | None = None) -> CsvSource:
    """Look through a file once and know its hash, encoding, delimiter and header, or refuse it as a whole."""
    try:
        stamp = stamp_of(path)
        check_size(path, limits)
        sha256, encoding = _scan(path, limits)
        with path.open("rb") as stream:
            head = stream.read(_HEADER_BYTES)
    except OSError as error:
        raise FangbangError(NO_FILE, file=path.name) from error
    text = head.decode("utf-8-sig" if encoding.startswith("utf-8") else encoding, errors="ignore")
    delimiter = max(",\t;", key=next(iter(text.splitlines()), "").count)
    header = tuple("".join(cell.splitlines()).strip() for cell in _first_row(text, delimiter))
    check_header(path.name, header, limits)
    return CsvSource(path, path.name, sha256, stamp[0], encoding, delimiter, header, stamp, progress=progress)


def _first_row(text: str, delimiter: str) -> list[str]:
    """The header's cells, which may hold line breaks; those of the first line where no quotation mark closes."""
    try:
        return next(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True), [])
    except csv.Error:
        return next(csv.reader(text.splitlines()[:1], delimiter=delimiter), [])


def _scan(path: Path, limits: Limits) -> tuple[str, str]:
    """SHA-256 and encoding, reading the file once (twice if it is not UTF-8)."""
    digest = hashlib.sha256()
    utf8 = codecs.getincrementaldecoder("utf-8")()
    damaged_at = 0
    line = 1
    first = b""
    for chunk in ahead(_chunks(path, digest.update)):
        first = first or chunk
        if b"\0" in chunk:
            raise FangbangError(NOT_A_TABLE, file=path.name, what=Phrase("binary", "二进制文件"))
        if not damaged_at:
            damaged_at = _damage(utf8, chunk, line)
        line += chunk.count(b"\n")
        if line > limits.rows + 2:
            raise FangbangError(TOO_MANY_ROWS, file=path.name, most=limits.rows)
    if not damaged_at:
        return digest.hexdigest(), "utf-8-sig" if first.startswith(codecs.BOM_UTF8) else "utf-8"
    if _begins_as_utf8(first):
        raise FangbangError(BAD_ENCODING, file=path.name, line=damaged_at)
    _check_gb18030(path)
    return digest.hexdigest(), "gb18030"


def _chunks(path: Path, seen: Callable[[bytes], object] = len) -> Iterator[bytes]:
    """The file piece by piece, each shown to `seen`; b"" comes last."""
    with path.open("rb") as stream:
        while chunk := stream.read(_CHUNK):
            seen(chunk)
            yield chunk
    yield b""


def _damage(decoder: codecs.IncrementalDecoder, chunk: bytes, line: int) -> int:
    """The line near which a chunk (b"" = the end) is not of the decoder's encoding; 0 when it is."""
    try:
        decoder.decode(chunk, final=not chunk)
    except UnicodeDecodeError as error:
        return line + chunk[: error.start].count(b"\n")
    return 0


def _begins_as_utf8(first: bytes) -> bool:
    """Whether the header is Chinese in UTF-8: then a bad byte further on is damage, not another encoding."""
    try:
        header = first.split(b"\n", 1)[0].decode("utf-8")
    except UnicodeDecodeError:
        return False
    return not header.isascii()


def _check_gb18030(path: Path) -> None:
    decoder = codecs.getincrementaldecoder("gb18030")()
    line = 1
    for chunk in _chunks(path):
        if damaged_at := _damage(decoder, chunk, line):
            raise FangbangError(BAD_ENCODING, file=path.name, line=damaged_at)
        line += chunk.count(b"\n")
