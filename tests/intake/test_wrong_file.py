"""Rows that stand one row off, last year's marks, and the column of a wide file: named for what they are."""

import csv
import io
from pathlib import Path

import pytest

from fangbang.core.errors import FangbangError
from fangbang.intake.problems import LAST_YEARS_MARKS
from fangbang.intake.profiles import Profile
from tests.intake.files import ABILITY, Desk, document, mark, registration, ticket, write_rows

WIDE = Profile(
    kind="marks", form="wide", subjects={"ability": "综合", "policy": "法规", "practice": "实务"}, blank="skip"
)


def quarantined(path: Path | None) -> list[dict[str, str]]:
    assert path is not None
    return list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8-sig"), newline="")))


def test_a_ticket_pasted_from_the_row_above_is_told_as_that(desk: Desk) -> None:
    desk.register(*(registration(person) for person in range(1, 7)))

    taken = desk.mark(mark(1), mark(2, 准考证号=ticket(1)), mark(3), mark(4, 准考证号=ticket(6)))

    assert taken.findings == {"intake.marks-other-ticket": 1, "intake.ticket-of-neighbour": 1}
    assert [(row["行号"], row["错误代码"]) for row in quarantined(taken.quarantine)] == [
        ("3", "intake.ticket-of-neighbour"),
        ("5", "intake.marks-other-ticket"),
    ]


def test_a_ticket_pasted_from_the_row_below_is_told_as_that(desk: Desk) -> None:
    desk.register(*(registration(person) for person in range(1, 4)))

    taken = desk.mark(mark(1, 准考证号=ticket(2)), mark(2), mark(3))

    assert (taken.accepted, taken.findings) == (2, {"intake.ticket-of-neighbour": 1})


@pytest.mark.parametrize("by", [1, -1])
def test_a_column_that_slipped_by_one_row_is_told_as_that(desk: Desk, by: int) -> None:
    desk.register(*(registration(person) for person in range(1, 12)))

    rows = [mark(person) for person in range(1, 5)]
    slipped = [mark(person, 准考证号=ticket(person + by)) for person in range(6, 10)]
    taken = desk.mark(*rows, *slipped)

    assert taken.findings["intake.rows-shifted"] >= 3
    assert sum(taken.findings.values()) == 4


def test_last_years_marks_are_known_again(desk: Desk) -> None:
    desk.register(*(registration(person) for person in range(1, 6)))
    desk.mark(*(mark(person, f"{50 + person}") for person in range(1, 6)))
    this_year = Desk(desk.folder / "2026", last_year=desk.books["marks"])
    this_year.store = desk.store
    this_year.register(*(registration(person, 准考证号=f"27{person:010d}") for person in range(1, 6)))
    last = [mark(person, f"{50 + person}") for person in range(1, 6)]

    with pytest.raises(FangbangError) as caught:
        this_year.mark(*last)
    one = this_year.mark(last[0], *(mark(person, 准考证号=f"27{person:010d}") for person in range(2, 6)))

    assert (caught.value.problem, caught.value.params["same"]) == (LAST_YEARS_MARKS, 5)
    assert (one.accepted, one.findings) == (4, {"intake.marks-last-year": 1})


def test_a_wide_file_names_the_subjects_own_column(desk: Desk) -> None:
    desk.register(registration(1), registration(2), registration(3))
    rows = [
        {"准考证号": ticket(1), "证件号码": document(1), "综合": "60", "法规": "61", "实务": "62"},
        {"准考证号": ticket(2), "证件号码": document(2), "综合": "60", "法规": "many", "实务": "62"},
        {"准考证号": ticket(3), "证件号码": document(3), "综合": "60", "法规": "61", "实务": "620"},
    ]

    taken = desk.take("marks", write_rows(desk.folder / "wide.csv", rows), WIDE, bad_share=1)

    assert [(row["行号"], row["错误列"], row["错误代码"]) for row in quarantined(taken.quarantine)] == [
        ("3", "法规", "intake.mark-format"),
        ("4", "实务", "intake.mark-above-full"),
    ]


def test_a_mended_wide_row_may_bring_accepted_marks_along(desk: Desk) -> None:
    desk.register(registration(1), registration(2))
    rows = [{"准考证号": ticket(1), "证件号码": document(1), "综合": "60", "法规": "61", "实务": "620"}]
    first = desk.take("marks", write_rows(desk.folder / "a.csv", rows), WIDE, bad_share=1)
    assert first.quarantine is not None
    mended = desk.folder / "mended.csv"
    mended.write_text(first.quarantine.read_text(encoding="utf-8-sig").replace("620", "62"), encoding="utf-8")

    second = desk.take("marks", mended, WIDE)

    assert (second.accepted, second.quarantined) == (1, 0)
    assert len(desk.rows("marks")) == 3


def test_regions_that_are_not_in_use_are_told_and_accepted(desk: Desk) -> None:
    taken = desk.register(registration(1), registration(2))

    assert (taken.accepted, taken.warnings) == (2, {"people.region-unknown": 2})
    assert desk.mark(mark(1, subject=ABILITY)).warnings == {}
