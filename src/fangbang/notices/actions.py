"""The only writers of proposals. Signing and publishing the bundle are `release.actions`, as for every bundle."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction

from fangbang.audit.actions import record
from fangbang.audit.events import AuditEvent
from fangbang.audit.rules import Actor
from fangbang.core.clock import Clock
from fangbang.core.errors import FangbangError
from fangbang.core.ids import new_id
from fangbang.notices.models import Proposal
from fangbang.notices.problems import BAD_CONTENT, NOT_WAITING, UNKNOWN_PROPOSAL
from fangbang.notices.rules import (
    Content,
    ProposalKind,
    ProposalState,
    applied,
    check_author,
    check_not_public,
    check_region,
    check_second_person,
    decoded,
    encoded,
)
from fangbang.pages.bundle import Bundle


@transaction.atomic
def propose(
    *,
    actor: Actor,
    kind: ProposalKind,
    key: str,
    region: str,
    content: Content | None,
    reason: str,
    bundle: Bundle,
    clock: Clock,
    exam: str = "",
) -> str:
    """Enter what the public pages are to say under `key` (None: nothing any more); returns the proposal's id.

    `bundle` is what stands: INPUT if it cannot take the content, REFUSED if the key is another region's.
    """
    if not reason.strip():
        raise FangbangError(BAD_CONTENT, reason="reason")
    check_region(bundle, kind, key, region)
    applied(bundle, kind, key, content)
    row = Proposal.objects.create(
        id=new_id("pro"),
        kind=kind,
        key=key,
        region=region,
        exam=exam,
        content="" if content is None else encoded(content),
        reason=reason.strip()[:200],
        state=ProposalState.WAITING,
        author=actor.id,
        author_name=actor.name,
        at=clock.now(),
    )
    _record(actor, AuditEvent.NOTICE_PROPOSED, row, {"reason": row.reason, "withdraws": content is None}, clock)
    return row.pk


@transaction.atomic
def refuse(*, actor: Actor, proposal_id: str, bundle: Bundle, clock: Clock) -> None:
    """Decide that it is not published; STATE if `bundle`, which stands, says it already."""
    row = _decide(proposal_id, actor, clock, ProposalState.REFUSED)
    _check_not_public(bundle, row)
    _record(actor, AuditEvent.NOTICE_REFUSED, row, {}, clock)


@transaction.atomic
def take_back(*, actor: Actor, proposal_id: str, bundle: Bundle, clock: Clock) -> None:
    """Its author does not want it any more, before anybody decided it; STATE if `bundle`, which stands, says it."""
    row = _decide(proposal_id, actor, clock, ProposalState.TAKEN_BACK)
    _check_not_public(bundle, row)
    _record(actor, AuditEvent.NOTICE_TAKEN_BACK, row, {}, clock)


@transaction.atomic
def mark_published(*, actor: Actor, proposal_id: str, counter: int, clock: Clock) -> None:
    """Enter that the bundle of this counter, which the actor signed, says it."""
    row = _decide(proposal_id, actor, clock, ProposalState.PUBLISHED, counter=counter)
    _record(actor, AuditEvent.NOTICE_PUBLISHED, row, {"counter": counter}, clock)


def _decide(proposal_id: str, actor: Actor, clock: Clock, state: ProposalState, **more: Any) -> Proposal:
    """Move a waiting proposal by compare-and-set; its author takes it back, somebody else decides it."""
    row = Proposal.objects.filter(pk=proposal_id).first()
    if row is None:
        raise FangbangError(UNKNOWN_PROPOSAL, proposal=proposal_id)
    (check_author if state is ProposalState.TAKEN_BACK else check_second_person)(row.author, actor.id)
    moved = Proposal.objects.filter(pk=proposal_id, state=ProposalState.WAITING).update(
        state=state, decided_by=actor.id, decided_name=actor.name, decided_at=clock.now(), **more
    )
    if moved != 1:
        raise FangbangError(NOT_WAITING, proposal=proposal_id)
    return row


def _check_not_public(bundle: Bundle, row: Proposal) -> None:
    content = decoded(ProposalKind(row.kind), row.content) if row.content else None
    check_not_public(bundle, row.pk, content)


def _record(actor: Actor, event: AuditEvent, row: Proposal, details: Mapping[str, Any], clock: Clock) -> None:
    told = {"kind": row.kind, "key": row.key, "region": row.region, **details}
    record(actor=actor, event=event, subject=row.pk, details=told, clock=clock)
