"""What every reader of a table file offers: a stream of frames of text, with the row number an operator sees.

Readers: `csv_source.py` (streamed), `sheet_source.py` (XLSX and DBF, read once by a child process). `opening.py` finds
the right one by the file's content.
"""

import hashlib
import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Protocol

import polars as pl

from fangbang.core.errors import FangbangError
from fangbang.intake.limits import Limits
from fangbang.intake.problems import DUPLICATE_HEADER, EMPTY_FILE, FILE_TOO_LARGE, GARBLED, NO_FILE, TOO_MANY_COLUMNS

ROW = "row"
"""Column of the row number: the header is row 1. In a workbook the sheet's number stands above bit `SHEET_BITS`."""
SHEET_BITS = 21
CODE = "code"
Place = tuple[str, int]
"""Sheet ("" if the file has none) and row number in it."""
NO_FLAWS = pl.DataFrame(schema={ROW: pl.UInt32, CODE: pl.String})
_CHUNK = 1 << 20
_GARBLED = re.compile("\ufffd|锟斤拷|烫烫烫|ï»¿|Ã|å§|鏄|锛|濮撳|[\u0080-\u009f]")
"""What Chinese text becomes when it is read in a wrong encoding and saved again."""


class Source(Protocol):
    """A table file: its header, and its rows as frames of text columns beside `ROW`."""

    name: str
    sha256: str
    size: int
    header: tuple[str, ...]
    delimiter: str
    ragged: list[tuple[int, str]]
    """Rows of another width: number and text. Complete when the frames are used up."""
    progress: Callable[[int], None] | None
    warnings: dict[str, int]
    """What the operator should know though nothing is refused for it: code → how often."""

    def frames(self, columns: Sequence[str]) -> Iterator[pl.DataFrame]:
        """The rows in order, these columns of the header only."""
        ...

    def flaws(self, column: str) -> pl.DataFrame:
        """What the format itself gives away about the cells of a column: `ROW` and `CODE`."""
        ...

    def place(self, row: int) -> Place:
        """Where an operator finds a row."""
        ...

    def check_unchanged(self) -> None:
        """FILE_CHANGED if the file is not what it was when it was opened."""
        ...


def check_header(name: str, header: tuple[str, ...], limits: Limits) -> None:
    """Refuse a header that is empty, garbled, too wide, or names a column twice."""
    if not any(header):
        raise FangbangError(EMPTY_FILE, file=name)
    if len(header) > limits.columns:
        raise FangbangError(TOO_MANY_COLUMNS, file=name, columns=len(header), most=limits.columns)
    if any(_GARBLED.search(cell) for cell in header):
        raise FangbangError(GARBLED, file=name)
    seen: set[str] = set()
    for column in header:
        if column in seen and column:
            raise FangbangError(DUPLICATE_HEADER, file=name, column=column)
        seen.add(column)


def check_size(path: Path, limits: Limits) -> None:
    """Refuse a file that is larger than an operator allows, before a byte of it is read."""
    size = path.stat().st_size
    if size > limits.size:
        raise FangbangError(FILE_TOO_LARGE, file=path.name, size=size, most=limits.size)


def stamp_of(path: Path) -> tuple[int, int, int]:
    """What changes when a file is written to."""
    status = path.stat()
    return status.st_size, status.st_mtime_ns, status.st_ino


def first_bytes(path: Path, count: int) -> bytes:
    """The beginning of a file, or NO_FILE."""
    try:
        with path.open("rb") as stream:
            return stream.read(count)
    except OSError as error:
        raise FangbangError(NO_FILE, file=path.name) from error


def sha256_of(path: Path) -> str:
    """SHA-256 of a file in hex."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
