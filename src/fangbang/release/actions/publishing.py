"""From sealed to the end: what the keeper did is entered here after it did it, so that the same command, run again
after a crash, hands the same order over and enters it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from fangbang.adjudication.actions import open_recomputation
from fangbang.audit.actions import record
from fangbang.audit.events import AuditEvent
from fangbang.audit.rules import Actor
from fangbang.core.canonical import canonical_json, content_hash
from fangbang.core.clock import Clock, to_wire
from fangbang.core.errors import FangbangError
from fangbang.intake import queries as intake
from fangbang.release.actions.moving import fetch, keep_signature, move, require
from fangbang.release.models import Purpose, Release
from fangbang.release.problems import EARLY, OTHER_SEAL, PAST_HOUR, TOO_FEW_APPROVALS
from fangbang.release.queries.published import counting_of
from fangbang.release.queries.reading import approvals, frozen_report, next_schedule, superseded_by
from fangbang.release.rules import (
    Approval,
    ReleaseState,
    TrustedKey,
    check_approvals,
    check_schedule,
    check_signature,
    check_withdrawal,
)


@transaction.atomic
def mark_sealed(
    *,
    actor: Actor,
    release_id: str,
    snapshot: str,
    header: str,
    trusted_keys: Mapping[str, TrustedKey],
    clock: Clock,
) -> None:
    """Enter that the keeper sealed the approved report as `snapshot` with `header` (SHA-256). The approvals are held to
    the rules once more. The same seal again is a no-op; another one is INTEGRITY."""
    row = fetch(release_id)
    if row.snapshot:
        if (row.snapshot, row.header) != (snapshot, header):
            raise FangbangError(OTHER_SEAL, release=release_id)
        return
    require(row, ReleaseState.SEALED)
    check_approvals(frozen_report(row.pk), approvals(row.pk, Purpose.REPORT, row.report_hash), trusted_keys)
    move(row, ReleaseState.SEALED, snapshot=snapshot, header=header)
    _record(actor, row, {"snapshot": snapshot, "header": header, "report": row.report_hash}, clock)


@transaction.atomic
def commit(*, actor: Actor, release_id: str, clock: Clock) -> None:
    """Enter that the header is public. A second time is a no-op."""
    row = fetch(release_id)
    if row.state == ReleaseState.COMMITTED:
        return
    move(row, ReleaseState.COMMITTED)
    _record(actor, row, {"header": row.header}, clock)


@transaction.atomic
def distribute(*, actor: Actor, release_id: str, nodes: list[str], clock: Clock) -> None:
    """Enter that these nodes hold the sealed snapshot. A second time is a no-op."""
    row = fetch(release_id)
    if row.state == ReleaseState.DISTRIBUTED:
        return
    move(row, ReleaseState.DISTRIBUTED)
    _record(actor, row, {"nodes": nodes}, clock)


@transaction.atomic
def sign_hour(
    *,
    actor: Actor,
    release_id: str,
    t: datetime,
    approval: Approval,
    trusted_keys: Mapping[str, TrustedKey],
    clock: Clock,
) -> tuple[dict[str, Any], list[Approval]]:
    """Keep one approver's signature under the hour T. Returns the order and its signatures so far: with two of them it
    may be handed to the keeper, and then entered by `mark_scheduled`. Moving T is the same again with another hour.

    The same signature again is a no-op.
    """
    row = fetch(release_id)
    require(row, ReleaseState.SCHEDULED)
    if t <= clock.now() and row.t != t:
        raise FangbangError(PAST_HOUR, at=t.isoformat())
    order = next_schedule(release_id, t)
    check_signature(order, approval, trusted_keys, excluded=_importers(row))
    added = keep_signature(row, Purpose.SCHEDULE, order, approval, actor, clock)
    standing = approvals(release_id, Purpose.SCHEDULE, content_hash(order))
    if added:
        _record(actor, row, {"t": to_wire(t), "signatures": len(standing)}, clock, AuditEvent.RELEASE_HOUR_SIGNED)
    return order, standing


@transaction.atomic
def mark_scheduled(
    *, actor: Actor, release_id: str, t: datetime, trusted_keys: Mapping[str, TrustedKey], clock: Clock
) -> None:
    """Enter that the keeper took the hour T, signed by two approvers. The same hour again is a no-op."""
    row = fetch(release_id)
    order = next_schedule(release_id, t)
    if row.t == t and row.state == ReleaseState.SCHEDULED:
        return
    standing = approvals(release_id, Purpose.SCHEDULE, content_hash(order))
    check_schedule(order, standing, trusted_keys, importers=_importers(row))
    move(row, ReleaseState.SCHEDULED, t=t, serial=order["serial"])
    _record(actor, row, {"t": order["t"], "serial": order["serial"], "signatures": len(standing)}, clock)


@transaction.atomic
def mark_published(*, actor: Actor, release_id: str, clock: Clock) -> None:
    """Enter that the keeper posted the key; earlier bases of the scope, with their overlays, are superseded.

    Later sittings of the exam whose last run used other outcomes of this one get a recomputation task.
    REFUSED before T: the office cannot say that something is out before it may be. A second time is a no-op.
    """
    row = fetch(release_id)
    if row.state == ReleaseState.PUBLISHED:
        return
    require(row, ReleaseState.PUBLISHED)
    if row.t is None or clock.now() < row.t:
        raise FangbangError(EARLY, at=row.t)
    for other in map(fetch, superseded_by(release_id)):
        move(other, ReleaseState.SUPERSEDED)
        _record(actor, other, {"by": release_id}, clock)
    move(row, ReleaseState.PUBLISHED, published_at=row.t)
    _record(actor, row, {"t": to_wire(row.t)}, clock)
    _ask_for_new_runs(row, clock)


@transaction.atomic
def sign_withdrawal(
    *,
    actor: Actor,
    order: Mapping[str, Any],
    approval: Approval,
    trusted_keys: Mapping[str, TrustedKey],
    clock: Clock,
) -> None:
    """Keep an approver's signature under a withdrawal (`rules.withdrawal_order`): one is enough to hand it over."""
    row = fetch(order["release"])
    require(row, ReleaseState.WITHDRAWN)
    check_withdrawal(order, [approval], trusted_keys)
    if keep_signature(row, Purpose.WITHDRAWAL, order, approval, actor, clock):
        details = {"notice": order["notice"]}
        _record(actor, row, details, clock, AuditEvent.RELEASE_WITHDRAWAL_SIGNED)


