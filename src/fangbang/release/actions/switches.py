"""Switches of the query nodes: who signed that one be moved, and that the keeper moved it. How they stand, the keeper
keeps, and the board says."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction

from fangbang.audit.actions import record
from fangbang.audit.events import AuditEvent
from fangbang.audit.rules import Actor
from fangbang.core.clock import Clock
from fangbang.release.rules import Approval, TrustedKey, check_signature, check_switch_form


@transaction.atomic
def sign_switch(
    *,
    actor: Actor,
    order: Mapping[str, Any],
    approval: Approval,
    trusted_keys: Mapping[str, TrustedKey],
    clock: Clock,
) -> None:
    """Enter that an approver signed this order, before it is handed to the keeper."""
    check_switch_form(order)
    check_signature(order, approval, trusted_keys)
    _record(actor, AuditEvent.SWITCH_SIGNED, order, clock)


@transaction.atomic
def mark_switched(*, actor: Actor, order: Mapping[str, Any], clock: Clock) -> None:
    """Enter that the keeper carried the order out: nodes follow within seconds."""
    _record(actor, AuditEvent.SWITCH_MOVED, order, clock)


def _record(actor: Actor, event: AuditEvent, order: Mapping[str, Any], clock: Clock) -> None:
    details = {name: order[name] for name in ("name", "subject", "on", "value", "until", "notice", "reason")}
    record(actor=actor, event=event, subject=f"switch-{order['serial']}", details=details, clock=clock)
