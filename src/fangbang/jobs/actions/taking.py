"""What the process that does jobs writes in between. No acts of anybody: an audit event a step would bury the log."""

from django.db import transaction
from django.db.models import F

from fangbang.core.clock import Clock
from fangbang.core.errors import FangbangError
from fangbang.jobs.actions.ending import fail
from fangbang.jobs.models import Job
from fangbang.jobs.problems import INTERRUPTED
from fangbang.jobs.queries import JobView, view_of
from fangbang.jobs.rules import JobState, tried_again


def take_next(clock: Clock) -> JobView | None:
    """The job that waits longest, from now on running; None if none waits, or another process took it."""
    waiting = Job.objects.filter(state=JobState.QUEUED).first()
    if waiting is None:
        return None
    taken = Job.objects.filter(pk=waiting.pk, state=JobState.QUEUED).update(
        state=JobState.RUNNING, tries=F("tries") + 1, started_at=clock.now(), done=0, total=0, note=""
    )
    return view_of(Job.objects.get(pk=waiting.pk)) if taken else None


def note_progress(job_id: str, done: int, total: int, note: str) -> None:
    """Keep how far a running job is."""
    Job.objects.filter(pk=job_id, state=JobState.RUNNING).update(done=done, total=total, note=note)


def take_up(clock: Clock) -> list[str]:
    """Jobs that are found running when nobody runs them: their process ended. They wait again where their kind may be
    run twice, and fail otherwise. Returns their ids. For the one process that does jobs, at its start."""
    found = []
    for row in Job.objects.filter(state=JobState.RUNNING):
        found.append(row.pk)
        if tried_again(row.kind, row.tries):
            with transaction.atomic():
                Job.objects.filter(pk=row.pk, state=JobState.RUNNING).update(state=JobState.QUEUED, done=0, note="")
        else:
            fail(job_id=row.pk, error=FangbangError(INTERRUPTED, tries=row.tries), clock=clock)
    return found
