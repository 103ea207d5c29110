"""Files on their way in: begun, received, discarded, removed by the rule."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

from django.db import transaction
from django.db.models import Sum

from fangbang.audit.actions import record
from fangbang.audit.events import AuditEvent
from fangbang.audit.rules import SYSTEM, Actor
from fangbang.core.clock import Clock, to_wire
from fangbang.core.errors import FangbangError
from fangbang.core.ids import new_id
from fangbang.intake import queries
from fangbang.intake.dropping import manifest_beside
from fangbang.intake.limits import Limits
from fangbang.intake.manifest import checked_manifest
from fangbang.intake.models import Upload, UploadState
from fangbang.intake.problems import (
    DROP_GONE,
    UPLOAD_EMPTY,
    UPLOAD_LOST,
    UPLOAD_QUOTA,
    UPLOAD_STATE,
    UPLOAD_TOO_LARGE,
    UPLOAD_UNFINISHED,
)
from fangbang.intake.source import sha256_of
from fangbang.intake.yard import Yard, digest_of, dropped, safe_name

WAITING = (UploadState.ARRIVING, UploadState.HERE)
LARGEST_MANIFEST = 1 << 20
"""Bytes; longer ones are cut, and so unreadable."""


def begin_upload(
    *, actor: Actor, sitting_id: str, name: str, size: int, folder: Path, limits: Limits, clock: Clock
) -> str:
    """Begin to bring in a file in pieces; returns the upload's id. One of the same name and size that the same person
    began for the sitting and did not finish is gone on with instead.

    Refuses an empty file, one above the limit for uploads, more bytes than may wait together, and a disk that is too
    full for it.
    """
    name = safe_name(name)
    known = Upload.objects.filter(
        sitting_id=sitting_id, importer=actor.id, name=name, size=size, state=UploadState.ARRIVING
    ).last()
    if known is not None:
        return known.pk
    _check_size(name, size, limits)
    yard = Yard(folder)
    yard.check_room(size)
    with transaction.atomic():
        row = _row(actor, sitting_id, name, size, limits, clock)
        details = {"upload": row.pk, "size": size}
        record(actor=actor, event=AuditEvent.UPLOAD_BEGUN, subject=sitting_id, details=details, clock=clock)
    yard.make(row.pk)
    return row.pk


def finish_upload(*, actor: Actor, upload_id: str, digest: str, folder: Path, clock: Clock) -> str:
    """Say that every piece is here; returns the SHA-256 of the file. `digest` is `yard.digest_of` over the pieces as
    the sender knows them: another one means that the sender's file changed, and UPLOAD_LOST. A second time is a no-op.

    A file that was moved in whole, when the process ended before it could say so, is finished by this too; then the
    digest says nothing.
    """
    view = queries.upload(upload_id)
    if view.state == UploadState.HERE:
        return view.sha256
    queries.check_own(view, actor, UploadState.ARRIVING)
    yard = Yard(folder)
    if not view.pieces and yard.size(upload_id, view.name) == view.size:
        return _received(actor, upload_id, yard.sha256(upload_id, view.name), "found", clock)
    if view.received < view.size:
        raise FangbangError(UPLOAD_UNFINISHED, size=view.size, received=view.received)
    if digest != digest_of(view.pieces) or yard.size(upload_id, view.name) != view.size:
        raise FangbangError(UPLOAD_LOST, upload=upload_id)
    return _received(actor, view.id, yard.sha256(upload_id, view.name), "pieces", clock)


def take_whole(
    *, actor: Actor, sitting_id: str, name: str, path: Path, folder: Path, limits: Limits, clock: Clock
) -> str:
    """Take a file that came in one go (a form without JavaScript): it is moved from `path`. Returns the upload's id."""
    return _adopted(actor, sitting_id, safe_name(name), path, "form", folder, limits, clock)


def take_dropped(
    *, actor: Actor, sitting_id: str, name: str, sha256: str, drop: Path, folder: Path, limits: Limits, clock: Clock
) -> str:
    """Take a file out of the drop folder, if it is still what was listed (`sha256`): it is moved, with the manifest
    that lies beside it. Returns the upload's id. A file that has other bytes by now stays where it is (DROP_GONE), and
    so does one whose manifest `attach_manifest` would refuse, or could be another file's (MANIFEST_SHARED)."""
    path = dropped(drop, name)
    before = path.stat()
    if sha256_of(path) != sha256:
        raise FangbangError(DROP_GONE, file=name)
    if path.stat().st_mtime_ns != before.st_mtime_ns:
        raise FangbangError(DROP_GONE, file=name)
    beside = manifest_beside(path)
    manifest = b"" if beside is None else _checked(beside, sitting_id, sha256)
    upload = _adopted(actor, sitting_id, safe_name(name), path, "drop", folder, limits, clock, manifest)
    if beside is not None:
        beside.unlink(missing_ok=True)
    return upload


