"""The public texts: who signed a bundle, and that the keeper shows it. The bundle is a file of the public folder."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction

from fangbang.audit.actions import record
from fangbang.audit.events import AuditEvent
from fangbang.audit.rules import Actor
from fangbang.core.clock import Clock
from fangbang.release.rules import Approval, TrustedKey, check_pages, pages_subject


@transaction.atomic
def propose_pages(*, actor: Actor, order: Mapping[str, Any], replaces: str, clock: Clock) -> None:
    """Enter that somebody proposes what this order shows, in place of the bundle `replaces` (SHA-256, "" for none):
    another person may sign exactly that."""
    details = {"counter": order["counter"], "replaces": replaces}
    record(
        actor=actor,
        event=AuditEvent.PAGES_PROPOSED,
        subject=pages_subject(order["bundle"]),
        details=details,
        clock=clock,
    )


@transaction.atomic
def sign_pages(
    *,
    actor: Actor,
    order: Mapping[str, Any],
    approval: Approval,
    trusted_keys: Mapping[str, TrustedKey],
    clock: Clock,
) -> None:
    """Enter that an approver signed this bundle, before the order is handed to the keeper."""
    check_pages(order, [approval], trusted_keys)
    _record(actor, AuditEvent.PAGES_SIGNED, order, clock)


@transaction.atomic
def mark_pages_published(*, actor: Actor, order: Mapping[str, Any], clock: Clock) -> None:
    """Enter that the keeper swapped its pointer to this bundle."""
    _record(actor, AuditEvent.PAGES_PUBLISHED, order, clock)


def _record(actor: Actor, event: AuditEvent, order: Mapping[str, Any], clock: Clock) -> None:
    details = {"counter": order["counter"], "bundle": order["bundle"]}
    record(actor=actor, event=event, subject=f"pages-{order['counter']}", details=details, clock=clock)
