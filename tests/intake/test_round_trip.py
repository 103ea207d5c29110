"""From any format into the quarantine, mended, and fed again in any format that an office saves it in."""

import csv
import io
from collections.abc import Callable
from pathlib import Path

import dbf
import pytest

from fangbang.intake.profiles import FIELDS, Profile
from tests.intake.files import ABILITY, Desk, document, mark, prior, registration, ticket, write_rows
from tests.intake.workbooks import write_workbook

Rows = list[dict[str, str]]
Write = Callable[[Path, Rows], Path]


def utf8(folder: Path, rows: Rows) -> Path:
    return write_rows(folder / "file.csv", rows)


def with_bom(folder: Path, rows: Rows) -> Path:
    return write_rows(folder / "file.csv", rows, "utf-8-sig")


def gb18030(folder: Path, rows: Rows) -> Path:
    return write_rows(folder / "file.csv", rows, "gb18030")


def workbook(folder: Path, rows: Rows) -> Path:
    return write_workbook(folder / "file.xlsx", {"表": [list(rows[0]), *(list(row.values()) for row in rows)]})


def dbase(folder: Path, rows: Rows) -> Path:
    """Field names of a DBF have ten bytes: five Chinese characters."""
    path = folder / "file.dbf"
    table = dbf.Table(str(path), "; ".join(f"F{place} C(90)" for place in range(len(rows[0]))), codepage="cp936")
    table.open(dbf.READ_WRITE)
    for row in rows:
        table.append(tuple(row.values()))
    table.close()
    return path


def profile_of(write: Write, kind: str, rows: Rows) -> Profile:
    """DBF files have no usual headers; the others need no profile."""
    if write is not dbase:
        return Profile(kind=kind)  # type: ignore[arg-type]
    names = {header: field for field, usual in FIELDS[kind].items() for header in usual.headers}
    return Profile(
        kind=kind,  # type: ignore[arg-type]
        columns={names[column]: f"F{place}" for place, column in enumerate(rows[0])},
    )


KINDS: dict[str, tuple[Rows, str, str, str]] = {
    "registrations": ([registration(1), registration(2, 省份="江南")], "江南", "江苏省", "intake.province-unknown"),
    "marks": ([mark(1), mark(2, "610")], "610", "61", "intake.mark-above-full"),
    "prior-passes": ([prior(1), prior(2, 合格年度="去年")], "去年", "2025", "intake.year-format"),
}
"""Kind → a sound and a wrong row, the wrong cell, the right one, and what is told."""


def mended(quarantine: Path, wrong: str, right: str) -> Rows:
    """What a clerk makes of a quarantine file: the wrong cell replaced, everything else left as it is."""
    read = csv.DictReader(io.StringIO(quarantine.read_text(encoding="utf-8-sig"), newline=""))
    return [{name: right if cell == wrong else cell for name, cell in row.items()} for row in read]


def saved_as_csv(encoding: str) -> Write:
    def save(folder: Path, rows: Rows) -> Path:
        path = folder / "mended.csv"
        with path.open("w", encoding=encoding, newline="") as stream:
            writer = csv.DictWriter(stream, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
        return path

    return save


def saved_as_workbook(folder: Path, rows: Rows) -> Path:
    sheets = {"Sheet1": [list(rows[0]), *(list(row.values()) for row in rows)]}
    return write_workbook(folder / "mended.xlsx", sheets)


SAVED = {"csv-bom": saved_as_csv("utf-8-sig"), "csv-gbk": saved_as_csv("gb18030"), "xlsx": saved_as_workbook}


@pytest.mark.parametrize("saved", SAVED)
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("write", [utf8, with_bom, gb18030, workbook, dbase])
def test_a_row_set_aside_comes_back_mended(desk: Desk, write: Write, kind: str, saved: str) -> None:
    rows, wrong, right, code = KINDS[kind]
    if kind == "marks":
        desk.register(registration(1), registration(2))
    profile = profile_of(write, kind, rows)

    first = desk.take(kind, write(desk.folder, rows), profile, bad_share=1)
    assert first.quarantine is not None
    again = desk.take(kind, SAVED[saved](desk.folder, mended(first.quarantine, wrong, right)), profile)

    assert (first.accepted, first.findings) == (1, {code: 1})
    assert (again.accepted, again.quarantined, again.unread) == (1, 0, ())
    assert [row["doc_number"] for row in desk.rows(kind)] == [document(1), document(2)]


def test_the_quarantine_names_file_sheet_row_and_column_of_a_dbf(desk: Desk) -> None:
    rows, _, _, code = KINDS["registrations"]

    taken = desk.take("registrations", dbase(desk.folder, rows), profile_of(dbase, "registrations", rows), bad_share=1)

    assert taken.quarantine is not None
    (told,) = mended(taken.quarantine, "", "")
    assert [told[name] for name in ("来源文件", "工作表", "行号", "错误列", "错误代码")] == [
        "file.dbf",
        "",
        "3",
        "F8",
        code,
    ]


def test_a_cell_that_a_spreadsheet_would_run_survives_the_round_trip(desk: Desk) -> None:
    desk.register(registration(1))
    first = desk.mark(mark(1, "-2"), mark(1, "=1+1", "社会工作实务(中级)"))
    assert first.quarantine is not None

    rows = mended(first.quarantine, "'=1+1", "60")
    again = desk.take("marks", saved_as_workbook(desk.folder, rows))

    assert again.accepted == 1
    assert [(row["subject"], row["code"]) for row in desk.rows("marks")] == [("ability", -2), ("practice", None)]


def test_a_row_that_is_still_wrong_is_set_aside_again(desk: Desk) -> None:
    first = desk.register(registration(1), registration(2, 省份="江南"))
    assert first.quarantine is not None
    still = mended(first.quarantine, "江南", "江北")

    again = desk.take(
        "registrations", saved_as_csv("utf-8-sig")(desk.folder, [*still, *[registration(3)]]), bad_share=1
    )

    assert (again.accepted, again.findings) == (1, {"intake.province-unknown": 1})
    assert again.quarantine is not None
    (row,) = mended(again.quarantine, "", "")
    assert (row["准考证号"], row["省份"], row["行号"]) == (ticket(2), "江北", "2")
    assert ABILITY in row["报考科目"]
