"""What two people decided, two people can take back: documents fall apart as they were, and nothing else moves."""

from datetime import timedelta

import pytest

from fangbang.audit.models import Event
from fangbang.audit.rules import decode_details
from fangbang.core.clock import ManualClock
from fangbang.core.errors import FangbangError
from fangbang.people import actions, queries
from fangbang.people.models import Link, NameChange, State
from fangbang.people.problems import (
    DECIDED_ALREADY,
    NO_BASIS,
    NO_PROPOSAL,
    NOT_APPROVED,
    SAME_NAME,
    SAME_STAFF,
    UNDO_MERGE_FIRST,
)
from tests.people.desk import ID, LI, NEW, OLD, PASSPORT, VAULT, WANG, Document, approve, keys, link

pytestmark = pytest.mark.django_db

THIRD: Document = (PASSPORT, "E12345678")
FOURTH: Document = (PASSPORT, "E12345679")


def last_decision(kind: type[Link] | type[NameChange] = Link) -> str:
    return str(kind.objects.filter(state=State.APPROVED).order_by("decided_at").last().pk)  # type: ignore[union-attr]


def undo(clock: ManualClock, proposal: str) -> str:
    """Propose and approve; the undoing."""
    asked = actions.propose_undo(actor=LI, proposal_id=proposal, basis="申请 9", clock=clock)
    clock.advance(timedelta(seconds=1))
    approve(clock, asked.id)
    return asked.id


def merged(clock: ManualClock, kept: str, other: str) -> str:
    asked = actions.propose_merge(actor=LI, kept=kept, merged=other, basis="申请 2", clock=clock)
    approve(clock, asked.id)
    return asked.id


def problem(clock: ManualClock, proposal: str, basis: str = "x") -> object:
    with pytest.raises(FangbangError) as caught:
        actions.propose_undo(actor=LI, proposal_id=proposal, basis=basis, clock=clock)
    return caught.value.problem


def test_an_undone_link_leaves_two_people(clock: ManualClock) -> None:
    person = link(clock, OLD, NEW)
    decision = last_decision()

    undoing = undo(clock, decision)

    assert keys(OLD, NEW) == ["hk-macao-permit:H1234567801", "hk-macao-permit:H1234567802"]
    assert queries.persons() == []
    assert queries.proposal(decision).state == State.UNDONE
    last = Event.objects.order_by("seq").last()
    assert last is not None
    assert decode_details(last.details) == {
        "kind": "undo", "basis": "申请 9", "asked_by": "li", "undoes": decision, "persons": [person],
        "sittings": [],
    }  # fmt: skip
    assert (last.subject, last.event) == (undoing, "people.approved")


def test_before_the_second_person_nothing_is_undone(clock: ManualClock) -> None:
    link(clock, OLD, NEW)

    asked = actions.propose_undo(actor=LI, proposal_id=last_decision(), basis="x", clock=clock)
    with pytest.raises(FangbangError) as own:
        approve(clock, asked.id, LI)
    actions.refuse(actor=WANG, proposal_id=asked.id, clock=clock)

    assert own.value.problem is SAME_STAFF
    assert len(set(keys(OLD, NEW))) == 1


def test_a_person_of_four_documents_falls_in_two(clock: ManualClock) -> None:
    """OLD–NEW, NEW–ID and ID–THIRD: without NEW–ID two pairs are left, of which one stays the person."""
    person = link(clock, OLD, NEW)
    link(clock, NEW, ID)
    middle = last_decision()
    clock.advance(timedelta(seconds=1))
    link(clock, ID, THIRD)

    undo(clock, middle)

    found = keys(OLD, NEW, ID, THIRD)
    assert (found[0] == found[1], found[2] == found[3], found[1] == found[2]) == (True, True, False)
    assert person in found
    assert queries.persons() == sorted(set(found))


def test_one_document_leaves_and_the_others_stay_the_person(clock: ManualClock) -> None:
    person = link(clock, OLD, NEW)
    link(clock, NEW, ID)

    undo(clock, last_decision())

    assert keys(OLD, NEW, ID) == [person, person, f"resident-id:{ID[1]}"]


def test_what_was_undone_can_be_linked_again(clock: ManualClock) -> None:
    link(clock, OLD, NEW)
    undo(clock, last_decision())

    link(clock, OLD, NEW)

    assert len(set(keys(OLD, NEW))) == 1


