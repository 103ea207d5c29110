"""The ceremony: one next thing, in the order of the steps, whatever the facts."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fangbang.audit.events import AuditEvent
from fangbang.release.rules import Course, Next, ReleaseState, Standing, Step, ceremony, step_of

NOW = datetime(2026, 8, 20, 2, 0, tzinfo=UTC)
FILES = frozenset({"registrations", "marks"})
READY = Course(ReleaseState.ADJUDICATED, FILES, adjudicated=True)

courses = st.builds(
    Course,
    state=st.sampled_from(ReleaseState),
    kinds=st.frozensets(st.sampled_from(["registrations", "marks", "prior-passes"])),
    quarantined=st.integers(0, 9),
    without_manifest=st.integers(0, 3),
    adjudicated=st.booleans(),
    red=st.lists(st.sampled_from(["joins", "books"]), unique=True).map(tuple),
    unsettled=st.lists(st.sampled_from(["110000", "120000"]), unique=True).map(tuple),
    disputing=st.lists(st.sampled_from(["310000"]), unique=True).map(tuple),
    approvals=st.integers(0, 2),
    hour_signatures=st.integers(0, 1),
    t=st.none() | st.datetimes(timezones=st.just(UTC), min_value=datetime(2026, 1, 1), max_value=datetime(2027, 1, 1)),  # noqa: DTZ001
)


def test_no_province_is_asked_before_the_gate_lets_through() -> None:
    red, draft = replace(READY, red=("joins",)), Course(ReleaseState.DRAFT, FILES, adjudicated=True)

    standing = [
        next(item.standing for item in ceremony(course, NOW).steps if item.step is Step.CONFIRMATIONS)
        for course in (draft, red, READY)
    ]

    assert standing == [Standing.WAITING, Standing.WAITING, Standing.DONE]


@given(courses)
def test_at_most_one_step_is_the_present_one_and_it_is_the_first_that_is_not_done(course: Course) -> None:
    standing = [item.standing for item in ceremony(course, NOW).steps]

    open_ones = [item for item in standing if item is not Standing.DONE]
    present = [item for item in standing if item in (Standing.NOW, Standing.STOPPED)]
    assert len(present) == (0 if course.state is ReleaseState.WITHDRAWN or not open_ones else 1)
    assert present == open_ones[: len(present)]


@given(courses)
def test_there_is_a_next_thing_until_all_is_done_or_taken_back(course: Course) -> None:
    found = ceremony(course, NOW)

    over = course.state is ReleaseState.WITHDRAWN or all(item.standing is Standing.DONE for item in found.steps)
    assert (found.next is Next.NOTHING) == over


@given(courses)
def test_nobody_is_sent_to_sign_while_a_check_is_red(course: Course) -> None:
    if course.red and course.state.frozen and course.state is not ReleaseState.APPROVED:
        assert ceremony(course, NOW).next not in (Next.APPROVE, Next.SEAL)


@given(courses, st.sampled_from(ReleaseState))
def test_what_is_sealed_is_never_sent_back(course: Course, state: ReleaseState) -> None:
    before = {Next.BRING_FILES, Next.ADJUDICATE, Next.FREEZE, Next.MEND_GATE, Next.CONFIRM, Next.APPROVE}

    if not course.state.editable:
        assert ceremony(course, NOW).next not in before


@pytest.mark.parametrize(
    ("course", "following"),
    [
        (Course(ReleaseState.DRAFT), Next.BRING_FILES),
        (Course(ReleaseState.DRAFT, FILES), Next.ADJUDICATE),
        (Course(ReleaseState.DRAFT, FILES, adjudicated=True), Next.FREEZE),
        (Course(ReleaseState.ADJUDICATED, FILES, adjudicated=True, red=("joins",)), Next.MEND_GATE),
        (Course(ReleaseState.ADJUDICATED, FILES, adjudicated=True, unsettled=("110000",)), Next.CONFIRM),
        (Course(ReleaseState.ADJUDICATED, FILES, adjudicated=True, disputing=("110000",)), Next.MEND_GATE),
        (READY, Next.APPROVE),
        (Course(ReleaseState.APPROVED, FILES, adjudicated=True), Next.SEAL),
        (Course(ReleaseState.SEALED, FILES), Next.SEAL),
        (Course(ReleaseState.COMMITTED, FILES), Next.DISTRIBUTE),
        (Course(ReleaseState.DISTRIBUTED, FILES), Next.SCHEDULE),
        (Course(ReleaseState.DISTRIBUTED, FILES, hour_signatures=1), Next.SIGN_HOUR),
        (Course(ReleaseState.SCHEDULED, FILES, t=NOW + timedelta(seconds=1)), Next.WAIT),
        (Course(ReleaseState.SCHEDULED, FILES, t=NOW), Next.ENTER_PUBLISHED),
        (Course(ReleaseState.PUBLISHED, FILES, t=NOW), Next.NOTHING),
        (Course(ReleaseState.WITHDRAWN, FILES, t=NOW), Next.NOTHING),
    ],
)
def test_the_next_thing(course: Course, following: Next) -> None:
    assert ceremony(course, NOW).next == following


def test_every_step_after_the_checks_hears_of_its_events() -> None:
    heard = {step_of(event) for event in AuditEvent}

    assert set(Step) - heard == {Step.CHECKS}