@transaction.atomic
def mark_withdrawn(*, actor: Actor, order: Mapping[str, Any], clock: Clock) -> None:
    """Enter that the keeper took the snapshot back, with every overlay above it. A second time is a no-op; REFUSED for
    an order that no approver signed here.

    Later sittings whose last run used it get a recomputation task."""
    row = fetch(order["release"])
    if row.state == ReleaseState.WITHDRAWN:
        return
    if not approvals(row.pk, Purpose.WITHDRAWAL, content_hash(dict(order))):
        raise FangbangError(TOO_FEW_APPROVALS, needed=1, given=0)
    for item in (*_above(row), row):
        move(item, ReleaseState.WITHDRAWN, notice=canonical_json(dict(order["notice"])).decode())
        _record(actor, item, {"notice": order["notice"]}, clock)
    _ask_for_new_runs(row, clock)


def _above(row: Release) -> list[Release]:
    """The sealed overlays that were laid over this release: the keeper takes them back along with it."""
    overlays = Release.objects.filter(base_id=row.base_id or row.pk, opened_at__gt=row.opened_at)
    return [fetch(item.pk) for item in overlays if ReleaseState(item.state).may_become(ReleaseState.WITHDRAWN)]


def _ask_for_new_runs(row: Release, clock: Clock) -> None:
    """What counts of this sitting has changed: look at every later sitting of the exam."""
    exam_id, _, year = row.sitting_id.rpartition("-")
    wanted = counting_of(row.sitting_id)
    for later in intake.sittings():
        if later.exam_id == exam_id and later.year > int(year):
            open_recomputation(sitting_id=later.pk, earlier=row.sitting_id, wanted=wanted, cause=row.pk, clock=clock)


def _importers(row: Release) -> list[str]:
    importers: list[str] = frozen_report(row.pk)["importers"]
    return importers


def _record(
    actor: Actor, row: Release, details: Mapping[str, Any], clock: Clock, event: AuditEvent | None = None
) -> None:
    """One audit entry: the verb of the state that the release entered, unless another event is given."""
    told = {"sitting": row.sitting_id, **details}
    record(actor=actor, event=event or ReleaseState(row.state).event, subject=row.pk, details=told, clock=clock)
