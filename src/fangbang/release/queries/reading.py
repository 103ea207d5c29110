"""Reads of releases: what stands frozen, who signed, and the orders that the keeper is given."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from fangbang.audit.rules import Anchor
from fangbang.core.errors import FangbangError
from fangbang.release.models import Confirmation, Purpose, Release, Signature
from fangbang.release.problems import NOT_FROZEN, UNKNOWN_RELEASE
from fangbang.release.rules import (
    Approval,
    ReleaseKind,
    ReleaseState,
    Said,
    Scope,
    Word,
    reaches,
    red_checks,
    schedule_order,
)


@dataclass(frozen=True)
class SignatureView:
    """One signature, voided or not."""

    purpose: str
    operator: str
    operator_name: str
    document_hash: str
    at: datetime
    voided_at: datetime | None
    document: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class ReleaseView:
    """A release as its owners see it. `report` is None while nothing is frozen."""

    id: str
    sitting: str
    scope: Scope
    kind: ReleaseKind
    base: str
    state: ReleaseState
    report: Mapping[str, Any] | None
    report_hash: str
    snapshot: str
    header: str
    t: datetime | None
    published_at: datetime | None
    signatures: tuple[SignatureView, ...]

    @property
    def approvers(self) -> tuple[str, ...]:
        """Who approved what stands frozen now."""
        return tuple(
            item.operator
            for item in self.signatures
            if item.purpose == Purpose.REPORT and item.voided_at is None and item.document_hash == self.report_hash
        )

    @property
    def red(self) -> list[str]:
        """The red checks that still block approval."""
        return [] if self.report is None else red_checks(self.report)


def release(release_id: str) -> ReleaseView:
    """One release, or INPUT."""
    return _view(_row(release_id))


def releases(sitting_id: str | None = None) -> list[ReleaseView]:
    """All releases in the order they were opened, of one sitting or of all."""
    rows = Release.objects.prefetch_related("signatures")
    return [_view(row) for row in (rows if sitting_id is None else rows.filter(sitting_id=sitting_id))]


def would_be_voided(sitting_id: str, kind: str = "") -> list[ReleaseView]:
    """The releases whose frozen report, with its approvals, new data of this kind for a sitting would make void."""
    return [view for view in releases() if view.state.frozen and reaches(sitting_id, kind, view.sitting)]


def unsealed(sitting_id: str, scope: Scope, kind: ReleaseKind) -> str | None:
    """The id of the release of this scope that is being prepared, if there is one."""
    found = Release.objects.filter(
        sitting_id=sitting_id, scope_key=scope.key, kind=kind, state__in=[s for s in ReleaseState if s.editable]
    )
    row = found.first()
    return None if row is None else row.pk


def frozen_report(release_id: str) -> dict[str, Any]:
    """The report to be signed, or STATE if nothing is frozen."""
    row = _row(release_id)
    if not row.report:
        raise FangbangError(NOT_FROZEN, release=release_id)
    report: dict[str, Any] = json.loads(row.report)
    return report


def approvals(release_id: str, purpose: Purpose, document_hash: str) -> list[Approval]:
    """The signatures that count under one document, in the order they were given."""
    rows = Signature.objects.filter(
        release_id=release_id, purpose=purpose, document_hash=document_hash, voided_at=None
    ).order_by("at", "pk")
    return [Approval(row.operator, row.key_id, row.signature) for row in rows]


@dataclass(frozen=True)
class WordView:
    """What was said of one province's counts, voided or not."""

    province: str
    word: Word
    reason: str
    operator: str
    operator_name: str
    at: datetime
    voided_at: datetime | None


def words(release_id: str) -> list[WordView]:
    """Everything that was said of the provinces' counts of a release, in turn."""
    return [
        WordView(row.province, Word(row.word), row.reason, row.operator, row.operator_name, row.at, row.voided_at)
        for row in Confirmation.objects.filter(release_id=release_id)
    ]


def said(release_id: str) -> list[Said]:
    """The words that stand."""
    return [Said(it.province, it.word, it.operator) for it in words(release_id) if it.voided_at is None]


def seal_order(release_id: str) -> dict[str, Any]:
    """What the keeper is asked to seal: the frozen report, its approvals, the books that it names."""
    report = frozen_report(release_id)
    row = _row(release_id)
    signed = approvals(release_id, Purpose.REPORT, row.report_hash)
    return {"report": report, "approvals": [item.to_json() for item in signed], "books": report["books"]}


def next_schedule(release_id: str, t: datetime) -> dict[str, Any]:
    """The order that would set the hour T of a sealed release: the document that approvers sign.

    For the hour that is set already it is the order as it was signed, so that it can be handed over again.
    """
    row = _row(release_id)
    return schedule_order(
        release=row.pk,
        sitting=row.sitting_id,
        snapshot=row.snapshot,
        header=row.header,
        t=t,
        serial=row.serial if row.t == t else row.serial + 1,
    )


def audit_anchors() -> list[Anchor]:
    """The heads of the audit log that signed reports carry: evidence against a log cut short or written anew."""
    documents = Signature.objects.filter(purpose=Purpose.REPORT).values_list("document", flat=True).distinct()
    anchors = [json.loads(document)["audit"] for document in documents]
    return sorted({Anchor(item["seq"], item["hash"]) for item in anchors}, key=lambda anchor: anchor.seq)


def superseded_by(release_id: str) -> Sequence[str]:
    """The published releases that stop counting when this one is published: earlier bases of its scope, with their
    overlays."""
    row = _row(release_id)
    if row.kind != ReleaseKind.BASE:
        return []
    bases = Release.objects.filter(
        sitting_id=row.sitting_id, scope_key=row.scope_key, kind=ReleaseKind.BASE, state=ReleaseState.PUBLISHED
    ).exclude(pk=row.pk)
    overlays = Release.objects.filter(base__in=bases, state=ReleaseState.PUBLISHED)
    return sorted([*bases.values_list("pk", flat=True), *overlays.values_list("pk", flat=True)])


def _row(release_id: str) -> Release:
    row = Release.objects.prefetch_related("signatures").filter(pk=release_id).first()
    if row is None:
        raise FangbangError(UNKNOWN_RELEASE, release=release_id)
    return row


def _view(row: Release) -> ReleaseView:
    return ReleaseView(
        id=row.pk,
        sitting=row.sitting_id,
        scope=Scope.from_json(json.loads(row.scope)),
        kind=ReleaseKind(row.kind),
        base=row.base_id or "",
        state=ReleaseState(row.state),
        report=json.loads(row.report) if row.report else None,
        report_hash=row.report_hash,
        snapshot=row.snapshot,
        header=row.header,
        t=row.t,
        published_at=row.published_at,
        signatures=tuple(
            SignatureView(
                item.purpose,
                item.operator,
                item.operator_name,
                item.document_hash,
                item.at,
                item.voided_at,
                # a report is large, and its release has the one that counts
                {} if item.purpose == Purpose.REPORT else json.loads(item.document),
            )
            for item in row.signatures.all()
        ),
    )
