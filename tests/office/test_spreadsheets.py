"""Files of tables: no text becomes a formula, and every text comes back as it was."""

import csv
import re
import zipfile
from io import BytesIO, StringIO

import fastexcel
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fangbang.intake.rules import unsafe_cell
from fangbang.project.spreadsheets import as_csv, as_xlsx
from tests.guard.source import python_files

STARTS = ["=", "+", "-", "@", "\t", "\r", "\n"]
TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=30) | st.builds(
    str.__add__, st.sampled_from(STARTS), st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=10)
)
NUMBER = re.compile(r"[+-]\d+(\.\d*)?|[+-]\.\d+")


def read(data: bytes) -> list[list[str]]:
    return list(csv.reader(StringIO(data.decode("utf-8-sig"), newline="")))


@pytest.mark.parametrize("start", STARTS)
def test_a_text_that_would_run_is_disarmed(start: str) -> None:
    assert read(as_csv([[f"{start}A1+1", "end"]])) == [[f"'{start}A1+1", "end"]]


def formula(cell: str) -> bool:
    """Whether a spreadsheet program would run a cell."""
    return cell.startswith(tuple(STARTS)) and not NUMBER.fullmatch(cell)


@given(TEXTS)
def test_no_cell_of_a_csv_file_is_a_formula(text: str) -> None:
    [[cell, _]] = read(as_csv([[text, "end"]]))

    assert not formula(cell)


@pytest.mark.parametrize("start", STARTS)
def test_a_file_that_disarms_nothing_is_seen(start: str) -> None:
    raw = StringIO()
    csv.writer(raw).writerow([f"{start}A1+1", "end"])

    [[cell, _]] = read(raw.getvalue().encode())

    assert formula(cell)


def written(source: str) -> bool:
    """Whether a module writes rows of its own that nothing disarms."""
    return re.search(r"csv\.(writer|DictWriter)|write_csv\(|\.write\((row|place),", source) is not None and (
        "safe_cell(" not in source
    )


def test_no_module_writes_a_table_past_the_disarming() -> None:
    """But the simulator, whose files are what marking centres send."""
    found = {path.name for path in python_files() if written(path.read_text("utf-8"))}

    assert found == {"centre.py"}


@given(TEXTS)
def test_a_csv_cell_comes_back_as_it_was(text: str) -> None:
    [[cell, _]] = read(as_csv([[text, "end"]]))

    assert unsafe_cell(cell) == text


def test_numbers_stay_numbers_and_nothing_is_an_empty_cell() -> None:
    assert as_csv([["a", -3, 0.25, None]]).decode("utf-8-sig") == "a,-3,0.25,\r\n"


@given(st.lists(TEXTS.map(lambda text: "".join(c for c in text if c >= " ")).filter(str.strip), min_size=1, max_size=4))
def test_an_xlsx_file_holds_texts_and_no_formula(texts: list[str]) -> None:
    data = as_xlsx([("s", [["head"] * len(texts), texts])])

    sheet = zipfile.ZipFile(BytesIO(data)).read("xl/worksheets/sheet1.xml").decode()
    cells = fastexcel.read_excel(data).load_sheet(0, header_row=None, dtypes="string").to_polars().row(1)
    assert "<f>" not in sheet
    assert [str(cell) for cell in cells] == [text.translate({0xFFFE: None, 0xFFFF: None}) for text in texts]


def test_characters_that_no_xlsx_file_may_hold_are_left_out() -> None:
    data = as_xlsx([("s", [["head"], ["a\0\x0bb\ufffe"]])])

    assert fastexcel.read_excel(data).load_sheet(0, header_row=None, dtypes="string").to_polars().row(1) == ("ab",)
