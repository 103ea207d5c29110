"""Lists of passers: asked for, made by a job, fetched by who asked. What leaves the office is named by its hash."""

import hashlib
from collections.abc import Sequence
from pathlib import Path

from django.db import transaction
from django.db.models import F

from fangbang.audit.actions import record
from fangbang.audit.events import AuditEvent
from fangbang.audit.rules import Actor
from fangbang.core.clock import Clock
from fangbang.core.errors import FangbangError
from fangbang.core.files import durable_folder, write_durably
from fangbang.core.ids import new_id
from fangbang.desk.models import Export
from fangbang.desk.problems import BAD_EXPORT, EXPORT_DAMAGED, EXPORT_NOT_READY, NOT_ALLOWED_NOW, UNKNOWN_EXPORT
from fangbang.desk.rules.exports import KEPT_FOR, Content, FileFormat
from fangbang.people.rules.reasons import checked_reason
from fangbang.people.rules.vault import DocumentVault


@transaction.atomic
def ask_export(
    *, actor: Actor, sitting_id: str, region: str, content: str, file_format: str, purpose: str, clock: Clock
) -> str:
    """Ask for the list of a region's passers; returns its id. INPUT without a purpose that names nobody."""
    if content not in set(Content) or file_format not in set(FileFormat) or not region:
        raise FangbangError(BAD_EXPORT)
    row = Export.objects.create(
        pk=new_id("exp"),
        sitting_id=sitting_id,
        region=region,
        content=content,
        format=file_format,
        purpose=checked_reason(purpose),
        asked_by=actor.id,
        asked_name=actor.name,
        asked_at=clock.now(),
    )
    details = {"export": row.pk, "region": region, "content": content, "purpose": row.purpose}
    record(actor=actor, event=AuditEvent.EXPORT_ASKED, subject=sitting_id, details=details, clock=clock)
    return row.pk


def keep_export(
    *,
    actor: Actor,
    export_id: str,
    data: bytes,
    rows: int,
    releases: Sequence[str],
    folder: Path,
    vault: DocumentVault,
    clock: Clock,
) -> str:
    """Keep a list that was made, encrypted, and note how many rows it has and its SHA-256; returns that. Files that
    lapsed are removed. A second time it takes the first one's place."""
    durable_folder(folder, mode=0o700)
    digest = hashlib.sha256(data).hexdigest()
    write_durably(_path(folder, export_id), vault.seal_bytes(data), mode=0o600)
    with transaction.atomic():
        values = {"rows": rows, "sha256": digest, "releases": list(releases), "made_at": clock.now()}
        if not Export.objects.filter(pk=export_id).update(**values):
            raise FangbangError(UNKNOWN_EXPORT)
        row = Export.objects.get(pk=export_id)
        details = {"export": export_id, "rows": rows, "sha256": digest, "releases": list(releases)}
        record(actor=actor, event=AuditEvent.EXPORT_MADE, subject=row.sitting_id, details=details, clock=clock)
    for old in Export.objects.filter(made_at__lte=clock.now() - KEPT_FOR):
        _path(folder, old.pk).unlink(missing_ok=True)
    return digest


@transaction.atomic
def fetch_export(*, actor: Actor, export_id: str, folder: Path, vault: DocumentVault, clock: Clock) -> bytes:
    """Note that a list is handed out, and return its bytes. REFUSED to anybody but who asked, STATE before it is made
    and a day after, INTEGRITY if the file is not the one that was noted."""
    row = Export.objects.select_for_update().filter(pk=export_id).first()
    if row is None:
        raise FangbangError(UNKNOWN_EXPORT)
    if row.asked_by != actor.id:
        raise FangbangError(NOT_ALLOWED_NOW)
    path = _path(folder, export_id)
    if row.made_at is None or clock.now() >= row.made_at + KEPT_FOR or not path.exists():
        raise FangbangError(EXPORT_NOT_READY)
    data = _opened(path, vault)
    if hashlib.sha256(data).hexdigest() != row.sha256:
        raise FangbangError(EXPORT_DAMAGED)
    Export.objects.filter(pk=export_id).update(fetched=F("fetched") + 1)
    details = {"export": export_id, "rows": row.rows, "sha256": row.sha256, "time": row.fetched + 1}
    record(actor=actor, event=AuditEvent.EXPORT_FETCHED, subject=row.sitting_id, details=details, clock=clock)
    return data


def _opened(path: Path, vault: DocumentVault) -> bytes:
    from cryptography.exceptions import InvalidTag

    try:
        return vault.open_bytes(path.read_bytes())
    except InvalidTag as error:
        raise FangbangError(EXPORT_DAMAGED) from error


def _path(folder: Path, export_id: str) -> Path:
    return folder / f"{export_id}.sealed"
