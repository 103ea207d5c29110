"""The one write that is no act: when a session was seen last. An audit event a request would bury the log."""

from datetime import timedelta

from fangbang.accounts.models import Session
from fangbang.accounts.rules import Visit
from fangbang.core.clock import Clock

_GRAIN = timedelta(seconds=30)


def note_seen(visit: Visit, clock: Clock) -> None:
    """Move the idle limit on; at most twice a minute."""
    now = clock.now()
    if now - visit.seen_at >= _GRAIN:
        Session.objects.filter(pk=visit.id, ended_at=None).update(seen_at=now)
