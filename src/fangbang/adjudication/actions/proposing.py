"""Lines by two people: one proposes, with the notice that announces it; another one approves, and it is announced."""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.db import transaction

from fangbang.adjudication import queries
from fangbang.adjudication.actions.lines import announce_line, check_line, standing_line
from fangbang.adjudication.assembly import Inputs
from fangbang.adjudication.models import LineProposal, ProposalState
from fangbang.adjudication.previewing import Proposed, as_json, preview
from fangbang.adjudication.problems import (
    NO_REASON,
    NO_RUN_YET,
    PROPOSAL_DECIDED,
    SAME_PERSON,
    UNKNOWN_PROPOSAL,
    UNKNOWN_SUBJECT,
)
from fangbang.adjudication.published import HistoryBook
from fangbang.audit.actions import record
from fangbang.audit.events import AuditEvent
from fangbang.audit.rules import Actor
from fangbang.books.store import BookStore
from fangbang.core.clock import Clock
from fangbang.core.errors import FangbangError
from fangbang.core.ids import new_id
from fangbang.exams.catalogue import Catalogue
from fangbang.intake import queries as intake


@transaction.atomic
def propose_line(
    *,
    actor: Actor,
    sitting_id: str,
    level: str,
    subjects: Sequence[str],
    provinces: Sequence[str],
    value: Decimal,
    regional: bool,
    document_number: str,
    replace: bool,
    catalogue: Catalogue,
    clock: Clock,
) -> str:
    """Propose a line for subjects of a level (all of them, if none is named) in provinces (none: everywhere); returns
    the proposal's id. Nothing counts yet. Refused is what announcing it would refuse now."""
    rules = queries.rules_of(sitting_id, catalogue)
    known = queries.subjects_of(rules, level)
    chosen = [subject for subject in known if subject in subjects] or list(known)
    if unknown := [subject for subject in subjects if subject not in known]:
        raise FangbangError(UNKNOWN_SUBJECT, sitting=sitting_id, level=level, subject=unknown[0])
    places = sorted(set(provinces))
    for subject in chosen:
        for province in places or [""]:
            check_line(rules, level, subject, value, document_number, province, regional)
            place = {"level": level, "subject": subject, "province": province, "regional": regional}
            standing_line(sitting_id, value, place, replace=replace)
    row = LineProposal.objects.create(
        id=new_id("lin"),
        sitting_id=sitting_id,
        level=level,
        subjects=chosen,
        provinces=places,
        regional=regional,
        value=value,
        document_number=document_number.strip(),
        replace=replace,
        proposed_by=actor.id,
        proposed_by_name=actor.name,
        proposed_at=clock.now(),
    )
    record(actor=actor, event=AuditEvent.LINE_PROPOSED, subject=sitting_id, details=_told(row), clock=clock)
    return row.pk


@transaction.atomic
def approve_line(*, actor: Actor, proposal_id: str, catalogue: Catalogue, clock: Clock) -> None:
    """Approve a line that somebody else proposed: it is announced at every place, and what was frozen of the sitting
    loses its approvals. SAME_PERSON for one's own; PROPOSAL_DECIDED when it is not open any more."""
    row = _open(proposal_id)
    if row.proposed_by == actor.id:
        raise FangbangError(SAME_PERSON, operator=actor.id)
    _decide(row, actor, ProposalState.APPROVED, clock)
    record(actor=actor, event=AuditEvent.LINE_APPROVED, subject=row.sitting_id, details=_told(row), clock=clock)
    for subject in row.subjects:
        for province in row.provinces or [""]:
            announce_line(
                actor=actor,
                sitting_id=row.sitting_id,
                level=row.level,
                subject=subject,
                value=row.value,
                document_number=row.document_number,
                catalogue=catalogue,
                clock=clock,
                province=province,
                regional=row.regional,
                replace=row.replace,
            )


@transaction.atomic
def refuse_line(*, actor: Actor, proposal_id: str, reason: str, clock: Clock) -> None:
    """Refuse a proposed line, or take one's own back, with a reason."""
    if not reason.strip():
        raise FangbangError(NO_REASON)
    row = _open(proposal_id)
    row.reason = reason.strip()[:400]
    _decide(row, actor, ProposalState.REFUSED, clock)
    details = {**_told(row), "reason": row.reason}
    record(actor=actor, event=AuditEvent.LINE_REFUSED, subject=row.sitting_id, details=details, clock=clock)


def preview_line(
    *,
    actor: Actor,
    proposal_id: str,
    store: BookStore,
    catalogue: Catalogue,
    clock: Clock,
    people: Mapping[tuple[str, str], str] | None = None,
    names: Mapping[tuple[str, str, str], str] | None = None,
    history: Sequence[HistoryBook] = (),
    progress: Callable[[int], None] = lambda _: None,
) -> Mapping[str, Any]:
    """Count what each step of a proposed line would change, from the books as they are, and keep it with the proposal
    (`previewing.as_json`). NO_RUN_YET before there are marks. The other arguments are those of `run`."""
    row = LineProposal.objects.filter(pk=proposal_id).first()
    if row is None:
        raise FangbangError(UNKNOWN_PROPOSAL, proposal=proposal_id[:40])
    if intake.latest_batch(row.sitting_id, "marks") is None:
        raise FangbangError(NO_RUN_YET, sitting=row.sitting_id)
    inputs = Inputs(
        registrations=intake.registrations_book(row.sitting_id),
        marks=intake.marks_book(row.sitting_id),
        prior=tuple(intake.prior_passes_books(row.sitting_id).values()),
        history=tuple(history),
        withheld=queries.withheld_tickets(row.sitting_id),
        people=people or {},
        names=names or {},
    )
    proposed = Proposed(row.level, tuple(row.subjects), tuple(row.provinces), row.regional, row.value)
    rules, announced = queries.rules_of(row.sitting_id, catalogue), queries.announced_lines(row.sitting_id)
    found = as_json(preview(store, inputs, rules, announced, proposed, progress))
    with transaction.atomic():
        LineProposal.objects.filter(pk=proposal_id).update(preview=found)
        details = {"proposal": proposal_id, "people": found["people"]}
        record(actor=actor, event=AuditEvent.LINE_PREVIEWED, subject=row.sitting_id, details=details, clock=clock)
    return found


def _open(proposal_id: str) -> LineProposal:
    row = LineProposal.objects.select_for_update().filter(pk=proposal_id).first()
    if row is None:
        raise FangbangError(UNKNOWN_PROPOSAL, proposal=proposal_id[:40])
    if row.state != ProposalState.PROPOSED:
        raise FangbangError(PROPOSAL_DECIDED, operator=row.decided_by)
    return row


def _decide(row: LineProposal, actor: Actor, state: ProposalState, clock: Clock) -> None:
    row.state, row.decided_by, row.decided_by_name, row.decided_at = state, actor.id, actor.name, clock.now()
    row.save(update_fields=["state", "decided_by", "decided_by_name", "decided_at", "reason"])


def _told(row: LineProposal) -> dict[str, Any]:
    return {
        "proposal": row.pk,
        "level": row.level,
        "subjects": row.subjects,
        "provinces": row.provinces,
        "regional": row.regional,
        "value": f"{row.value.normalize():f}",
        "document": row.document_number,
        "proposed_by": row.proposed_by,
    }
