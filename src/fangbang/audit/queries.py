"""Reads of the audit log."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import Q, QuerySet

from fangbang.audit import seals, watch
from fangbang.audit.events import AuditEvent
from fangbang.audit.models import Event, Head
from fangbang.audit.problems import CHAIN_BROKEN
from fangbang.audit.rules import EMPTY, Actor, Anchor, Entry, Finding, Search, check
from fangbang.audit.watch import Edit
from fangbang.core.errors import FangbangError

__all__ = [
    "Edit",
    "Reach",
    "edits",
    "entries",
    "export",
    "findings",
    "has_seals",
    "head",
    "last_of",
    "latest",
    "newest_note",
    "search",
    "verify_chain",
]


def head() -> Anchor:
    """The end of the chain as stored; the empty chain's if there is no head row."""
    stored = _stored_head()
    return EMPTY if stored is None else stored


def entries(
    *, subject: str | None = None, subjects: Sequence[str] | None = None, events: Collection[AuditEvent] | None = None,
    after: int = 0,
) -> Iterator[Entry]:  # fmt: skip
    """Entries in order of their sequence numbers, optionally of one subject, of some, of some events, or after one
    entry."""
    rows = Event.objects.filter(seq__gt=after).order_by("seq")
    if subject is not None:
        rows = rows.filter(subject=subject)
    if subjects is not None:
        rows = rows.filter(subject__in=subjects)
    if events is not None:
        rows = rows.filter(event__in=[event.value for event in events])
    return (_entry(row) for row in rows.iterator(chunk_size=2000))


def latest(count: int, *, subject: str | None = None) -> list[Entry]:
    """The last `count` entries, oldest first."""
    rows = Event.objects.order_by("-seq")
    if subject is not None:
        rows = rows.filter(subject=subject)
    return [_entry(row) for row in reversed(rows[:count])]


def last_of(event: AuditEvent) -> Entry | None:
    """The last entry of one kind."""
    row = Event.objects.filter(event=event.value).order_by("-seq").first()
    return None if row is None else _entry(row)


@dataclass(frozen=True)
class Reach:
    """Whose eyes: all entries (`subjects` None), or those about some subjects, and one's own acts."""

    subjects: frozenset[str] | None = None
    own: str = ""


def search(wanted: Search, reach: Reach, *, before: int | None = None, limit: int) -> list[Entry]:
    """What fits, the newest first; `before`: only entries with lower numbers (the next page)."""
    rows = _fitting(wanted, reach).order_by("-seq")
    if before is not None:
        rows = rows.filter(seq__lt=before)
    return [_entry(row) for row in rows[:limit]]


def export(wanted: Search, reach: Reach) -> Iterator[Entry]:
    """What fits, in the order of the chain, streamed."""
    return (_entry(row) for row in _fitting(wanted, reach).order_by("seq").iterator(chunk_size=2000))


def _fitting(wanted: Search, reach: Reach) -> QuerySet[Event]:
    rows = Event.objects.all()
    if reach.subjects is not None:
        rows = rows.filter(Q(subject__in=reach.subjects) | Q(actor_id=reach.own))
    if wanted.event:
        rows = rows.filter(Q(event=wanted.event) | Q(event__startswith=f"{wanted.event}."))
    if wanted.actor:
        rows = rows.filter(actor_id=wanted.actor)
    if wanted.subjects:
        rows = rows.filter(subject__in=wanted.subjects)
    if wanted.text:
        rows = rows.filter(subject__icontains=wanted.text)
    if wanted.since is not None:
        rows = rows.filter(at__gte=wanted.since)
    if wanted.until is not None:
        rows = rows.filter(at__lt=wanted.until)
    return rows


def findings(anchors: Sequence[Anchor] = ()) -> list[Finding]:
    """Every place where the stored chain breaks a rule of `rules`; empty if it holds."""
    return check(entries(), _stored_head(), anchors)


def verify_chain(anchors: Sequence[Anchor] = ()) -> Anchor:
    """The verified head, or INTEGRITY with the first finding. `anchors` are heads kept elsewhere (signed reports)."""
    found = findings(anchors)
    if found:
        raise FangbangError(CHAIN_BROKEN, count=len(found), seq=found[0].seq, what=found[0].what)
    return head()


def edits(key: bytes, least_revision: int = 0) -> tuple[int, list[Edit]]:
    """(revision, edits behind the application's back): every row against its seal. See `watch.edits`."""
    return watch.edits(connection, key, least_revision)


def has_seals(connection: Any) -> bool:
    """Whether the database behind this connection has been given seals."""
    return seals.present(connection)


def newest_note(connection: Any) -> int:
    """See `seals.newest_note`."""
    return seals.newest_note(connection)


def _stored_head() -> Anchor | None:
    row = Head.objects.first()
    return None if row is None else Anchor(row.seq, row.hash)


def _entry(row: Event) -> Entry:
    return Entry(
        seq=row.seq,
        at=row.at,
        actor=Actor(row.actor_id, row.actor_name),
        event=row.event,
        subject=row.subject,
        details=row.details,
        previous=row.previous,
        hash=row.hash,
    )
