"""What provinces say of their counts, and what the national centre decides where a province says nothing."""

import json
from collections.abc import Mapping
from typing import Any

from django.db import transaction

from fangbang.audit.actions import record
from fangbang.audit.events import AuditEvent
from fangbang.audit.rules import SYSTEM, Actor
from fangbang.core.clock import Clock
from fangbang.core.errors import FangbangError
from fangbang.release.actions.moving import fetch, move, require, void_signatures
from fangbang.release.models import Confirmation, Purpose, Release
from fangbang.release.problems import (
    APPROVER_IS_IMPORTER,
    GATE_RED,
    NOT_FROZEN,
    REASON_MISSING,
    WRONG_REPORT,
)
from fangbang.release.rules import ReleaseState, Word, province_counts, red_checks

_OWN = (Word.CONFIRMED.value, Word.DISPUTED.value)


@transaction.atomic
def confirm_counts(*, actor: Actor, release_id: str, province: str, seen_report: str, clock: Clock) -> None:
    """Enter that a province's counts in the frozen report are right. `seen_report`: the hash of what its centre saw.

    A second time is a no-op; after a dispute it takes its place. Refused: nothing frozen, another report than the
    frozen one, a province with nobody in the scope, a gate that is red (an override would freeze anew)."""
    row, report = _frozen(release_id, province, seen_report)
    if red := red_checks(report):
        raise FangbangError(GATE_RED, checks=", ".join(red))
    _say(row, province, Word.CONFIRMED, "", actor, clock)


@transaction.atomic
def dispute_counts(
    *, actor: Actor, release_id: str, province: str, reason: str, seen_report: str, clock: Clock
) -> None:
    """Enter that a province says that its counts are wrong, and why. Approvals that were given are void: nobody may
    have signed knowing it. A second time with the same reason is a no-op."""
    row, _ = _frozen(release_id, province, seen_report)
    if not reason.strip():
        raise FangbangError(REASON_MISSING)
    if _say(row, province, Word.DISPUTED, reason.strip(), actor, clock):
        _void_approvals(row, province, clock)


@transaction.atomic
def waive_confirmation(
    *, actor: Actor, release_id: str, province: str, reason: str, seen_report: str, clock: Clock
) -> None:
    """One approver decides, with a reason, to go on without a province's word or against it; two are needed, neither of
    them an importer. A second time is a no-op: what the same person wrote last counts."""
    row, report = _frozen(release_id, province, seen_report)
    if not reason.strip():
        raise FangbangError(REASON_MISSING)
    if actor.id in report["importers"]:
        raise FangbangError(APPROVER_IS_IMPORTER, operator=actor.id)
    _say(row, province, Word.WAIVED, reason.strip(), actor, clock)


def void_confirmations(row: Release, cause: str, clock: Clock) -> list[str]:
    """Void what provinces said of an earlier report; returns which confirmed it or were waived."""
    standing = Confirmation.objects.filter(release=row, voided_at=None)
    provinces = sorted(set(standing.values_list("province", flat=True)))
    standing.update(voided_at=clock.now(), voided_by=cause)
    return provinces


def _frozen(release_id: str, province: str, seen_report: str) -> tuple[Release, Mapping[str, Any]]:
    """The release and its frozen report, if that is what was seen and the province is in it."""
    row = fetch(release_id)
    require_frozen(row)
    if seen_report != row.report_hash:
        raise FangbangError(WRONG_REPORT, signed=seen_report[:16], frozen=row.report_hash[:16])
    report: Mapping[str, Any] = json.loads(row.report)
    province_counts(report, province)
    return row, report


def require_frozen(row: Release) -> None:
    """STATE unless a report is frozen and not sealed yet."""
    if not ReleaseState(row.state).frozen:
        if row.report:
            require(row, ReleaseState.ADJUDICATED)
        raise FangbangError(NOT_FROZEN, release=row.pk)


_EVENTS: Mapping[Word, AuditEvent] = {
    Word.CONFIRMED: AuditEvent.COUNTS_CONFIRMED,
    Word.DISPUTED: AuditEvent.COUNTS_DISPUTED,
    Word.WAIVED: AuditEvent.CONFIRMATION_WAIVED,
}


def _say(row: Release, province: str, word: Word, reason: str, actor: Actor, clock: Clock) -> bool:
    """Keep a word in the place of the earlier one: the province's own, or the same person's waiver. False if it stands
    already."""
    standing = Confirmation.objects.filter(release=row, province=province, voided_at=None)
    mine = standing.filter(word__in=_OWN) if word.value in _OWN else standing.filter(word=word, operator=actor.id)
    if mine.filter(word=word, reason=reason).exists():
        return False
    mine.update(voided_at=clock.now(), voided_by=_EVENTS[word].value)
    Confirmation.objects.create(
        release=row,
        report_hash=row.report_hash,
        province=province,
        word=word.value,
        reason=reason,
        operator=actor.id,
        operator_name=actor.name,
        at=clock.now(),
    )
    details = {"sitting": row.sitting_id, "province": province, "report": row.report_hash, "reason": reason}
    record(actor=actor, event=_EVENTS[word], subject=row.pk, details=details, clock=clock)
    return True


def _void_approvals(row: Release, province: str, clock: Clock) -> None:
    people = void_signatures(row, Purpose.REPORT, AuditEvent.COUNTS_DISPUTED.value, clock)
    if row.state == ReleaseState.APPROVED:
        move(row, ReleaseState.ADJUDICATED)
    if people:
        cause = AuditEvent.COUNTS_DISPUTED.value
        details = {"sitting": row.sitting_id, "cause": cause, "province": province, "voided": people}
        record(actor=SYSTEM, event=AuditEvent.RELEASE_APPROVALS_VOIDED, subject=row.pk, details=details, clock=clock)
