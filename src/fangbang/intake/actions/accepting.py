"""Batches and what they rest on: sittings, centres, profiles. A batch is accepted whole or not at all."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.db import IntegrityError, transaction

from fangbang.audit.actions import record
from fangbang.audit.events import AuditEvent
from fangbang.audit.rules import Actor
from fangbang.books.store import BookStore
from fangbang.core.clock import Clock
from fangbang.core.errors import FangbangError
from fangbang.core.ids import new_id
from fangbang.exams.catalogue import Catalogue
from fangbang.intake import manifest as manifests
from fangbang.intake import queries
from fangbang.intake.limits import Limits
from fangbang.intake.models import Batch, Centre, Kind, Sitting
from fangbang.intake.opening import open_source
from fangbang.intake.pipeline import Counted, Order, Progress, Taken, take_in
from fangbang.intake.problems import (
    BAD_PROFILE,
    CENTRE_RETIRED,
    FILE_CHANGED,
    OTHER_SITTING,
    OVERTAKEN,
    UNKNOWN_CENTRE,
    YEAR_AHEAD,
)
from fangbang.intake.profiles import Profile, default_profile, load_profile
from fangbang.intake.shelf import Shelf
from fangbang.intake.source import Source
from fangbang.people import queries as people
from fangbang.people.rules.vault import DocumentVault

_YEARS_AHEAD = 2

QUARANTINE = "quarantine"


@dataclass(frozen=True)
class Intake:
    """What an intake did. `again`: the same file had been accepted before, and this is its batch."""

    batch: Batch
    accepted: int
    quarantined: int
    quarantine_path: Path | None
    again: bool = False
    unread: tuple[str, ...] = ()


def open_sitting(*, actor: Actor, exam_id: str, year: int, catalogue: Catalogue, clock: Clock) -> Sitting:
    """Open a sitting for files; a no-op that returns it when it is open. Raises the catalogue's problems, and
    YEAR_AHEAD: a sitting is never taken away, so that a slip of the finger would stay."""
    rules = catalogue.sitting(exam_id, year)
    if year > clock.now().year + _YEARS_AHEAD:
        raise FangbangError(YEAR_AHEAD, year=year, now=clock.now().year)
    with transaction.atomic():
        sitting, created = Sitting.objects.get_or_create(
            id=rules.id,
            defaults={
                "exam_id": exam_id,
                "year": year,
                "catalogue_version": catalogue.version,
                "opened_by": actor.id,
                "opened_at": clock.now(),
            },
        )
        if created:
            record(actor=actor, event=AuditEvent.SITTING_OPENED, subject=rules.id, clock=clock)
    return sitting


def enrol_centre(*, actor: Actor, name: str, key: str, clock: Clock) -> Centre:
    """Believe manifests signed by this Ed25519 public key (64 hex digits) from now on; again = no-op.

    CENTRE_RETIRED for a key that was retired: whoever took it away from its centre may have it still.
    """
    manifests.public_key(key)
    with transaction.atomic():
        centre, created = Centre.objects.get_or_create(
            key=key.lower(), defaults={"name": name, "enrolled_by": actor.id, "enrolled_at": clock.now()}
        )
        if created:
            details = {"key": centre.key, "name": name}
            told = AuditEvent.CENTRE_ENROLLED
            record(actor=actor, event=told, subject=f"centre {name}", details=details, clock=clock)
    if centre.retired_at is not None:
        raise FangbangError(CENTRE_RETIRED)
    return centre


def retire_centre(*, actor: Actor, key: str, reason: str, clock: Clock) -> Centre:
    """Believe no manifest signed by this key any more, for ever; what was taken in before stays.

    UNKNOWN_CENTRE for a key that is not believed now.
    """
    with transaction.atomic():
        now = clock.now()
        if not Centre.objects.filter(key=key.lower(), retired_at=None).update(retired_at=now):
            raise FangbangError(UNKNOWN_CENTRE)
        centre = Centre.objects.get(key=key.lower())
        details = {"key": centre.key, "name": centre.name, "reason": reason}
        told = AuditEvent.CENTRE_RETIRED
        record(actor=actor, event=told, subject=f"centre {centre.name}", details=details, clock=clock)
    return centre


def save_profile(*, actor: Actor, name: str, path: Path, folder: Path, clock: Clock) -> Profile:
    """Keep a profile under a name, in place of an earlier one. A file that is no profile changes nothing."""
    profile = load_profile(path)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    with transaction.atomic():
        details = {"kind": profile.kind, "sha256": digest}
        record(actor=actor, event=AuditEvent.PROFILE_SAVED, subject=name, details=details, clock=clock)
        Shelf(folder).save(name, path)
    return profile


def accept_file(
    *,
    kind: str,
    actor: Actor,
    sitting_id: str,
    path: Path,
    store: BookStore,
    catalogue: Catalogue,
    clock: Clock,
    manifest: Path | None = None,
    profile: Profile | None = None,
    quarantine: Path | None = None,
    progress: Progress | None = None,
    looked_at: bool = False,
    corrects: str = "",
    limits: Limits | None = None,
) -> Intake:
    """Take in a file of a kind: registrations; marks, joined with the sitting's registrations by ticket and document
    both; passes and exemptions that were earned before this system (prior-passes). Bad rows go to quarantine; refusals
    (problems of `problems.py`) change nothing.

    `looked_at`: a person has looked at what makes the file suspect as a whole (SUSPECT), and says that it is right.
    `corrects`: the number of the notice by which a marks file corrects marks that were accepted before: a differing
    mark takes the place of the accepted one, instead of being set aside. The notice stands in the audit log.
    """
    call = Call(
        actor, sitting_id, path, store, catalogue, clock, manifest, profile, quarantine, progress, looked_at, limits,
        corrects,
    )  # fmt: skip
    return accept(Kind(kind), call)


@dataclass(frozen=True)
class Call:
    """What a verb was asked to do."""

    actor: Actor
    sitting_id: str
    path: Path
    store: BookStore
    catalogue: Catalogue
    clock: Clock
    manifest: Path | None
    profile: Profile | None
    quarantine: Path | None
    progress: Progress | None
    looked_at: bool
    limits: Limits | None
    corrects: str = ""
    sha256: str = ""
    """What the file was when somebody looked at it; "": nobody did."""

    @property
    def quarantine_folder(self) -> Path:
        """Given, or beside the books."""
        return self.quarantine or self.store.folder.parent / QUARANTINE


def accept(kind: Kind, call: Call) -> Intake:
    """What the verb does. A file that was accepted before is told, not taken in again."""
    source = opened(kind, call)
    known = earlier(kind, call, source.sha256)
    if known is not None:
        return known
    base = queries.latest_batch(call.sitting_id, kind)
    order = order_of(kind, call, source, base)
    try:
        taken = take_in(order)
    except FangbangError as error:
        _note_refusal(kind, call, source.sha256, error)
        raise
    batch = _commit(kind, call, order, taken, base.number + 1 if base else 1)
    return Intake(batch, taken.accepted, taken.quarantined, taken.quarantine, unread=taken.unread)


def opened(kind: Kind, call: Call) -> Source:
    """The file, looked through once. NO_SITTING; BAD_PROFILE for a profile of another kind; FILE_CHANGED if it is not
    the file that somebody looked at."""
    queries.sitting(call.sitting_id)
    profile = call.profile or default_profile(kind.value)
    if profile.kind != kind.value:
        raise FangbangError(BAD_PROFILE, file=profile.kind, reason=f"not for {kind.value}")
    source = open_source(call.path, call.limits, profile.sheets)
    if call.sha256 not in ("", source.sha256):
        raise FangbangError(FILE_CHANGED, file=call.path.name)
    source.progress = _bytes_read(call.progress, source.size)
    return source


def order_of(
    kind: Kind,
    call: Call,
    source: Source,
    base: Batch | None,
    *,
    rehearsal: bool = False,
    counted: Counted | None = None,
) -> Order:
    """Everything that taking in goes by, as it stands now. `base`: the batch before this one."""
    sitting = queries.sitting(call.sitting_id)
    return Order(
        kind=kind.value,
        source=source,
        profile=call.profile or default_profile(kind.value),
        rules=call.catalogue.sitting(sitting.exam_id, sitting.year),
        store=call.store,
        base=base.book if base else None,
        registrations=queries.registrations_book(call.sitting_id) if kind is Kind.MARKS else None,
        last_year=_last_years_book(sitting, kind),
        quarantine=call.quarantine_folder,
        manifest=manifests.load_manifest(call.manifest) if call.manifest else None,
        trusted=queries.centre_keys(),
        progress=call.progress,
        looked_at=call.looked_at,
        corrects=call.corrects,
        corrected_names=people.corrected_names(DocumentVault.of(call.store.secret("people"))),
        rehearsal=rehearsal,
        counted=counted,
    )


def _last_years_book(sitting: Sitting, kind: Kind) -> str | None:
    """The book of this kind of the same exam's sitting before this one, if it was taken in here."""
    if kind is Kind.PRIOR_PASSES:
        return None
    before = Sitting.objects.filter(exam_id=sitting.exam_id, year__lt=sitting.year).order_by("year").last()
    batch = queries.latest_batch(before.id, kind) if before else None
    return batch.book if batch else None


