"""An XLSX file: its sheets, and what the cells were before a reader made text of them.

fastexcel reads the values. It cannot tell a number from a text of digits, so the sheets' XML is scanned for the kinds
of cells as well; the two must agree on where the table lies, or the file is refused.
"""

import re
from array import array
from dataclasses import dataclass
from typing import Any, BinaryIO
from xml.etree import ElementTree

import pyarrow as pa

from fangbang.core.errors import FangbangError, Phrase
from fangbang.intake.container import Container
from fangbang.intake.limits import Limits
from fangbang.intake.problems import BROKEN_WORKBOOK, FORMULAS, HIDDEN_SHEET, NO_SHEET, NOT_A_TABLE, TOO_MANY_ROWS
from fangbang.intake.sheet import CELL_ERROR, CELL_FORMULA, CELL_NUMBER, FLAWS, Sheet

MOST_ROWS = 1_048_576
MOST_COLUMNS = 16_384
_MAIN = "xl/workbook.xml"
_RELATIONS = "xl/_rels/workbook.xml.rels"
_ID = re.compile(r"\}id$")
_LONGEST_ROW = 64 << 20
_UNUSUAL = re.compile(rb"<!--|<!\[CDATA\[|<(?:\w+:)?AlternateContent")
_PREFIX = re.compile(rb"<(\w+:)?sheetData\b")


@dataclass(frozen=True)
class _Entry:
    name: str
    part: str
    hidden: bool


class CellScan:
    """Looks at every cell of a sheet's XML: where it is, and of what kind."""

    def __init__(self, file: str) -> None:
        self._file = file
        self._cells: re.Pattern[bytes] | None = None
        self._rest = b""
        self._columns: dict[bytes, int] = {}
        self.rows, self.places, self.kinds = array("I"), array("H"), array("B")
        """Cells that are not plain text: row and column from 1, and a place in `KINDS`."""
        self.top, self.bottom, self.left, self.right = MOST_ROWS + 1, 0, MOST_COLUMNS + 1, 0
        self.formulas = 0

    def take(self, piece: bytes) -> None:
        """The next bytes."""
        data = self._rest + piece
        if self._cells is None:
            found = _PREFIX.search(data)
            if found is None:
                self._rest = data
                return
            prefix = re.escape(found[1] or b"")
            self._row = b"<" + (found[1] or b"") + b"row"
            self._cells = re.compile(rb"<" + prefix + rb"c\b([^>]*?)(/?)>(?:<" + prefix + rb"(f|v|is)\b)?")
        cut = data.rfind(self._row)
        if cut > 0:
            self._look(data[:cut])
        self._rest = data[max(cut, 0) :]
        if len(self._rest) > _LONGEST_ROW:
            raise FangbangError(BROKEN_WORKBOOK, file=self._file, reason=Phrase("a row is far too long", "某一行过长"))

    def finish(self) -> None:
        """No more bytes."""
        if self._cells is not None:
            self._look(self._rest)
        self._rest = b""

    def _look(self, data: bytes) -> None:
        if self._cells is None or _UNUSUAL.search(data):
            raise FangbangError(
                BROKEN_WORKBOOK, file=self._file, reason=Phrase("unusual XML in a sheet", "工作表的 XML 结构异常")
            )
        for found in self._cells.finditer(data):
            attributes, empty, content = found.groups()
            if empty or content is None:
                continue
            row, column, kind = self._where(attributes)
            self.top, self.bottom = min(self.top, row), max(self.bottom, row)
            self.left, self.right = min(self.left, column), max(self.right, column)
            if content == b"f":
                self.formulas += 1
                self._note(row, column, CELL_FORMULA)
            elif kind == b"e":
                self._note(row, column, CELL_ERROR)
            elif kind not in (b"s", b"str", b"inlineStr"):
                self._note(row, column, CELL_NUMBER)

    def _note(self, row: int, column: int, kind: int) -> None:
        self.rows.append(row)
        self.places.append(column)
        self.kinds.append(kind)

    def _where(self, attributes: bytes) -> tuple[int, int, bytes]:
        reference = _REFERENCE.search(attributes)
        if reference is None:
            raise FangbangError(
                BROKEN_WORKBOOK, file=self._file, reason=Phrase("a cell without a place", "有单元格没有位置")
            )
        letters, digits = reference.groups()
        column = self._columns.get(letters)
        if column is None:
            column = self._columns[letters] = _number(letters)
        row = int(digits)
        if not (0 < row <= MOST_ROWS and 0 < column <= MOST_COLUMNS):
            raise FangbangError(
                BROKEN_WORKBOOK, file=self._file, reason=Phrase("a cell outside the sheet", "有单元格在工作表之外")
            )
        kind = _KIND.search(attributes)
        return row, column, kind[1] if kind else b"n"


