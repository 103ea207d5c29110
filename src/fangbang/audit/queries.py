"""Reads of the audit log."""

from collections.abc import Iterator, Sequence

from fangbang.audit.models import Event, Head
from fangbang.audit.problems import CHAIN_BROKEN
from fangbang.audit.rules import EMPTY, Actor, Anchor, Entry, Finding, check
from fangbang.core.errors import FangbangError


def head() -> Anchor:
    """The end of the chain as stored; the empty chain's if there is no head row."""
    stored = _stored_head()
    return EMPTY if stored is None else stored


def entries(*, subject: str | None = None, subjects: Sequence[str] | None = None, after: int = 0) -> Iterator[Entry]:
    """Entries in order of their sequence numbers, optionally of one subject, of some, or after one entry."""
    rows = Event.objects.filter(seq__gt=after).order_by("seq")
    if subject is not None:
        rows = rows.filter(subject=subject)
    if subjects is not None:
        rows = rows.filter(subject__in=subjects)
    return (_entry(row) for row in rows.iterator(chunk_size=2000))


def latest(count: int, *, subject: str | None = None) -> list[Entry]:
    """The last `count` entries, oldest first."""
    rows = Event.objects.order_by("-seq")
    if subject is not None:
        rows = rows.filter(subject=subject)
    return [_entry(row) for row in reversed(rows[:count])]


def findings(anchors: Sequence[Anchor] = ()) -> list[Finding]:
    """Every place where the stored chain breaks a rule of `rules`; empty if it holds."""
    return check(entries(), _stored_head(), anchors)


def verify_chain(anchors: Sequence[Anchor] = ()) -> Anchor:
    """The verified head, or INTEGRITY with the first finding. `anchors` are heads kept elsewhere (signed reports)."""
    found = findings(anchors)
    if found:
        raise FangbangError(CHAIN_BROKEN, count=len(found), seq=found[0].seq, what=found[0].what)
    return head()


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
