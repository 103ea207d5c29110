"""One person's result before the hour: asked for, agreed to by somebody else, looked at."""

import json

from django.db import transaction
from django.db.models import F

from fangbang.audit.actions import record
from fangbang.audit.events import AuditEvent
from fangbang.audit.rules import Actor
from fangbang.core.clock import Clock
from fangbang.core.errors import FangbangError
from fangbang.core.ids import new_id
from fangbang.desk import queries
from fangbang.desk.models import Preview
from fangbang.desk.problems import NOT_ALLOWED_NOW, NOT_ASKED_FOR, SECOND_PERSON_NEEDED, UNKNOWN_PREVIEW
from fangbang.desk.queries import PreviewView
from fangbang.desk.rules import AGREED_FOR, ASKED_FOR, PreviewState, Row, masked, may_view
from fangbang.exams.cities import region_code
from fangbang.people.rules.reasons import checked_reason
from fangbang.people.rules.vault import DocumentVault


@transaction.atomic
def ask_preview(
    *, actor: Actor, release_id: str, candidate: Row, reason: str, vault: DocumentVault, clock: Clock
) -> str:
    """Ask to see one person (a row of `queries.candidate_of`) before the hour; returns the request's id.

    Nothing is shown until somebody else agrees; the request lapses after a day.
    """
    view, _ = queries.previewable(release_id)
    told = {**masked(candidate), "ticket": candidate["ticket"]}
    personal = [candidate[name] for name in ("ticket", "archive", "name", "doc_number")]
    row = Preview.objects.create(
        pk=new_id("pv"),
        release_id=release_id,
        sitting_id=view.sitting,
        region=region_code(candidate["province"], candidate["city"]),
        sealed=vault.seal(json.dumps(told)),
        digest=vault.digest("desk/document", candidate["doc_number"]),
        reason=checked_reason(reason, personal),
        state=PreviewState.ASKED,
        asked_by=actor.id,
        asked_name=actor.name,
        asked_at=clock.now(),
        expires_at=clock.now() + ASKED_FOR,
    )
    details = {"preview": row.pk, "digest": row.digest, "region": row.region, "reason": row.reason}
    record(actor=actor, event=AuditEvent.PREVIEW_ASKED, subject=release_id, details=details, clock=clock)
    return row.pk


@transaction.atomic
def decide_preview(*, actor: Actor, preview_id: str, agree: bool, clock: Clock) -> PreviewView:
    """Agree or refuse, as somebody else than who asked (REFUSED otherwise). An agreed preview is open for an hour.
    STATE if it was decided or lapsed."""
    row = _locked(preview_id)
    if row.asked_by == actor.id:
        raise FangbangError(SECOND_PERSON_NEEDED)
    if row.state != PreviewState.ASKED or clock.now() >= row.expires_at:
        raise FangbangError(NOT_ASKED_FOR)
    if agree:
        queries.previewable(row.release_id)
    row.state = PreviewState.AGREED if agree else PreviewState.REFUSED
    row.decided_by, row.decided_name, row.decided_at = actor.id, actor.name, clock.now()
    if agree:
        row.expires_at = clock.now() + AGREED_FOR
    row.save()
    event = AuditEvent.PREVIEW_AGREED if agree else AuditEvent.PREVIEW_REFUSED
    details = {"preview": row.pk, "asked_by": row.asked_by}
    record(actor=actor, event=event, subject=row.release_id, details=details, clock=clock)
    return queries.preview(preview_id)


@transaction.atomic
def note_preview(*, actor: Actor, preview_id: str, clock: Clock) -> tuple[PreviewView, int]:
    """Note that a preview is looked at, before it is shown; returns it, and which look this is. REFUSED unless it is
    theirs, agreed to and open; STATE once the release is published."""
    row = _locked(preview_id)
    _, book = queries.previewable(row.release_id)
    allowed = may_view(
        PreviewState(row.state),
        asked_by=row.asked_by,
        decided_by=row.decided_by,
        expires_at=row.expires_at,
        viewer=actor.id,
        now=clock.now(),
    )
    if not allowed:
        raise FangbangError(NOT_ALLOWED_NOW)
    Preview.objects.filter(pk=row.pk).update(views=F("views") + 1)
    details = {"preview": row.pk, "digest": row.digest, "agreed_by": row.decided_by, "look": row.views + 1}
    details["outcomes"] = book
    record(actor=actor, event=AuditEvent.PREVIEW_SHOWN, subject=row.release_id, details=details, clock=clock)
    return queries.preview(preview_id), row.views + 1


def _locked(preview_id: str) -> Preview:
    row = Preview.objects.select_for_update().filter(pk=preview_id).first()
    if row is None:
        raise FangbangError(UNKNOWN_PREVIEW)
    return row
