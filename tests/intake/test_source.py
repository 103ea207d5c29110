"""Files as they come: encodings, headers, row numbers, and everything that is no CSV at all."""

from pathlib import Path

import pytest

from fangbang.core.errors import FangbangError, Problem
from fangbang.intake.csv_source import CsvSource, open_csv
from fangbang.intake.limits import Limits
from fangbang.intake.opening import open_source
from fangbang.intake.problems import (
    BAD_ENCODING,
    BROKEN_ROWS,
    BROKEN_WORKBOOK,
    DUPLICATE_HEADER,
    EMPTY_FILE,
    FILE_CHANGED,
    GARBLED,
    MISSING_COLUMN,
    NO_FILE,
    NOT_A_TABLE,
)
from fangbang.intake.profiles import default_profile


def cells(source: CsvSource) -> list[tuple[object, ...]]:
    return [row for frame in source.frames(list(source.header)) for row in frame.iter_rows()]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_encodings_are_found(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "file.csv"
    path.write_bytes("姓名,成绩\n张三,007\n阿卜杜拉·买买提,1\n".encode(encoding))

    source = open_csv(path, Limits())

    assert (source.encoding, source.header) == (encoding, ("姓名", "成绩"))
    assert cells(source) == [(2, "张三", "007"), (3, "阿卜杜拉·买买提", "1")]


def test_a_character_on_the_border_of_two_reads(tmp_path: Path) -> None:
    path = tmp_path / "file.csv"
    path.write_bytes(b"a\n" + b"x" * ((1 << 20) - 3) + "张\n".encode())

    assert open_csv(path, Limits()).encoding == "utf-8"


def test_rows_have_the_numbers_a_spreadsheet_shows(tmp_path: Path) -> None:
    path = tmp_path / "file.csv"
    path.write_text('a,b\n1,2\nshort\n"x\ny",3\n\n1,2,3\n4,5\n')

    source = open_csv(path, Limits())

    assert cells(source) == [(2, "1", "2"), (4, "x\ny", "3"), (5, "", ""), (7, "4", "5")]
    assert source.ragged == [(3, "short"), (6, "1,2,3")]


def test_row_numbers_stay_right_over_many_blocks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fangbang.intake.csv_source.BLOCK_BYTES", 1 << 12)
    path = tmp_path / "file.csv"
    path.write_text("a,b\n" + "".join("bad\n" if row % 700 == 0 else f"{row},x\n" for row in range(2, 20_000)))

    source = open_csv(path, Limits())

    assert all(str(number) == first for number, first, _ in cells(source))
    assert [number for number, _ in source.ragged] == list(range(700, 20_000, 700))


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_delimiters_are_found(tmp_path: Path, delimiter: str) -> None:
    path = tmp_path / "file.csv"
    path.write_text(f"a{delimiter}b\n1{delimiter}2\n")

    assert cells(open_csv(path, Limits())) == [(2, "1", "2")]


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"", EMPTY_FILE),
        (b"\n\n", EMPTY_FILE),
        (b"a,b,a\n1,2,3\n", DUPLICATE_HEADER),
        (b"PK\x03\x04rest", BROKEN_WORKBOOK),
        (b"\xd0\xcf\x11\xe0rest", NOT_A_TABLE),
        ("a,b\n".encode("utf-16"), NOT_A_TABLE),
        (b"a,b\n1,\x002\n", NOT_A_TABLE),
        (b"a,b\n1,2\n3,\xff\xff\n", BAD_ENCODING),
        ("姓名,成绩\n张三,1\n".encode()[:-5] + b"\n", BAD_ENCODING),
        ("姓名,成绩\n".encode().decode("latin-1").encode(), GARBLED),
    ],
)
def test_what_is_no_table_is_refused_as_a_whole(tmp_path: Path, data: bytes, problem: Problem) -> None:
    path = tmp_path / "file.csv"
    path.write_bytes(data)

    with pytest.raises(FangbangError) as caught:
        open_source(path)

    assert caught.value.problem == problem


@pytest.mark.parametrize(
    "text",
    ['a,b\n1,2\n"x,3\n4,5\n6,7\n', 'a,b\n"' + "x" * 20_000_000 + '",1\n'],
    ids=["a lone quotation mark", "an endless row"],
)
def test_rows_that_cannot_be_told_apart_are_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "file.csv"
    path.write_text(text)

    with pytest.raises(FangbangError) as caught:
        cells(open_csv(path, Limits()))

    assert caught.value.problem == BROKEN_ROWS


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(FangbangError) as caught:
        open_csv(tmp_path / "nothing.csv", Limits())

    assert caught.value.problem == NO_FILE


def test_a_file_that_changes_while_it_is_read_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "file.csv"
    path.write_text("a\n1\n")
    source = open_csv(path, Limits())
    source.check_unchanged()

    path.write_text("a\n1\n2\n")

    with pytest.raises(FangbangError) as caught:
        source.check_unchanged()
    assert caught.value.problem == FILE_CHANGED


def test_a_header_may_hold_line_breaks_and_rows_are_still_numbered_by_the_sheet(tmp_path: Path) -> None:
    path = tmp_path / "file.csv"
    path.write_text('"准考\n证号",成绩\n1,2\nshort\n3,4\n')

    source = open_csv(path, Limits())

    assert source.header == ("准考证号", "成绩")
    assert cells(source) == [(2, "1", "2"), (4, "3", "4")]
    assert source.ragged == [(3, "short")]


def test_a_quotation_mark_that_never_closes_in_the_header_is_no_header(tmp_path: Path) -> None:
    path = tmp_path / "file.csv"
    path.write_text('"准考证号,成绩\n1,2\n3,4\n')

    with pytest.raises(FangbangError) as caught:
        default_profile("marks").resolve("file.csv", open_csv(path, Limits()).header)

    assert caught.value.problem == MISSING_COLUMN


def test_an_old_workbook_is_named_in_both_languages(tmp_path: Path) -> None:
    path = tmp_path / "file.xls"
    path.write_bytes(b"\xd0\xcf\x11\xe0rest")

    with pytest.raises(FangbangError) as caught:
        open_source(path)

    assert caught.value.text("zh") == "文件 file.xls 是 旧版 XLS 或加了密码的 XLSX，不是 CSV、XLSX 或 DBF；请另存后再交"
    assert caught.value.text("en").startswith("The file file.xls is an old XLS, or XLSX with a password, not CSV")
