"""Cells of whole columns: stripped, folded, and the checks that hold for every kind of file."""

import polars as pl

from fangbang.core.fold import fold_number
from fangbang.intake.findings import Findings
from fangbang.intake.rules import FORMULA_START
from fangbang.intake.source import ROW
from fangbang.people.rules import REGIONS, DocumentType

LONGEST_TEXT = 200
_GARBLED = r"[\x{FFFD}\x{80}-\x{9F}]|锟斤拷|烫烫烫"
_FORMULA = r"^[=+@\t]|^-[^0-9]"
_ODD = rf"{_GARBLED}|[\r\n]|{_FORMULA}"
"""Any of what `check_cells` looks for: in a sound file this one look at each cell is enough."""
_SPREADSHEET = r"^[0-9](\.[0-9]+)?E\+?[0-9]+$"
_TEST = r"(?i)^(?:test|测试|样例|示例)"
_TICKET = r"^[0-9A-Z]{4,32}$"
_ARCHIVE = r"^[0-9A-Z]{0,32}$"


def cleaned(frame: pl.DataFrame) -> pl.DataFrame:
    """Cells without surrounding space and without the apostrophe that marks text; wholly empty rows are gone."""
    fields = [column for column in frame.columns if column != ROW]
    stripped = frame.with_columns(_stripped(frame[column]) for column in fields)
    if not fields:
        return stripped
    return stripped.filter(pl.any_horizontal(pl.col(column) != "" for column in fields))


def _stripped(cells: pl.Series) -> pl.Series:
    if cells.str.contains(r"^[\s'\x{3000}]|[\s\x{3000}]$").any():
        marks = "".join(f"\\x{{{ord(mark):x}}}" for mark in FORMULA_START)
        return cells.str.strip_chars().str.replace(f"^'([{marks}'])", "${1}")
    return cells


def folded_numbers(cells: pl.Series) -> pl.Series:
    """`core.fold.fold_number` of each; plain upper-case ASCII numbers, nearly all, are left as they are."""
    odd = cells.filter(cells.str.contains(r"[^0-9A-Z]")).unique()
    changed = {text: fold_number(text) for text in odd}
    return cells.replace(list(changed), list(changed.values())) if changed else cells


def check_cells(frame: pl.DataFrame, fields: list[str], findings: Findings) -> None:
    """Garbled text, formulas and over-long text in any of these fields."""
    odd = frame.select(
        (pl.col(field).str.contains(_ODD) | (pl.col(field).str.len_bytes() > LONGEST_TEXT)).any() for field in fields
    ).row(0)
    for field in (field for field, found in zip(fields, odd, strict=True) if found):
        cell = pl.col(field)
        note(frame, field, cell.str.contains(_GARBLED), "intake.row-garbled", findings)
        note(frame, field, cell.str.contains(r"[\r\n]"), "intake.row-quotes", findings)
        note(frame, field, cell.str.contains(_FORMULA), "intake.row-formula", findings)
        note(frame, field, cell.str.len_chars() > LONGEST_TEXT, "intake.text-too-long", findings)


def check_ticket(frame: pl.DataFrame, findings: Findings) -> None:
    """A ticket that cannot be one; a test row's ticket."""
    ticket = pl.col("ticket")
    spreadsheet = ticket.str.contains(_SPREADSHEET)
    note(frame, "ticket", spreadsheet, "intake.row-spreadsheet", findings)
    note(frame, "ticket", ~spreadsheet & ~ticket.str.contains(_TICKET), "intake.ticket-format", findings)
    note(frame, "ticket", ticket.str.contains(_TEST) | ticket.str.contains("^0+$"), "intake.row-test", findings)


def check_archive(frame: pl.DataFrame, findings: Findings) -> None:
    """An archive number that cannot be one."""
    note(frame, "archive", ~pl.col("archive").str.contains(_ARCHIVE), "intake.archive-format", findings)


def check_test_names(frame: pl.DataFrame, findings: Findings) -> None:
    """Names that say that the row is a test."""
    note(frame, "name", pl.col("name").str.contains(_TEST), "intake.row-test", findings)


def check_swapped(frame: pl.DataFrame, findings: Findings, others: tuple[str, ...] = ("name", "ticket")) -> None:
    """A citizen number where one of the `others` should stand, and none in its own place."""
    number = r"^[0-9]{17}[0-9X]$"
    elsewhere = pl.any_horizontal(pl.col(other).str.contains(number) for other in others)
    wrong = elsewhere & ~pl.col("doc_number").str.contains(number)
    note(frame, "doc_number", wrong, "intake.row-swapped", findings)


def check_year(frame: pl.DataFrame, year: int, findings: Findings) -> None:
    """The year column, when a file has one, must name this sitting's year."""
    if "year" in frame.columns:
        note(frame, "year", pl.col("year") != str(year), "intake.row-year", findings)


def warn_of_regions(frame: pl.DataFrame, warnings: dict[str, int]) -> None:
    """Count citizen numbers of regions that are not in use: told, never refused."""
    citizen = pl.col("doc_type") == DocumentType.RESIDENT_ID.value
    unknown = frame.select((citizen & ~pl.col("doc_number").str.slice(0, 2).is_in(sorted(REGIONS))).sum()).item()
    if unknown:
        warnings["people.region-unknown"] = warnings.get("people.region-unknown", 0) + int(unknown)


def note(frame: pl.DataFrame, field: str, wrong: pl.Expr, code: str, findings: Findings) -> None:
    """Note every row of the frame for which the expression holds."""
    mask = frame.select(wrong.alias("wrong"))["wrong"]
    if mask.any():
        findings.add(frame[ROW].filter(mask), field, code)


def without(frame: pl.DataFrame, findings: Findings) -> pl.DataFrame:
    """The frame's rows that have no finding so far."""
    bad = findings.table()[ROW]
    return frame.filter(~pl.col(ROW).is_in(bad.implode())) if len(bad) else frame
