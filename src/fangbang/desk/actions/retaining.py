"""What the desk keeps no longer. The audit log goes on saying who looked at whom, by a keyed hash."""

from datetime import datetime

from django.db import transaction

from fangbang.audit.actions import record
from fangbang.audit.events import AuditEvent
from fangbang.audit.rules import Actor
from fangbang.core.clock import Clock
from fangbang.desk import queries


@transaction.atomic
def forget_records(*, actor: Actor, before: datetime, clock: Clock) -> int:
    """Delete searches, previews that lapsed and exports from before a moment; returns how many. None is a no-op."""
    counts = {name: rows.delete()[0] for name, rows in queries.old_records(before).items()}
    if any(counts.values()):
        record(actor=actor, event=AuditEvent.DESK_FORGOTTEN, subject="desk", details=counts, clock=clock)
    return sum(counts.values())
