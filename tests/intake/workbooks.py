"""XLSX files as spreadsheet programs write them, and as nobody should."""

import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import xlsxwriter

Cell = str | int | float | bool


def write_workbook(path: Path, sheets: Mapping[str, Sequence[Sequence[Cell]]], hidden: Sequence[str] = ()) -> Path:
    """Texts as texts, numbers as numbers, "=…" as formulas."""
    book = xlsxwriter.Workbook(path)
    for name, rows in sheets.items():
        sheet = book.add_worksheet(name)
        for place, row in enumerate(rows):
            for column, cell in enumerate(row):
                if isinstance(cell, str) and not cell.startswith("="):
                    sheet.write_string(place, column, cell)
                elif isinstance(cell, str):
                    sheet.write_formula(place, column, cell, None, "张三")
                else:
                    sheet.write(place, column, cell)
        if name in hidden:
            sheet.hide()
    book.close()
    return path


def rewritten(path: Path, changes: Mapping[str, bytes | None]) -> Path:
    """The same container with some parts replaced, added or (None) left out."""
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in {**parts, **changes}.items():
            if data is not None:
                archive.writestr(name, data)
    return path
