"""XLSX files: text stays text, what a spreadsheet has mangled is named, and hostile files are refused unread."""

import csv
import io
import random
import struct
import zipfile
from pathlib import Path
from typing import Any

import pytest

from fangbang.core.errors import FangbangError, Problem
from fangbang.intake.limits import Limits
from fangbang.intake.opening import open_source
from fangbang.intake.problems import (
    BOMB,
    BROKEN_WORKBOOK,
    EMPTY_FILE,
    FILE_TOO_LARGE,
    HIDDEN_SHEET,
    NO_SHEET,
    NOT_A_TABLE,
    SHEETS_DIFFER,
    TOO_COSTLY,
    TOO_MANY_COLUMNS,
    TOO_MANY_ROWS,
    XML_ENTITIES,
)
from fangbang.intake.profiles import Profile
from tests.intake.files import PRACTICE, Desk, mark, registration
from tests.intake.workbooks import rewritten, write_workbook

SHEET = "xl/worksheets/sheet1.xml"


def table(*rows: dict[str, str]) -> list[list[str]]:
    return [list(rows[0]), *([*row.values()] for row in rows)]


def cells(path: Path, **options: Any) -> list[tuple[object, ...]]:
    source = open_source(path, **options)
    return [row for frame in source.frames(source.header) for row in frame.iter_rows()]


def refused(path: Path, limits: Limits | None = None, sheets: tuple[str, ...] = ()) -> Problem:
    with pytest.raises(FangbangError) as caught:
        open_source(path, limits, sheets)
    return caught.value.problem


def test_every_cell_is_text_and_rows_have_the_numbers_of_the_sheet(tmp_path: Path) -> None:
    path = write_workbook(tmp_path / "a.csv", {"表": [["a", "b"], ["007", 59.5], [], ["x", 60], ["", True]]})

    assert cells(path) == [(2, "007", "59.5"), (3, "", ""), (4, "x", "60"), (5, "", "true")]


def test_a_table_may_begin_anywhere(tmp_path: Path) -> None:
    path = write_workbook(tmp_path / "a.xlsx", {"表": [[], [], ["", "a"], ["", "1"]]})

    source = open_source(path)

    assert source.header == ("", "a") or source.header == ("a",)
    assert [frame["row"].to_list() for frame in source.frames(["a"])] == [[4]]


def test_a_registrations_workbook_becomes_a_book(desk: Desk) -> None:
    path = write_workbook(
        desk.folder / "报名.xlsx", {"一": table(registration(1)), "二": table(registration(2)), "空": []}
    )

    taken = desk.take("registrations", path)

    assert (taken.accepted, taken.quarantined) == (2, 0)


def test_numbers_formulas_and_errors_are_named_with_file_sheet_row_and_column(desk: Desk) -> None:
    rows: list[list[Any]] = table(*(registration(person) for person in range(1, 5)))
    rows[2][0] = 260000000002
    rows[3][2] = '="张"&"三"'
    path = write_workbook(desk.folder / "报名.xlsx", {"一": rows[:1], "二": rows})

    taken = desk.take("registrations", path, bad_share=1)

    assert taken.findings == {"intake.cell-number": 1, "intake.row-formula": 1}
    assert taken.quarantine is not None
    told = list(csv.DictReader(io.StringIO(taken.quarantine.read_text(encoding="utf-8-sig"))))
    assert [[row[name] for name in ("来源文件", "工作表", "行号", "错误列", "错误代码")] for row in told] == [
        ["报名.xlsx", "二", "3", "准考证号", "intake.cell-number"],
        ["报名.xlsx", "二", "4", "姓名", "intake.row-formula"],
    ]


def test_marks_may_be_numbers_and_are_exact(desk: Desk) -> None:
    desk.register(registration(1), registration(2))
    rows: list[list[Any]] = table(mark(1, subject=PRACTICE), mark(2, subject=PRACTICE))
    rows[1][3], rows[2][3] = 60, 59.5

    taken = desk.take("marks", write_workbook(desk.folder / "m.xlsx", {"成绩": rows}), bad_share=1)

    assert [str(row["mark"]) for row in desk.rows("marks")] == ["60.000"]
    assert taken.findings == {"intake.mark-off-step": 1}, "the half was read, not cut"


def test_a_profile_names_the_sheets(desk: Desk) -> None:
    path = write_workbook(desk.folder / "a.xlsx", {"说明": [["请看下一页"]], "数据": table(registration(1))})

    assert refused(path) == SHEETS_DIFFER
    assert desk.take("registrations", path, Profile(kind="registrations", sheets=("数据",))).accepted == 1
    assert refused(path, sheets=("没有",)) == NO_SHEET


def test_hidden_data_is_refused(tmp_path: Path) -> None:
    path = write_workbook(tmp_path / "a.xlsx", {"表": [["a"], ["1"]], "暗": [["a"], ["2"]]}, hidden=["暗"])

    assert refused(path) == HIDDEN_SHEET


def test_an_empty_workbook_has_no_rows(tmp_path: Path) -> None:
    assert refused(write_workbook(tmp_path / "a.xlsx", {"表": []})) == EMPTY_FILE


@pytest.mark.parametrize(
    ("limits", "problem"),
    [
        (Limits(size=100), FILE_TOO_LARGE),
        (Limits(rows=1), TOO_MANY_ROWS),
        (Limits(columns=1), TOO_MANY_COLUMNS),
        (Limits(unpacked=1000), BOMB),
        (Limits(), None),
    ],
)
def test_each_cap_refuses(tmp_path: Path, limits: Limits, problem: Problem | None) -> None:
    path = write_workbook(tmp_path / "a.xlsx", {"表": [["a", "b"], ["1", "2"], ["1", "2"]]})

    if problem is None:
        assert len(cells(path, limits=limits)) == 2
    else:
        assert refused(path, limits) == problem


