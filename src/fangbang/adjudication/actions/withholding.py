"""Holding back the result of one person, and releasing it."""

import pyarrow as pa
import pyarrow.compute as pc
from django.db import transaction

from fangbang.adjudication.models import Withholding
from fangbang.adjudication.problems import NOT_WITHHELD, REASON_MISSING, UNKNOWN_TICKET
from fangbang.audit.actions import record
from fangbang.audit.events import AuditEvent
from fangbang.audit.rules import Actor
from fangbang.books.store import BookStore
from fangbang.core.clock import Clock
from fangbang.core.errors import FangbangError
from fangbang.core.fold import fold_number
from fangbang.core.ids import new_id
from fangbang.intake import queries as intake


@transaction.atomic
def withhold(*, actor: Actor, sitting_id: str, ticket: str, reason: str, store: BookStore, clock: Clock) -> str:
    """Hold back the result of the person with this ticket number from the next run on; returns the decision's id.

    What is frozen of the sitting loses its approvals; what is published stays until an overlay of a new run replaces
    it. A second time is a no-op (the first reason stays). UNKNOWN_TICKET when nobody is registered with the ticket. The
    audit log names the decision, never the ticket.
    """
    ticket = fold_number(ticket)
    if not reason.strip():
        raise FangbangError(REASON_MISSING)
    _require_registered(sitting_id, ticket, store)
    known = Withholding.objects.select_for_update().filter(sitting_id=sitting_id, ticket=ticket, lifted_at=None).first()
    if known is not None:
        return known.pk
    row = Withholding.objects.create(
        pk=new_id("wh"),
        sitting_id=sitting_id,
        ticket=ticket,
        reason=reason.strip(),
        by=actor.id,
        by_name=actor.name,
        at=clock.now(),
    )
    details = {"withholding": row.pk, "reason": row.reason}
    record(actor=actor, event=AuditEvent.RESULT_WITHHELD, subject=sitting_id, details=details, clock=clock)
    return row.pk


@transaction.atomic
def lift_withholding(*, actor: Actor, sitting_id: str, ticket: str, reason: str, clock: Clock) -> str:
    """Let the next run say the result again; returns the decision's id. NOT_WITHHELD when it is not held back."""
    if not reason.strip():
        raise FangbangError(REASON_MISSING)
    rows = Withholding.objects.select_for_update()
    row = rows.filter(sitting_id=sitting_id, ticket=fold_number(ticket), lifted_at=None).first()
    if row is None:
        raise FangbangError(NOT_WITHHELD, sitting=sitting_id)
    row.lifted_at, row.lifted_by, row.lifted_reason = clock.now(), actor.id, reason.strip()
    row.save(update_fields=["lifted_at", "lifted_by", "lifted_reason"])
    details = {"withholding": row.pk, "reason": row.lifted_reason}
    record(actor=actor, event=AuditEvent.WITHHOLDING_LIFTED, subject=sitting_id, details=details, clock=clock)
    return row.pk


def _require_registered(sitting_id: str, ticket: str, store: BookStore) -> None:
    for batch in store.batches(intake.registrations_book(sitting_id), ["ticket"]):
        if pc.any(pc.is_in(batch.column("ticket"), value_set=pa.array([ticket]))).as_py():
            return
    raise FangbangError(UNKNOWN_TICKET, sitting=sitting_id)
