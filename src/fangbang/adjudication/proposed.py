"""Reads of proposed lines, for `queries.py`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from fangbang.adjudication.models import LineProposal
from fangbang.adjudication.problems import UNKNOWN_PROPOSAL
from fangbang.core.errors import FangbangError


@dataclass(frozen=True)
class ProposalView:
    """A proposed line, and what became of it. No province: everywhere."""

    id: str
    sitting: str
    level: str
    subjects: Sequence[str]
    provinces: Sequence[str]
    regional: bool
    value: Decimal
    document_number: str
    replace: bool
    state: str
    proposed_by: str
    proposed_by_name: str
    proposed_at: datetime
    decided_by_name: str
    decided_at: datetime | None
    reason: str
    preview: Mapping[str, Any] | None


def proposal(proposal_id: str) -> ProposalView:
    """One proposed line, or INPUT."""
    row = LineProposal.objects.filter(pk=proposal_id).first()
    if row is None:
        raise FangbangError(UNKNOWN_PROPOSAL, proposal=proposal_id[:40])
    return _proposal(row)


def proposals(sitting_id: str) -> list[ProposalView]:
    """Every line that was proposed for a sitting, the newest first."""
    return [_proposal(row) for row in LineProposal.objects.filter(sitting_id=sitting_id).order_by("-proposed_at", "pk")]


def _proposal(row: LineProposal) -> ProposalView:
    names = ProposalView.__dataclass_fields__
    same = {name: getattr(row, name) for name in names if name not in ("id", "sitting", "state")}
    return ProposalView(id=row.pk, sitting=row.sitting_id, state=str(row.state), **same)
