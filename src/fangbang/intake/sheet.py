"""One sheet as the reading process hands it over: a header, rows of text, and the cells that were not text."""

from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

CELL_NUMBER, CELL_FORMULA, CELL_ERROR, CELL_MEMO = range(4)
"""Kinds of cells that are not plain text."""
FLAWS = pa.schema([("row", pa.uint32()), ("column", pa.uint16()), ("kind", pa.uint8())])
"""A cell that was not text: row number, place of its column, kind."""


@dataclass(frozen=True)
class Sheet:
    """`rows`: the number of each row of `table` as an operator sees it; its columns are called `c0`, `c1`, …"""

    name: str
    header: tuple[str, ...]
    rows: "pa.Array[Any]"
    table: pa.Table
    flaws: pa.Table
    warnings: dict[str, int] = field(default_factory=dict)
