"""One person across sittings: by what two people decided, never by a guess."""

import polars as pl
import pytest
from django.db import IntegrityError, transaction

from fangbang.audit.models import Event
from fangbang.core.clock import ManualClock
from fangbang.core.errors import FangbangError
from fangbang.people import actions, queries
from fangbang.people.models import Document, Link, State
from fangbang.people.problems import (
    DECIDED_ALREADY,
    DOCUMENT_CHECK,
    LINKED_ALREADY,
    NEEDS_MERGE,
    NO_BASIS,
    NO_PERSON,
    NO_PROPOSAL,
    SAME_PERSON,
    SAME_STAFF,
)
from fangbang.people.rules import DocumentType
from tests.audit.turns import reached
from tests.people.desk import ID, LI, NEW, OLD, PASSPORT, VAULT, WANG, approve, citizen, keys, link

pytestmark = pytest.mark.django_db


def test_a_document_that_nobody_linked_is_a_person_of_its_own() -> None:
    assert keys(ID, OLD) == [f"resident-id:{ID[1]}", "hk-macao-permit:H1234567801"]


def test_a_link_counts_once_a_second_person_approved_it(clock: ManualClock) -> None:
    asked = actions.propose_link(actor=LI, first=OLD, second=NEW, basis="申请 1", vault=VAULT, clock=clock)
    before = keys(OLD, NEW)

    approve(clock, asked.id)

    after = keys(OLD, NEW, ID)
    assert before[0] != before[1]
    assert (after[0] == after[1], after[2]) == (True, f"resident-id:{ID[1]}")
    assert list(Event.objects.values_list("event", "actor_id")) == [
        ("people.proposed", "li"), ("people.approved", "wang"),
    ]  # fmt: skip


def test_a_refused_link_never_counts(clock: ManualClock) -> None:
    asked = actions.propose_link(actor=LI, first=OLD, second=NEW, basis="申请 1", vault=VAULT, clock=clock)

    actions.refuse(actor=WANG, proposal_id=asked.id, clock=clock)

    assert len(set(keys(OLD, NEW))) == 2
    assert queries.open_proposals() == []


def test_who_refuses_and_who_approves_lock_in_the_same_order(clock: ManualClock) -> None:
    """The audit log's turn first: two who decide the same proposal never wait for each other."""
    one, other = (link_asked(clock, number) for number in (NEW, ID))

    refusing = reached(lambda: actions.refuse(actor=WANG, proposal_id=one, clock=clock))
    approving = reached(lambda: approve(clock, other))

    assert (refusing[0], approving[0]) == ("audit_head", "audit_head")


def link_asked(clock: ManualClock, number: tuple[DocumentType, str]) -> str:
    return actions.propose_link(actor=LI, first=OLD, second=number, basis="申请 1", vault=VAULT, clock=clock).id


def test_a_third_document_joins_and_two_persons_merge(clock: ManualClock) -> None:
    first = link(clock, OLD, NEW)
    other = link(clock, ID, (PASSPORT, "E12345678"))
    asked = actions.propose_merge(actor=LI, kept=first, merged=other, basis="申请 2", clock=clock)
    apart = len(set(keys(OLD, NEW, ID, (PASSPORT, "E12345678"))))

    approve(clock, asked.id)

    assert (apart, set(keys(OLD, NEW, ID, (PASSPORT, "E12345678")))) == (2, {first})
    assert queries.persons() == [first]
    assert (
        queries.shown(other, VAULT).documents[0] == ("hk-macao-permit", "H********01")
        or len(queries.shown(other, VAULT).documents) == 4
    )


def test_whole_columns_are_resolved_like_single_documents(clock: ManualClock) -> None:
    link(clock, OLD, NEW)
    frame = pl.DataFrame(
        [(kind.value, number) for kind, number in (ID, NEW, OLD)], schema=["doc_type", "doc_number"], orient="row"
    )

    table = queries.person_table(VAULT)

    assert table.resolve(frame)["person"].to_list() == keys(ID, NEW, OLD)
    assert (len(table), len(table.version)) == (2, 64)


def test_an_approved_change_of_name_explains_a_difference(clock: ManualClock) -> None:
    asked = actions.propose_name(
        actor=LI, document=ID, before="张三", after="张 三丰", basis="更名 3", vault=VAULT, clock=clock
    )
    before = queries.corrected_names(VAULT)

    approve(clock, asked.id)

    assert (before, queries.corrected_names(VAULT)) == ({}, {(*ID, "张三"): "张三丰"})


def test_no_number_and_no_name_stands_in_the_tables(clock: ManualClock) -> None:
    link(clock, ID, OLD)

    stored = repr([*Document.objects.values(), *Link.objects.values(), *Event.objects.values()])

    assert ID[1] not in stored
    assert "H1234567801" not in stored
    assert VAULT.digest(*ID) in stored, "positive control"


def test_what_cannot_be_proposed(clock: ManualClock) -> None:
    link(clock, OLD, NEW)
    other = link(clock, ID, (PASSPORT, "E12345678"))

    def problem(first: tuple[DocumentType, str], second: tuple[DocumentType, str], basis: str = "x") -> object:
        with pytest.raises(FangbangError) as caught:
            actions.propose_link(actor=LI, first=first, second=second, basis=basis, vault=VAULT, clock=clock)
        return caught.value.problem

    wrong = (ID[0], ID[1][:-1] + ("1" if ID[1][-1] != "1" else "2"))
    assert problem(OLD, NEW) == LINKED_ALREADY
    assert problem(OLD, ID) == NEEDS_MERGE
    assert problem(OLD, OLD) == SAME_PERSON
    assert problem(wrong, NEW) == DOCUMENT_CHECK
    assert problem(citizen(2), NEW, " ") == NO_BASIS
    for kept, merged, told in ((other, other, SAME_PERSON), (other, "per-x", NO_PERSON)):
        with pytest.raises(FangbangError) as caught:
            actions.propose_merge(actor=LI, kept=kept, merged=merged, basis="x", clock=clock)
        assert caught.value.problem == told


def test_nobody_decides_alone_or_twice(clock: ManualClock) -> None:
    asked = actions.propose_link(actor=LI, first=OLD, second=NEW, basis="x", vault=VAULT, clock=clock)

    with pytest.raises(FangbangError) as own:
        approve(clock, asked.id, LI)
    approve(clock, asked.id)
    with pytest.raises(FangbangError) as again:
        actions.refuse(actor=WANG, proposal_id=asked.id, clock=clock)
    with pytest.raises(FangbangError) as unknown:
        approve(clock, "lnk-x")

    assert [error.value.problem for error in (own, again, unknown)] == [SAME_STAFF, DECIDED_ALREADY, NO_PROPOSAL]


def test_the_database_itself_wants_two_people(clock: ManualClock) -> None:
    asked = actions.propose_link(actor=LI, first=OLD, second=NEW, basis="x", vault=VAULT, clock=clock)

    with pytest.raises(IntegrityError), transaction.atomic():
        Link.objects.filter(pk=asked.pk).update(state=State.APPROVED, decided_by="li")
