"""Marks: joined by ticket and document both; every mistake is named; totals are exact."""

from decimal import Decimal
from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fangbang.core.errors import FangbangError
from fangbang.intake.profiles import Profile
from tests.intake.files import ABILITY, POLICY, PRACTICE, Desk, document, mark, registration, ticket, write_rows


@pytest.fixture
def sat(desk: Desk) -> Desk:
    """A desk that has taken in the registrations of five people."""
    desk.register(*(registration(person) for person in range(1, 6)))
    return desk


def test_a_mark_and_a_code(sat: Desk) -> None:
    sat.mark(mark(1, "60"), mark(1, "缺考", POLICY), mark(1, "-2", PRACTICE))

    assert sat.rows("marks") == [
        {"ticket": ticket(1), "doc_number": document(1), "subject": "ability", "mark": Decimal("60.000"), "code": None},
        {"ticket": ticket(1), "doc_number": document(1), "subject": "policy", "mark": None, "code": -1},
        {"ticket": ticket(1), "doc_number": document(1), "subject": "practice", "mark": None, "code": -2},
    ]


@pytest.mark.parametrize("written", ["60", "60.0", "060", "６０", " 60 ", "60.000"])
def test_one_mark_has_many_spellings(sat: Desk, written: str) -> None:
    sat.mark(mark(1, written))

    assert sat.rows("marks")[0]["mark"] == Decimal("60")


@pytest.mark.parametrize(
    ("row", "code"),
    [
        (mark(1, ""), "intake.mark-blank"),
        (mark(1, "六十"), "intake.mark-format"),
        (mark(1, "6O"), "intake.mark-format"),
        (mark(1, "1e2"), "intake.mark-format"),
        (mark(1, "60.1234"), "intake.mark-decimals"),
        (mark(1, "60.5"), "intake.mark-off-step"),
        (mark(1, "101"), "intake.mark-above-full"),
        (mark(1, "-60"), "intake.code-unknown"),
        (mark(1, "0缺考"), "intake.mark-and-absent"),
        (mark(1, "60", 缺考标记="1"), "intake.mark-and-absent"),
        (mark(1, "60", "书法"), "intake.subject-unknown"),
        (mark(7, "60"), "intake.marks-not-registered"),
        (mark(1, "60", 准考证号=ticket(7)), "intake.marks-other-ticket"),
        (mark(1, "60", 准考证号=ticket(2)), "intake.ticket-of-neighbour"),
        (mark(1, "60", 姓名="李四"), "intake.marks-other-name"),
        (mark(1, "60", 年度="2025"), "intake.row-year"),
        (mark(1, "60", 证件号码=""), "people.document-blank"),
        (mark(1, "60", 证件号码="1.1E+17"), "people.document-spreadsheet"),
        (mark(1, "=SUM(A1)"), "intake.mark-format"),
    ],
)
def test_a_bad_mark_is_quarantined_and_the_others_are_not(sat: Desk, row: dict[str, str], code: str) -> None:
    sound = mark(2) | ({"年度": "2026"} if "年度" in row else {})

    taken = sat.mark(row, sound)

    assert taken.findings == {code: 1}
    assert [item["doc_number"] for item in sat.rows("marks")] == [document(2)]


def test_a_subject_that_was_not_registered(desk: Desk) -> None:
    desk.register(registration(1, 报考科目=ABILITY))

    taken = desk.mark(mark(1), mark(1, "60", POLICY))

    assert taken.findings == {"intake.marks-subject-not-registered": 1}


def test_documents_that_slid_against_their_tickets_cannot_pass(sat: Desk) -> None:
    people = range(1, 6)
    shifted = [mark(person, 证件号码=document(person % 5 + 1)) for person in people]

    with pytest.raises(Exception, match="mostly-bad"):
        sat.mark(*shifted, bad_share=Decimal("0.5"))


def test_the_same_mark_twice_counts_once_and_different_ones_not_at_all(sat: Desk) -> None:
    taken = sat.mark(mark(1), mark(1), mark(2, "60"), mark(2, "61"), mark(3))

    assert taken.findings == {"intake.marks-twice": 2, "intake.row-repeated": 1}
    assert [row["doc_number"] for row in sat.rows("marks")] == [document(1), document(3)]


def test_a_whole_file_sent_anew_brings_what_was_missing(sat: Desk) -> None:
    """Nothing is wrong with rows that are there already, however many they are."""
    sat.mark(*(mark(person) for person in range(1, 5)))

    taken = sat.mark(*(mark(person) for person in range(1, 6)), bad_share=Decimal("0.5"))

    assert (taken.accepted, taken.findings) == (1, {"intake.row-repeated": 4})


def test_repeated_rows_do_not_hide_what_is_wrong_with_the_others(sat: Desk) -> None:
    sat.mark(*(mark(person) for person in range(1, 3)))
    above = [mark(person, "101") for person in range(3, 6)]

    with pytest.raises(FangbangError) as caught:
        sat.mark(mark(1), mark(2), *above, bad_share=Decimal("0.5"))

    assert (caught.value.code, caught.value.params["bad"]) == ("intake.mostly-bad", 3)
    assert "row-repeated" not in str(caught.value.params["worst"])


def test_an_accepted_mark_cannot_be_changed_by_a_later_file(sat: Desk) -> None:
    sat.mark(mark(1, "60"))

    taken = sat.mark(mark(1, "99"), mark(2, "70"), mark(1, "60"))

    assert taken.findings["intake.mark-already-accepted"] == 1
    assert [row["mark"] for row in sat.rows("marks")] == [Decimal(60), Decimal(70)]


