"""Holding back the result of one person, and releasing it: asked for by one member of staff, decided by another."""

import pyarrow as pa
import pyarrow.compute as pc
from django.db import transaction

from fangbang.adjudication import queries
from fangbang.adjudication.models import RequestKind, RequestState, Withholding, WithholdingRequest
from fangbang.adjudication.problems import (
    BASIS_MISSING,
    DECIDED_ALREADY,
    NOT_WITHHELD,
    SECOND_PERSON_NEEDED,
    UNKNOWN_REQUEST,
    UNKNOWN_TICKET,
    WITHHELD_ALREADY,
)
from fangbang.adjudication.queries import RequestView
from fangbang.audit.actions import record
from fangbang.audit.events import AuditEvent
from fangbang.audit.rules import Actor
from fangbang.books.store import BookStore
from fangbang.core.clock import Clock
from fangbang.core.errors import FangbangError
from fangbang.core.fold import fold_number
from fangbang.core.ids import new_id
from fangbang.exams.cities import region_code
from fangbang.intake import queries as intake
from fangbang.people.rules.reasons import checked_reason


@transaction.atomic
def ask_withholding(
    *, actor: Actor, sitting_id: str, ticket: str, reason: str, basis: str, store: BookStore, clock: Clock
) -> str:
    """Ask that the result of the person with this ticket number be held back; returns the request's id.

    Nothing changes until somebody else agrees. UNKNOWN_TICKET when nobody is registered with the ticket,
    WITHHELD_ALREADY when it is held back or asked for. The audit log names the request, never the ticket.
    """
    ticket = fold_number(ticket)
    region = _region(sitting_id, ticket, store)
    if Withholding.objects.filter(sitting_id=sitting_id, ticket=ticket, lifted_at=None).exists():
        raise FangbangError(WITHHELD_ALREADY)
    return _ask(actor, RequestKind.WITHHOLD, (sitting_id, ticket, region), reason, basis, clock)


@transaction.atomic
def ask_lifting(*, actor: Actor, sitting_id: str, ticket: str, reason: str, basis: str, clock: Clock) -> str:
    """Ask that a result that is held back may be told again; returns the request's id. NOT_WITHHELD when it is not."""
    ticket = fold_number(ticket)
    row = Withholding.objects.filter(sitting_id=sitting_id, ticket=ticket, lifted_at=None).first()
    if row is None:
        raise FangbangError(NOT_WITHHELD, sitting=sitting_id)
    return _ask(actor, RequestKind.LIFT, (sitting_id, ticket, row.region), reason, basis, clock)


@transaction.atomic
def decide_withholding(*, actor: Actor, request_id: str, agree: bool, clock: Clock) -> RequestView:
    """Agree or refuse, as somebody else than who asked (REFUSED otherwise).

    Agreed, it counts from the next run on: what is frozen of the sitting loses its approvals; what is published stays
    until an overlay of a new run replaces it. DECIDED_ALREADY when it was decided.
    """
    row = WithholdingRequest.objects.select_for_update().filter(pk=request_id).first()
    if row is None:
        raise FangbangError(UNKNOWN_REQUEST)
    if row.asked_by == actor.id:
        raise FangbangError(SECOND_PERSON_NEEDED)
    if row.state != RequestState.ASKED:
        raise FangbangError(DECIDED_ALREADY)
    row.state = RequestState.AGREED if agree else RequestState.REFUSED
    row.decided_by, row.decided_name, row.decided_at = actor.id, actor.name, clock.now()
    row.save()
    event, details = AuditEvent.WITHHOLDING_REFUSED, {"request": row.pk, "asked_by": row.asked_by}
    if agree:
        carry_out = _hold if row.kind == RequestKind.WITHHOLD else _lift
        event, withholding = carry_out(row, clock)
        details |= {"withholding": withholding, "reason": row.reason, "basis": row.basis}
    record(actor=actor, event=event, subject=row.sitting_id, details=details, clock=clock)
    return queries.withholding_request(request_id)


def _ask(actor: Actor, kind: RequestKind, person: tuple[str, str, str], reason: str, basis: str, clock: Clock) -> str:
    sitting_id, ticket, region = person
    if not basis.strip():
        raise FangbangError(BASIS_MISSING)
    reason = checked_reason(reason, [ticket])
    if WithholdingRequest.objects.filter(sitting_id=sitting_id, ticket=ticket, state=RequestState.ASKED).exists():
        raise FangbangError(WITHHELD_ALREADY)
    row = WithholdingRequest.objects.create(
        pk=new_id("wr"),
        kind=kind,
        sitting_id=sitting_id,
        ticket=ticket,
        region=region,
        reason=reason,
        basis=basis.strip(),
        asked_by=actor.id,
        asked_name=actor.name,
        asked_at=clock.now(),
    )
    details = {"request": row.pk, "kind": row.kind, "reason": row.reason, "basis": row.basis}
    record(actor=actor, event=AuditEvent.WITHHOLDING_ASKED, subject=sitting_id, details=details, clock=clock)
    return row.pk


def _hold(row: WithholdingRequest, clock: Clock) -> tuple[AuditEvent, str]:
    made = Withholding.objects.create(
        pk=new_id("wh"),
        sitting_id=row.sitting_id,
        ticket=row.ticket,
        region=row.region,
        reason=row.reason,
        basis=row.basis,
        by=row.asked_by,
        by_name=row.asked_name,
        second=row.decided_by,
        at=clock.now(),
    )
    return AuditEvent.RESULT_WITHHELD, made.pk


def _lift(row: WithholdingRequest, clock: Clock) -> tuple[AuditEvent, str]:
    rows = Withholding.objects.select_for_update()
    held = rows.filter(sitting_id=row.sitting_id, ticket=row.ticket, lifted_at=None).first()
    if held is None:
        raise FangbangError(NOT_WITHHELD, sitting=row.sitting_id)
    held.lifted_at, held.lifted_by, held.lifted_second = clock.now(), row.asked_by, row.decided_by
    held.lifted_reason, held.lifted_basis = row.reason, row.basis
    held.save()
    return AuditEvent.WITHHOLDING_LIFTED, held.pk


def _region(sitting_id: str, ticket: str, store: BookStore) -> str:
    """Where the person with the ticket belongs; UNKNOWN_TICKET when nobody has it."""
    book, wanted = intake.registrations_book(sitting_id), pa.scalar(ticket)
    found = store.find(book, ["ticket"], lambda block: pc.equal(block["ticket"], wanted)).to_pylist()
    if not found:
        raise FangbangError(UNKNOWN_TICKET, sitting=sitting_id)
    return region_code(found[0]["province"], found[0]["city"])
