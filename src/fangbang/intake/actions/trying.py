"""From a file that is here to a batch: looked at, mapped, compared with its manifest, tried, taken in."""

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.db import transaction

from fangbang.audit.actions import record
from fangbang.audit.events import AuditEvent
from fangbang.audit.rules import Actor
from fangbang.books.store import BookStore
from fangbang.core.clock import Clock
from fangbang.core.errors import FangbangError, told_params
from fangbang.exams.catalogue import Catalogue
from fangbang.intake import queries
from fangbang.intake.actions.accepting import Call, Intake, accept, earlier, opened, order_of
from fangbang.intake.limits import Limits
from fangbang.intake.looking import look
from fangbang.intake.manifest import checked_manifest, load_manifest
from fangbang.intake.models import Kind, Upload, UploadState
from fangbang.intake.opening import open_source
from fangbang.intake.pipeline import Progress, Taken, take_in
from fangbang.intake.problems import NO_QUARANTINE, NOT_LOOKED_AT, NOT_TRIED, REASON_MISSING, UPLOAD_LOST, UPLOAD_STATE
from fangbang.intake.profiles import Profile, load_profile, profile_text
from fangbang.intake.queries import UploadView
from fangbang.intake.totals import normalised
from fangbang.intake.yard import Yard


def look_at_upload(
    *,
    actor: Actor,
    upload_id: str,
    folder: Path,
    catalogue: Catalogue,
    limits: Limits,
    clock: Clock,
    sheets: tuple[str, ...] = (),
) -> Mapping[str, Any]:
    """Guess what a file is, for each kind of file, and keep its first rows, masked. `sheets`: of a workbook only these.
    A file that cannot be read leaves the problem instead. Returns what was found (`looking.look`)."""
    view = _here(upload_id)
    sitting = queries.sitting(view.sitting)
    path = Yard(folder).file(upload_id, view.name)
    try:
        source = open_source(path, limits, sheets)
        if source.sha256 != view.sha256:
            raise FangbangError(UPLOAD_LOST, upload=upload_id)
        found = look(source, catalogue.sitting(sitting.exam_id, sitting.year))
    except FangbangError as error:
        found = _refused(error)
    found = {**found, "sheets": list(sheets)}
    _keep(actor, view, AuditEvent.UPLOAD_LOOKED_AT, {"problem": found["problem"]}, clock, look=found)
    return found


def map_upload(*, actor: Actor, upload_id: str, profile: Profile, folder: Path, clock: Clock) -> None:
    """Say what a file is and how it is to be read. An earlier trial counts no longer. BAD_PROFILE, MISSING_COLUMN or
    AMBIGUOUS_HEADER when the file cannot be read so."""
    view = _here(upload_id)
    if view.look is None or view.look["problem"]:
        raise FangbangError(NOT_LOOKED_AT)
    yard, text = Yard(folder), profile_text(profile).encode()
    profile.resolve(view.name, view.look["header"])
    yard.keep(yard.profile(upload_id), text)
    load_profile(yard.profile(upload_id))
    details = {"kind": profile.kind, "sha256": hashlib.sha256(text).hexdigest()}
    _keep(actor, view, AuditEvent.UPLOAD_MAPPED, details, clock, kind=profile.kind, trial=None)


def attach_manifest(*, actor: Actor, upload_id: str, data: bytes, folder: Path, clock: Clock) -> None:
    """Put the marking centre's signed manifest beside a file, in place of an earlier one; b"" takes it away. Refused
    unless an enrolled centre signed it and it is about this sitting and these bytes. An earlier trial counts no longer.
    """
    view, yard = _here(upload_id), Yard(folder)
    if data:
        known = {"sitting": view.sitting, "kind": view.kind, "sha256": view.sha256}
        checked_manifest(data, trusted=queries.centre_keys(), **known)
        yard.keep(yard.manifest(upload_id), data)
    else:
        yard.manifest(upload_id).unlink(missing_ok=True)
    _keep(actor, view, AuditEvent.UPLOAD_MANIFEST, {"attached": bool(data)}, clock, trial=None)


def try_upload(
    *,
    actor: Actor,
    upload_id: str,
    looked_at: bool,
    corrects: str,
    store: BookStore,
    catalogue: Catalogue,
    folder: Path,
    limits: Limits,
    clock: Clock,
    progress: Progress | None = None,
) -> Mapping[str, Any]:
    """Do all of an intake but its book and its batch, and keep what came of it; a refusal is kept as its problem.
    Returns what is kept: problem, params, file_rows, accepted, quarantined, findings, warnings, missing, unread,
    totals, signed, again, looked_at, corrects."""
    view = _here(upload_id)
    Yard(folder).forget_trial(upload_id)
    call = _call(actor, view, looked_at, corrects, store, catalogue, folder, limits, clock, progress)
    trial = {**_tried(Kind(view.kind), call), "looked_at": looked_at, "corrects": corrects}
    details = {name: trial[name] for name in ("problem", "accepted", "quarantined")}
    _keep(actor, view, AuditEvent.UPLOAD_TRIED, details, clock, trial=trial)
    return trial


