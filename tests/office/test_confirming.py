"""The provinces' confirmations on the pages, and which provinces are asked."""

from dataclasses import replace

import pytest
from django.test import override_settings

from fangbang.accounts import actions as accounts
from fangbang.accounts.rules import prove_possession
from fangbang.audit import queries as audit
from fangbang.audit.rules import SYSTEM
from fangbang.core.clock import ManualClock
from fangbang.project.confirming import provinces_asked, provinces_passed_over
from fangbang.release import actions, queries
from fangbang.release.rules import ReleaseKind, ReleaseState, Scope, sign_report
from tests.office.desk import Desk, enter
from tests.release.counted import BEIJING, COUNTED, HEBEI, TIANJIN
from tests.release.people import SITTING, WANG, ZHAO, Person


@pytest.fixture
def release(db: None, clock: ManualClock) -> str:
    """A frozen report of three provinces; one has a centre. Two approvers with keys."""
    for person in (WANG, ZHAO):
        enter(clock, person.id, "approver", name=person.id.title())
        public, proof = person.key.public_key().public_bytes_raw(), prove_possession(person.key, person.id)
        accounts.enrol_key(actor=SYSTEM, operator_id=person.id, public_key=public, proof=proof, clock=clock)
    enter(clock, "ma", "provincial-centre", region=BEIJING, name="马丽")
    opened = actions.open_release(actor=SYSTEM, sitting_id=SITTING, scope=Scope(), kind=ReleaseKind.BASE, clock=clock)
    actions.freeze(actor=SYSTEM, release_id=opened, facts=replace(COUNTED, seen=audit.head().seq), clock=clock)
    return opened


def place(release: str, what: str = "", province: str = BEIJING) -> str:
    return f"/releases/{release}/provinces/{province}{what}"


def seen(release: str) -> str:
    return queries.release(release).report_hash


def signed(clock: ManualClock, release: str, person: Person) -> str:
    approval = sign_report(person.key, queries.frozen_report(release), person.id)
    sent = {"document_hash": seen(release), "key_id": approval.key_id, "signature": approval.signature}
    return Desk(clock).seat(person.id).post(f"/releases/{release}/approve", **sent).content.decode()


def test_provinces_with_a_centre_are_asked_and_the_others_named(clock: ManualClock, release: str) -> None:
    view = queries.release(release)

    assert provinces_asked(view, "staffed") == (BEIJING,)
    assert provinces_passed_over(view, "staffed") == (TIANJIN, HEBEI)
    assert (provinces_asked(view, "all"), provinces_asked(view, "none")) == ((BEIJING, TIANJIN, HEBEI), ())
    page = Desk(clock).seat("wang").get(f"/releases/{release}").content.decode()
    assert "2 provinces have no provincial centre in service" in page


@pytest.mark.parametrize(("region", "exam"), [(TIANJIN, "tax-agent"), ("110100", "")])
def test_a_centre_of_another_exam_or_a_city_asks_nothing_more(
    clock: ManualClock, release: str, region: str, exam: str
) -> None:
    enter(clock, "li", "provincial-centre", region=region, exams=exam.split(), name="李静")

    assert provinces_asked(queries.release(release), "staffed") == (BEIJING,)


def test_a_dispute_stays_when_its_centre_leaves(clock: ManualClock, release: str) -> None:
    Desk(clock).seat("ma").post(place(release, "/dispute"), report=seen(release), reason="12 too few")
    accounts.retire_operator(actor=SYSTEM, operator_id="ma", clock=clock)

    assert provinces_asked(queries.release(release), "staffed") == (BEIJING,)


def test_a_province_sees_its_counts_and_no_other_s(clock: ManualClock, release: str) -> None:
    desk = Desk(clock).seat("ma")
    own, other = desk.get(place(release)), desk.get(place(release, province=TIANJIN))

    page = own.content.decode()
    assert (own.status_code, other.status_code) == (200, 404)
    assert "4 registered, by level" in page
    assert "Tianjin" not in page


def test_the_timeline_leads_the_centre_to_its_counts_and_names_what_is_missing(
    clock: ManualClock, release: str
) -> None:
    own, approver = (Desk(clock).seat(who).get(f"/releases/{release}").content.decode() for who in ("ma", "wang"))

    assert f'href="{place(release)}"' in own
    assert "Not confirmed yet: Beijing" in approver
    assert "the provincial centres confirm their counts" in approver
    assert f'href="{place(release, "/waive")}"' in approver
    assert f'href="{place(release, "/waive")}"' not in own


def test_the_approval_waits_for_the_province(clock: ManualClock, release: str) -> None:
    before = signed(clock, release, WANG)
    answer = Desk(clock).seat("ma").post(place(release, "/confirm"), report=seen(release))
    signed(clock, release, WANG)
    signed(clock, release, ZHAO)

    assert "release.unconfirmed" in before
    assert answer.headers["Location"] == f"/releases/{release}"
    assert queries.release(release).state is ReleaseState.APPROVED


def test_an_edit_voids_the_confirmation_visibly(clock: ManualClock, release: str) -> None:
    Desk(clock).seat("ma").post(place(release, "/confirm"), report=seen(release))
    changed = replace(COUNTED, run=replace(COUNTED.run, id="run-2"), seen=audit.head().seq)
    actions.freeze(actor=SYSTEM, release_id=release, facts=changed, clock=clock)

    page = Desk(clock).seat("wang").get(f"/releases/{release}").content.decode()

    assert "Voided confirmations" in page
    assert "Not confirmed yet: Beijing" in page


def test_a_stale_page_confirms_nothing(clock: ManualClock, release: str) -> None:
    answer = Desk(clock).seat("ma").post(place(release, "/confirm"), report="00" * 32)

    assert (answer.status_code, b"release.wrong-report" in answer.content) == (403, True)
    assert queries.said(release) == []


def test_confirming_asks_for_the_second_factor_again(clock: ManualClock, release: str) -> None:
    from datetime import timedelta

    desk = Desk(clock).seat("ma")
    clock.advance(timedelta(minutes=5))

    answer = desk.post(place(release, "/confirm"), report=seen(release))

    assert (answer.status_code, queries.said(release)) == (401, [])


def test_a_dispute_is_shown_to_who_signs_and_two_approvers_may_go_on_against_it(
    clock: ManualClock, release: str
) -> None:
    Desk(clock).seat("ma").post(place(release, "/dispute"), report=seen(release), reason="12 too few")
    shown = Desk(clock).seat("wang").get(f"/releases/{release}").content.decode()
    for who in ("wang", "zhao"):
        assert Desk(clock).seat(who).get(place(release, "/waive")).status_code == 200
        Desk(clock).seat(who).post(place(release, "/waive"), report=seen(release), reason="counted again, it is right")
    signed(clock, release, WANG)

    assert "12 too few" in shown
    assert "Counts disputed: Beijing" in shown
    assert queries.release(release).approvers == ("wang",)


def test_a_province_cannot_waive_its_own_word(clock: ManualClock, release: str) -> None:
    assert Desk(clock).seat("ma").post(place(release, "/waive"), report="x", reason="x").status_code == 403


def test_where_no_province_is_asked_nothing_waits(clock: ManualClock, release: str) -> None:
    with override_settings(CONFIRMATIONS="none"):
        signed(clock, release, WANG)

    assert queries.release(release).approvers == ("wang",)
