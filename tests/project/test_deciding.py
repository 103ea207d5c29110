"""What a second person signs at the command line holds for one wording of one proposal: every part of it is in there.

That a signature under one document verifies under no other is `tests/accounts/test_deciding.py`.
"""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from fangbang.adjudication.queries import RequestView
from fangbang.audit import queries as audit
from fangbang.audit.rules import Entry
from fangbang.catalogue.queries import ChangeView
from fangbang.catalogue.rules import ChangeState
from fangbang.core.clock import ManualClock
from fangbang.core.errors import FangbangError
from fangbang.people import actions as people
from fangbang.people import queries
from fangbang.people.models import Document, Link, Merge, NameChange, Undo
from fangbang.people.rules.vault import DocumentVault
from fangbang.project import deciding
from fangbang.project import retention as run
from fangbang.project.problems import NOT_ASKED
from tests.people.desk import ID, LI, NEW, OLD, PASSPORT, VAULT, WANG, link

AT = datetime(2026, 8, 1, tzinfo=UTC)
ASKED = RequestView(
    id="wr-1", kind="withhold", sitting="social-worker-2026", ticket="110626000001", region="110000", reason="雷同核查",
    basis="第六条", state="asked", asked_by="zhang", asked_name="张", asked_at=AT, decided_by="", decided_name="",
    decided_at=None,
)  # fmt: skip
CHANGE = ChangeView(
    id="cat-1", key="own", data=b"a", sha256="of a", replaces="of b", replaced=b"b", version="1", reason="x",
    state=ChangeState.WAITING, author="sun", author_name="孙", at=AT, decided_by="", decided_name="", decided_at=None,
    answer="",
)  # fmt: skip


@pytest.mark.parametrize(
    "other",
    [
        {"id": "wr-2"}, {"kind": "lift"}, {"sitting": "fire-1-2026"}, {"ticket": "110626000002"}, {"reason": "其他"},
        {"basis": "第七条"}, {"asked_by": "qian"},
    ],
)  # fmt: skip
def test_a_withholding_is_signed_with_whose_and_why(other: dict[str, Any]) -> None:
    assert deciding.withholding(ASKED, VAULT) == deciding.withholding(replace(ASKED), VAULT)
    assert deciding.withholding(ASKED, VAULT) != deciding.withholding(replace(ASKED, **other), VAULT)


def test_a_ticket_cannot_be_tried_out_without_the_office_s_key() -> None:
    assert deciding.withholding(ASKED, VAULT) != deciding.withholding(ASKED, DocumentVault.of(b"another secret"))


@pytest.mark.parametrize(
    "other", [{"id": "cat-2"}, {"key": "fire-1"}, {"data": b"c"}, {"replaces": "of c"}, {"author": "li"}]
)
def test_an_exam_file_is_signed_by_its_bytes(other: dict[str, Any]) -> None:
    assert deciding.exam_file(CHANGE) == deciding.exam_file(replace(CHANGE, sha256="what the row says"))
    assert deciding.exam_file(CHANGE) != deciding.exam_file(replace(CHANGE, **other))


def signed(proposal: str) -> dict[str, Any]:
    return deciding.of_people(queries.proposal(proposal), VAULT)


@pytest.mark.django_db
@pytest.mark.parametrize("changed", ["first", "second"])
def test_a_link_is_signed_with_its_documents(clock: ManualClock, changed: str) -> None:
    asked = people.propose_link(actor=LI, first=OLD, second=NEW, basis="申请 1", vault=VAULT, clock=clock)
    third = people.propose_link(actor=LI, first=OLD, second=ID, basis="申请 2", vault=VAULT, clock=clock).second
    before, again = signed(asked.id), signed(asked.id)

    Link.objects.filter(pk=asked.id).update(**{changed: third})

    assert (again == before, signed(asked.id) == before) == (True, False)