def test_a_subjects_own_ticket_or_the_main_one_finds_the_paper(desk: Desk) -> None:
    desk.register(registration(1, 科目准考证号="2601|2602|2603"))

    desk.mark(mark(1, 准考证号="2601"), mark(1, "61", POLICY))

    assert [(row["subject"], row["ticket"]) for row in desk.rows("marks")] == [("ability", "2601"), ("policy", "2602")]


def test_another_subjects_ticket_does_not(desk: Desk) -> None:
    desk.register(registration(1, 科目准考证号="2601|2602|2603"))

    taken = desk.mark(mark(1, 准考证号="2602"), mark(1, 准考证号="2601", 科目=ABILITY, 成绩="50"))

    assert taken.findings == {"intake.marks-subject-not-registered": 1}


def test_registered_people_without_a_mark_are_counted(sat: Desk) -> None:
    taken = sat.mark(mark(1), mark(2), mark(1, "60", POLICY))

    assert taken.missing == {"ability": 3, "policy": 4, "practice": 5}


def test_an_absent_flag_stands_for_the_code(sat: Desk) -> None:
    sat.mark(mark(1, "", 缺考标记="是"), mark(2, "60", 缺考标记="否"))

    assert [(row["mark"], row["code"]) for row in sat.rows("marks")] == [(None, -1), (Decimal(60), None)]


def test_totals_cover_every_readable_row_of_the_file(sat: Desk) -> None:
    taken = sat.mark(mark(1, "60"), mark(2, "0"), mark(3, "缺考"), mark(9, "70"), mark(4, "x"), mark(1, "-2", POLICY))

    assert taken.totals == {
        "rows": 6,
        "subjects": {
            "ability": {"rows": 4, "sum": "130", "min": "0", "max": "70", "absent": 1},
            "policy": {"rows": 1, "sum": "0", "min": None, "max": None, "absent": 0},
        },
    }


WIDE = msgspec.convert(
    {
        "kind": "marks",
        "form": "wide",
        "columns": {"ticket": "exam_number", "doc_number": "document"},
        "subjects": {"ability": "能力", "policy": "法规"},
        "absent": ["vắng"],
        "blank": "skip",
    },
    Profile,
)


def test_the_wide_form_is_a_column_a_subject(sat: Desk, tmp_path: Path) -> None:
    rows = [
        {"exam_number": ticket(1), "document": document(1), "能力": "60", "法规": "vắng"},
        {"exam_number": ticket(2), "document": document(2), "能力": "", "法规": "1000"},
    ]

    taken = sat.take("marks", write_rows(tmp_path / "wide.csv", rows), WIDE)

    assert taken.findings == {"intake.mark-above-full": 1}
    assert [(row["subject"], row["mark"], row["code"]) for row in sat.rows("marks")] == [
        ("ability", Decimal(60), None),
        ("policy", None, -1),
    ]


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.tuples(st.integers(1, 5), st.integers(0, 100), st.sampled_from([ABILITY, POLICY, PRACTICE])),
        min_size=1,
        max_size=12,
    )
)
def test_every_row_is_accepted_or_quarantined_and_the_sum_is_exact(
    sat: Desk, given_rows: list[tuple[int, int, str]]
) -> None:
    sat.books = {"registrations": sat.books["registrations"]}
    rows = [mark(person, str(value), subject) for person, value, subject in given_rows]
    papers = {(person, subject) for person, _, subject in given_rows}
    clear = [p for p in papers if len({value for person, value, subject in given_rows if (person, subject) == p}) == 1]
    if not clear:
        return

    taken = sat.mark(*rows)

    assert taken.accepted + taken.quarantined == len(rows)
    assert taken.accepted == len(clear)
    assert sum(Decimal(item["sum"]) for item in taken.totals["subjects"].values()) == sum(v for _, v, _ in given_rows)


def test_a_file_of_corrections_takes_the_place_of_accepted_marks(sat: Desk) -> None:
    sat.mark(mark(1, "59"), mark(2, "70"), mark(3, "缺考"))

    taken = sat.mark(mark(1, "60"), mark(3, "80"), mark(4, "61"), corrects="更正〔2026〕1号")

    assert (taken.accepted, taken.findings) == (3, {})
    assert [(row["doc_number"], row["mark"], row["code"]) for row in sat.rows("marks")] == [
        (document(1), Decimal(60), None),
        (document(2), Decimal(70), None),
        (document(3), Decimal(80), None),
        (document(4), Decimal(61), None),
    ]


def test_corrections_that_contradict_each_other_change_nothing(sat: Desk) -> None:
    sat.mark(mark(1, "59"))

    taken = sat.mark(mark(1, "60"), mark(1, "61"), mark(2, "70"), corrects="更正〔2026〕1号")

    assert taken.findings == {"intake.mark-already-accepted": 2}
    assert [row["mark"] for row in sat.rows("marks")] == [Decimal(59), Decimal(70)]


def test_the_same_mark_again_is_no_correction(sat: Desk) -> None:
    sat.mark(mark(1, "59"), mark(2, "70"))
    before = sat.rows("marks")

    sat.mark(mark(1, "59"), mark(3, "80"), corrects="更正〔2026〕1号")

    assert sat.rows("marks")[:2] == before


@pytest.mark.parametrize("said", ["张三", "张三丰"])
def test_after_a_change_of_name_a_file_may_have_either(sat: Desk, said: str) -> None:
    """By decision of two members of staff; nobody else's name is meant by it."""
    names = {("resident-id", document(1), "张三"): "张三丰"}

    taken = sat.mark(mark(1, 姓名=said), mark(2, 姓名="张三丰"), corrected_names=names)

    assert taken.findings == {"intake.marks-other-name": 1}
    assert [item["doc_number"] for item in sat.rows("marks")] == [document(1)]
