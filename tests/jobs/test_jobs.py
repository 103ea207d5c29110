"""What is kept of jobs, and what a process that does them leaves behind."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from fangbang.audit import queries as audit
from fangbang.audit.rules import Actor
from fangbang.core.clock import ManualClock
from fangbang.core.errors import FangbangError
from fangbang.jobs import actions, queries
from fangbang.jobs.actions.taking import note_progress, take_next, take_up
from fangbang.jobs.models import Job
from fangbang.jobs.problems import BUSY, INTERRUPTED, UNKNOWN_JOB, UNKNOWN_KIND
from fangbang.jobs.rules import MOST_TRIES, JobState, job
from tests.jobs import kinds

pytestmark = pytest.mark.django_db
assert kinds
WANG = Actor("wang", "王芳")


def ask(clock: ManualClock, kind: str = "test-count", subject: str = "rel-1", to: int = 3) -> str:
    return actions.ask(actor=WANG, kind=kind, subject=subject, arguments={"to": to}, clock=clock)


def test_what_was_asked_for_waits(clock: ManualClock) -> None:
    asked = queries.job(ask(clock))

    assert (asked.kind, asked.subject, asked.arguments, asked.state) == (
        "test-count", "rel-1", {"to": 3}, JobState.QUEUED,
    )  # fmt: skip
    assert (asked.actor, asked.asked_at, asked.percent) == ("wang", clock.now(), None)


def test_asking_twice_gives_the_same_job_and_one_event(clock: ManualClock) -> None:
    assert ask(clock) == ask(clock)
    assert [entry.event for entry in audit.entries(subject="rel-1")] == ["jobs.asked"]


def test_other_arguments_wait_until_the_first_is_over(clock: ManualClock) -> None:
    ask(clock)

    with pytest.raises(FangbangError) as caught:
        ask(clock, to=4)

    assert caught.value.problem is BUSY


def test_a_job_that_is_over_may_be_asked_for_again(clock: ManualClock) -> None:
    first = ask(clock)
    take_next(clock)
    actions.finish(job_id=first, result={}, clock=clock)

    assert ask(clock) != first


def test_an_unknown_kind_is_refused(clock: ManualClock) -> None:
    with pytest.raises(FangbangError) as caught:
        ask(clock, kind="nothing")

    assert caught.value.problem is UNKNOWN_KIND


def test_two_kinds_of_one_name_are_refused() -> None:
    with pytest.raises(ValueError, match="test-count"):
        job("test-count", again=False)(kinds.count)


def test_the_job_that_waits_longest_is_taken(clock: ManualClock) -> None:
    first = ask(clock, subject="rel-1")
    clock.advance(timedelta(seconds=1))
    ask(clock, subject="rel-2")

    taken = take_next(clock)

    assert taken is not None
    assert (taken.id, taken.state, taken.tries, taken.started_at) == (first, JobState.RUNNING, 1, clock.now())


def test_nothing_waits_and_nothing_is_taken(clock: ManualClock) -> None:
    ask(clock)
    take_next(clock)

    assert take_next(clock) is None


def test_progress_is_kept_while_a_job_runs_and_not_after(clock: ManualClock) -> None:
    asked = ask(clock)
    take_next(clock)
    note_progress(asked, 1, 3, "books")
    half = queries.job(asked)
    actions.finish(job_id=asked, result={"n": 3}, clock=clock)
    note_progress(asked, 2, 3, "books")
    over = queries.job(asked)

    assert (half.percent, half.note) == (33, "books")
    assert (over.percent, over.note, over.result, over.ended_at) == (100, "", {"n": 3}, clock.now())


def test_a_failure_keeps_its_code_and_its_words(clock: ManualClock) -> None:
    asked = ask(clock)
    take_next(clock)
    actions.fail(job_id=asked, error=FangbangError(UNKNOWN_JOB, job="rel-1"), clock=clock)
    over = queries.job(asked)

    assert (over.state, over.problem) == (JobState.FAILED, "jobs.unknown")
    assert over.failure is not None
    assert over.failure.text("zh") == "没有编号为 rel-1 的作业"
    assert audit.latest(1)[0].event == "jobs.failed"


def test_a_job_that_does_not_run_cannot_end(clock: ManualClock) -> None:
    asked = ask(clock)

    with pytest.raises(FangbangError) as caught:
        actions.finish(job_id=asked, result={}, clock=clock)

    assert caught.value.problem is UNKNOWN_JOB


def test_an_unknown_job_is_told(clock: ManualClock) -> None:
    with pytest.raises(FangbangError) as caught:
        queries.job("job-none")

    assert caught.value.problem is UNKNOWN_JOB


def test_what_was_running_when_its_process_ended_waits_again(clock: ManualClock) -> None:
    asked = ask(clock)
    take_next(clock)
    note_progress(asked, 2, 3, "books")

    assert take_up(clock) == [asked]
    again = take_next(clock)

    assert again is not None
    assert (again.id, again.tries, again.done) == (asked, 2, 0)


def test_what_may_not_be_run_twice_fails_instead(clock: ManualClock) -> None:
    asked = ask(clock, kind="test-once")
    take_next(clock)
    take_up(clock)

    assert (queries.job(asked).state, queries.job(asked).problem) == (JobState.FAILED, INTERRUPTED.code)


def test_what_ends_its_process_every_time_is_given_up(clock: ManualClock) -> None:
    asked = ask(clock)
    for _ in range(MOST_TRIES):
        assert take_next(clock) is not None
        take_up(clock)

    assert queries.job(asked).problem == INTERRUPTED.code
    assert take_next(clock) is None


def test_the_database_refuses_a_second_open_job(clock: ManualClock) -> None:
    row = Job.objects.get(pk=ask(clock))
    row.pk = "job-2"

    with pytest.raises(IntegrityError), transaction.atomic():
        row.save(force_insert=True)


def test_the_newest_job_of_a_thing_comes_first(clock: ManualClock) -> None:
    first = ask(clock)
    clock.advance(timedelta(seconds=1))
    second = ask(clock, kind="test-refuse")
    ask(clock, subject="rel-2")

    assert [item.id for item in queries.jobs_about("rel-1")] == [second, first]
    found = queries.open_job("rel-1", "test-count")
    assert found is not None
    assert (found.id, queries.open_job("rel-3")) == (first, None)
