"""Ending sessions. The next request with an ended session is refused: nothing is cached."""

from django.db import transaction

from fangbang.accounts.models import Operator, Session
from fangbang.accounts.problems import UNKNOWN_SESSION
from fangbang.audit.actions import record
from fangbang.audit.events import AuditEvent
from fangbang.audit.rules import Actor
from fangbang.core.clock import Clock
from fangbang.core.errors import FangbangError


@transaction.atomic
def end_session(*, actor: Actor, session_id: str, clock: Clock) -> None:
    """End one session (whose is for the caller to check); one that is over already is a no-op."""
    row = Session.objects.select_for_update().filter(pk=session_id).first()
    if row is None:
        raise FangbangError(UNKNOWN_SESSION)
    if row.ended_at is not None:
        return
    row.ended_at, row.ended_by = clock.now(), actor.id
    row.save(update_fields=["ended_at", "ended_by"])
    details = {"sessions": [row.pk]}
    record(actor=actor, event=AuditEvent.SESSION_ENDED, subject=row.operator_id, details=details, clock=clock)


@transaction.atomic
def end_others(*, actor: Actor, operator_id: str, keep: str = "", clock: Clock) -> int:
    """End every open session of a member of staff but one; returns how many. None open is a no-op."""
    operator = Operator.objects.select_for_update().get(pk=operator_id)
    ended = end_open_sessions(operator, actor.id, clock, keep=keep)
    if ended:
        record(
            actor=actor,
            event=AuditEvent.SESSION_ENDED,
            subject=operator_id,
            details={"sessions": ended},
            clock=clock,
        )
    return len(ended)


def end_open_sessions(operator: Operator, by: str, clock: Clock, *, keep: str = "") -> list[str]:
    """End the open sessions but one, in the caller's transaction and audit event; returns their ids."""
    rows = Session.objects.filter(operator=operator, ended_at=None).exclude(pk=keep)
    ended = sorted(rows.values_list("pk", flat=True))
    rows.update(ended_at=clock.now(), ended_by=by)
    return ended
