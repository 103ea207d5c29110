"""The only way into the audit log."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from django.db import transaction
from django.dispatch import Signal

from fangbang.audit import seals, tables, triggers
from fangbang.audit.events import AuditEvent
from fangbang.audit.models import Event, Head
from fangbang.audit.problems import HEAD_MISSING
from fangbang.audit.rules import SYSTEM, Actor, Entry, Search, encode_details
from fangbang.audit.watch import Edit
from fangbang.core.clock import Clock, SystemClock, to_wire
from fangbang.core.errors import FangbangError

_MOST_NAMED = 100

recorded = Signal()
"""Sent after an entry was written, in the same transaction, with `entry`: stages react to what others did.
An error in a receiver undoes the act."""


def in_turn() -> None:
    """Wait for whoever is entering an act; until the caller's transaction ends nobody else can. For an act that must
    not miss another one: what it reads from here on is what stands when its entry is written."""
    _locked_head()


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
    head = _locked_head()
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


@transaction.atomic
def enter_edits(*, edits: Sequence[Edit], clock: Clock) -> None:
    """Enter what the watch found edited behind the application's back: tables and row keys, never content."""
    details = {"count": len(edits), "edits": [[edit.table, edit.row, edit.what] for edit in edits[:_MOST_NAMED]]}
    record(actor=SYSTEM, event=AuditEvent.EDIT_FOUND, subject="database", details=details, clock=clock)


@transaction.atomic
def enter_export(*, actor: Actor, kind: str, wanted: Search, clock: Clock) -> None:
    """Enter that somebody took entries of the log out, and which ones they asked for."""
    asked = {
        "event": wanted.event,
        "actor": wanted.actor,
        "text": wanted.text,
        "subjects": list(wanted.subjects),
        "since": None if wanted.since is None else to_wire(wanted.since),
        "until": None if wanted.until is None else to_wire(wanted.until),
    }
    details = {"kind": kind, "asked": {name: value for name, value in asked.items() if value}}
    record(actor=actor, event=AuditEvent.LOG_EXPORTED, subject="audit", details=details, clock=clock)


@transaction.atomic
def enter_backup(*, actor: Actor, name: str, head: Mapping[str, Any], clock: Clock) -> None:
    """Enter that a backup was made, by the name of its file, with the head of the log that it holds."""
    details = {"file": name, "head": dict(head)}
    record(actor=actor, event=AuditEvent.BACKUP_MADE, subject="backup", details=details, clock=clock)


@transaction.atomic
def enter_restored(*, made_at: str, head: Mapping[str, Any], compared: bool, clock: Clock) -> None:
    """Enter that this installation is a restored one. `compared`: whether an anchor or a board was brought."""
    details = {"made_at": made_at, "head": dict(head), "compared": compared}
    record(actor=SYSTEM, event=AuditEvent.BACKUP_RESTORED, subject="backup", details=details, clock=clock)


@contextmanager
def without_triggers(*, connection: Any) -> Iterator[None]:
    """While a restore fills empty tables, in its transaction: the log is not append-only, so that its first row can be
    the backup's."""
    triggers.remove(connection)
    yield
    triggers.install(connection)


def watch_tables(*, connection: Any) -> None:
    """From here on every change is noted, in the caller's transaction."""
    connection.__dict__.pop("sealed_tables", None)
    tables.install(connection, tables.sealed_tables(connection))


@transaction.atomic
def ask_retention(*, actor: Actor, schedule: str, clock: Clock) -> None:
    """Enter that the first of two administrators asked to end what is over its time; `schedule`: the hash of it."""
    details = {"schedule": schedule}
    record(actor=actor, event=AuditEvent.RETENTION_ASKED, subject="retention", details=details, clock=clock)


@transaction.atomic
def enter_retention(
    *, actor: Actor, schedule: str, ended: Mapping[str, int], failed: Mapping[str, str], clock: Clock
) -> None:
    """Enter what the second administrator, or the system by itself, ended: class → how many; and what it could not:
    class → why."""
    event = AuditEvent.RETENTION_OF_THE_DAY if actor == SYSTEM else AuditEvent.RETENTION_CARRIED_OUT
    details = {"schedule": schedule, "ended": dict(ended), **({"failed": dict(failed)} if failed else {})}
    record(actor=actor, event=event, subject="retention", details=details, clock=clock)


def seal_changes(*, connection: Any, key: bytes, after: int) -> int:
    """Seal what the transaction that is about to end changed, in its transaction; see `seals.seal_changes`."""
    return seals.seal_changes(connection, key, after)


def _locked_head() -> Head:
    head = Head.objects.select_for_update().first()
    if head is None:
        raise FangbangError(HEAD_MISSING)
    return head


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
