"""The quarantine file says what is wrong, is safe to open, and can be mended and fed again."""

import csv
import io
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fangbang.core.errors import FangbangError
from fangbang.intake.problems import MOSTLY_BAD, NOTHING_NEW
from fangbang.intake.rules import FORMULA_START, ROW_PROBLEMS, safe_cell, unsafe_cell
from tests.intake.files import Desk, document, mark, registration, write_rows


def read(path: Path | None) -> list[dict[str, str]]:
    assert path is not None
    return list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8-sig"), newline="")))


def test_it_keeps_the_files_own_columns_and_adds_four(desk: Desk) -> None:
    taken = desk.register(registration(1), registration(2, 省份="江南", 姓名=""), registration(3))

    (row,) = read(taken.quarantine)
    assert {column: row[column] for column in registration(2)} == registration(2, 省份="江南", 姓名="")
    assert (row["行号"], row["错误代码"]) == ("3", "intake.province-unknown people.name-blank")
    assert row["说明"] == "省份：省份无法识别；姓名：姓名为空"
    assert row["explanation"] == "省份: The province is not known; 姓名: The name is blank"


def test_a_mended_file_is_taken_in_as_a_batch_of_its_own(desk: Desk) -> None:
    first = desk.register(registration(1), registration(2, 省份="江南"))
    assert first.quarantine is not None
    mended = desk.folder / "mended.csv"
    mended.write_text(first.quarantine.read_text(encoding="utf-8-sig").replace("江南", "江苏省"), encoding="utf-8-sig")

    second = desk.take("registrations", mended)

    assert (second.accepted, second.quarantined, second.unread) == (1, 0, ())
    assert [row["doc_number"] for row in desk.rows("registrations")] == [document(1), document(2)]


def test_rows_of_another_width_are_in_it_with_all_their_cells(desk: Desk) -> None:
    path = write_rows(desk.folder / "file.csv", [registration(1)])
    path.write_text(path.read_text() + "only,two\n" + ",".join("abcdefghijklm") + "\n")

    taken = desk.take("registrations", path, bad_share=1)

    short, long = read(taken.quarantine)
    assert taken.findings == {"intake.row-columns": 2}
    assert (short["准考证号"], short["档案号"], short["姓名"], short["行号"]) == ("only", "two", "", "3")
    assert (long["报考科目"], long["行号"]) == ("k,l,m", "4")


def test_no_cell_is_a_formula(desk: Desk) -> None:
    taken = desk.register(registration(1), registration(2, 姓名='=HYPERLINK("x")', 地市="@SUM", 档案号="+1"))

    (row,) = read(taken.quarantine)
    assert (row["姓名"], row["地市"], row["档案号"]) == ('\'=HYPERLINK("x")', "'@SUM", "+1")


@given(st.text(max_size=8))
def test_safe_cells_are_safe_and_reversible(text: str) -> None:
    cell = safe_cell(text)

    number = text[:1] in ("+", "-") and text[1:].replace(".", "", 1).isdigit()
    assert cell[:1] not in FORMULA_START or not cell or number
    assert unsafe_cell(cell) == text


def test_a_result_code_stays_a_number() -> None:
    assert safe_cell("-1") == "-1"


@pytest.mark.parametrize("text", ["=0", "@1", "\t1", "\n1"])
def test_a_digit_behind_another_sign_is_a_formula_all_the_same(text: str) -> None:
    assert safe_cell(text) == f"'{text}"


def test_a_file_that_is_mostly_bad_is_refused_and_says_why(desk: Desk) -> None:
    swapped = [registration(n, 姓名=document(n), 证件号码="张三") for n in range(3)]

    with pytest.raises(FangbangError) as caught:
        desk.register(*swapped, registration(5), bad_share=Decimal("0.5"))

    assert caught.value.problem == MOSTLY_BAD
    assert (caught.value.params["bad"], caught.value.params["rows"]) == (3, 4)
    assert "两列的内容对调了（姓名与证件号码，或准考证号与证件号码）（intake.row-swapped，3 行）" in caught.value.text(
        "zh"
    )
    assert "Two columns were swapped (intake.row-swapped, 3 rows)" in caught.value.text("en")
    assert [len(read(path)) for path in (desk.folder / "quarantine").iterdir()] == [3]
    assert desk.books == {}


def test_a_file_without_one_good_row_is_refused(desk: Desk) -> None:
    desk.register(registration(1))

    with pytest.raises(FangbangError) as caught:
        desk.mark(mark(2))

    assert caught.value.problem == NOTHING_NEW


def test_every_problem_of_a_row_has_both_texts() -> None:
    for problem in ROW_PROBLEMS.values():
        assert problem.zh
        assert problem.en
        assert problem.en.isascii()
