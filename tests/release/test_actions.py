"""The verbs of a release: what the state machine does not reach, each refusal with nothing changed."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from fangbang.adjudication import queries as adjudication
from fangbang.adjudication.models import Run
from fangbang.audit import queries as audit
from fangbang.audit.actions import record
from fangbang.audit.events import AuditEvent
from fangbang.core.canonical import content_hash
from fangbang.core.clock import ManualClock
from fangbang.core.errors import FangbangError, Problem
from fangbang.intake.models import Sitting
from fangbang.release import actions, queries
from fangbang.release.actions.moving import change, fetch
from fangbang.release.models import Release, Signature
from fangbang.release.problems import (
    ALREADY_OPEN,
    CHANGED_MEANWHILE,
    EARLY,
    NO_BASE,
    NOT_FROZEN,
    NOT_YOURS,
    OTHER_SEAL,
    PAST_HOUR,
    TOO_FEW_APPROVALS,
    TOO_MANY_OVERLAYS,
    UNKNOWN_RELEASE,
    WRONG_REPORT,
    WRONG_STATE,
)
from fangbang.release.rules import (
    TRANSITIONS,
    Facts,
    ReleaseKind,
    ReleaseState,
    Scope,
    sign_report,
    sign_schedule,
    sign_withdrawal,
    withdrawal_order,
)
from tests.release.people import CHEN, FACTS, NOW, RUN, SITTING, TRUSTED, WANG, ZHAO, Person

pytestmark = pytest.mark.django_db

WHOLE = Scope()


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(NOW)


def refusal(act: Callable[[], object]) -> Problem:
    """The problem that an act is refused with."""
    with pytest.raises(FangbangError) as caught, transaction.atomic():
        act()
    return caught.value.problem


def opened(clock: ManualClock, kind: ReleaseKind = ReleaseKind.BASE, base: str = "", scope: Scope = WHOLE) -> str:
    return actions.open_release(actor=CHEN.actor, sitting_id=SITTING, scope=scope, kind=kind, base_id=base, clock=clock)


def frozen(clock: ManualClock, release_id: str = "", facts: Facts = FACTS) -> str:
    release_id = release_id or opened(clock)
    gathered = replace(facts, seen=audit.head().seq)
    actions.freeze(actor=CHEN.actor, release_id=release_id, facts=gathered, clock=clock)
    return release_id


def approve(
    clock: ManualClock, release_id: str, person: Person, *, as_person: Person | None = None, saw: str = ""
) -> None:
    view = queries.release(release_id)
    actions.approve(
        actor=(as_person or person).actor,
        release_id=release_id,
        signed_report=saw or view.report_hash,
        approval=sign_report(person.key, queries.frozen_report(release_id), person.id),
        trusted_keys=TRUSTED,
        asked=(),
        clock=clock,
    )


def sealed(clock: ManualClock, release_id: str = "") -> str:
    release_id = frozen(clock, release_id)
    approve(clock, release_id, WANG)
    approve(clock, release_id, ZHAO)
    seal(clock, release_id)
    return release_id


def seal(clock: ManualClock, release_id: str, snapshot: str = "") -> None:
    actions.mark_sealed(
        actor=CHEN.actor,
        release_id=release_id,
        snapshot=snapshot or content_hash(release_id)[:32],
        header="bb" * 32,
        trusted_keys=TRUSTED,
        clock=clock,
    )


def published(clock: ManualClock, release_id: str = "") -> str:
    release_id = sealed(clock, release_id)
    actions.commit(actor=CHEN.actor, release_id=release_id, clock=clock)
    actions.distribute(actor=CHEN.actor, release_id=release_id, nodes=["one"], clock=clock)
    t = clock.now() + timedelta(seconds=30)
    set_hour(clock, release_id, t)
    clock.advance(timedelta(seconds=30))
    actions.mark_published(actor=CHEN.actor, release_id=release_id, clock=clock)
    return release_id


def set_hour(clock: ManualClock, release_id: str, t: object) -> None:
    for person in (WANG, ZHAO):
        approval = sign_schedule(person.key, queries.next_schedule(release_id, t), person.id)  # type: ignore[arg-type]
        actions.sign_hour(
            actor=person.actor,
            release_id=release_id,
            t=t,  # type: ignore[arg-type]
            approval=approval,
            trusted_keys=TRUSTED,
            clock=clock,
        )
    actions.mark_scheduled(actor=CHEN.actor, release_id=release_id, t=t, trusted_keys=TRUSTED, clock=clock)  # type: ignore[arg-type]


def edit(clock: ManualClock, subject: str = SITTING) -> None:
    record(actor=CHEN.actor, event=AuditEvent.BATCH_ACCEPTED, subject=subject, clock=clock)


def test_every_state_has_its_followers() -> None:
    assert set(TRANSITIONS) == set(ReleaseState)
    assert {state for state in ReleaseState if state.over} == {ReleaseState.SUPERSEDED, ReleaseState.WITHDRAWN}


def test_one_release_of_a_scope_is_prepared_at_a_time(clock: ManualClock) -> None:
    first = opened(clock)

    assert refusal(lambda: opened(clock)) == ALREADY_OPEN
    opened(clock, scope=Scope(("110000",)))
    assert queries.unsealed(SITTING, Scope(), ReleaseKind.BASE) == first


def test_freezing_the_same_facts_keeps_the_approvals(clock: ManualClock) -> None:
    release_id = frozen(clock)
    approve(clock, release_id, WANG)
    before = queries.release(release_id)
    clock.advance(timedelta(minutes=1))

    frozen(clock, release_id)

    assert queries.release(release_id) == before


def test_freezing_other_facts_voids_the_approvals(clock: ManualClock) -> None:
    release_id = frozen(clock)
    approve(clock, release_id, WANG)
    approve(clock, release_id, ZHAO)

    frozen(clock, release_id, replace(FACTS, run=replace(RUN, id="run-2")))

    view = queries.release(release_id)
    assert (view.state, view.approvers) == (ReleaseState.ADJUDICATED, ())
    assert [item.voided_at is not None for item in view.signatures] == [True, True]


def test_an_edit_voids_this_sittings_approvals_only(clock: ManualClock) -> None:
    release_id = frozen(clock)
    approve(clock, release_id, WANG)

    edit(clock, "eia-2026")
    assert queries.release(release_id).approvers == ("wang",)
    edit(clock)

    view = queries.release(release_id)
    assert (view.state, view.report, view.approvers) == (ReleaseState.DRAFT, None, ())
    assert [entry.event for entry in audit.latest(2)] == ["intake.batch-accepted", "release.approvals-voided"]
    assert refusal(lambda: approve(clock, release_id, ZHAO)) == NOT_FROZEN


@pytest.mark.parametrize(("kind", "state"), [("prior-passes", ReleaseState.DRAFT), ("marks", ReleaseState.ADJUDICATED)])
def test_prior_passes_of_an_earlier_sitting_void_the_later_ones_approvals(
    clock: ManualClock, kind: str, state: ReleaseState
) -> None:
    """They count for every later sitting of the exam."""
    release_id = frozen(clock)
    approve(clock, release_id, WANG)

    event, details = AuditEvent.BATCH_ACCEPTED, {"kind": kind}
    record(actor=CHEN.actor, event=event, subject="social-worker-2025", details=details, clock=clock)

    assert queries.release(release_id).state == state


def test_an_edit_after_sealing_leaves_what_was_sealed(clock: ManualClock) -> None:
    release_id = sealed(clock)

    edit(clock)

    assert queries.release(release_id).approvers == ("wang", "zhao")


def test_nobody_signs_for_another(clock: ManualClock) -> None:
    release_id = frozen(clock)

    assert refusal(lambda: approve(clock, release_id, WANG, as_person=ZHAO)) == NOT_YOURS


def test_an_approver_who_saw_another_report_is_told(clock: ManualClock) -> None:
    release_id = frozen(clock)

    problem = refusal(lambda: approve(clock, release_id, WANG, saw="00" * 32))

    assert problem == WRONG_REPORT


def test_a_key_retired_between_approval_and_sealing_counts_no_longer(clock: ManualClock) -> None:
    release_id = frozen(clock)
    approve(clock, release_id, WANG)
    approve(clock, release_id, ZHAO)
    without = {key: value for key, value in TRUSTED.items() if value.operator != "zhao"}

    with pytest.raises(FangbangError):
        actions.mark_sealed(
            actor=CHEN.actor, release_id=release_id, snapshot="a", header="b", trusted_keys=without, clock=clock
        )

    assert queries.release(release_id).state is ReleaseState.APPROVED


def test_the_same_seal_again_is_a_no_op_and_another_one_an_alarm(clock: ManualClock) -> None:
    release_id = sealed(clock)
    before = audit.head()

    seal(clock, release_id)

    assert audit.head() == before
    assert refusal(lambda: seal(clock, release_id, "cc" * 16)) == OTHER_SEAL


def test_two_writers_cannot_both_move_a_release(clock: ManualClock) -> None:
    release_id = frozen(clock)
    mine, theirs = fetch(release_id), fetch(release_id)
    change(theirs, serial=1)

    assert refusal(lambda: change(mine, serial=2)) == CHANGED_MEANWHILE


def test_the_database_itself_refuses_a_second_signature_of_one_person(clock: ManualClock) -> None:
    release_id = frozen(clock)
    approve(clock, release_id, WANG)
    again = Signature.objects.get(release_id=release_id)
    again.pk = None

    with pytest.raises(IntegrityError), transaction.atomic():
        again.save()


@pytest.mark.parametrize(
    "columns",
    [
        {"state": "lost"},
        {"state": "sealed"},
        {"state": "scheduled", "snapshot": "a", "header": "b"},
        {"kind": "overlay"},
    ],
)
def test_the_database_itself_refuses_impossible_releases(clock: ManualClock, columns: dict[str, str]) -> None:
    release_id = frozen(clock)

    with pytest.raises(IntegrityError), transaction.atomic():
        Release.objects.filter(pk=release_id).update(**columns)


def test_moving_the_hour_needs_both_approvers_anew(clock: ManualClock) -> None:
    release_id = sealed(clock)
    actions.commit(actor=CHEN.actor, release_id=release_id, clock=clock)
    actions.distribute(actor=CHEN.actor, release_id=release_id, nodes=["one"], clock=clock)
    first, second = clock.now() + timedelta(minutes=5), clock.now() + timedelta(minutes=9)
    set_hour(clock, release_id, first)

    with pytest.raises(FangbangError):
        actions.mark_scheduled(actor=CHEN.actor, release_id=release_id, t=second, trusted_keys=TRUSTED, clock=clock)
    set_hour(clock, release_id, second)

    assert queries.release(release_id).t == second
    assert queries.next_schedule(release_id, second)["serial"] == 2
    assert refusal(lambda: set_hour(clock, release_id, clock.now())) == PAST_HOUR


def test_nothing_is_published_before_its_hour(clock: ManualClock) -> None:
    release_id = sealed(clock)
    publish = {"actor": CHEN.actor, "release_id": release_id, "clock": clock}
    assert refusal(lambda: actions.mark_published(**publish)) == WRONG_STATE  # type: ignore[arg-type]
    actions.commit(actor=CHEN.actor, release_id=release_id, clock=clock)
    actions.distribute(actor=CHEN.actor, release_id=release_id, nodes=["one"], clock=clock)
    set_hour(clock, release_id, clock.now() + timedelta(seconds=10))

    clock.advance(timedelta(seconds=9))

    assert refusal(lambda: actions.mark_published(**publish)) == EARLY  # type: ignore[arg-type]


def test_overlays_stand_on_a_published_base_and_are_two_at_most(clock: ManualClock) -> None:
    assert refusal(lambda: opened(clock, ReleaseKind.OVERLAY, "rel-none")) == NO_BASE
    base = published(clock)
    for _ in range(2):
        published(clock, opened(clock, ReleaseKind.OVERLAY, base))

    assert refusal(lambda: opened(clock, ReleaseKind.OVERLAY, base)) == TOO_MANY_OVERLAYS


def test_a_new_base_supersedes_the_old_one_with_its_overlays(clock: ManualClock) -> None:
    old = published(clock)
    overlay = published(clock, opened(clock, ReleaseKind.OVERLAY, old))

    new = published(clock)

    states = {view.id: view.state.value for view in queries.releases(SITTING)}
    assert states == {old: "superseded", overlay: "superseded", new: "published"}
    assert [(book.version, book.year) for book in queries.counting_books("social-worker", 2027)] == [(new, 2026)]
    assert queries.counting_books("social-worker", 2026) == []
    assert [book.version for book in queries.shown_books(SITTING)] == [new]


def withdraw(clock: ManualClock, release_id: str, *, signed: bool = True) -> None:
    view = queries.release(release_id)
    order = withdrawal_order(release=view.id, sitting=SITTING, snapshot=view.snapshot, zh="更正中", en="corrected")
    if signed:
        approval = sign_withdrawal(WANG.key, order, "wang")
        actions.sign_withdrawal(actor=WANG.actor, order=order, approval=approval, trusted_keys=TRUSTED, clock=clock)
    actions.mark_withdrawn(actor=CHEN.actor, order=order, clock=clock)


def test_a_withdrawal_that_nobody_signed_is_not_entered(clock: ManualClock) -> None:
    release_id = published(clock)

    assert refusal(lambda: withdraw(clock, release_id, signed=False)) == TOO_FEW_APPROVALS
    assert queries.release(release_id).state is ReleaseState.PUBLISHED


def test_withdrawing_takes_the_overlays_above_along_and_leaves_those_below(clock: ManualClock) -> None:
    base = published(clock)
    overlays = [published(clock, opened(clock, ReleaseKind.OVERLAY, base)) for _ in range(2)]

    def states() -> list[str]:
        return [queries.release(item).state.value for item in (base, *overlays)]

    withdraw(clock, overlays[1])
    stepped_back = states()
    counting = [book.version for book in queries.counting_books("social-worker", 2027)]
    withdraw(clock, base)

    assert stepped_back == ["published", "published", "withdrawn"]
    assert counting == [overlays[0]]
    assert states() == ["withdrawn"] * 3
    assert queries.counting_books("social-worker", 2027) == []
    assert [book.version for book in queries.shown_books(SITTING)] == [overlays[1]]


def test_publishing_and_withdrawing_ask_for_new_runs_of_later_sittings(clock: ManualClock) -> None:
    later, year = f"{SITTING.rpartition('-')[0]}-2030", 2030
    Sitting.objects.create(
        id=later, exam_id="social-worker", year=year, catalogue_version="", opened_by="li", opened_at=clock.now()
    )
    run = {"books": {}, "history": [], "withhold_missing": False, "withheld": "", "people": ""}
    Run.objects.create(
        id="run-later", sitting_id=later, number=1, state="finished", inputs=run, rule_hash="", code_version="",
        outcomes="outcomes-later", candidates=1, disagreements=0, samples=[], counts={}, actor="", actor_name="",
        at=clock.now(),
    )  # fmt: skip

    first = published(clock)
    asked = [(task.sitting, task.earlier, task.cause) for task in adjudication.recomputations()]
    withdraw(clock, first)

    assert asked == [(later, SITTING, first)]
    assert adjudication.recomputations() == []
    assert [task.closed_by for task in adjudication.recomputations(closed=True)] == ["run-later"]


def test_an_unknown_release_is_told(clock: ManualClock) -> None:
    assert refusal(lambda: queries.release("rel-none")) == UNKNOWN_RELEASE
    assert refusal(lambda: actions.commit(actor=CHEN.actor, release_id="rel-none", clock=clock)) == UNKNOWN_RELEASE
