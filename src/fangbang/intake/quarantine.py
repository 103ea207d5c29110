"""The quarantine: the bad rows of a file, in its own columns, with what is wrong; mend it and feed it again."""

import csv
import io
from collections.abc import Iterator, Mapping
from pathlib import Path

import polars as pl

from fangbang.core.files import durable_file
from fangbang.intake.findings import FIELD, Findings
from fangbang.intake.rules import ROW_PROBLEMS, safe_cell
from fangbang.intake.source import CODE, ROW, Source

ADDED = ("来源文件", "工作表", "行号", "错误列", "错误代码", "说明", "explanation")
"""Columns that the quarantine adds; a file that has them is a quarantine file, and they are ignored."""

Note = tuple[str, str, str, str]
"""Columns, codes, Chinese text, English text: what stands beside a bad row."""


def write_quarantine(path: Path, source: Source, findings: Findings, columns: Mapping[str, str]) -> None:
    """Write every row that has a finding, as UTF-8 with BOM (for spreadsheets): in the order of the file, and after
    them those of another width.

    `columns`: field → the header of this file, to name the cell. Reads the source once more; only bad rows are kept.
    """
    own = [column for column in source.header if column and column not in ADDED]
    with durable_file(path, mode=0o600) as stream:
        text = io.TextIOWrapper(stream, encoding="utf-8-sig", newline="", write_through=True)
        writer = csv.writer(text)
        writer.writerow([*own, *ADDED])
        for row, cells, note in _bad_rows(source, own, findings, columns):
            sheet, number = source.place(row)
            where = (source.name, sheet, str(number))
            writer.writerow([safe_cell(cell) for cell in (*cells, *where, *note)])
        text.flush()
        text.detach()


def _bad_rows(
    source: Source, own: list[str], findings: Findings, columns: Mapping[str, str]
) -> Iterator[tuple[int, list[str], Note]]:
    """Row number, cells and note of each bad row; notes are made a frame at a time, however many there are."""
    for frame in source.frames(own):
        found = findings.between(frame[ROW][0], frame[ROW][-1])
        notes = _notes(found, columns)
        for row, *cells in frame.join(found.select(ROW).unique(), on=ROW, how="semi").sort(ROW).iter_rows():
            yield row, cells, notes[row]
    for row, text in source.ragged:
        if text.strip():
            yield row, _fitted(text, len(own), source.delimiter), _notes(findings.between(row, row), columns)[row]


def _fitted(text: str, width: int, delimiter: str) -> list[str]:
    """The cells of a row of another width, in `width` cells; what is over stays visible in the last one."""
    cells = next(csv.reader([text], delimiter=delimiter), [])
    cells = [*cells[: width - 1], delimiter.join(cells[width - 1 :])] if len(cells) > width else cells
    return cells + [""] * (width - len(cells))


def _notes(found: pl.DataFrame, columns: Mapping[str, str]) -> dict[int, Note]:
    notes: dict[int, list[Note]] = {}
    for row, field, code in found.select(ROW, FIELD, CODE).iter_rows():
        problem = ROW_PROBLEMS[code]
        column = columns.get(field, "")
        zh = f"{column}：{problem.zh}" if column else problem.zh
        en = f"{column}: {problem.en}" if column else problem.en
        notes.setdefault(row, []).append((column, code, zh, en))
    return {row: _joined(found_here) for row, found_here in notes.items()}


def _joined(found: list[Note]) -> Note:
    columns, codes, zh, en = zip(*found, strict=True)
    named = dict.fromkeys(column for column in columns if column)
    return "、".join(named), " ".join(dict.fromkeys(codes)), "；".join(zh), "; ".join(en)