def _checked(beside: Path, sitting_id: str, sha256: str) -> bytes:
    """The manifest of a file with this hash, once it was checked."""
    with beside.open("rb") as stream:
        data = stream.read(LARGEST_MANIFEST)
    checked_manifest(data, trusted=queries.centre_keys(), sitting=sitting_id, kind="", sha256=sha256)
    return data


def discard_upload(*, actor: Actor, upload_id: str, folder: Path, clock: Clock) -> None:
    """Remove a file that was not taken in, with all that lies beside it. A file that is gone already: a no-op."""
    view = queries.upload(upload_id)
    if view.state == UploadState.GONE:
        return
    if view.state not in WAITING:
        raise FangbangError(UPLOAD_STATE, state=view.state)
    with transaction.atomic():
        _set(upload_id, WAITING, state=UploadState.GONE, touched_at=clock.now())
        details = {"upload": upload_id, "sha256": view.sha256}
        record(actor=actor, event=AuditEvent.UPLOAD_DISCARDED, subject=view.sitting, details=details, clock=clock)
    Yard(folder).remove(upload_id)


def remove_old_uploads(*, actor: Actor = SYSTEM, folder: Path, before: datetime, clock: Clock) -> Sequence[str]:
    """The rule for files that wait: those that nobody touched since a moment are removed, and so is what a crash left
    of one that is taken in, discarded or unknown, or of a form after a day. Returns the removed uploads' ids; an audit
    event tells of them."""
    yard, now = Yard(folder), clock.now()
    old = Upload.objects.filter(state__in=WAITING, touched_at__lt=before)
    gone = list(old.values_list("pk", flat=True))
    if gone:
        with transaction.atomic():
            old.update(state=UploadState.GONE, touched_at=now)
            details = {"uploads": gone, "before": to_wire(before)}
            record(actor=actor, event=AuditEvent.UPLOADS_REMOVED, subject="uploads", details=details, clock=clock)
    known = set(yard.known())  # before the rows: what begins meanwhile has its row before its folder
    waiting = set(Upload.objects.filter(state__in=WAITING).values_list("pk", flat=True))
    for upload in known - waiting:
        yard.remove(upload)
    for path in yard.strays(now - timedelta(days=1)):
        path.unlink(missing_ok=True)
    return gone


def _adopted(
    actor: Actor,
    sitting_id: str,
    name: str,
    path: Path,
    way: str,
    folder: Path,
    limits: Limits,
    clock: Clock,
    manifest: bytes = b"",
) -> str:
    """The row stands before the file is moved: whatever ends the process, somebody knows of the file."""
    size, yard = path.stat().st_size, Yard(folder)
    _check_size(name, size, limits)
    row = _row(actor, sitting_id, name, size, limits, clock)
    yard.adopt(row.pk, name, path)
    if manifest:
        yard.keep(yard.manifest(row.pk), manifest)
    _received(actor, row.pk, yard.sha256(row.pk, name), way, clock)
    return row.pk


def _received(actor: Actor, upload_id: str, sha256: str, way: str, clock: Clock) -> str:
    with transaction.atomic():
        row = Upload.objects.get(pk=upload_id)
        here = {"state": UploadState.HERE, "received": row.size, "sha256": sha256, "touched_at": clock.now()}
        _set(upload_id, (UploadState.ARRIVING,), **here)
        details = {"upload": upload_id, "size": row.size, "sha256": sha256, "way": way}
        record(actor=actor, event=AuditEvent.UPLOAD_RECEIVED, subject=row.sitting_id, details=details, clock=clock)
    return sha256


def _row(actor: Actor, sitting_id: str, name: str, size: int, limits: Limits, clock: Clock) -> Upload:
    queries.sitting(sitting_id)
    waiting = Upload.objects.filter(state__in=WAITING).aggregate(sum=Sum("size"))["sum"] or 0
    if waiting + size > limits.quota:
        raise FangbangError(UPLOAD_QUOTA, size=waiting + size, most=limits.quota)
    return Upload.objects.create(
        id=new_id("up"),
        sitting_id=sitting_id,
        state=UploadState.ARRIVING,
        name=name,
        size=size,
        importer=actor.id,
        importer_name=actor.name,
        begun_at=clock.now(),
        touched_at=clock.now(),
    )


def _check_size(name: str, size: int, limits: Limits) -> None:
    if size <= 0:
        raise FangbangError(UPLOAD_EMPTY, file=name)
    if size > limits.upload:
        raise FangbangError(UPLOAD_TOO_LARGE, file=name, size=size, most=limits.upload)


def _set(upload_id: str, states: Sequence[UploadState], **values: object) -> None:
    """Compare and set: UPLOAD_STATE when somebody else was faster."""
    if Upload.objects.filter(pk=upload_id, state__in=states).update(**values) != 1:
        raise FangbangError(UPLOAD_STATE, state=queries.upload(upload_id).state)
