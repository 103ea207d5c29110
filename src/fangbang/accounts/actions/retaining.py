"""What is over its time: accounts that nobody signs in to are disabled, records of signing in are deleted."""

from datetime import datetime

from django.db import transaction

from fangbang.accounts import queries
from fangbang.accounts.actions.closing import end_open_sessions
from fangbang.accounts.models import Device, Failure, Invitation, Operator, Session
from fangbang.accounts.problems import LAST_ADMINISTRATOR, UNKNOWN_OPERATOR
from fangbang.audit.actions import record
from fangbang.audit.events import AuditEvent
from fangbang.audit.rules import Actor
from fangbang.core.clock import Clock
from fangbang.core.errors import FangbangError


@transaction.atomic
def disable_operator(*, actor: Actor, operator_id: str, clock: Clock) -> None:
    """Take from somebody what they sign in with: password, factors, sessions, known devices. They stay in service, with
    their signing keys, and an administrator can invite them anew. Somebody who cannot sign in is a no-op. REFUSED for
    the last administrator who can sign in: nobody could let anybody in again."""
    row = Operator.objects.select_for_update().filter(pk=operator_id, retired_at=None).first()
    if row is None:
        raise FangbangError(UNKNOWN_OPERATOR, operator=operator_id)
    if not row.password:
        return
    if queries.last_administrator(operator_id):
        raise FangbangError(LAST_ADMINISTRATOR, operator=operator_id)
    row.password = ""
    row.save(update_fields=["password"])
    factors = row.factors.filter(retired_at=None).update(retired_at=clock.now())
    Device.objects.filter(operator=row).delete()
    details = {"factors": factors, "sessions": end_open_sessions(row, actor.id, clock)}
    record(actor=actor, event=AuditEvent.OPERATOR_DISABLED, subject=operator_id, details=details, clock=clock)


@transaction.atomic
def forget_failures(*, actor: Actor, before: datetime, clock: Clock) -> int:
    """Delete failed attempts from before a moment; returns how many. None is a no-op."""
    count, _ = Failure.objects.filter(at__lt=before).delete()
    if count:
        details = {"failures": count}
        record(actor=actor, event=AuditEvent.RECORDS_FORGOTTEN, subject="sign-in", details=details, clock=clock)
    return count


@transaction.atomic
def forget_records(*, actor: Actor, before: datetime, clock: Clock) -> int:
    """Delete sessions that ended, devices not seen since, and invitations that expired before a moment; returns how
    many. None is a no-op."""
    sessions, _ = Session.objects.filter(ended_at__lt=before).delete()
    devices, _ = Device.objects.filter(seen_at__lt=before).delete()
    used = Session.objects.exclude(invitation=None).values("invitation")
    invitations, _ = Invitation.objects.filter(expires_at__lt=before).exclude(pk__in=used).delete()
    if sessions + devices + invitations:
        details = {"sessions": sessions, "devices": devices, "invitations": invitations}
        record(actor=actor, event=AuditEvent.RECORDS_FORGOTTEN, subject="sign-in", details=details, clock=clock)
    return sessions + devices + invitations
