"""A DBF file: lengths checked against the file before anything is read, records sliced at their fixed places.

dbfread knows the table of fields; it is not left to read the records, since it would pass over deleted ones without
their numbers and open memo files that lie beside. A memo column cannot be used; everything else becomes text.
"""

import struct
from typing import Any, BinaryIO

import pyarrow as pa
import pyarrow.compute as pc

from fangbang.core.errors import FangbangError, Phrase
from fangbang.intake.limits import Limits
from fangbang.intake.problems import BAD_ENCODING, BROKEN_DBF, TOO_MANY_COLUMNS, TOO_MANY_ROWS, TRUNCATED_DBF
from fangbang.intake.sheet import CELL_MEMO, CELL_NUMBER, FLAWS, Sheet

_HEADER = struct.Struct("<4BIHH3xB13xB2x")
_FIELD = 32
_TEXT, _NUMBERS, _PLAIN, _MEMO = "C", "NF", "DL", "MGP"
_END = b"\x1a"
_BIG5 = (0x4F, 0x78)
_MARKED = ord("*")
DELETED = "intake.dbf-deleted"


def read_dbase(stream: BinaryIO, name: str, limits: Limits) -> list[Sheet]:
    """The one table of the file, without its deleted records; row numbers count those too, after a header row."""
    records, header_size, record_size, page = _check_lengths(stream, name, limits)
    fields = _fields(stream, name, limits)
    if sum(field.length for field in fields) + 1 != record_size:
        raise FangbangError(
            BROKEN_DBF,
            file=name,
            reason=Phrase("its fields are not as long as its records", "各字段长度之和与记录长度不符"),
        )
    stream.seek(header_size)
    data = stream.read(records * record_size)
    kept = [place for place in range(records) if data[place * record_size] != _MARKED]
    flags = {data[place * record_size] for place in kept}
    if flags - {ord(" ")}:
        raise FangbangError(
            BROKEN_DBF, file=name, reason=Phrase("records do not begin where they should", "记录的起始位置不对")
        )
    encoding = _encoding(data, page, name)
    columns, place = [], 1
    for field in fields:
        cells = [data[start + place : start + place + field.length] for start in (row * record_size for row in kept)]
        columns.append(_decoded(cells, encoding, name, kept))
        place += field.length
    header = tuple(_name_of(field, encoding, name) for field in fields)
    table = pa.table({f"c{place}": column for place, column in enumerate(columns)})
    deleted = records - len(kept)
    rows = pa.array((row + 2 for row in kept), pa.uint32())
    warnings = {DELETED: deleted} if deleted else {}
    return [Sheet("", header, rows, table, _flaws(fields, rows, columns), warnings)]


def _check_lengths(stream: BinaryIO, name: str, limits: Limits) -> tuple[int, int, int, int]:
    size = stream.seek(0, 2)
    stream.seek(0)
    header = stream.read(_HEADER.size)
    if len(header) < _HEADER.size:
        raise FangbangError(TRUNCATED_DBF, file=name, told="32", found=str(size))
    *_, records, header_size, record_size, encrypted, page = _HEADER.unpack(header)
    if encrypted or header_size < _FIELD + _FIELD + 1 or record_size < 2 or header_size > size:
        raise FangbangError(BROKEN_DBF, file=name, reason=Phrase("its header", "文件头"))
    if (header_size - _FIELD) // _FIELD > limits.columns + 9:
        raise FangbangError(TOO_MANY_COLUMNS, file=name, columns=header_size // _FIELD, most=limits.columns)
    if records > limits.rows:
        raise FangbangError(TOO_MANY_ROWS, file=name, most=limits.rows)
    told = header_size + records * record_size
    stream.seek(min(told, size))
    rest = stream.read(2)
    if size < told:
        raise FangbangError(TRUNCATED_DBF, file=name, told=str(told), found=str(size))
    if rest not in (b"", _END):
        raise FangbangError(
            BROKEN_DBF, file=name, reason=Phrase("there is more in it than its header says", "内容多于文件头的说明")
        )
    return records, header_size, record_size, page


def _fields(stream: BinaryIO, name: str, limits: Limits) -> list[Any]:
    import dbfread

    try:
        opened = dbfread.DBF(
            f"/proc/self/fd/{stream.fileno()}", ignorecase=False, ignore_missing_memofile=True, encoding="latin-1"
        )
    except (ValueError, struct.error, OSError, UnicodeDecodeError, AttributeError) as error:
        raise FangbangError(BROKEN_DBF, file=name, reason=Phrase("its table of fields", "字段表")) from error
    fields = list(opened.fields)
    if len(fields) > limits.columns:
        raise FangbangError(TOO_MANY_COLUMNS, file=name, columns=len(fields), most=limits.columns)
    odd = [field.type for field in fields if field.type not in _TEXT + _NUMBERS + _PLAIN + _MEMO]
    if odd or not fields:
        raise FangbangError(BROKEN_DBF, file=name, reason=f"fields of type {'/'.join(sorted(set(odd))) or '-'}")
    return fields


def _name_of(field: Any, encoding: str, name: str) -> str:
    try:
        text: str = field.name.encode("latin-1").split(b"\0")[0].decode(encoding)
    except UnicodeDecodeError as error:
        raise FangbangError(BAD_ENCODING, file=name, line=1) from error
    return text.strip()


def _encoding(data: bytes, page: int, name: str) -> str:
    """UTF-8 if it is that throughout; else GB18030, which includes GBK. What the code page byte says is often wrong."""
    if page in _BIG5:
        raise FangbangError(BROKEN_DBF, file=name, reason=Phrase("its code page is Big5", "代码页是 Big5"))
    if data.isascii():
        return "gb18030"
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return "gb18030"
    return "utf-8"


def _decoded(cells: list[bytes], encoding: str, name: str, kept: list[int]) -> "pa.Array[Any]":
    texts = []
    for row, cell in zip(kept, cells, strict=True):
        try:
            texts.append(cell.rstrip(b" \0").decode(encoding))
        except UnicodeDecodeError as error:
            raise FangbangError(BAD_ENCODING, file=name, line=row + 2) from error
    return pa.array(texts, pa.string())


def _flaws(fields: list[Any], rows: "pa.Array[Any]", columns: list["pa.Array[Any]"]) -> pa.Table:
    parts = [FLAWS.empty_table()]
    for place, field in enumerate(fields):
        if field.type not in _NUMBERS + _MEMO:
            continue
        filled = rows.filter(pc.not_equal(pc.utf8_trim_whitespace(columns[place]), pa.scalar("")))
        kind = CELL_MEMO if field.type in _MEMO else CELL_NUMBER
        places = pa.array([place] * len(filled), pa.uint16())
        parts.append(pa.table([filled, places, pa.array([kind] * len(filled), pa.uint8())], schema=FLAWS))
    return pa.concat_tables(parts)
