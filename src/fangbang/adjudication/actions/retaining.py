"""Withholdings that are over, and what was asked about them: tickets and reasons stand in them in clear."""

from datetime import datetime

from django.db import transaction

from fangbang.adjudication import queries
from fangbang.audit.actions import record
from fangbang.audit.events import AuditEvent
from fangbang.audit.rules import Actor
from fangbang.core.clock import Clock


@transaction.atomic
def forget_withholdings(*, actor: Actor, before: datetime, clock: Clock) -> int:
    """Delete withholdings that were lifted before a moment, and requests from before it about persons whom nothing
    holds back now; returns how many. None is a no-op."""
    lifted, requests = queries.old_withholdings(before)
    counts = {"withholdings": lifted.delete()[0], "requests": requests.delete()[0]}
    if any(counts.values()):
        event = AuditEvent.WITHHOLDINGS_FORGOTTEN
        record(actor=actor, event=event, subject="withholdings", details=counts, clock=clock)
    return sum(counts.values())
