"""DBF files: every length is checked against the file, deleted records are not read, codes pages are found."""

import struct
from collections.abc import Callable
from pathlib import Path

import dbf
import dbfread
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fangbang.core.errors import FangbangError
from fangbang.intake.limits import Limits
from fangbang.intake.opening import open_source
from fangbang.intake.profiles import Profile
from tests.intake.files import PRACTICE, Desk, document, registration, ticket

FIELDS = "TICKET C(20); DOC C(20); MARK N(6,2)"


def write(path: Path, rows: list[tuple[object, ...]], fields: str = FIELDS, **options: str) -> Path:
    table = dbf.Table(str(path), fields, codepage="cp936", **options)
    table.open(dbf.READ_WRITE)
    for row in rows:
        table.append(row)
    table.close()
    return path


def rows(path: Path) -> list[tuple[object, ...]]:
    source = open_source(path)
    return [row for frame in source.frames(source.header) for row in frame.iter_rows()]


def code(path: Path, limits: Limits | None = None) -> str:
    with pytest.raises(FangbangError) as caught:
        open_source(path, limits)
    return caught.value.code


def test_cells_are_text_with_their_zeros_and_chinese_is_gbk(tmp_path: Path) -> None:
    path = write(tmp_path / "a.dbf", [("007", "99010119800101001X", 59.5), ("张三", "", None)])

    assert rows(path) == [(2, "007", "99010119800101001X", " 59.50"), (3, "张三", "", "")]


def test_another_reader_reads_the_same(tmp_path: Path) -> None:
    path = write(tmp_path / "a.dbf", [(f"{n:09d}", f"张{n}", n / 2) for n in range(50)])

    other = [(record["TICKET"], record["DOC"]) for record in dbfread.DBF(str(path), encoding="gb18030")]

    assert [row[1:3] for row in rows(path)] == other


def test_deleted_records_are_not_read_but_counted(tmp_path: Path) -> None:
    path = write(tmp_path / "a.dbf", [("1", "", 1), ("2", "", 2), ("3", "", 3)])
    table = dbf.Table(str(path))
    table.open(dbf.READ_WRITE)
    dbf.delete(table[1])
    table.close()

    source = open_source(path)

    assert [row[:2] for frame in source.frames(source.header) for row in frame.iter_rows()] == [(2, "1"), (4, "3")]
    assert source.warnings == {"intake.dbf-deleted": 1}


def test_a_marks_file_becomes_a_book(desk: Desk) -> None:
    desk.register(registration(1))
    path = write(desk.folder / "m.dbf", [(ticket(1), document(1), 60)])
    profile = Profile(
        kind="marks",
        columns={"ticket": "TICKET", "doc_number": "DOC", "mark": "MARK"},
        constants={"subject": PRACTICE},
    )

    taken = desk.take("marks", path, profile)

    assert (taken.accepted, str(desk.rows("marks")[0]["mark"])) == (1, "60.000")


def test_numeric_identity_columns_and_memo_fields_are_findings(tmp_path: Path) -> None:
    path = write(tmp_path / "a.dbf", [(7, "long text")], "TICKET N(9,0); NOTE M")

    source = open_source(path)

    assert source.flaws("TICKET").rows() == [(2, "intake.cell-number")]
    assert source.flaws("NOTE").rows() == [(2, "intake.cell-memo")]


def changed(place: int, form: str, value: int) -> Callable[[bytes], bytes]:
    def change(data: bytes) -> bytes:
        packed = struct.pack(form, value)
        return data[:place] + packed + data[place + len(packed) :]

    return change


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (changed(4, "<I", 3), "intake.truncated-dbf"),
        (changed(4, "<I", 1), "intake.broken-dbf"),
        (changed(4, "<I", 2**32 - 1), "intake.too-many-rows"),
        (changed(8, "<H", 33), "intake.broken-dbf"),
        (changed(8, "<H", 60_000), "intake.broken-dbf"),
        (changed(10, "<H", 20), "intake.broken-dbf"),
        (changed(10, "<H", 1000), "intake.truncated-dbf"),
        (changed(15, "<B", 1), "intake.broken-dbf"),
        (changed(29, "<B", 0x78), "intake.broken-dbf"),
        (changed(48, "<B", 255), "intake.broken-dbf"),
        (changed(43, "<B", ord("B")), "intake.broken-dbf"),
        (lambda data: data[:-10], "intake.truncated-dbf"),
        (lambda data: data + b"\x1a" + b"more", "intake.broken-dbf"),
        (lambda data: data[:40], "intake.broken-dbf"),
        (lambda data: data[:20], "intake.truncated-dbf"),
        (lambda data: data.replace(b"007", b"\xff\xff7"), "intake.bad-encoding"),
    ],
)
def test_a_header_that_lies_is_refused(tmp_path: Path, change: Callable[[bytes], bytes], told: str) -> None:
    path = write(tmp_path / "a.dbf", [("007", "x", 1), ("8", "y", 2)])
    assert len(rows(path)) == 2, "positive control"

    path.write_bytes(change(path.read_bytes()))

    assert code(path) == told


def test_the_caps_hold_here_too(tmp_path: Path) -> None:
    path = write(tmp_path / "a.dbf", [("007", "x", 1), ("8", "y", 2)])

    assert code(path, Limits(rows=1)) == "intake.too-many-rows"
    assert code(path, Limits(columns=2)) == "intake.too-many-columns"


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=15)
@given(place=st.integers(0, 130), value=st.integers(0, 255))
def test_a_changed_byte_of_the_header_never_breaks_the_intake(tmp_path: Path, place: int, value: int) -> None:
    path = write(tmp_path / "a.dbf", [("007", "x", 1), ("8", "y", 2)])
    path.write_bytes(changed(place, "<B", value)(path.read_bytes()))

    try:
        open_source(path)
    except FangbangError as error:
        assert error.code.startswith("intake.")  # noqa: PT017


def test_what_the_reading_process_found_is_told_in_both_languages(tmp_path: Path) -> None:
    path = write(tmp_path / "a.dbf", [("1", "2", 3)])
    path.write_bytes(path.read_bytes()[:29] + b"\x78" + path.read_bytes()[30:])

    with pytest.raises(FangbangError) as caught:
        open_source(path)

    assert caught.value.text("zh") == "DBF 文件 a.dbf 已损坏（代码页是 Big5）"
    assert caught.value.text("en") == "The DBF file a.dbf is damaged (its code page is Big5)"