@pytest.mark.django_db
def test_a_document_s_number_is_signed_not_its_row_s_name(clock: ManualClock) -> None:
    asked = people.propose_link(actor=LI, first=OLD, second=NEW, basis="申请 1", vault=VAULT, clock=clock)
    before = signed(asked.id)

    Document.objects.filter(pk=asked.first_id).update(sealed=VAULT.seal("H9999999999"))

    assert signed(asked.id) != before


@pytest.mark.django_db
@pytest.mark.parametrize("changed", ["kept", "merged"])
def test_a_merge_is_signed_with_its_persons(clock: ManualClock, changed: str) -> None:
    kept, merged = link(clock, OLD, NEW), link(clock, ID, (PASSPORT, "E12345678"))
    asked = people.propose_merge(actor=LI, kept=kept, merged=merged, basis="申请 2", clock=clock)
    before, again = signed(asked.id), signed(asked.id)

    Merge.objects.filter(pk=asked.id).update(**{changed: kept if changed == "merged" else merged})

    assert (again == before, signed(asked.id) == before) == (True, False)


@pytest.mark.django_db
@pytest.mark.parametrize("changed", ["before", "after"])
def test_a_change_of_name_is_signed_with_both_names(clock: ManualClock, changed: str) -> None:
    asked = people.propose_name(
        actor=LI, document=ID, before="陈大文", after="陈大明", basis="更名 3", vault=VAULT, clock=clock
    )
    before, again = signed(asked.id), signed(asked.id)

    NameChange.objects.filter(pk=asked.id).update(**{changed: VAULT.seal("陈小明")})

    assert (again == before, signed(asked.id) == before) == (True, False)


@pytest.mark.django_db
def test_a_change_of_name_is_signed_with_its_document(clock: ManualClock) -> None:
    asked = people.propose_name(
        actor=LI, document=ID, before="陈大文", after="陈大明", basis="更名 3", vault=VAULT, clock=clock
    )
    other = people.propose_link(actor=LI, first=OLD, second=NEW, basis="申请 1", vault=VAULT, clock=clock).first
    before = signed(asked.id)

    NameChange.objects.filter(pk=asked.id).update(document=other)

    assert signed(asked.id) != before


@pytest.mark.django_db
def test_an_undoing_is_signed_with_what_it_undoes(clock: ManualClock) -> None:
    link(clock, OLD, NEW)
    asked = people.propose_undo(actor=LI, proposal_id=Link.objects.get().pk, basis="申请 9", clock=clock)
    before, again = signed(asked.id), signed(asked.id)

    Undo.objects.filter(pk=asked.id).update(undoes="lnk-other")

    assert (again == before, signed(asked.id) == before) == (True, False)


def answered(clock: ManualClock) -> tuple[dict[str, Any], Entry]:
    classes = run.schedule(None)
    asked = run.check_asked(classes, WANG, clock.now())
    return deciding.retention(run.schedule_hash(classes), asked), asked


@pytest.mark.django_db
def test_last_year_s_signature_carries_nothing_out_this_year(clock: ManualClock) -> None:
    classes = run.schedule(None)
    run.ask(classes, actor=LI, clock=clock)
    last, again = answered(clock)[0], answered(clock)[0]
    clock.advance(timedelta(days=366))
    run.ask(classes, actor=LI, clock=clock)

    now, asked = answered(clock)

    assert (again == last, now == last) == (True, False)
    assert asked == audit.latest(1)[0]


@pytest.mark.django_db
def test_another_office_s_asking_is_another(clock: ManualClock) -> None:
    run.ask(run.schedule(None), actor=LI, clock=clock)
    document, asked = answered(clock)

    assert deciding.retention(run.schedule_hash(run.schedule(None)), replace(asked, hash="0" * 64)) != document


@pytest.mark.django_db
def test_what_one_asked_oneself_is_no_asking(clock: ManualClock) -> None:
    run.ask(run.schedule(None), actor=WANG, clock=clock)

    with pytest.raises(FangbangError) as caught:
        answered(clock)

    assert caught.value.problem is NOT_ASKED
