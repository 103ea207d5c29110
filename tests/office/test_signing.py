"""Two approvers sign in the browser what stands frozen; the office gets signatures, never keys."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from fangbang.accounts import actions as accounts
from fangbang.accounts.rules import prove_possession
from fangbang.audit import queries as audit
from fangbang.audit.actions import record
from fangbang.audit.events import AuditEvent
from fangbang.audit.rules import SYSTEM
from fangbang.core.clock import ManualClock
from fangbang.release import actions, queries
from fangbang.release.models import Release
from fangbang.release.rules import ReleaseKind, ReleaseState, Scope, sign_report
from tests.office.desk import Desk, enter
from tests.release.people import FACTS, LIU, SITTING, WANG, ZHAO, Person


@pytest.fixture
def release(db: None, clock: ManualClock) -> str:
    """A frozen report, and approvers whose keys are enrolled."""
    for person in (WANG, ZHAO):
        enter(clock, person.id, "approver", name=person.id.title())
        accounts.enrol_key(
            actor=SYSTEM,
            operator_id=person.id,
            public_key=person.key.public_key().public_bytes_raw(),
            proof=prove_possession(person.key, person.id),
            clock=clock,
        )
    opened = actions.open_release(actor=SYSTEM, sitting_id=SITTING, scope=Scope(), kind=ReleaseKind.BASE, clock=clock)
    facts = replace(FACTS, seen=audit.head().seq)
    actions.freeze(actor=SYSTEM, release_id=opened, facts=facts, clock=clock)
    return opened


def fields(release: str, person: Person) -> dict[str, str]:
    """What the browser sends: the signature of a person's key."""
    view = queries.release(release)
    approval = sign_report(person.key, queries.frozen_report(release), person.id)
    return {"document_hash": view.report_hash, "key_id": approval.key_id, "signature": approval.signature}


def test_two_approvers_sign_the_same_report(clock: ManualClock, release: str) -> None:
    for person in (WANG, ZHAO):
        answer = Desk(clock).seat(person.id).post(f"/releases/{release}/approve", **fields(release, person))
        assert answer.status_code == 302

    view = queries.release(release)
    assert (view.state, view.approvers) == (ReleaseState.APPROVED, ("wang", "zhao"))


def test_the_page_shows_what_is_signed_and_the_command_that_does_the_same(clock: ManualClock, release: str) -> None:
    page = Desk(clock).seat("wang").get(f"/releases/{release}/approve").content.decode()

    report = queries.release(release).report_hash
    assert page.count(report) >= 3
    assert f"fangbang release approve {release} --report {report} --as wang --key KEY.pem --yes" in page


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"document_hash": "0" * 64}, "release.wrong-report"),
        ({"signature": "00" * 64}, "release.bad-signature"),
        ({"key_id": "0" * 32}, "release.untrusted-key"),
    ],
)
def test_another_signature_is_refused(clock: ManualClock, release: str, change: dict[str, str], code: str) -> None:
    sent = {**fields(release, WANG), **change}

    answer = Desk(clock).seat("wang").post(f"/releases/{release}/approve", **sent)

    assert code in answer.content.decode()
    assert queries.release(release).approvers == ()


def test_nobody_hands_in_another_s_signature(clock: ManualClock, release: str) -> None:
    answer = Desk(clock).seat("wang").post(f"/releases/{release}/approve", **fields(release, ZHAO))

    assert "release.untrusted-key" in answer.content.decode()


def test_an_importer_cannot_sign(clock: ManualClock, release: str) -> None:
    enter(clock, "liu", "importer")

    assert Desk(clock).seat("liu").post(f"/releases/{release}/approve", **fields(release, LIU)).status_code == 403


def test_without_the_second_factor_minutes_ago_nothing_is_signed(clock: ManualClock, release: str) -> None:
    desk = Desk(clock).seat("wang")
    clock.advance(timedelta(minutes=5))

    shown, sent = (
        desk.get(f"/releases/{release}/approve"),
        desk.post(f"/releases/{release}/approve", **fields(release, WANG)),
    )

    assert shown.headers["Location"].startswith("/confirm?next=%2Freleases%2F")
    assert (sent.status_code, queries.release(release).approvers) == (401, ())


def test_an_edit_voids_the_approval_visibly(clock: ManualClock, release: str) -> None:
    desk = Desk(clock).seat("wang")
    desk.post(f"/releases/{release}/approve", **fields(release, WANG))
    record(actor=SYSTEM, event=AuditEvent.BATCH_ACCEPTED, subject=SITTING, details={"sitting": SITTING}, clock=clock)

    page = desk.get(f"/releases/{release}").content.decode()

    assert queries.release(release).state is ReleaseState.DRAFT
    assert "Voided signatures" in page
    assert "approvals became void: data were edited" in page


def test_the_timeline_says_who_signed_and_how_many_are_missing(clock: ManualClock, release: str) -> None:
    desk = Desk(clock).seat("wang")
    desk.post(f"/releases/{release}/approve", **fields(release, WANG))

    page = desk.get(f"/releases/{release}").content.decode()

    assert "signed the report" in page
    assert "1 more must sign" in page


def test_a_release_that_is_not_sealed_takes_no_hour(clock: ManualClock, release: str) -> None:
    desk = Desk(clock).seat("wang")
    answer = desk.post(
        f"/releases/{release}/hour", at="2026-08-21T10:00", document_hash="0" * 64, key_id="0", signature="0"
    )

    assert "office.other-document" in answer.content.decode()


def test_an_hour_in_the_past_is_told_before_it_is_signed(clock: ManualClock, release: str) -> None:
    answer = Desk(clock).seat("wang").get(f"/releases/{release}/hour?at=2020-01-01T10:00")

    assert answer.status_code == 400
    assert b"release.past-hour" in answer.content
    assert b"data-sign" not in answer.content


def test_an_hour_that_is_past_is_not_so_and_so_far_ahead(clock: ManualClock, release: str) -> None:
    Release.objects.filter(pk=release).update(t=clock.now() - timedelta(hours=1))
    at = queries.release(release).t
    assert at is not None

    page = Desk(clock).seat("wang").get(f"/releases/{release}/hour?{urlencode({'at': at.isoformat()})}")

    assert (page.status_code, "-1 " in page.content.decode()) == (200, False)


def test_a_broken_file_of_exam_rules_keeps_nobody_from_withdrawing(
    clock: ManualClock, release: str, settings: Any, tmp_path: Path
) -> None:
    settings.EXAMS = tmp_path
    (tmp_path / "trial.toml").write_text("this is [no TOML")
    desk = Desk(clock).seat("wang")

    paths = ["/", "/releases", f"/releases/{release}", f"/releases/{release}/withdraw"]
    told = {path: desk.get(path) for path in paths}

    assert {path: answer.status_code for path, answer in told.items()} == dict.fromkeys(told, 200)
    assert "Social worker 2026" in told["/"].content.decode()


@pytest.mark.parametrize("at", ["tomorrow", "2026-13-01T10:00", "9999-12-31T23:59:59-12:00", "0001-01-01T00:00"])
def test_a_wrong_hour_is_told(clock: ManualClock, release: str, at: str) -> None:
    answer = Desk(clock).seat("wang").get(f"/releases/{release}/hour?at={at}")

    assert (answer.status_code, b"office.bad-hour" in answer.content) == (400, True)