def test_an_undone_merge_gives_both_people_back(clock: ManualClock) -> None:
    one, other = link(clock, OLD, NEW), link(clock, ID, THIRD)
    merge = merged(clock, one, other)

    undo(clock, merge)

    assert keys(OLD, NEW, ID, THIRD) == [one, one, other, other]
    assert queries.persons() == sorted([one, other])


def test_a_link_inside_a_merged_person_waits_for_the_merge(clock: ManualClock) -> None:
    one, other = link(clock, OLD, NEW), link(clock, ID, THIRD)
    inner = last_decision()
    merge = merged(clock, one, other)

    refused = problem(clock, inner)
    undo(clock, merge)
    undo(clock, inner)

    assert refused is UNDO_MERGE_FIRST
    assert keys(ID, THIRD) == [f"resident-id:{ID[1]}", "passport:E12345678"]


def test_of_a_chain_of_merges_the_persons_are_named_as_runs_knew_them(clock: ManualClock) -> None:
    first, second = link(clock, OLD, NEW), link(clock, ID, THIRD)
    third = link(clock, FOURTH, (PASSPORT, "E12345680"))
    inner = merged(clock, second, third)
    merged(clock, first, second)

    undo(clock, inner)

    last = Event.objects.order_by("seq").last()
    assert last is not None
    assert decode_details(last.details)["persons"] == [first]
    assert keys(OLD, ID, FOURTH) == [first, first, third]


def test_an_undone_change_of_name_explains_nothing_any_more(clock: ManualClock) -> None:
    renamed(clock, "张三", "张三丰")

    undo(clock, last_decision(NameChange))

    assert queries.corrected_names(VAULT) == {}


def renamed(clock: ManualClock, before: str, after: str) -> None:
    asked = actions.propose_name(
        actor=LI, document=ID, before=before, after=after, basis="更名 3", vault=VAULT, clock=clock
    )
    clock.advance(timedelta(seconds=1))
    approve(clock, asked.id)


@pytest.mark.parametrize(
    ("changes", "known"),
    [
        ([("甲一", "乙二")], {"甲一": "乙二"}),
        ([("甲一", "乙二"), ("乙二", "丙三")], {"甲一": "丙三", "乙二": "丙三"}),
        ([("甲一", "乙二"), ("乙二", "甲一")], {"乙二": "甲一"}),
    ],
)
def test_changes_of_name_follow_each_other(
    clock: ManualClock, changes: list[tuple[str, str]], known: dict[str, str]
) -> None:
    for before, after in changes:
        renamed(clock, before, after)

    assert queries.corrected_names(VAULT) == {(ID[0].value, ID[1], name): now for name, now in known.items()}


def test_a_name_that_stays_is_no_change(clock: ManualClock) -> None:
    with pytest.raises(FangbangError) as caught:
        renamed(clock, "张 三", "张三")

    assert caught.value.problem is SAME_NAME


def test_only_what_counts_can_be_undone(clock: ManualClock) -> None:
    waiting = actions.propose_link(actor=LI, first=OLD, second=NEW, basis="x", vault=VAULT, clock=clock)
    asked = problem(clock, waiting.id)
    approve(clock, waiting.id)
    undoing = undo(clock, waiting.id)

    assert [asked, problem(clock, waiting.id), problem(clock, undoing)] == [NOT_APPROVED] * 3
    assert problem(clock, "lnk-x") is NO_PROPOSAL
    assert problem(clock, waiting.id, " ") is NO_BASIS


def test_of_two_undoings_of_one_decision_the_second_fails(clock: ManualClock) -> None:
    link(clock, OLD, NEW)
    decision = last_decision()
    asked = [actions.propose_undo(actor=LI, proposal_id=decision, basis="x", clock=clock) for _ in range(2)]
    approve(clock, asked[0].id)

    with pytest.raises(FangbangError) as second:
        approve(clock, asked[1].id)
    with pytest.raises(FangbangError) as again:
        approve(clock, asked[0].id)

    assert (second.value.problem, again.value.problem) == (NOT_APPROVED, DECIDED_ALREADY)
    assert queries.proposal(asked[1].id).state == State.ASKED
