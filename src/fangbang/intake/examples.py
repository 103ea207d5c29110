"""Examples of what is wrong with rows, out of a quarantine file: where each stands, and its cells, masked."""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from fangbang.intake.guessing import masked_cell
from fangbang.intake.profiles import FIELDS
from fangbang.intake.quarantine import ADDED
from fangbang.intake.rules import unsafe_cell

EACH = 3
"""Examples of one problem."""
_LOOKED_THROUGH = 20_000
_SHOWN = 40
_FILE, _SHEET, _ROW, _COLUMNS, _CODES, _ZH, _EN = ADDED


@dataclass(frozen=True)
class Example:
    """One bad row. `cells`: column → what stands there, masked; no column is at fault for some problems."""

    file: str
    sheet: str
    row: str
    cells: Mapping[str, str]


def examples(path: Path, columns: Mapping[str, str]) -> dict[str, list[Example]]:
    """Row problem code → its first examples among the first rows of the file. `columns`: column → the field that it was
    read as, which says how its cells are masked; a column that is not in it is masked like a number."""
    found: dict[str, list[Example]] = {}
    with path.open(encoding="utf-8-sig", newline="") as stream:
        for row in islice(csv.DictReader(stream), _LOOKED_THROUGH):
            for code in row[_CODES].split():
                known = found.setdefault(code, [])
                if len(known) < EACH:
                    known.append(_example(row, columns))
    return found


def usual_columns(kind: str) -> dict[str, str]:
    """Column → field for the headers that such files usually have."""
    return {header: field for field, usual in FIELDS[kind].items() for header in usual.headers}


def _example(row: Mapping[str, str], columns: Mapping[str, str]) -> Example:
    named = [column for column in row[_COLUMNS].split("、") if column in row]
    cells = {column: masked_cell(columns.get(column, ""), unsafe_cell(row[column]))[:_SHOWN] for column in named}
    return Example(unsafe_cell(row[_FILE]), unsafe_cell(row[_SHEET]), row[_ROW], cells)
