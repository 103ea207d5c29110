"""What undoes an approval, beyond an edit of the sitting's own files: whatever would make the report say something
else, or its signatures count no longer, sends the release back to draft. No release is left where nobody can go on."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from fangbang.audit import queries as audit
from fangbang.audit.actions import record
from fangbang.audit.events import AuditEvent
from fangbang.core.clock import ManualClock
from fangbang.release import actions, queries
from fangbang.release.actions.moving import fetch
from fangbang.release.models import Purpose, Signature
from fangbang.release.problems import INPUTS_CHANGED
from fangbang.release.rules import Facts, ReleaseKind, ReleaseState, Scope, sign_override, sign_schedule
from tests.audit.turns import reached
from tests.release.people import CHEN, FACTS, NOW, QIAN, RED_FACTS, SITTING, TRUSTED, WANG, ZHAO, Person
from tests.release.test_actions import approve, edit, frozen, opened, published, refusal, sealed

pytestmark = pytest.mark.django_db

DRAFT = (ReleaseState.DRAFT, None, ())


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(NOW)


def told(clock: ManualClock, event: AuditEvent, subject: str, **details: object) -> None:
    record(actor=CHEN.actor, event=event, subject=subject, details=details, clock=clock)


def stands(release_id: str) -> tuple[object, ...]:
    view = queries.release(release_id)
    return view.state, view.report, view.approvers


def now(facts: Facts) -> Facts:
    """The same facts, gathered after everything that happened so far."""
    return replace(facts, seen=audit.head().seq)


def overridden(clock: ManualClock, release_id: str, person: Person, reason: str) -> None:
    signed = sign_override(person.key, queries.frozen_report(release_id), "joins", reason, person.id)
    actions.override(actor=person.actor, override=signed, trusted_keys=TRUSTED, clock=clock)


@pytest.mark.parametrize("kind", ["link", "merge", "namechange", "undo"])
def test_what_was_decided_of_people_voids_what_was_frozen_without_knowing(clock: ManualClock, kind: str) -> None:
    """An entry of before such entries named their sittings."""
    release_id = frozen(clock)
    approve(clock, release_id, WANG)

    told(clock, AuditEvent.PERSON_APPROVED, "lnk-1", kind=kind)

    assert stands(release_id) == DRAFT


@pytest.mark.parametrize("kind", ["link", "merge", "namechange", "undo"])
def test_what_was_decided_of_people_voids_the_sittings_that_it_names(clock: ManualClock, kind: str) -> None:
    release_id = frozen(clock)
    approve(clock, release_id, WANG)

    told(clock, AuditEvent.PERSON_APPROVED, "lnk-1", kind=kind, sittings=["eia-2026"])
    before = queries.release(release_id).approvers
    told(clock, AuditEvent.PERSON_APPROVED, "lnk-2", kind=kind, sittings=["eia-2026", SITTING])

    assert (before, stands(release_id)) == (("wang",), DRAFT)


def test_a_proposal_that_nobody_approved_voids_nothing(clock: ManualClock) -> None:
    release_id = frozen(clock)
    approve(clock, release_id, WANG)

    told(clock, AuditEvent.PERSON_PROPOSED, "nam-1", kind="namechange")
    told(clock, AuditEvent.PERSON_REFUSED, "nam-1", kind="namechange")

    assert queries.release(release_id).approvers == ("wang",)


def test_another_history_voids_what_was_frozen_with_the_old_one(clock: ManualClock) -> None:
    release_id = frozen(clock)
    approve(clock, release_id, WANG)

    told(clock, AuditEvent.RECOMPUTATION_OPENED, SITTING, earlier="social-worker-2025")

    assert stands(release_id) == DRAFT


@pytest.mark.parametrize(
    ("event", "details"),
    [
        (AuditEvent.KEY_RETIRED, {"key_id": WANG.trusted.key_id}),
        (AuditEvent.OPERATOR_RETIRED, {"keys": [WANG.trusted.key_id]}),
        (AuditEvent.OPERATOR_ROLES_CHANGED, {"before": ["approver"], "after": ["importer"]}),
    ],
    ids=["key", "operator", "role"],
)
def test_an_approval_that_counts_no_longer_does_not_keep_others_from_approving(
    clock: ManualClock, event: AuditEvent, details: dict[str, object]
) -> None:
    release_id = frozen(clock)
    approve(clock, release_id, WANG)
    approve(clock, release_id, ZHAO)

    told(clock, event, "wang", **details)

    assert stands(release_id) == DRAFT
    frozen(clock, release_id)
    approve(clock, release_id, QIAN)
    approve(clock, release_id, ZHAO)
    assert queries.release(release_id).state is ReleaseState.APPROVED


@pytest.mark.parametrize(
    ("event", "subject", "details"),
    [
        (AuditEvent.KEY_RETIRED, "wang", {"key_id": "another of their keys"}),
        (AuditEvent.OPERATOR_RETIRED, "qian", {"keys": [QIAN.trusted.key_id]}),
        (AuditEvent.OPERATOR_ROLES_CHANGED, "wang", {"before": ["approver"], "after": ["adjudicator", "approver"]}),
    ],
    ids=["another key", "another operator", "still an approver"],
)
def test_what_is_no_matter_of_the_signers_voids_nothing(
    clock: ManualClock, event: AuditEvent, subject: str, details: dict[str, object]
) -> None:
    release_id = frozen(clock)
    approve(clock, release_id, WANG)

    told(clock, event, subject, **details)

    assert stands(release_id)[2] == ("wang",)


def test_an_hour_half_signed_with_a_key_that_was_retired_is_signed_by_others(clock: ManualClock) -> None:
    release_id = sealed(clock)
    actions.commit(actor=CHEN.actor, release_id=release_id, clock=clock)
    actions.distribute(actor=CHEN.actor, release_id=release_id, nodes=["one"], clock=clock)
    t = clock.now() + timedelta(minutes=5)

    def sign_hour(person: Person) -> None:
        signed = sign_schedule(person.key, queries.next_schedule(release_id, t), person.id)
        actions.sign_hour(
            actor=person.actor, release_id=release_id, t=t, approval=signed, trusted_keys=TRUSTED, clock=clock
        )

    sign_hour(WANG)
    told(clock, AuditEvent.KEY_RETIRED, "wang", key_id=WANG.trusted.key_id)
    sign_hour(ZHAO)
    sign_hour(QIAN)
    without = {key: value for key, value in TRUSTED.items() if value.operator != "wang"}
    actions.mark_scheduled(actor=CHEN.actor, release_id=release_id, t=t, trusted_keys=without, clock=clock)

    assert queries.release(release_id).t == t
    told(clock, AuditEvent.KEY_RETIRED, "zhao", key_id=ZHAO.trusted.key_id)
    standing = Signature.objects.filter(release_id=release_id, purpose=Purpose.SCHEDULE, voided_at=None)
    assert sorted(standing.values_list("operator", flat=True)) == ["qian", "zhao"]  # carried out: it stays as it was


def test_the_same_person_may_word_the_reason_of_an_override_anew(clock: ManualClock) -> None:
    release_id = frozen(clock, facts=RED_FACTS)
    overridden(clock, release_id, WANG, "known")
    overridden(clock, release_id, WANG, "known and harmless: both sat in another room")
    overridden(clock, release_id, ZHAO, "checked")

    for facts in (RED_FACTS, replace(RED_FACTS, catalogue="00" * 32)):
        frozen(clock, release_id, facts)

    approve(clock, release_id, WANG)
    approve(clock, release_id, ZHAO)
    gate = {item["check"]: item["overrides"] for item in queries.frozen_report(release_id)["gate"]}
    reasons = {item["operator"]: item["reason"] for item in gate["joins"]}
    assert queries.release(release_id).state is ReleaseState.APPROVED
    assert reasons == {"wang": "known and harmless: both sat in another room", "zhao": "checked"}


def test_facts_that_were_edited_while_they_were_gathered_are_not_frozen(clock: ManualClock) -> None:
    release_id = opened(clock)
    facts = now(FACTS)
    edit(clock, "eia-2026")
    edit(clock)

    problem = refusal(lambda: actions.freeze(actor=CHEN.actor, release_id=release_id, facts=facts, clock=clock))

    assert problem == INPUTS_CHANGED
    assert stands(release_id) == DRAFT


def test_an_edit_of_another_sitting_does_not_keep_facts_from_being_frozen(clock: ManualClock) -> None:
    release_id = opened(clock)
    facts = now(FACTS)
    edit(clock, "eia-2026")

    actions.freeze(actor=CHEN.actor, release_id=release_id, facts=facts, clock=clock)

    assert queries.release(release_id).state is ReleaseState.ADJUDICATED


def test_every_act_waits_for_its_turn_before_it_locks_a_release(clock: ManualClock) -> None:
    """Who enters an act that voids releases holds the turn and then asks for the releases: the other order is a
    deadlock."""
    release_id = opened(clock)
    base = published(clock, opened(clock, scope=Scope(("110000",), ())))
    facts = replace(FACTS, seen=audit.head().seq)
    acts: list[Callable[[], object]] = [
        lambda: actions.freeze(actor=CHEN.actor, release_id=release_id, facts=facts, clock=clock),
        lambda: fetch(release_id),
        lambda: actions.mark_published(actor=CHEN.actor, release_id=base, clock=clock),
        lambda: opened(clock, ReleaseKind.OVERLAY, base, Scope(("110000",), ())),
    ]

    assert [reached(act)[0] for act in acts] == ["audit_head"] * 4
