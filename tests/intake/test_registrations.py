"""Registrations: what a sound row becomes, and every mistake that is named and caught."""

import pytest

from fangbang.core.errors import FangbangError
from fangbang.intake.problems import LAST_YEARS_FILE, MISSING_COLUMN
from tests.intake.files import ABILITY, PRACTICE, Desk, document, registration, ticket, write_rows


def test_a_sound_row_becomes_ids(desk: Desk) -> None:
    taken = desk.register(registration(1))

    assert (taken.accepted, taken.quarantined, taken.quarantine) == (1, 0, None)
    assert desk.rows("registrations") == [
        {
            "ticket": ticket(1),
            "archive": "A00000001",
            "name": "张三",
            "doc_type": "resident-id",
            "doc_number": document(1),
            "level": "middle",
            "category": "full",
            "specialty": "",
            "province": "110000",
            "city": "",
            "subjects": ["ability", "policy", "practice"],
            "subject_tickets": [ticket(1)] * 3,
        }
    ]


def test_spellings_are_forgiven(desk: Desk) -> None:
    full_width = registration(
        1,
        准考证号=" ２６ 0000000001 ",
        姓名="阿卜杜拉•买买提",
        证件号码=document(1).lower(),
        省份="北京",
        报考科目=f"社会工作综合能力（中级）｜ {PRACTICE}",
    )

    desk.register(full_width)

    (row,) = desk.rows("registrations")
    assert (row["ticket"], row["name"], row["province"]) == (ticket(1), "阿卜杜拉·买买提", "110000")
    assert row["subjects"] == ["ability", "practice"]


def test_subject_tickets_are_aligned_with_the_subjects(desk: Desk) -> None:
    desk.register(registration(1, 科目准考证号="2601|2602|2603"), registration(2, 科目准考证号=""))

    first, second = desk.rows("registrations")
    assert (first["subject_tickets"], first["ticket"]) == (["2601", "2602", "2603"], ticket(1))
    assert second["subject_tickets"] == [ticket(2)] * 3


def test_rows_stand_in_document_order_whatever_the_files_order(desk: Desk) -> None:
    desk.register(registration(3), registration(1), registration(2))

    assert [row["doc_number"] for row in desk.rows("registrations")] == sorted(document(n) for n in (1, 2, 3))


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"准考证号": ""}, "intake.ticket-format"),
        ({"准考证号": "26*1"}, "intake.ticket-format"),
        ({"准考证号": "2.6E+11"}, "intake.row-spreadsheet"),
        ({"准考证号": "TEST0001"}, "intake.row-test"),
        ({"姓名": "测试考生"}, "intake.row-test"),
        ({"姓名": ""}, "people.name-blank"),
        ({"姓名": "张3"}, "people.name-characters"),
        ({"姓名": "=cmd|calc"}, "intake.row-formula"),
        ({"姓名": "锟斤拷"}, "intake.row-garbled"),
        ({"准考证号": '"2601\n2602"'}, "intake.row-quotes"),
        ({"档案号": "A/1"}, "intake.archive-format"),
        ({"证件类型": "学生证"}, "people.document-type"),
        ({"证件号码": ""}, "people.document-blank"),
        ({"证件号码": "110105491231002"}, "people.document-old"),
        ({"证件号码": "110105194912310021"}, "people.document-check"),
        ({"证件号码": "1.10105E+17"}, "people.document-spreadsheet"),
        ({"级别": "特级"}, "intake.level-unknown"),
        ({"报考级别": "免二科"}, "intake.category-unknown"),
        ({"省份": "江南"}, "intake.province-unknown"),
        ({"省份": ""}, "intake.province-unknown"),
        ({"报考科目": ""}, "intake.subjects-blank"),
        ({"报考科目": "书法"}, "intake.subject-unknown"),
        ({"报考科目": f"{ABILITY}|{ABILITY}"}, "intake.subject-twice"),
        ({"科目准考证号": "2601|2602"}, "intake.subject-tickets"),
        ({"科目准考证号": "2601|2602|?"}, "intake.ticket-format"),
        ({"地市": "市" * 201}, "intake.text-too-long"),
        ({"年度": "2025"}, "intake.row-year"),
    ],
)
def test_a_bad_row_is_quarantined_and_the_others_are_not(desk: Desk, changes: dict[str, str], code: str) -> None:
    sound = {"年度": "2026"} if "年度" in changes else {}

    taken = desk.register(registration(1, **changes), registration(2, **sound))

    assert code in taken.findings
    assert (taken.accepted, taken.quarantined) == (1, 1)
    assert [row["doc_number"] for row in desk.rows("registrations")] == [document(2)]