_REFERENCE = re.compile(rb"\br\s*=\s*[\"']([A-Z]{1,3})([0-9]{1,7})[\"']")
_KIND = re.compile(rb"\bt\s*=\s*[\"'](\w+)[\"']")


def _number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


def read_workbook(stream: BinaryIO, name: str, limits: Limits, wanted: tuple[str, ...]) -> list[Sheet]:
    """The sheets that hold data, in order: those of `wanted`, or all that are not empty. Hidden data is refused."""
    container = Container(stream, name, limits)
    if _MAIN not in container.parts or _RELATIONS not in container.parts:
        raise FangbangError(NOT_A_TABLE, file=name, what=Phrase("ZIP", "ZIP 压缩包"))
    entries = _entries(container, name)
    missing = [sheet for sheet in wanted if sheet not in {entry.name for entry in entries}]
    if missing:
        found = "、".join(entry.name for entry in entries)
        raise FangbangError(NO_SHEET, file=name, sheet=missing[0], found=found)
    scans = {entry.part: CellScan(name) for entry in entries}
    container.unpack_all({part: scan.take for part, scan in scans.items()})
    return _read(stream, name, limits, [(entry, scans[entry.part]) for entry in entries], wanted)


def _read(
    stream: BinaryIO, name: str, limits: Limits, scanned: list[tuple[_Entry, CellScan]], wanted: tuple[str, ...]
) -> list[Sheet]:
    import fastexcel

    stream.seek(0)
    reader = fastexcel.read_excel(f"/proc/self/fd/{stream.fileno()}")
    sheets: list[Sheet] = []
    rows = 0
    for entry, scan in scanned:
        scan.finish()
        if (wanted and entry.name not in wanted) or not scan.bottom:
            continue
        if entry.hidden and entry.name not in wanted:
            raise FangbangError(HIDDEN_SHEET, file=name, sheet=entry.name)
        rows += scan.bottom - scan.top
        if rows > limits.rows:
            raise FangbangError(TOO_MANY_ROWS, file=name, most=limits.rows)
        sheets.append(_sheet(reader, name, entry.name, scan))
    return sheets


def _sheet(reader: Any, file: str, name: str, scan: CellScan) -> Sheet:
    loaded = reader.load_sheet(name, header_row=None, dtypes="string")
    if (loaded.height, loaded.width) != (scan.bottom - scan.top + 1, scan.right - scan.left + 1):
        if scan.formulas:
            raise FangbangError(FORMULAS, file=file, sheet=name)
        raise FangbangError(
            BROKEN_WORKBOOK, file=file, reason=Phrase("its cells are not where they say", "单元格的位置前后不符")
        )
    table = pa.Table.from_batches([loaded.to_arrow()])
    table = table.rename_columns([f"c{place}" for place in range(table.num_columns)])
    header = tuple((column[0].as_py() or "").strip() for column in table.columns)
    places = array("H", (place - scan.left for place in scan.places))
    flaws = pa.table([pa.array(scan.rows), pa.array(places), pa.array(scan.kinds)], schema=FLAWS)
    rows = pa.array(range(scan.top + 1, scan.bottom + 1), pa.uint32())
    return Sheet(name, header, rows, table.slice(1), flaws)


def _entries(container: Container, file: str) -> list[_Entry]:
    """The sheets of the workbook, in its order."""
    try:
        # Container has refused every document type: there is no entity to expand.
        book = ElementTree.fromstring(container.read(_MAIN))  # noqa: S314
        relations = ElementTree.fromstring(container.read(_RELATIONS))  # noqa: S314
    except ElementTree.ParseError as error:
        raise FangbangError(BROKEN_WORKBOOK, file=file, reason=Phrase("its list of sheets", "工作表清单")) from error
    targets = {item.get("Id"): item.get("Target", "") for item in relations.iter()}
    entries = []
    for item in book.iter():
        if item.tag.rpartition("}")[2] != "sheet":
            continue
        own = next((value for key, value in item.attrib.items() if _ID.search(key)), None)
        target = targets.get(own, "")
        part = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
        if part not in container.parts:
            raise FangbangError(BROKEN_WORKBOOK, file=file, reason=Phrase("a sheet is missing", "缺少工作表"))
        entries.append(_Entry(item.get("name", ""), part, item.get("state", "visible") != "visible"))
    parts = [entry.part for entry in entries]
    if len(set(parts)) < len(parts):
        raise FangbangError(BROKEN_WORKBOOK, file=file, reason=Phrase("two sheets are one", "两个工作表是同一部分"))
    return entries
