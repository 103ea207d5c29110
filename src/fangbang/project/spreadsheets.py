"""Tables as CSV and XLSX files that no spreadsheet program takes for formulas.

CSV knows no types: texts go through intake's `safe_cell`, which puts an apostrophe before what a spreadsheet would run;
numbers are numbers. In XLSX every text is written as a text; nothing is guessed from its looks.
"""

import csv
from collections.abc import Iterable, Sequence
from io import BytesIO, StringIO

import xlsxwriter

from fangbang.intake.rules import safe_cell

Value = str | int | float | None
Row = Sequence[Value]

CSV = "text/csv; charset=utf-8"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_NOT_IN_XML = dict.fromkeys((*range(9), 11, 12, *range(14, 32), 0xFFFE, 0xFFFF, *range(0xD800, 0xE000)))


def as_csv(rows: Iterable[Row]) -> bytes:
    """UTF-8 with a byte order mark, which spreadsheet programs need to know it by; lines end as RFC 4180 says."""
    text = StringIO()
    csv.writer(text, lineterminator="\r\n").writerows([_plain(value) for value in row] for row in rows)
    return text.getvalue().encode("utf-8-sig", "replace")


def as_xlsx(sheets: Iterable[tuple[str, Iterable[Row]]]) -> bytes:
    """A workbook of sheets, each a name and its rows; the first row stays in view."""
    file = BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True}) as book:
        for name, rows in sheets:
            sheet = book.add_worksheet(name)
            sheet.freeze_panes(1, 0)
            for place, row in enumerate(rows):
                for column, value in enumerate(row):
                    if isinstance(value, str):
                        sheet.write_string(place, column, value.translate(_NOT_IN_XML))
                    elif value is not None:
                        sheet.write_number(place, column, value)
    return file.getvalue()


def _plain(value: Value) -> str | int | float:
    if value is None:
        return ""
    return safe_cell(value.replace("\0", "")) if isinstance(value, str) else value
