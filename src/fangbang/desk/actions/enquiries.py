"""Searches, and what was shown after them. The audit log says who looked, where, why and for whom by a keyed hash."""

from datetime import datetime

from django.db import transaction

from fangbang.audit.actions import record
from fangbang.audit.events import AuditEvent
from fangbang.audit.rules import Actor
from fangbang.core.clock import Clock
from fangbang.core.errors import FangbangError
from fangbang.desk.models import Enquiry
from fangbang.desk.problems import TOO_MANY
from fangbang.desk.rules import WINDOW, Terms, within_limit
from fangbang.people.rules.reasons import checked_reason
from fangbang.people.rules.vault import DocumentVault


def enquire(
    *,
    actor: Actor,
    sitting_id: str,
    terms: Terms,
    purpose: str,
    reason: str,
    limit: int,
    vault: DocumentVault,
    clock: Clock,
) -> str:
    """Note a search before it is done; returns the reason as it was noted.

    `purpose`: "result", "numbers" or "preview". A bad reason is INPUT and no search. More than `limit` searches of one
    member of staff within an hour are REFUSED; the first refusal of an hour is an event of its own, the alarm.
    """
    reason = checked_reason(reason, terms.typed)
    digest = vault.digest(f"desk/{terms.kind}", "\0".join(terms.typed))
    if not _searched(actor, sitting_id, terms.kind, digest, {"purpose": purpose, "reason": reason}, limit, clock):
        _refuse(actor, sitting_id, terms.kind, digest, limit, clock)
        raise FangbangError(TOO_MANY, limit=limit)
    return reason


class _OverLimit(Exception):
    """There were as many searches as may be."""


def _searched(
    actor: Actor, sitting_id: str, kind: str, digest: str, told: dict[str, str], limit: int, clock: Clock
) -> bool:
    """Enter a search; False, and nothing entered, if it is one too many."""
    try:
        with transaction.atomic():
            # The entry comes first: writers queue at the log's head, so that two searches at once cannot both be last.
            details = {"kind": kind, "digest": digest, **told}
            record(actor=actor, event=AuditEvent.CANDIDATE_SEARCHED, subject=sitting_id, details=details, clock=clock)
            if not within_limit(_recent(actor, clock, refused=False), clock.now(), limit):
                raise _OverLimit
            Enquiry.objects.create(operator=actor.id, at=clock.now(), kind=kind, sitting_id=sitting_id, digest=digest)
    except _OverLimit:
        return False
    return True


def _refuse(actor: Actor, sitting_id: str, kind: str, digest: str, limit: int, clock: Clock) -> None:
    with transaction.atomic():
        first = not _recent(actor, clock, refused=True)
        Enquiry.objects.create(
            operator=actor.id, at=clock.now(), kind=kind, sitting_id=sitting_id, digest=digest, refused=True
        )
        if first:
            record(
                actor=actor, event=AuditEvent.SEARCH_LIMIT_REACHED, subject=sitting_id,
                details={"limit": limit, "minutes": int(WINDOW.total_seconds()) // 60}, clock=clock,
            )  # fmt: skip


def _recent(actor: Actor, clock: Clock, *, refused: bool) -> list[datetime]:
    rows = Enquiry.objects.filter(operator=actor.id, at__gt=clock.now() - WINDOW, refused=refused)
    return list(rows.values_list("at", flat=True))


@transaction.atomic
def note_result(
    *, actor: Actor, sitting_id: str, document: str, region: str, reason: str, vault: DocumentVault, clock: Clock
) -> None:
    """Note that one person's published result is shown, before it is."""
    details = {"digest": vault.digest("desk/document", document), "region": region, "reason": reason}
    record(actor=actor, event=AuditEvent.RESULT_SHOWN, subject=sitting_id, details=details, clock=clock)


@transaction.atomic
def give_numbers(
    *, actor: Actor, sitting_id: str, document: str, region: str, reason: str, vault: DocumentVault, clock: Clock
) -> None:
    """Note that somebody's ticket and archive number are given, before they are."""
    details = {"digest": vault.digest("desk/document", document), "region": region, "reason": reason}
    record(actor=actor, event=AuditEvent.NUMBERS_GIVEN, subject=sitting_id, details=details, clock=clock)