def test_a_reader_that_takes_too_much_cpu_or_memory_is_stopped(tmp_path: Path) -> None:
    rows = [["a"] * 20] + [[f"{row}-{column}" for column in range(20)] for row in range(60_000)]
    rows[0] = [f"a{column}" for column in range(20)]
    path = write_workbook(tmp_path / "a.xlsx", {"表": rows})

    assert refused(path, Limits(seconds=1)) == TOO_COSTLY
    assert refused(path, Limits(memory=250 << 20)).code in ("intake.too-costly", "intake.reader-died")


def test_bombs_are_refused_before_they_go_off(tmp_path: Path) -> None:
    path = write_workbook(tmp_path / "a.xlsx", {"表": [["a"], ["1"]]})
    rewritten(path, {"xl/media/x.bin": bytes(300 << 20)})
    assert refused(path) == BOMB

    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w") as archive:
        archive.writestr("x", b"x")
    path = rewritten(write_workbook(tmp_path / "b.xlsx", {"表": [["a"], ["1"]]}), {"xl/in.bin": inner.getvalue()})
    assert refused(path) == BOMB

    many = {f"xl/{number}.bin": b"" for number in range(2001)}
    assert refused(rewritten(write_workbook(tmp_path / "c.xlsx", {"表": [["a"], ["1"]]}), many)) == BOMB


def overlapping(path: Path) -> None:
    """Let the directory's second entry point at the first one's bytes."""
    data = bytearray(path.read_bytes())
    first = data.index(b"PK\x01\x02")
    second = data.index(b"PK\x01\x02", first + 4)
    data[second + 42 : second + 46] = data[first + 42 : first + 46]
    path.write_bytes(bytes(data))


def lying(path: Path) -> None:
    """Declare the first part one byte smaller than it unpacks to."""
    data = bytearray(path.read_bytes())
    place = data.index(b"PK\x01\x02") + 24
    data[place : place + 4] = struct.pack("<I", struct.unpack("<I", data[place : place + 4])[0] - 1)
    path.write_bytes(bytes(data))


def truncated(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-200])


def prefixed(path: Path) -> None:
    path.write_bytes(b"PK\x03\x04" + path.read_bytes())


@pytest.mark.parametrize(
    ("damage", "problems"),
    [
        (overlapping, {BOMB, BROKEN_WORKBOOK}),
        (lying, {BROKEN_WORKBOOK}),
        (truncated, {BROKEN_WORKBOOK}),
        (prefixed, {BOMB, BROKEN_WORKBOOK}),
    ],
)
def test_a_container_that_contradicts_itself_is_refused(tmp_path: Path, damage: Any, problems: set[Problem]) -> None:
    path = write_workbook(tmp_path / "a.xlsx", {"表": [["a"], ["1"]]})
    damage(path)

    assert refused(path) in problems


@pytest.mark.parametrize(
    "part",
    [
        b'<!DOCTYPE x [<!ENTITY a "b">]><worksheet><sheetData/></worksheet>',
        b'<?xml version="1.0"?><!DOCTYPE x SYSTEM "file:///etc/passwd"><x/>',
        b'<?xml version="1.0" encoding="UTF-16"?><x/>',
        random.Random(1).randbytes(1 << 19).hex().encode()[:-5] + b"<!DOCTYPE x><x/>",
    ],
    ids=["entities", "external", "encoding", "across two pieces"],
)
def test_document_types_entities_and_other_encodings_are_refused(tmp_path: Path, part: bytes) -> None:
    path = rewritten(write_workbook(tmp_path / "a.xlsx", {"表": [["a"], ["1"]]}), {"xl/theme/theme1.xml": part})

    assert refused(path) == XML_ENTITIES


@pytest.mark.parametrize(
    "part",
    [
        "<x>".encode("utf-16"),
        b"<worksheet><sheetData><row><c><v>1</v></c></row></sheetData></worksheet>",
        b'<worksheet><sheetData><row><!-- <c r="A1"><v>1</v></c> --></row></sheetData></worksheet>',
        b'<worksheet><sheetData><row><c r="ZZZ1"><v>1</v></c></row></sheetData></worksheet>',
        b'<worksheet><sheetData><row r="1"><c r="A1"><v>1</v></c><c r="A1"><v>',
    ],
    ids=["utf-16", "no place", "comment", "outside", "cut off"],
)
def test_a_sheet_that_two_parsers_could_read_differently_is_refused(tmp_path: Path, part: bytes) -> None:
    path = rewritten(write_workbook(tmp_path / "a.xlsx", {"表": [["a"], ["1"]]}), {SHEET: part})

    assert refused(path) in (BROKEN_WORKBOOK, EMPTY_FILE)


def test_other_archives_are_no_tables(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.csv", "a,b")

    assert refused(path) == NOT_A_TABLE


def test_a_workbook_written_with_prefixes_is_understood(tmp_path: Path) -> None:
    part = (
        b'<x:worksheet xmlns:x="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><x:sheetData>'
        b'<x:row r="1"><x:c r="A1" t="inlineStr"><x:is><x:t>a</x:t></x:is></x:c></x:row>'
        b'<x:row r="2"><x:c r="A2"><x:v>7</x:v></x:c></x:row></x:sheetData></x:worksheet>'
    )
    path = rewritten(write_workbook(tmp_path / "a.xlsx", {"表": [["a"], ["1"]]}), {SHEET: part})

    source = open_source(path)

    assert [row for frame in source.frames(["a"]) for row in frame.iter_rows()] == [(2, "7")]
    assert source.flaws("a").rows() == [(2, "intake.cell-number")]
