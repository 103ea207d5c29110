"""Somebody asks for a job."""

from collections.abc import Mapping
from typing import Any

from django.db import IntegrityError, transaction

from fangbang.audit.actions import record
from fangbang.audit.events import AuditEvent
from fangbang.audit.rules import Actor
from fangbang.core.canonical import canonical_json
from fangbang.core.clock import Clock
from fangbang.core.errors import FangbangError
from fangbang.core.ids import new_id
from fangbang.jobs.models import Job
from fangbang.jobs.problems import BUSY
from fangbang.jobs.rules import JobState, kind_of


def ask(*, actor: Actor, kind: str, subject: str, arguments: Mapping[str, Any], clock: Clock) -> str:
    """Keep a job to be done; returns its id.

    The same job about the same thing that is not done yet is returned instead of a second one; STATE if it is one with
    other arguments. `arguments` is JSON without floats, and never holds anything of a candidate. INPUT for a kind that
    nobody entered.
    """
    kind_of(kind)
    text = canonical_json(dict(arguments)).decode()
    try:
        return _keep(actor, kind, subject, text, clock)
    except IntegrityError:  # somebody asked in the same moment
        return _keep(actor, kind, subject, text, clock)


@transaction.atomic
def _keep(actor: Actor, kind: str, subject: str, arguments: str, clock: Clock) -> str:
    states = [state.value for state in JobState if state.open]
    known = Job.objects.select_for_update().filter(kind=kind, subject=subject, state__in=states).first()
    if known is not None:
        if known.arguments != arguments:
            raise FangbangError(BUSY, job=known.pk)
        return known.pk
    row = Job.objects.create(
        pk=new_id("job"),
        kind=kind,
        subject=subject,
        arguments=arguments,
        actor=actor.id,
        actor_name=actor.name,
        state=JobState.QUEUED.value,
        asked_at=clock.now(),
    )
    record(actor=actor, event=AuditEvent.JOB_ASKED, subject=subject, details={"job": row.pk, "kind": kind}, clock=clock)
    return row.pk
