"""The only writers of changes, and the only way that the office writes into the authority's folder of exam files."""

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.db import transaction

from fangbang.audit.actions import record
from fangbang.audit.events import AuditEvent
from fangbang.audit.rules import Actor
from fangbang.catalogue.models import Change
from fangbang.catalogue.problems import (
    ALTERED,
    CHANGED_MEANWHILE,
    NO_FOLDER,
    NO_REASON,
    NOT_WAITING,
    NOT_WRITABLE,
    NOT_YOURS,
    SAME_FILE,
    UNKNOWN_CHANGE,
)
from fangbang.catalogue.rules import ChangeState, check_second_person
from fangbang.core.clock import Clock
from fangbang.core.errors import FangbangError
from fangbang.core.ids import new_id
from fangbang.exams.changing import Given, examined, in_force, put_in_force


@transaction.atomic
def propose(*, actor: Actor, folder: Path | None, file: Given, reason: str, clock: Clock) -> str:
    """Enter a changed file of rules that was checked beside all others; returns the change's id. Nothing is in force
    by it. `folder` is the authority's own. BAD_FILE names the place in the file."""
    if not reason.strip():
        raise FangbangError(NO_REASON)
    key, catalogue = examined(folder, file)
    standing = in_force(folder).get(key)
    if standing is not None and standing.data == file.data:
        raise FangbangError(SAME_FILE, key=key)
    before = b"" if standing is None else standing.data
    row = Change.objects.create(
        id=new_id("cat"),
        key=key,
        content=file.data.decode(),
        sha256=_sha256(file.data),
        replaces=_sha256(before) if before else "",
        replaced=before.decode(),
        version=catalogue.version,
        reason=reason.strip()[:400],
        state=ChangeState.WAITING,
        author=actor.id,
        author_name=actor.name,
        at=clock.now(),
    )
    _record(actor, AuditEvent.CATALOGUE_PROPOSED, row, {"reason": row.reason}, clock)
    return row.pk


@transaction.atomic
def put_change_in_force(*, actor: Actor, change_id: str, folder: Path | None, clock: Clock) -> str:
    """Put a file that somebody else proposed in force: it is written into the authority's folder, and whatever was
    frozen and not sealed loses its approvals, since its report names the catalogue as it was. Returns the catalogue's
    version from now on.

    The file is written last, before the act is committed: a failure leaves neither, and after a crash between the two
    the same act finishes. CHANGED_MEANWHILE when another file is in force than the one that the author saw; ALTERED
    when the file is not the one that was proposed.
    """
    list(Change.objects.select_for_update().filter(state=ChangeState.WAITING).order_by("pk"))  # one such act at a time
    row = _decide(change_id, actor, clock, ChangeState.IN_FORCE)
    if folder is None:
        raise FangbangError(NO_FOLDER)
    data = row.content.encode()
    if _sha256(data) != row.sha256:
        raise FangbangError(ALTERED, change=change_id)
    _, catalogue = examined(folder, Given(f"{row.key}.toml", data))
    standing = in_force(folder).get(row.key)
    now = _sha256(standing.data) if standing is not None else ""
    if now not in (row.replaces, row.sha256):
        raise FangbangError(CHANGED_MEANWHILE, key=row.key)
    _record(actor, AuditEvent.CATALOGUE_PUT_IN_FORCE, row, {"version": catalogue.version, "was": row.replaces}, clock)
    try:
        put_in_force(folder, row.key, data)
    except OSError as error:
        raise FangbangError(NOT_WRITABLE, reason=error.strerror or type(error).__name__) from error
    return catalogue.version


@transaction.atomic
def refuse(*, actor: Actor, change_id: str, reason: str, clock: Clock) -> None:
    """Decide that somebody else's change is not put in force, and say why."""
    if not reason.strip():
        raise FangbangError(NO_REASON)
    row = _decide(change_id, actor, clock, ChangeState.REFUSED, answer=reason.strip()[:400])
    _record(actor, AuditEvent.CATALOGUE_REFUSED, row, {"reason": reason.strip()[:400]}, clock)


@transaction.atomic
def take_back(*, actor: Actor, change_id: str, clock: Clock) -> None:
    """Take one's own change back before it was decided."""
    row = _decide(change_id, actor, clock, ChangeState.TAKEN_BACK)
    _record(actor, AuditEvent.CATALOGUE_TAKEN_BACK, row, {}, clock)


def _decide(change_id: str, actor: Actor, clock: Clock, state: ChangeState, **more: Any) -> Change:
    """Move a waiting change by compare-and-set."""
    row = Change.objects.filter(pk=change_id).first()
    if row is None:
        raise FangbangError(UNKNOWN_CHANGE, change=change_id[:40])
    if state is not ChangeState.TAKEN_BACK:
        check_second_person(row.author, actor.id)
    elif row.author != actor.id:
        raise FangbangError(NOT_YOURS)
    moved = Change.objects.filter(pk=change_id, state=ChangeState.WAITING).update(
        state=state, decided_by=actor.id, decided_name=actor.name, decided_at=clock.now(), **more
    )
    if moved != 1:
        raise FangbangError(NOT_WAITING, change=change_id)
    return row


def _record(actor: Actor, event: AuditEvent, row: Change, details: Mapping[str, Any], clock: Clock) -> None:
    told = {"change": row.pk, "sha256": row.sha256, **details}
    record(actor=actor, event=event, subject=row.key, details=told, clock=clock)


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
