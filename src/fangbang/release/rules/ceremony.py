"""The ceremony: the steps of a release from the catalogue to the public, which are done, what is missing, and the one
thing to do next. Pure functions; the facts are gathered by whoever shows them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from fangbang.audit.events import AuditEvent
from fangbang.release.rules.signing import TWO_PEOPLE
from fangbang.release.rules.states import ReleaseState


class Step(StrEnum):
    """The steps, in their order."""

    CATALOGUE = "catalogue"
    FILES = "files"
    CHECKS = "checks"
    ADJUDICATION = "adjudication"
    GATE = "gate"
    CONFIRMATIONS = "confirmations"
    APPROVALS = "approvals"
    SEALED = "sealed"
    COMMITTED = "committed"
    DISTRIBUTED = "distributed"
    SCHEDULED = "scheduled"
    PUBLISHED = "published"


class Standing(StrEnum):
    """How a step stands."""

    DONE = "done"
    NOW = "now"
    """The first that is not done: what comes next belongs to it."""
    STOPPED = "stopped"
    """The first that is not done, and something is wrong with it."""
    WAITING = "waiting"


class Next(StrEnum):
    """The one thing to do next."""

    BRING_FILES = "bring-files"
    ADJUDICATE = "adjudicate"
    FREEZE = "freeze"
    MEND_GATE = "mend-gate"
    CONFIRM = "confirm"
    APPROVE = "approve"
    SEAL = "seal"
    DISTRIBUTE = "distribute"
    SCHEDULE = "schedule"
    SIGN_HOUR = "sign-hour"
    WAIT = "wait"
    ENTER_PUBLISHED = "enter-published"
    NOTHING = "nothing"


@dataclass(frozen=True)
class Course:
    """Where a release stands, as facts. `kinds`: the kinds of files that the sitting has. `adjudicated`: the last run
    read those files. `unsettled`: provinces that confirmed nothing yet; `disputing`: those that say that their counts
    are wrong. `hour_signatures`: how many signed an hour that is not set yet. `t`: the hour that is set."""

    state: ReleaseState
    kinds: frozenset[str] = frozenset()
    quarantined: int = 0
    without_manifest: int = 0
    adjudicated: bool = False
    red: tuple[str, ...] = ()
    unsettled: tuple[str, ...] = ()
    disputing: tuple[str, ...] = ()
    approvals: int = 0
    hour_signatures: int = 0
    t: datetime | None = None


@dataclass(frozen=True)
class StepView:
    """One step: how it stands, and what is missing or worth knowing (codes with arguments)."""

    step: Step
    standing: Standing
    missing: tuple[tuple[str | int, ...], ...] = ()


@dataclass(frozen=True)
class Ceremony:
    """All steps, and the next thing to do."""

    steps: tuple[StepView, ...]
    next: Next


NEEDED_FILES = ("registrations", "marks")
_AFTER_APPROVAL = (Step.SEALED, Step.COMMITTED, Step.DISTRIBUTED, Step.SCHEDULED, Step.PUBLISHED)
_REACHED: Mapping[ReleaseState, int] = {
    ReleaseState.SEALED: 1,
    ReleaseState.COMMITTED: 2,
    ReleaseState.DISTRIBUTED: 3,
    ReleaseState.SCHEDULED: 4,
    ReleaseState.PUBLISHED: 5,
    ReleaseState.SUPERSEDED: 5,
}
"""How many of the steps after approval a state has behind it."""


def ceremony(course: Course, now: datetime) -> Ceremony:
    """The steps of a release as they stand.

    What is sealed was approved, whatever its inputs look like by now. A withdrawn release has nothing next.
    """
    done = _done(course)
    notes = _notes(course)
    first = next((step for step in Step if step not in done), None)
    over = course.state is ReleaseState.WITHDRAWN
    steps = tuple(StepView(step, _standing(step, first, done, course, over), notes.get(step, ())) for step in Step)
    return Ceremony(steps, Next.NOTHING if over or first is None else _next(first, course, now))


def step_of(event: str) -> Step | None:
    """The step that an audit event belongs to, or None."""
    return _EVENTS.get(event)


def _done(course: Course) -> set[Step]:
    reached = _REACHED.get(course.state, 0)
    if course.state is ReleaseState.WITHDRAWN or reached:
        before = {step for step in Step if step not in _AFTER_APPROVAL}
        return before | set(_AFTER_APPROVAL[:reached])
    done = {Step.CATALOGUE}
    if all(kind in course.kinds for kind in NEEDED_FILES):
        done |= {Step.FILES, Step.CHECKS}
        if course.adjudicated:
            done.add(Step.ADJUDICATION)
    if course.state.frozen:  # an edit of any input would have voided what is frozen
        done |= {Step.FILES, Step.CHECKS, Step.ADJUDICATION} | (set() if course.red else {Step.GATE})
    if Step.GATE in done and not course.unsettled and not course.disputing:  # nobody is asked before it
        done.add(Step.CONFIRMATIONS)
    if course.state is ReleaseState.APPROVED:
        done |= {Step.GATE, Step.CONFIRMATIONS, Step.APPROVALS}
    return done


def _standing(step: Step, first: Step | None, done: set[Step], course: Course, over: bool) -> Standing:
    if step in done:
        return Standing.DONE
    if step is not first or over:
        return Standing.WAITING
    wrong = (step is Step.GATE and bool(course.red)) or (step is Step.CONFIRMATIONS and bool(course.disputing))
    return Standing.STOPPED if wrong else Standing.NOW


def _notes(course: Course) -> dict[Step, tuple[tuple[str | int, ...], ...]]:
    missing_files = tuple(("no-file", kind) for kind in NEEDED_FILES if kind not in course.kinds)
    checks = tuple(
        (name, count)
        for name, count in (("quarantined", course.quarantined), ("no-manifest", course.without_manifest))
        if count
    )
    settled = tuple(("unconfirmed", code) for code in course.unsettled)
    disputed = tuple(("disputed", code) for code in course.disputing)
    lacking = TWO_PEOPLE - course.approvals
    approvals: tuple[tuple[str | int, ...], ...] = (("approvals", lacking),) if lacking > 0 else ()
    hour: tuple[tuple[str | int, ...], ...] = (("hour-signatures", 1),) if course.hour_signatures == 1 else ()
    before = not _REACHED.get(course.state) and course.state is not ReleaseState.WITHDRAWN
    return {
        Step.FILES: missing_files,
        Step.CHECKS: checks,
        Step.GATE: tuple(("red", check) for check in course.red) if before else (),
        Step.CONFIRMATIONS: (*disputed, *settled) if before else (),
        Step.APPROVALS: approvals if before and course.state is not ReleaseState.APPROVED else (),
        Step.SCHEDULED: hour,
    }


def _next(first: Step, course: Course, now: datetime) -> Next:
    if first is Step.GATE:
        return Next.MEND_GATE if course.red else Next.FREEZE
    if first is Step.CONFIRMATIONS:
        return Next.MEND_GATE if course.disputing else Next.CONFIRM
    if first is Step.SCHEDULED:
        return Next.SIGN_HOUR if course.hour_signatures else Next.SCHEDULE
    if first is Step.PUBLISHED:
        return Next.ENTER_PUBLISHED if course.t is not None and now >= course.t else Next.WAIT
    return _NEXT[first]


_NEXT: Mapping[Step, Next] = {
    Step.FILES: Next.BRING_FILES,
    Step.ADJUDICATION: Next.ADJUDICATE,
    Step.APPROVALS: Next.APPROVE,
    Step.SEALED: Next.SEAL,
    Step.COMMITTED: Next.SEAL,
    Step.DISTRIBUTED: Next.DISTRIBUTE,
}

_EVENTS: Mapping[str, Step] = {
    AuditEvent.SITTING_OPENED: Step.CATALOGUE,
    AuditEvent.BATCH_ACCEPTED: Step.FILES,
    AuditEvent.BATCH_REFUSED: Step.FILES,
    AuditEvent.LINE_ANNOUNCED: Step.ADJUDICATION,
    AuditEvent.RUN_FINISHED: Step.ADJUDICATION,
    AuditEvent.RUN_REFUSED: Step.ADJUDICATION,
    AuditEvent.RELEASE_FROZEN: Step.GATE,
    AuditEvent.RELEASE_OVERRIDDEN: Step.GATE,
    AuditEvent.COUNTS_CONFIRMED: Step.CONFIRMATIONS,
    AuditEvent.COUNTS_DISPUTED: Step.CONFIRMATIONS,
    AuditEvent.CONFIRMATION_WAIVED: Step.CONFIRMATIONS,
    AuditEvent.RELEASE_APPROVED: Step.APPROVALS,
    AuditEvent.RELEASE_APPROVALS_VOIDED: Step.APPROVALS,
    AuditEvent.RELEASE_SEALED: Step.SEALED,
    AuditEvent.RELEASE_COMMITTED: Step.COMMITTED,
    AuditEvent.RELEASE_DISTRIBUTED: Step.DISTRIBUTED,
    AuditEvent.RELEASE_HOUR_SIGNED: Step.SCHEDULED,
    AuditEvent.RELEASE_SCHEDULED: Step.SCHEDULED,
    AuditEvent.RELEASE_PUBLISHED: Step.PUBLISHED,
    AuditEvent.RELEASE_SUPERSEDED: Step.PUBLISHED,
    AuditEvent.RELEASE_WITHDRAWAL_SIGNED: Step.PUBLISHED,
    AuditEvent.RELEASE_WITHDRAWN: Step.PUBLISHED,
}
