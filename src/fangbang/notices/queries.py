"""Reads of proposals."""

from dataclasses import dataclass
from datetime import datetime

from fangbang.core.errors import FangbangError
from fangbang.notices.models import Proposal
from fangbang.notices.problems import UNKNOWN_PROPOSAL
from fangbang.notices.rules import Content, ProposalKind, ProposalState, decoded


@dataclass(frozen=True)
class ProposalView:
    """A proposal; no content: it takes down what stands under the key."""

    id: str
    kind: ProposalKind
    key: str
    region: str
    exam: str
    content: Content | None
    reason: str
    state: ProposalState
    author: str
    author_name: str
    at: datetime
    decided_by: str
    decided_name: str
    decided_at: datetime | None
    counter: int


def proposal(proposal_id: str) -> ProposalView:
    """One proposal, or INPUT."""
    row = Proposal.objects.filter(pk=proposal_id).first()
    if row is None:
        raise FangbangError(UNKNOWN_PROPOSAL, proposal=proposal_id)
    return _view(row)


def proposals(limit: int = 200) -> list[ProposalView]:
    """The last proposals, the newest first."""
    return [_view(row) for row in Proposal.objects.order_by("-at", "-id")[:limit]]


def _view(row: Proposal) -> ProposalView:
    kind = ProposalKind(row.kind)
    return ProposalView(
        id=row.pk,
        kind=kind,
        key=row.key,
        region=row.region,
        exam=row.exam,
        content=decoded(kind, row.content) if row.content else None,
        reason=row.reason,
        state=ProposalState(row.state),
        author=row.author,
        author_name=row.author_name,
        at=row.at,
        decided_by=row.decided_by,
        decided_name=row.decided_name,
        decided_at=row.decided_at,
        counter=row.counter,
    )
