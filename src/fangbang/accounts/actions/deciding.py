"""A second person's word at the command line, proven by their key."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction

from fangbang.accounts.problems import OTHERS_SIGNATURE
from fangbang.accounts.queries import trusted_keys
from fangbang.audit.actions import record
from fangbang.audit.events import AuditEvent
from fangbang.audit.rules import Actor
from fangbang.core.clock import Clock
from fangbang.core.errors import FangbangError
from fangbang.release.rules import Approval, check_proof


@transaction.atomic
def prove_decision(*, actor: Actor, document: Mapping[str, Any], approval: Approval, clock: Clock) -> None:
    """Enter that the actor's own key, one that counts now, signed `rules.decision`. REFUSED for another's key or one
    that counts no longer; INTEGRITY for a signature under something else. It is for whoever calls this to make what was
    decided follow in the same transaction, and to know that the actor may decide it."""
    if approval.operator != actor.id:
        raise FangbangError(OTHERS_SIGNATURE, signer=approval.operator, actor=actor.id)
    check_proof(document, approval, trusted_keys())
    details = {
        "matter": document["matter"],
        "content": document["content"],
        "key_id": approval.key_id,
        "signature": approval.signature,
    }
    record(
        actor=actor,
        event=AuditEvent.DECISION_SIGNED,
        subject=str(document["subject"]),
        details=details,
        clock=clock,
    )
