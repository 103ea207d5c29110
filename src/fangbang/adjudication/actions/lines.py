"""Pass lines as announced."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.db import transaction

from fangbang.adjudication import queries
from fangbang.adjudication.models import Line
from fangbang.adjudication.problems import BAD_LINE, LINE_DIFFERS, UNKNOWN_SUBJECT
from fangbang.adjudication.rules import Lines
from fangbang.audit.actions import record
from fangbang.audit.events import AuditEvent
from fangbang.audit.rules import Actor
from fangbang.core.clock import Clock
from fangbang.core.errors import FangbangError, Phrase
from fangbang.exams.catalogue import Catalogue
from fangbang.exams.model import SittingRules, SubjectRules

_PLACES = Decimal("0.001")


@transaction.atomic
def announce_line(
    *,
    actor: Actor,
    sitting_id: str,
    level: str,
    subject: str,
    value: Decimal,
    document_number: str,
    catalogue: Catalogue,
    clock: Clock,
    province: str = "",
    regional: bool = False,
    replace: bool = False,
) -> None:
    """Enter a pass line. The same line again is a no-op; another value at the same place needs `replace`.

    Refuses (INPUT) an unknown level or subject, a value above the full mark or with more than three decimals, a
    regional line that names no province or is not below the full line that holds there now, a line for the whole
    country of an examination whose lines each province sets, and a line without the number of its notice.
    """
    check_line(queries.rules_of(sitting_id, catalogue), level, subject, value, document_number, province, regional)
    place = {"level": level, "subject": subject, "province": province, "regional": regional}
    row = standing_line(sitting_id, value, place, replace=replace)
    if row is not None and row.value == value:
        return
    if row is not None:
        row.replaced_at = clock.now()
        row.save(update_fields=["replaced_at"])
    Line.objects.create(
        sitting_id=sitting_id,
        **place,
        value=value,
        document_number=document_number,
        announced_by=actor.id,
        announced_at=clock.now(),
    )
    details = {**place, "value": f"{value:f}", "document": document_number}
    details["before"] = None if row is None else f"{row.value.normalize():f}"
    record(actor=actor, event=AuditEvent.LINE_ANNOUNCED, subject=sitting_id, details=details, clock=clock)


def check_line(
    rules: SittingRules, level: str, subject: str, value: Decimal, document: str, province: str, regional: bool
) -> None:
    """What `announce_line` refuses of a line by itself."""
    known = _subject(rules, level, subject)
    full = Lines(rules, queries.announced_lines(rules.id)).of(level, subject, province).full
    _check_value(known, value, document)
    _check_place(province, regional, value, full, provincial=rules.levels[level].provincial)


def standing_line(sitting_id: str, value: Decimal, place: Mapping[str, Any], *, replace: bool) -> Line | None:
    """The line that was announced at this place and holds; LINE_DIFFERS if it has another value and stays."""
    row = Line.objects.select_for_update().filter(sitting_id=sitting_id, replaced_at=None, **place).first()
    if row is not None and row.value != value and not replace:
        raise FangbangError(LINE_DIFFERS, level=place["level"], subject=place["subject"], known=row.value)
    return row


def _subject(rules: SittingRules, level: str, subject: str) -> SubjectRules:
    found = rules.levels.get(level)
    if found is None or subject not in found.subjects:
        raise FangbangError(UNKNOWN_SUBJECT, sitting=rules.id, level=level, subject=subject)
    return found.subjects[subject]


def _check_value(subject: SubjectRules, value: Decimal, document: str) -> None:
    reason = Phrase("", "")
    if not value.is_finite() or value < 0 or value > subject.full:
        reason = Phrase(f"it lies in 0 … {subject.full}", f"须在 0 至 {subject.full} 之间")
    elif value != value.quantize(_PLACES):
        reason = Phrase("at most three decimals", "至多三位小数")
    elif not document.strip():
        reason = Phrase("the number of the notice is missing", "缺少公布文号")
    if reason:
        raise FangbangError(BAD_LINE, value=value, reason=reason)


def _check_place(province: str, regional: bool, value: Decimal, full: Decimal | None, *, provincial: bool) -> None:
    """`full`: the line that holds there now."""
    reason = Phrase("", "")
    if provincial and not province:
        reason = Phrase("each province sets this exam's lines: name it", "该考试由各省划线，须写明省份")
    elif regional and not province:
        reason = Phrase("a regional line names its province", "单独划线须写明省份")
    elif regional and full is not None and value >= full:
        reason = Phrase(f"a regional line is below the full one, {full}", f"单独划线须低于合格标准 {full}")
    if reason:
        raise FangbangError(BAD_LINE, value=value, reason=reason)
