"""From opened to approved: everything that an edit of the inputs undoes."""

import json
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from fangbang.audit import queries as audit
from fangbang.audit.actions import in_turn, record
from fangbang.audit.events import AuditEvent
from fangbang.audit.rules import SYSTEM, Actor, Entry
from fangbang.core.canonical import canonical_json, content_hash
from fangbang.core.clock import Clock
from fangbang.core.errors import FangbangError
from fangbang.core.ids import new_id
from fangbang.release.actions.confirming import void_confirmations
from fangbang.release.actions.moving import fetch, keep_signature, move, require, void_signatures
from fangbang.release.models import Purpose, Release, Signature
from fangbang.release.problems import (
    ALREADY_OPEN,
    INPUTS_CHANGED,
    NO_BASE,
    NOT_FROZEN,
    SAME_APPROVER,
    TOO_MANY_OVERLAYS,
    WRONG_REPORT,
)
from fangbang.release.queries.reading import approvals, said, unsealed
from fangbang.release.rules import (
    Approval,
    Facts,
    Heading,
    Override,
    ReleaseKind,
    ReleaseState,
    Scope,
    TrustedKey,
    check_approval,
    check_approvals,
    check_confirmed,
    check_override,
    disowned,
    edits,
    freeze_report,
    may_edit,
    report_hash,
    same_facts,
    with_override,
)

MOST_OVERLAYS = 2


@transaction.atomic
def open_release(
    *,
    actor: Actor,
    sitting_id: str,
    scope: Scope,
    kind: ReleaseKind,
    base_id: str = "",
    provincial: Sequence[str] = (),
    clock: Clock,
) -> str:
    """Open a release of a part of a sitting; returns its id. An overlay names the published base that it changes.

    Refuses (STATE) while another one of the same scope and kind is being prepared, an overlay without a published base
    of the same scope, and a third overlay; (REFUSED) levels that each province releases (`provincial`) in a scope that
    is not one province. Freezing asks the last once more.
    """
    scope.check_authority(provincial)
    in_turn()  # a new overlay locks its base's row: after the turn, as `fetch` does
    if (other := unsealed(sitting_id, scope, kind)) is not None:
        raise FangbangError(ALREADY_OPEN, sitting=sitting_id, release=other)
    if kind is ReleaseKind.OVERLAY:
        _check_base(base_id, sitting_id, scope)
    row = Release.objects.create(
        pk=new_id("rel"),
        sitting_id=sitting_id,
        scope=canonical_json(scope.to_json()).decode(),
        scope_key=scope.key,
        kind=kind.value,
        base_id=base_id or None,
        state=ReleaseState.DRAFT.value,
        opened_at=clock.now(),
    )
    details = {"sitting": sitting_id, "scope": scope.to_json(), "kind": kind.value, "base": base_id}
    record(actor=actor, event=AuditEvent.RELEASE_OPENED, subject=row.pk, details=details, clock=clock)
    return row.pk


@transaction.atomic
def freeze(*, actor: Actor, release_id: str, facts: Facts, clock: Clock) -> str:
    """Freeze the facts of a run into the report to be signed; returns its hash.

    The same facts again are a no-op and keep the approvals; other facts void them. A red gate freezes too (the report
    says so), but cannot be approved until it is put right or overridden. STATE if the sitting's inputs were edited
    after the facts began to be gathered: the report would speak of what is no more. No act of anybody comes between
    that look and the freezing.
    """
    row = fetch(release_id)
    require(row, ReleaseState.ADJUDICATED)
    _check_current(row, facts)
    heading = Heading(row.pk, Scope.from_json(json.loads(row.scope)), ReleaseKind(row.kind), row.base_id or "")
    heading.scope.check_authority(facts.provincial)
    report = freeze_report(heading, facts, overrides=_overrides(row), anchor=audit.head(), now=clock.now())
    if row.report and same_facts(json.loads(row.report), report):
        return row.report_hash
    _put_report(row, report, AuditEvent.RELEASE_FROZEN, clock)
    details = {"sitting": row.sitting_id, "report": row.report_hash, "run": facts.run.id}
    record(actor=actor, event=AuditEvent.RELEASE_FROZEN, subject=row.pk, details=details, clock=clock)
    return row.report_hash


@transaction.atomic
def override(*, actor: Actor, override: Override, trusted_keys: Mapping[str, TrustedKey], clock: Clock) -> str:
    """One approver overrides one red check of the frozen report, with a reason; two are needed. Returns the hash of the
    report, which is frozen anew with the override in it: earlier approvals are void."""
    row = fetch(override.release)
    require(row, ReleaseState.ADJUDICATED)
    if not row.report:
        raise FangbangError(NOT_FROZEN, release=row.pk)
    report = json.loads(row.report)
    check_override(override, trusted_keys, excluded=report["importers"])
    changed = with_override(report, override, anchor=audit.head(), now=clock.now())
    if not keep_signature(row, Purpose.OVERRIDE, override.document(), override.approval, actor, clock):
        return row.report_hash
    _void_earlier_wording(row, override, clock)
    _put_report(row, changed, AuditEvent.RELEASE_OVERRIDDEN, clock)
    details = {"finding": override.finding, "reason": override.reason, "report": row.report_hash}
    record(actor=actor, event=AuditEvent.RELEASE_OVERRIDDEN, subject=row.pk, details=details, clock=clock)
    return row.report_hash


