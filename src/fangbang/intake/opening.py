"""Which reader a file gets: decided by its first bytes, never by its name."""

from pathlib import Path

from fangbang.core.errors import FangbangError, Phrase
from fangbang.intake.csv_source import open_csv
from fangbang.intake.limits import Limits
from fangbang.intake.problems import NOT_A_TABLE
from fangbang.intake.sheet_source import open_sheets
from fangbang.intake.source import Source, first_bytes

_DBF_VERSIONS = (0x02, 0x03, 0x04, 0x05, 0x30, 0x31, 0x32, 0x43, 0x63, 0x83, 0x8B, 0x8C, 0xCB, 0xF5, 0xFB)
_OTHER_FORMATS = {
    b"\xd0\xcf\x11\xe0": Phrase("an old XLS, or XLSX with a password", "旧版 XLS 或加了密码的 XLSX"),
    b"%PDF": "PDF",
    b"\xff\xfe": "UTF-16",
    b"\xfe\xff": "UTF-16",
    b"\x1f\x8b": "gzip",
    b"SQLi": "SQLite",
    b"Rar!": "RAR",
    b"7z\xbc\xaf": "7z",
    b"PK\x05\x06": "ZIP",
}


def open_source(path: Path, limits: Limits | None = None, sheets: tuple[str, ...] = ()) -> Source:
    """Open a CSV, XLSX or DBF file, or refuse it as a whole. `sheets`: of a workbook only these, in its order."""
    limits = limits or Limits()
    first = first_bytes(path, 32)
    for magic, what in _OTHER_FORMATS.items():
        if first.startswith(magic):
            raise FangbangError(NOT_A_TABLE, file=path.name, what=what)
    if first.startswith(b"PK\x03\x04"):
        return open_sheets(path, "xlsx", limits, sheets)
    if _is_dbase(first):
        return open_sheets(path, "dbf", limits)
    return open_csv(path, limits)


def _is_dbase(first: bytes) -> bool:
    """A version byte, then the date of the last change: year, month, day. No text begins like that."""
    return len(first) > 4 and first[0] in _DBF_VERSIONS and first[2] <= 12 and first[3] <= 31