def earlier(kind: Kind, call: Call, sha256: str) -> Intake | None:
    """The batch of the same file, if it was accepted; OTHER_SITTING if that was for another sitting."""
    batch = Batch.objects.filter(sitting_id=call.sitting_id, kind=kind, file_sha256=sha256).first()
    if batch is not None:
        path = call.quarantine_folder / batch.quarantine if batch.quarantine else None
        return Intake(batch, batch.rows, batch.quarantined, path, again=True)
    other = Batch.objects.filter(kind=kind, file_sha256=sha256).exclude(kind=Kind.PRIOR_PASSES).first()
    if other is not None:
        raise FangbangError(OTHER_SITTING, file=call.path.name, sitting=other.sitting_id)
    return None


def _commit(kind: Kind, call: Call, order: Order, taken: Taken, number: int) -> Batch:
    try:
        with transaction.atomic():
            batch = Batch.objects.create(
                id=new_id("bat"),
                sitting_id=call.sitting_id,
                kind=kind,
                number=number,
                file_name=order.source.name,
                file_sha256=order.source.sha256,
                file_rows=taken.file_rows,
                book=taken.book.name,
                book_rows=taken.book.rows,
                rows=taken.accepted,
                quarantined=taken.quarantined,
                quarantine=taken.quarantine.name if taken.quarantine else "",
                totals=taken.totals,
                findings=taken.findings,
                manifest=taken.signed_totals,
                signed=order.manifest,
                missing=taken.missing,
                warnings=taken.warnings,
                suspicions=[f"{found.code} {found.subject}" for found in taken.suspicions],
                importer=call.actor.id,
                importer_name=call.actor.name,
                at=call.clock.now(),
            )
            record(
                actor=call.actor,
                event=AuditEvent.BATCH_ACCEPTED,
                subject=call.sitting_id,
                details=_told(batch, call.corrects),
                clock=call.clock,
            )
    except IntegrityError as error:
        raise FangbangError(OVERTAKEN) from error
    return batch


def _told(batch: Batch, corrects: str) -> dict[str, Any]:
    return {
        "batch": batch.id,
        "kind": str(batch.kind),
        "file_sha256": batch.file_sha256,
        "book": batch.book,
        "rows": batch.rows,
        "quarantined": batch.quarantined,
        "manifest": batch.signed is not None,
        "looked_at": batch.suspicions,
        **({"corrects": corrects} if corrects else {}),
    }


def _note_refusal(kind: Kind, call: Call, sha256: str, error: FangbangError) -> None:
    details = {"kind": kind.value, "file_sha256": sha256, "problem": error.code}
    with transaction.atomic():
        record(
            actor=call.actor, event=AuditEvent.BATCH_REFUSED, subject=call.sitting_id, details=details, clock=call.clock
        )


def _bytes_read(progress: Progress | None, size: int) -> Callable[[int], None] | None:
    if progress is None:
        return None
    told = progress
    return lambda done: told("read", done, size)
