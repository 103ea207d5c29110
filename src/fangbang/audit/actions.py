"""The only way into the audit log."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.dispatch import Signal

from fangbang.audit.events import AuditEvent
from fangbang.audit.models import Event, Head
from fangbang.audit.problems import HEAD_MISSING
from fangbang.audit.rules import Actor, Entry, encode_details
from fangbang.core.clock import Clock, SystemClock
from fangbang.core.errors import FangbangError

recorded = Signal()
"""Sent after an entry was written, in the same transaction, with `entry`: stages react to what others did.
An error in a receiver undoes the act."""


def record(
    *,
    actor: Actor,
    event: AuditEvent | str,
    subject: str,
    details: Mapping[str, Any] | None = None,
    clock: Clock | None = None,
) -> Entry:
    """Append one entry in the caller's transaction (RuntimeError outside one): act and entry stand or fall together.

    `event` is one of the catalogue (ValueError otherwise). `details` is JSON without floats, and never holds an
    identity number or a name of a candidate. Concurrent writers queue at the head row. Raises INTEGRITY if the head
    was taken away.
    """
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("an audit entry belongs into the transaction of its act")
    head = Head.objects.select_for_update().first()
    if head is None:
        raise FangbangError(HEAD_MISSING)
    entry = Entry(
        seq=head.seq + 1,
        at=(clock or SystemClock()).now(),
        actor=actor,
        event=AuditEvent(event).value,
        subject=subject,
        details=encode_details(details or {}),
        previous=head.hash,
    ).sealed()
    _insert(entry)
    Head.objects.update(seq=entry.seq, hash=entry.hash)
    recorded.send(sender=AuditEvent(event), entry=entry)
    return entry


def _insert(entry: Entry) -> None:
    Event.objects.create(
        seq=entry.seq,
        at=entry.at,
        actor_id=entry.actor.id,
        actor_name=entry.actor.name,
        event=entry.event,
        subject=entry.subject,
        details=entry.details,
        previous=entry.previous,
        hash=entry.hash,
    )
