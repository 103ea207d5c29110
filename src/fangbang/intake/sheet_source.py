"""XLSX and DBF files as a `Source`: read once, by a child process with limits, and kept in memory as text."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import IO, Any

import polars as pl
import pyarrow as pa

from fangbang.core.errors import FangbangError, Problem, heard_params
from fangbang.intake.limits import Limits
from fangbang.intake.problems import EMPTY_FILE, FILE_CHANGED, READER_DIED, SHEETS_DIFFER, TOO_COSTLY
from fangbang.intake.reading import ROWS
from fangbang.intake.sheet import CELL_ERROR, CELL_FORMULA, CELL_MEMO, CELL_NUMBER, Sheet
from fangbang.intake.source import CODE, ROW, SHEET_BITS, Place, check_header, check_size, sha256_of, stamp_of

FLAW_CODES = {
    CELL_NUMBER: "intake.cell-number",
    CELL_FORMULA: "intake.row-formula",
    CELL_ERROR: "intake.cell-error",
    CELL_MEMO: "intake.cell-memo",
}
_FRAME_ROWS = 65_536


@dataclass
class SheetSource:
    """The rows of all sheets that hold data, one after the other. They have one header."""

    path: Path
    name: str
    sha256: str
    size: int
    header: tuple[str, ...]
    sheets: list[Sheet] = field(repr=False)
    stamp: tuple[int, int, int]
    delimiter: str = ","
    ragged: list[tuple[int, str]] = field(default_factory=list)
    progress: Callable[[int], None] | None = None
    warnings: dict[str, int] = field(default_factory=dict)

    def frames(self, columns: Sequence[str]) -> Iterator[pl.DataFrame]:
        """Slices of the sheets; an empty cell is an empty text."""
        places = [(column, f"c{self.header.index(column)}") for column in columns]
        for number, sheet in enumerate(self.sheets):
            rows = pl.Series(ROW, pl.from_arrow(sheet.rows)) + (number << SHEET_BITS)
            frame = pl.DataFrame(pl.from_arrow(sheet.table.select(list(dict.fromkeys(place for _, place in places)))))
            cells = [pl.col(place).cast(pl.String).fill_null("").alias(column) for column, place in places]
            whole = frame.select(cells).insert_column(0, rows)
            for start in range(0, len(whole), _FRAME_ROWS):
                yield whole.slice(start, _FRAME_ROWS)
        if self.progress is not None:
            self.progress(self.size)

    def flaws(self, column: str) -> pl.DataFrame:
        """Numbers, formulas, errors and memo pointers in a column, by row."""
        place = self.header.index(column)
        parts = []
        for number, sheet in enumerate(self.sheets):
            found = pl.DataFrame(pl.from_arrow(sheet.flaws)).filter(pl.col("column") == place)
            parts.append(
                found.select(
                    (pl.col("row") + (number << SHEET_BITS)).cast(pl.UInt32).alias(ROW),
                    pl.col("kind").replace_strict(FLAW_CODES, return_dtype=pl.String).alias(CODE),
                )
            )
        return pl.concat(parts)

    def place(self, row: int) -> Place:
        """Sheet and row number there."""
        return self.sheets[row >> SHEET_BITS].name, row & ((1 << SHEET_BITS) - 1)

    def check_unchanged(self) -> None:
        """The rows are in memory; still the hash was taken of the file, and both must be of one state."""
        if stamp_of(self.path) != self.stamp:
            raise FangbangError(FILE_CHANGED, file=self.name)


def open_sheets(path: Path, form: str, limits: Limits, wanted: tuple[str, ...] = ()) -> SheetSource:
    """Read an `xlsx` or `dbf` file within the limits, or refuse it as a whole."""
    stamp = stamp_of(path)
    check_size(path, limits)
    sha256 = sha256_of(path)
    sheets = _read(path, form, limits, wanted)
    if not sheets:
        raise FangbangError(EMPTY_FILE, file=path.name)
    header = sheets[0].header
    check_header(path.name, header, limits)
    for sheet in sheets[1:]:
        if sheet.header != header:
            raise FangbangError(SHEETS_DIFFER, file=path.name, first=sheets[0].name, second=sheet.name)
    warnings: dict[str, int] = {}
    for sheet in sheets:
        for code, count in sheet.warnings.items():
            warnings[code] = warnings.get(code, 0) + count
    source = SheetSource(path, path.name, sha256, stamp[0], header, sheets, stamp, warnings=warnings)
    source.check_unchanged()
    return source


def _read(path: Path, form: str, limits: Limits, wanted: tuple[str, ...]) -> list[Sheet]:
    order = {"format": form, "name": path.name, "limits": asdict(limits), "sheets": wanted}
    # The reader gets this process's modules, and none of its settings: those name keys.
    settings = {name: value for name, value in os.environ.items() if not name.startswith("FANGBANG_")}
    modules = os.pathsep.join(folder for folder in sys.path if folder)
    with (
        path.open("rb") as file,
        subprocess.Popen(
            [sys.executable, "-P", "-m", "fangbang.intake.reading", json.dumps(order)],
            stdin=file,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**settings, "PYTHONPATH": modules},
        ) as reader,
    ):
        if reader.stdout is None:
            raise FangbangError(READER_DIED, file=path.name)
        try:
            return _answer(reader.stdout, path.name)
        except (EOFError, ValueError, OSError, pa.ArrowException) as error:
            reader.kill()
            status = reader.wait()
            raise FangbangError(TOO_COSTLY if status in _SPENT else READER_DIED, file=path.name, what="CPU") from error


_SPENT = (-24, -9)
"""SIGXCPU, and what the kernel sends after it."""


def _answer(stream: IO[bytes], name: str) -> list[Sheet]:
    head = json.loads(stream.readline() or b"null")
    if head is None:
        raise EOFError(name)
    if "problem" in head:
        raise FangbangError(Problem.registry[head["problem"]], **heard_params(head["params"]))
    return [_sheet(stream, told) for told in head["sheets"]]


def _sheet(stream: Any, told: dict[str, Any]) -> Sheet:
    with pa.ipc.open_stream(stream) as rows:
        table = rows.read_all()
    with pa.ipc.open_stream(stream) as flaws:
        kinds = flaws.read_all()
    numbers = table.column(ROWS).combine_chunks()
    return Sheet(told["name"], tuple(told["header"]), numbers, table.drop_columns([ROWS]), kinds, told["warnings"])