@pytest.mark.parametrize(
    ("rows", "findings", "kept"),
    [
        pytest.param([registration(1), registration(1)], {"intake.row-repeated": 1}, [1], id="the same row twice"),
        pytest.param(
            [registration(1), registration(1, 准考证号="26X1")], {"intake.person-two-tickets": 2}, [], id="two tickets"
        ),
        pytest.param(
            [registration(1), registration(1, 地市="海淀")],
            {"intake.person-two-registrations": 2},
            [],
            id="two versions",
        ),
        pytest.param(
            [registration(1), registration(2, 准考证号=ticket(1))], {"intake.ticket-two-people": 2}, [], id="one ticket"
        ),
        pytest.param(
            [registration(1), registration(2, 科目准考证号=f"2601|{ticket(1)}|2603")],
            {"intake.ticket-two-people": 2},
            [],
            id="one subject ticket",
        ),
        pytest.param(
            [
                registration(1),
                registration(1, 姓名="李四", 级别="初级", 报考科目="社会工作实务(初级)", 准考证号="26X1"),
            ],
            {"intake.document-two-names": 2},
            [],
            id="two names",
        ),
        pytest.param(
            [registration(1), registration(1, 级别="初级", 报考科目="社会工作实务(初级)", 准考证号="26X1")],
            {},
            [1, 1],
            id="one person at two levels is right",
        ),
    ],
)
def test_rows_that_contradict_each_other_are_all_set_aside(
    desk: Desk, rows: list[dict[str, str]], findings: dict[str, int], kept: list[int]
) -> None:
    taken = desk.register(*rows, registration(9))

    assert taken.findings == findings
    assert [row["doc_number"] for row in desk.rows("registrations")] == [document(n) for n in [*kept, 9]]


def test_a_registration_before_and_one_after_a_change_of_name_are_one_persons(desk: Desk) -> None:
    """By decision of two members of staff; the same pair of names at another document is still a mistake."""
    junior = {"级别": "初级", "报考科目": "社会工作实务(初级)"}
    renamed = [registration(n, 姓名="李四", 准考证号=f"26X{n}", **junior) for n in (1, 2)]
    names = {("resident-id", document(1), "张三"): "李四"}
    desk.register(registration(1, 姓名="张三"), registration(2, 姓名="张三"))

    path = write_rows(desk.folder / "junior.csv", renamed)
    taken = desk.take("registrations", path, bad_share=1, corrected_names=names)

    assert (taken.accepted, taken.findings) == (1, {"intake.document-two-names": 1})
    assert [row["name"] for row in desk.rows("registrations") if row["level"] == "junior"] == ["李四"]


def test_a_later_batch_adds_to_the_book_and_cannot_change_it(desk: Desk) -> None:
    desk.register(registration(1), registration(2))

    taken = desk.register(
        registration(2, 地市="海淀"),
        registration(3),
        registration(4, 准考证号=ticket(1)),
        registration(1),
    )

    assert taken.findings == {
        "intake.already-registered": 1,
        "intake.row-repeated": 1,
        "intake.ticket-two-people": 1,
    }
    assert (taken.accepted, taken.book.rows) == (1, 3)
    assert [(row["doc_number"], row["city"]) for row in desk.rows("registrations")] == [
        (document(1), ""),
        (document(2), ""),
        (document(3), ""),
    ]


def test_the_book_does_not_depend_on_how_rows_came_in(desk: Desk) -> None:
    at_once = desk.register(*(registration(n) for n in range(6))).book.name
    desk.books.clear()

    desk.register(*(registration(n) for n in (5, 1, 3)))
    in_turn = desk.register(*(registration(n) for n in (0, 2, 4))).book.name

    assert in_turn == at_once


def test_a_file_that_names_no_subjects_is_refused(desk: Desk) -> None:
    row = registration(1)
    del row["报考科目"]

    with pytest.raises(FangbangError) as caught:
        desk.register(row)

    assert caught.value.problem == MISSING_COLUMN


def test_last_years_file_is_known_again(desk: Desk) -> None:
    people = [registration(person) for person in range(6)]
    desk.last_year = desk.register(*people).book.name
    desk.books.clear()

    with pytest.raises(FangbangError) as caught:
        desk.register(*people, registration(7))
    fresh = desk.register(*(registration(person, 准考证号=f"27{person:010d}") for person in range(6)))

    assert (caught.value.problem, caught.value.params["same"]) == (LAST_YEARS_FILE, 6)
    assert fresh.accepted == 6, "the same people with this year's tickets are welcome"
