"""Reads of jobs."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from fangbang.core.errors import FangbangError, Problem, heard_params
from fangbang.jobs.models import Job
from fangbang.jobs.problems import UNKNOWN_JOB
from fangbang.jobs.rules import JobState


@dataclass(frozen=True)
class JobView:
    """One job as its owners see it. `total` 0: nobody knows how much there is to do."""

    id: str
    kind: str
    subject: str
    arguments: Mapping[str, Any]
    actor: str
    actor_name: str
    state: JobState
    tries: int
    done: int
    total: int
    note: str
    problem: str
    params: Mapping[str, Any]
    result: Mapping[str, Any]
    asked_at: datetime
    started_at: datetime | None
    ended_at: datetime | None

    @property
    def percent(self) -> int | None:
        """Whole per cent, 0 to 100; None where nobody knows."""
        return min(100, self.done * 100 // self.total) if self.total else None

    @property
    def failure(self) -> FangbangError | None:
        """Why it failed; None if it did not, or if this process does not know the problem."""
        problem = Problem.registry.get(self.problem)
        return None if problem is None else FangbangError(problem, **heard_params(self.params))


def job(job_id: str) -> JobView:
    """One job, or INPUT."""
    row = Job.objects.filter(pk=job_id).first()
    if row is None:
        raise FangbangError(UNKNOWN_JOB, job=job_id)
    return view_of(row)


def jobs_about(subject: str) -> list[JobView]:
    """The jobs about one thing, the newest first."""
    return [view_of(row) for row in Job.objects.filter(subject=subject).order_by("-asked_at", "-id")]


def open_job(subject: str, kind: str = "") -> JobView | None:
    """The job about a thing that waits or runs (of one kind, or any)."""
    rows = Job.objects.filter(subject=subject, state__in=[state for state in JobState if state.open])
    row = (rows.filter(kind=kind) if kind else rows).first()
    return None if row is None else view_of(row)


def old_jobs(before: datetime) -> QuerySet[Job]:
    """The jobs that ended before a moment."""
    return Job.objects.filter(ended_at__lt=before)


def view_of(row: Job) -> JobView:
    """A row as others see it."""
    return JobView(
        id=row.pk,
        kind=row.kind,
        subject=row.subject,
        arguments=json.loads(row.arguments),
        actor=row.actor,
        actor_name=row.actor_name,
        state=JobState(row.state),
        tries=row.tries,
        done=row.done,
        total=row.total,
        note=row.note,
        problem=row.problem,
        params=json.loads(row.params),
        result=json.loads(row.result),
        asked_at=row.asked_at,
        started_at=row.started_at,
        ended_at=row.ended_at,
    )