def take_upload(
    *,
    actor: Actor,
    upload_id: str,
    store: BookStore,
    catalogue: Catalogue,
    folder: Path,
    quarantine: Path,
    limits: Limits,
    clock: Clock,
    progress: Progress | None = None,
) -> Intake:
    """Take a file in as it was tried; then its bytes are removed. NOT_TRIED unless the last trial was fine. Whatever
    ends the process in between, a second time finds the batch and finishes."""
    view = queries.upload(upload_id)
    if not view.acceptable or view.trial is None:
        raise FangbangError(NOT_TRIED)
    looked_at, corrects = view.trial["looked_at"], view.trial["corrects"]
    call = _call(actor, view, looked_at, corrects, store, catalogue, folder, limits, clock, progress, quarantine)
    done = accept(Kind(view.kind), call)
    Upload.objects.filter(pk=upload_id).update(state=UploadState.TAKEN, batch=done.batch, touched_at=clock.now())
    Yard(folder).remove(upload_id)
    return done


@transaction.atomic
def hand_out_quarantine(*, actor: Actor, sitting_id: str, of: str, path: Path, reason: str, clock: Clock) -> Path:
    """Note that somebody is given a quarantine file, of the batch or upload `of`, and why; returns its path.
    REASON_MISSING without a reason, NO_QUARANTINE without a file."""
    if not reason.strip():
        raise FangbangError(REASON_MISSING)
    if not path.is_file():
        raise FangbangError(NO_QUARANTINE)
    details = {"of": of, "reason": reason.strip()[:400], "bytes": path.stat().st_size}
    record(actor=actor, event=AuditEvent.QUARANTINE_HANDED_OUT, subject=sitting_id, details=details, clock=clock)
    return path


def _here(upload_id: str) -> UploadView:
    view = queries.upload(upload_id)
    if view.state != UploadState.HERE:
        raise FangbangError(UPLOAD_STATE, state=view.state)
    return view


def _call(
    actor: Actor,
    view: UploadView,
    looked_at: bool,
    corrects: str,
    store: BookStore,
    catalogue: Catalogue,
    folder: Path,
    limits: Limits,
    clock: Clock,
    progress: Progress | None,
    quarantine: Path | None = None,
) -> Call:
    yard = Yard(folder)
    if not view.kind or not yard.profile(view.id).is_file():
        raise FangbangError(NOT_LOOKED_AT)
    manifest = yard.manifest(view.id)
    return Call(
        actor,
        view.sitting,
        yard.file(view.id, view.name),
        store,
        catalogue,
        clock,
        manifest if manifest.is_file() else None,
        load_profile(yard.profile(view.id)),
        quarantine or yard.quarantine(view.id),
        progress,
        looked_at,
        limits,
        corrects,
        view.sha256,
    )


_NOTHING: Mapping[str, Any] = {
    "problem": "", "params": {}, "file_rows": 0, "accepted": 0, "quarantined": 0, "findings": {}, "warnings": {},
    "missing": {}, "unread": [], "totals": None, "signed": None, "again": "",
}  # fmt: skip


def _tried(kind: Kind, call: Call) -> dict[str, Any]:
    found: dict[str, Any] = dict(_NOTHING)

    def counted(totals: Mapping[str, Any], findings: Mapping[str, int]) -> None:
        found["totals"], found["findings"], found["file_rows"] = totals, dict(findings), totals["rows"]

    try:
        if call.manifest is not None:
            found["signed"] = normalised(load_manifest(call.manifest))
        source = opened(kind, call)
        known = earlier(kind, call, source.sha256)
        if known is not None:
            return found | {"again": known.batch.pk, "accepted": known.accepted, "quarantined": known.quarantined}
        base = queries.latest_batch(call.sitting_id, kind)
        taken = take_in(order_of(kind, call, source, base, rehearsal=True, counted=counted))
    except FangbangError as error:
        return found | _refused(error)
    return found | _told(taken)


def _told(taken: Taken) -> dict[str, Any]:
    return {
        "file_rows": taken.file_rows,
        "accepted": taken.accepted,
        "quarantined": taken.quarantined,
        "findings": dict(taken.findings),
        "warnings": dict(taken.warnings),
        "missing": dict(taken.missing),
        "unread": list(taken.unread),
        "totals": taken.totals,
    }


def _refused(error: FangbangError) -> dict[str, Any]:
    params = {name: value.name if isinstance(value, Path) else value for name, value in error.params.items()}
    return {"problem": error.code, "params": told_params(params)}


def _keep(
    actor: Actor, view: UploadView, event: AuditEvent, details: Mapping[str, Any], clock: Clock, **values: Any
) -> None:
    """Compare and set: UPLOAD_STATE when the file was taken in or removed meanwhile."""
    with transaction.atomic():
        rows = Upload.objects.filter(pk=view.id, state=UploadState.HERE)
        if rows.update(touched_at=clock.now(), **values) != 1:
            raise FangbangError(UPLOAD_STATE, state=queries.upload(view.id).state)
        told = {"upload": view.id, **details}
        record(actor=actor, event=event, subject=view.sitting, details=told, clock=clock)
