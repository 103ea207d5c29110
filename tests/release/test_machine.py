"""A release as a state machine: whatever people do in whatever order, nothing is sealed without two fit approvals."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from fangbang.audit import queries as audit
from fangbang.audit.actions import record
from fangbang.audit.events import AuditEvent
from fangbang.core.clock import ManualClock
from fangbang.core.errors import FangbangError
from fangbang.release import actions, queries
from fangbang.release.rules import (
    Facts,
    ReleaseKind,
    ReleaseState,
    Scope,
    check_approvals,
    sign_override,
    sign_report,
    sign_schedule,
    withdrawal_order,
)
from fangbang.release.rules import sign_withdrawal as sign_withdrawal_order
from tests.release.people import CHEN, FACTS, NOW, PEOPLE, RED_FACTS, SITTING, TRUSTED, Person

anybody = st.sampled_from(PEOPLE)
facts = st.sampled_from([FACTS, RED_FACTS])
STRAIGHT_WAY = [
    ReleaseState(state)
    for state in ["draft", "adjudicated", "adjudicated", "approved", "sealed", "committed", "distributed", "scheduled"]
]
FIT = {"wang", "zhao", "qian"}


class ReleaseMachine(RuleBasedStateMachine):
    """One release and five people, each trying everything at any time; refused acts must change nothing."""

    @initialize(steps=st.integers(0, 7))
    def open(self, steps: int) -> None:
        """Begin anywhere on the straight way, so that the late states are tried as often as the early ones."""
        self.savepoint = transaction.atomic()
        self.savepoint.__enter__()
        self.clock = ManualClock(NOW)
        self.id = actions.open_release(
            actor=CHEN.actor, sitting_id=SITTING, scope=Scope(), kind=ReleaseKind.BASE, clock=self.clock
        )
        self.edited_since_freeze = True
        way = (
            lambda: self.freeze(FACTS),
            lambda: self.approve(PEOPLE[0]),
            lambda: self.approve(PEOPLE[1]),
            self.seal,
            self.commit,
            self.distribute,
            lambda: [self.sign_an_hour(person, 60) for person in PEOPLE[:2]],
        )
        for step in way[:steps]:
            step()
        assert self.state is STRAIGHT_WAY[steps]

    def teardown(self) -> None:
        if hasattr(self, "savepoint"):
            transaction.set_rollback(True)
            self.savepoint.__exit__(None, None, None)

    @property
    def state(self) -> ReleaseState:
        return queries.release(self.id).state

    def attempt(self, act: object, **arguments: object) -> bool:
        """Try an act; when it is refused, nothing at all may have changed."""
        before = (queries.release(self.id), audit.head())
        try:
            with transaction.atomic():
                act(clock=self.clock, **arguments)  # type: ignore[operator]
        except FangbangError:
            assert (queries.release(self.id), audit.head()) == before
            return False
        return True

    @rule(seconds=st.integers(1, 90))
    def time_passes(self, seconds: int) -> None:
        self.clock.advance(timedelta(seconds=seconds))

    @rule(facts=facts)
    def freeze(self, facts: Facts) -> None:
        gathered = replace(facts, seen=audit.head().seq)
        if self.attempt(actions.freeze, actor=CHEN.actor, release_id=self.id, facts=gathered):
            self.edited_since_freeze = False

    @rule(event=st.sampled_from([AuditEvent.BATCH_ACCEPTED, AuditEvent.LINE_ANNOUNCED, AuditEvent.RUN_FINISHED]))
    def edit_the_inputs(self, event: AuditEvent) -> None:
        before = self.state
        with transaction.atomic():
            record(actor=CHEN.actor, event=event, subject=SITTING, clock=self.clock)
        if before.editable:
            self.edited_since_freeze = True
            assert queries.release(self.id).approvers == ()
            assert self.state is ReleaseState.DRAFT
        else:
            assert self.state is before

    @precondition(lambda self: self.state.frozen)
    @rule(person=anybody)
    def approve(self, person: Person) -> None:
        view = queries.release(self.id)
        assert view.report is not None
        before = set(view.approvers)

        done = self.attempt(
            actions.approve,
            actor=person.actor,
            release_id=self.id,
            signed_report=view.report_hash,
            approval=sign_report(person.key, view.report, person.id),
            trusted_keys=TRUSTED,
            asked=(),
        )

        fit = person.id in FIT and person.id not in before and not view.red and view.state is ReleaseState.ADJUDICATED
        assert done == fit

    @precondition(lambda self: self.state.frozen and bool(queries.release(self.id).red))
    @rule(person=anybody)
    def override(self, person: Person) -> None:
        override = sign_override(person.key, queries.frozen_report(self.id), "joins", "known and harmless", person.id)

        done = self.attempt(actions.override, actor=person.actor, override=override, trusted_keys=TRUSTED)

        assert done == (person.id in FIT)

    @rule()
    def seal(self) -> None:
        sealed = self.attempt(
            actions.mark_sealed,
            actor=CHEN.actor,
            release_id=self.id,
            snapshot="aa" * 16,
            header="bb" * 32,
            trusted_keys=TRUSTED,
        )
        if sealed:
            assert not self.edited_since_freeze

    @rule()
    def commit(self) -> None:
        self.attempt(actions.commit, actor=CHEN.actor, release_id=self.id)

    @rule()
    def distribute(self) -> None:
        self.attempt(actions.distribute, actor=CHEN.actor, release_id=self.id, nodes=["one"])

    @precondition(lambda self: self.state in (ReleaseState.DISTRIBUTED, ReleaseState.SCHEDULED))
    @rule(person=anybody, ahead=st.integers(-60, 120))
    def sign_an_hour(self, person: Person, ahead: int) -> None:
        t = self.clock.now().replace(second=0) + timedelta(seconds=ahead)
        approval = sign_schedule(person.key, queries.next_schedule(self.id, t), person.id)
        self.attempt(
            actions.sign_hour, actor=person.actor, release_id=self.id, t=t, approval=approval, trusted_keys=TRUSTED
        )
        self.attempt(actions.mark_scheduled, actor=CHEN.actor, release_id=self.id, t=t, trusted_keys=TRUSTED)

    @rule()
    def publish(self) -> None:
        if self.attempt(actions.mark_published, actor=CHEN.actor, release_id=self.id):
            hour = queries.release(self.id).t
            assert hour is not None
            assert self.clock.now() >= hour

    @precondition(lambda self: self.state.value in ("sealed", "published"))
    @rule(person=anybody)
    def withdraw(self, person: Person) -> None:
        order = withdrawal_order(release=self.id, sitting=SITTING, snapshot="aa" * 16, zh="更正", en="corrected")
        approval = sign_withdrawal_order(person.key, order, person.id)
        if self.attempt(
            actions.sign_withdrawal, actor=person.actor, order=order, approval=approval, trusted_keys=TRUSTED
        ):
            self.attempt(actions.mark_withdrawn, actor=CHEN.actor, order=order)

    @invariant()
    def nothing_is_sealed_without_two_fit_approvals(self) -> None:
        if not hasattr(self, "id"):
            return
        view = queries.release(self.id)
        if view.state is ReleaseState.APPROVED or not view.state.editable:
            order = queries.seal_order(self.id)
            check_approvals(order["report"], order["approvals"], TRUSTED)
            assert len(set(view.approvers) & FIT) >= 2
            assert view.red == []

    @invariant()
    def the_log_holds(self) -> None:
        if hasattr(self, "id"):
            assert audit.findings(queries.audit_anchors()) == []


def run_machine(examples: int, phases: tuple[Phase, ...] = tuple(Phase), derandomize: bool = False) -> None:
    """Try `examples` sequences of acts, with `derandomize` the same ones each time."""
    run_state_machine_as_test(
        ReleaseMachine,
        settings=settings(
            max_examples=examples,
            stateful_step_count=25,
            deadline=None,
            database=None,
            derandomize=derandomize,
            phases=phases,
            report_multiple_bugs=False,
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
        ),
    )


@pytest.mark.django_db
def test_any_order_of_acts_keeps_the_rules() -> None:
    assert connection.in_atomic_block

    run_machine(25)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("where", "name", "broken"),
    [
        ("fangbang.release.actions.preparing", "check_approval", lambda *_: None),
        ("fangbang.release.actions.preparing", "may_edit", lambda _: False),
    ],
    ids=["importers are not refused", "edits do not void"],
)
def test_the_machine_finds_a_rule_that_is_gone(
    monkeypatch: pytest.MonkeyPatch, where: str, name: str, broken: object
) -> None:
    """The positive control of the test above."""
    monkeypatch.setattr(f"{where}.{name}", broken)

    with pytest.raises((AssertionError, FangbangError)):
        run_machine(60, phases=(Phase.generate,), derandomize=True)
