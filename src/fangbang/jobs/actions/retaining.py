"""Jobs that nobody asks about any more."""

from datetime import datetime

from django.db import transaction

from fangbang.audit.actions import record
from fangbang.audit.events import AuditEvent
from fangbang.audit.rules import Actor
from fangbang.core.clock import Clock
from fangbang.jobs import queries


@transaction.atomic
def forget(*, actor: Actor, before: datetime, clock: Clock) -> int:
    """Delete jobs that ended before a moment; returns how many. None is a no-op."""
    count, _ = queries.old_jobs(before).delete()
    if count:
        record(actor=actor, event=AuditEvent.JOBS_FORGOTTEN, subject="jobs", details={"jobs": count}, clock=clock)
    return count
