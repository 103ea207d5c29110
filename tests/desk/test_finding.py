"""What a search finds in the books: whole numbers only, within one's reach, and nothing before the hour."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from fangbang.accounts.rules import Role, Staff
from fangbang.books.schemas import MARKS
from fangbang.core.errors import FangbangError
from fangbang.desk import queries
from fangbang.desk.finding import find
from fangbang.desk.problems import NOT_FOUND, NOT_PUBLISHED
from fangbang.desk.rules import ByDocument, ByName, ByTicket, Terms
from fangbang.release.rules import ReleaseState
from tests.desk.scene import BEIJING, CHENGDU, LI, MIANYANG, SICHUAN, SITTING, WANG, ZHAO, Scene


def staff(region: str, role: Role = Role.PROVINCIAL_CENTRE, *exams: str) -> Staff:
    return Staff("li", "李娜", frozenset({role}), region, frozenset(exams))


@pytest.mark.parametrize(
    ("terms", "found"),
    [
        (ByTicket(WANG["ticket"]), [WANG["ticket"]]),
        (ByTicket(LI["subject_ticket"]), [LI["ticket"]]),
        (ByTicket(WANG["ticket"][:-1]), []),
        (ByDocument(LI["doc_number"]), [LI["ticket"]]),
        (ByDocument(LI["doc_number"], LI["name"]), [LI["ticket"]]),
        (ByDocument(LI["doc_number"], WANG["name"]), []),
        (ByName(ZHAO["name"], "19920304"), [ZHAO["ticket"]]),
        (ByName(ZHAO["name"], "19920305"), []),
        (ByName("赵", "19920304"), []),
    ],
)
@pytest.mark.parametrize("kind", ["registrations", "outcomes"])
def test_a_search_finds_whom_it_names_whole(office: Scene, terms: Terms, found: list[str], kind: str) -> None:
    from fangbang.intake import queries as intake

    book = intake.registrations_book(SITTING) if kind == "registrations" else office.outcomes()

    assert find(office.store, book, terms)["ticket"].to_pylist() == found


def test_a_search_by_document_reads_the_block_that_can_hold_it(office: Scene) -> None:
    numbers, nothing = [f"{number:018d}" for number in range(140_000)], [None] * 140_000
    columns = {"ticket": numbers, "doc_number": numbers, "subject": numbers, "mark": nothing, "code": nothing}
    book = office.store.write("marks", MARKS, pa.table(columns, schema=MARKS).to_batches()).name
    looked: list[int] = []

    def matches(block: pa.RecordBatch) -> Any:
        looked.append(block.num_rows)
        return pc.equal(block["doc_number"], pa.scalar(numbers[-1]))

    table = office.store.find(book, ["doc_number"], matches, near=("doc_number", numbers[-1]))

    assert (table["ticket"].to_pylist(), looked) == ([numbers[-1]], [140_000 - 131_072])


@pytest.mark.parametrize(
    ("region", "seen"),
    [
        ("", {"110626000101", "510626000202", "510626000303"}),
        (BEIJING, {"110626000101"}),
        ("110100", {"110626000101"}),
        (SICHUAN, {"510626000202", "510626000303"}),
        (CHENGDU, {"510626000202"}),
        (MIANYANG, {"510626000303"}),
        ("510300", set()),
        ("120000", set()),
    ],
)
def test_nobody_sees_beyond_their_region(office: Scene, region: str, seen: set[str]) -> None:
    office.publish()
    every = [ByTicket(person["ticket"]) for person in (WANG, LI, ZHAO)]

    published = [
        row["ticket"] for terms in every for row in queries.published_rows(office.store, staff(region), SITTING, terms)
    ]
    numbers = [
        row["ticket"] for terms in every for row in queries.registered_rows(office.store, staff(region), SITTING, terms)
    ]

    assert (set(published), set(numbers)) == (seen, seen)


def test_nobody_sees_another_exam(office: Scene) -> None:
    office.publish()

    assert (
        queries.published_rows(
            office.store, staff(BEIJING, Role.CITY_DESK, "tax-agent"), SITTING, ByTicket(WANG["ticket"])
        )
        == []
    )


@pytest.mark.parametrize("state", [state for state in ReleaseState if state is not ReleaseState.PUBLISHED])
def test_before_the_hour_and_after_a_withdrawal_no_book_is_read(
    office: Scene, state: ReleaseState, monkeypatch: pytest.MonkeyPatch
) -> None:
    office.release(office.outcomes(), state=state)
    monkeypatch.setattr(queries, "find", lambda *_: pytest.fail("a book was read"))

    with pytest.raises(FangbangError) as caught:
        queries.published_rows(office.store, staff(BEIJING), SITTING, ByTicket(WANG["ticket"]))

    assert caught.value.problem is NOT_PUBLISHED


def test_another_province_s_hour_opens_nothing_here(office: Scene) -> None:
    office.publish(provinces=(SICHUAN,))

    with pytest.raises(FangbangError) as caught:
        queries.published_rows(office.store, staff(BEIJING), SITTING, ByTicket(WANG["ticket"]))

    assert caught.value.problem is NOT_PUBLISHED
    assert queries.published_rows(office.store, staff(""), SITTING, ByTicket(WANG["ticket"])) == []


def test_a_correction_is_what_is_shown_and_only_to_whom_it_changed_is_it_new(office: Scene) -> None:
    base = office.publish(at=office.clock.now() - timedelta(days=9))
    overlay = office.publish({"mark": "71.5", "version": 2, "reason": "mark"}, base=base)

    shown = [
        queries.only(queries.published_rows(office.store, staff(""), SITTING, ByTicket(person["ticket"])))
        for person in (WANG, LI)
    ]

    assert [row["subjects"][0]["mark"] for row in shown] == [Decimal("71.500"), Decimal("61.500")]
    assert [queries.shown_since(office.store, SITTING, row).id for row in shown] == [overlay, base]


def test_none_and_several_are_the_same_answer(office: Scene) -> None:
    for rows in ([], [WANG, LI]):
        with pytest.raises(FangbangError) as caught:
            queries.only(rows)
        assert caught.value.problem is NOT_FOUND