@transaction.atomic
def approve(
    *,
    actor: Actor,
    release_id: str,
    signed_report: str,
    approval: Approval,
    trusted_keys: Mapping[str, TrustedKey],
    asked: Collection[str],
    clock: Clock,
) -> ReleaseState:
    """Keep one approver's signature under the frozen report; the second one approves the release.

    `signed_report` is the hash of what the approver saw and signed; `asked` the provinces whose confirmation is needed.
    Refused: another report than the frozen one, a red gate, a province that has not confirmed or disputes, an importer,
    a key that is not enrolled, a signature that does not fit, the same person twice.
    """
    row = fetch(release_id)
    if not row.report:
        raise FangbangError(NOT_FROZEN, release=release_id)
    require(row, ReleaseState.APPROVED)
    if signed_report != row.report_hash:
        raise FangbangError(WRONG_REPORT, signed=signed_report[:16], frozen=row.report_hash[:16])
    report = json.loads(row.report)
    check_approval(report, approval, trusted_keys)
    check_confirmed(asked, said(row.pk))
    if not keep_signature(row, Purpose.REPORT, report, approval, actor, clock):
        raise FangbangError(SAME_APPROVER, operator=approval.operator)
    standing = approvals(row.pk, Purpose.REPORT, row.report_hash)
    if len(standing) > 1:
        check_approvals(report, standing, trusted_keys)
        move(row, ReleaseState.APPROVED)
    details = {"report": row.report_hash, "key_id": approval.key_id, "approvals": len(standing)}
    record(actor=actor, event=AuditEvent.RELEASE_APPROVED, subject=row.pk, details=details, clock=clock)
    return ReleaseState(row.state)


def void_after(*, entry: Entry) -> None:
    """An act on a sitting's inputs, or on the keys of those who signed: void the frozen reports and approvals of the
    unsealed releases that it touches, and an hour that was signed but not carried out.

    Called for every audit entry, in its transaction; releases that have nothing frozen or are sealed are skipped (a
    correction of those is a release of its own).
    """
    frozen = Release.objects.filter(state__in=[s.value for s in ReleaseState if s.frozen])
    rows = frozen.select_for_update()
    sittings = set(frozen.values_list("sitting_id", flat=True)) if may_edit(entry) else set()
    for row in list(rows.filter(sitting_id__in=[sitting for sitting in sittings if edits(entry, sitting)])):
        _void(row, entry)
    whose = disowned(entry)
    if whose is not None:
        standing = Signature.objects.filter(voided_at=None, **whose)
        for row in list(rows.filter(pk__in=standing.values("release"))):
            _void(row, entry)
        _void_open_hours(standing.filter(purpose=Purpose.SCHEDULE), entry)


def _void_open_hours(standing: QuerySet[Signature], entry: Entry) -> None:
    """An hour that the keeper took already stays as it was signed."""
    for item in standing.select_related("release"):
        if json.loads(item.document)["serial"] > item.release.serial:
            Signature.objects.filter(pk=item.pk).update(voided_at=entry.at, voided_by=entry.event)


def _void(row: Release, entry: Entry) -> None:
    clock = _At(entry)
    before = row.report_hash
    people = void_signatures(row, Purpose.REPORT, entry.event, clock)
    void_signatures(row, Purpose.OVERRIDE, entry.event, clock)
    provinces = void_confirmations(row, entry.event, clock)
    move(row, ReleaseState.DRAFT, report="", report_hash="", frozen_at=None)
    details = {"sitting": row.sitting_id, "cause": entry.event, "entry": entry.seq, "report": before, "voided": people}
    details["provinces"] = provinces
    record(actor=SYSTEM, event=AuditEvent.RELEASE_APPROVALS_VOIDED, subject=row.pk, details=details, clock=clock)


def _check_current(row: Release, facts: Facts) -> None:
    for entry in audit.entries(after=facts.seen):
        if edits(entry, row.sitting_id):
            raise FangbangError(INPUTS_CHANGED, release=row.pk, seq=entry.seq)


def _void_earlier_wording(row: Release, override: Override, clock: Clock) -> None:
    """One person overrides a finding once: what they wrote last counts."""
    mine = Signature.objects.filter(
        release=row, purpose=Purpose.OVERRIDE, operator=override.operator, voided_at=None
    ).exclude(document_hash=content_hash(override.document()))
    for item in mine:
        if json.loads(item.document)["finding"] == override.finding:
            Signature.objects.filter(pk=item.pk).update(
                voided_at=clock.now(), voided_by=AuditEvent.RELEASE_OVERRIDDEN.value
            )


def _put_report(row: Release, report: Mapping[str, Any], cause: AuditEvent, clock: Clock) -> None:
    void_signatures(row, Purpose.REPORT, cause.value, clock)
    void_confirmations(row, cause.value, clock)
    text = canonical_json(dict(report)).decode()
    move(row, ReleaseState.ADJUDICATED, report=text, report_hash=report_hash(report), frozen_at=clock.now())


def _overrides(row: Release) -> list[Override]:
    rows = Signature.objects.filter(release=row, purpose=Purpose.OVERRIDE, voided_at=None)
    return [
        Override.from_document(json.loads(item.document), Approval(item.operator, item.key_id, item.signature))
        for item in rows
    ]


def _check_base(base_id: str, sitting_id: str, scope: Scope) -> None:
    base = Release.objects.filter(
        pk=base_id, sitting_id=sitting_id, scope_key=scope.key, kind=ReleaseKind.BASE, state=ReleaseState.PUBLISHED
    ).first()
    if base is None:
        raise FangbangError(NO_BASE)
    live = base.overlays.exclude(state__in=[state.value for state in ReleaseState if state.over]).count()
    if live >= MOST_OVERLAYS:
        raise FangbangError(TOO_MANY_OVERLAYS, base=base_id, count=live)


class _At:
    """The clock of a reaction: the moment of the act that it follows."""

    def __init__(self, entry: Entry) -> None:
        self._at = entry.at

    def now(self) -> datetime:
        return self._at
