"""A job ends: done, or failed with a problem."""

import json
from typing import Any

from django.db import transaction

from fangbang.audit.actions import record
from fangbang.audit.events import AuditEvent
from fangbang.audit.rules import Actor
from fangbang.core.canonical import canonical_json
from fangbang.core.clock import Clock
from fangbang.core.errors import FangbangError, told_params
from fangbang.jobs.models import Job
from fangbang.jobs.problems import UNKNOWN_JOB
from fangbang.jobs.rules import JobState, Result


@transaction.atomic
def finish(*, job_id: str, result: Result, clock: Clock) -> None:
    """Enter that a running job is done. INPUT if it does not run."""
    row = _running(job_id)
    told = canonical_json(dict(result)).decode()
    changes = {"done": row.total or row.done, "result": told}
    _end(row, JobState.DONE, AuditEvent.JOB_DONE, changes, {}, clock)


@transaction.atomic
def fail(*, job_id: str, error: FangbangError, clock: Clock) -> None:
    """Enter why a running job was not done. INPUT if it does not run."""
    row = _running(job_id)
    params = json.dumps(told_params(error.params), ensure_ascii=False, default=str)
    changes = {"problem": error.code, "params": params}
    _end(row, JobState.FAILED, AuditEvent.JOB_FAILED, changes, {"problem": error.code}, clock)


def _running(job_id: str) -> Job:
    row = Job.objects.select_for_update().filter(pk=job_id, state=JobState.RUNNING).first()
    if row is None:
        raise FangbangError(UNKNOWN_JOB, job=job_id)
    return row


def _end(
    row: Job, state: JobState, event: AuditEvent, changes: dict[str, Any], details: dict[str, Any], clock: Clock
) -> None:
    Job.objects.filter(pk=row.pk).update(state=state.value, ended_at=clock.now(), note="", **changes)
    told = {"job": row.pk, "kind": row.kind, **details}
    record(actor=Actor(row.actor, row.actor_name), event=event, subject=row.subject, details=told, clock=clock)
