"""Reads that other stages use."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from fangbang.audit.rules import Actor
from fangbang.core.errors import FangbangError
from fangbang.exams.catalogue import Catalogue
from fangbang.intake.dropping import Dropped, listed
from fangbang.intake.examples import Example, examples, usual_columns
from fangbang.intake.guessing import Guess, guess
from fangbang.intake.limits import Limits
from fangbang.intake.models import Batch, Centre, Kind, Sitting, Upload, UploadState
from fangbang.intake.opening import open_source
from fangbang.intake.problems import (
    NO_MARKS,
    NO_QUARANTINE,
    NO_REGISTRATIONS,
    NO_SITTING,
    NOT_YOUR_UPLOAD,
    UNKNOWN_BATCH,
    UNKNOWN_CENTRE,
    UNKNOWN_UPLOAD,
    UPLOAD_STATE,
)
from fangbang.intake.profiles import FIELDS, Profile
from fangbang.intake.shelf import Shelf
from fangbang.intake.yard import PIECE, Yard

__all__ = [
    "FIELDS",
    "PIECE",
    "Dropped",
    "Example",
    "UploadView",
    "Yard",
    "batch",
    "batch_of_file",
    "batches",
    "centre",
    "centre_keys",
    "centres",
    "check_own",
    "counting_batches",
    "examples",
    "guess_file",
    "importers",
    "latest_batch",
    "listed",
    "marks_book",
    "old_uploads",
    "prior_passes_books",
    "profile_text",
    "profiles",
    "quarantine_file",
    "registrations_book",
    "saved_profile",
    "signed_by",
    "sitting",
    "sittings",
    "tried_quarantine",
    "upload",
    "usual_columns",
    "waiting_uploads",
]


def sitting(sitting_id: str) -> Sitting:
    """The sitting; NO_SITTING when it was not opened."""
    found = Sitting.objects.filter(pk=sitting_id).first()
    if found is None:
        raise FangbangError(NO_SITTING, sitting=sitting_id)
    return found


def sittings() -> Sequence[Sitting]:
    """All of them, by exam and year."""
    return list(Sitting.objects.all())


def batches(sitting_id: str, kind: str | None = None) -> Sequence[Batch]:
    """The accepted batches of a sitting in order, of one kind or of all."""
    found = Batch.objects.filter(sitting_id=sitting_id)
    return list(found.filter(kind=kind) if kind else found)


def latest_batch(sitting_id: str, kind: str) -> Batch | None:
    """The last accepted batch of a kind; its `book` holds every accepted row."""
    return Batch.objects.filter(sitting_id=sitting_id, kind=kind).order_by("number").last()


def registrations_book(sitting_id: str) -> str:
    """Name of the book with all accepted registrations; NO_REGISTRATIONS when there is none."""
    batch = latest_batch(sitting_id, Kind.REGISTRATIONS)
    if batch is None:
        raise FangbangError(NO_REGISTRATIONS, sitting=sitting_id)
    return batch.book


def marks_book(sitting_id: str) -> str:
    """Name of the book with all accepted marks; NO_MARKS when there is none."""
    batch = latest_batch(sitting_id, Kind.MARKS)
    if batch is None:
        raise FangbangError(NO_MARKS, sitting=sitting_id)
    return batch.book


def prior_passes_books(sitting_id: str) -> dict[str, str]:
    """The books with passes earned before this system that count for the sitting: its own as `prior-passes`, those that
    came with earlier sittings of the exam as `prior-passes/<sitting>`. What was taken in once counts from then on."""
    return {kind: batch.book for kind, batch in _prior_batches(sitting_id).items()}


def counting_batches(sitting_id: str) -> Sequence[Batch]:
    """Every batch that decides the sitting: its own, and the prior passes that came with earlier sittings."""
    earlier = [it.pk for it in _earlier(sitting(sitting_id))]
    return [*batches(sitting_id), *Batch.objects.filter(sitting_id__in=earlier, kind=Kind.PRIOR_PASSES)]


def _prior_batches(sitting_id: str) -> dict[str, Batch]:
    this = sitting(sitting_id)
    kinds = {Kind.PRIOR_PASSES.value: this.pk}
    kinds |= {f"{Kind.PRIOR_PASSES.value}/{it.pk}": it.pk for it in _earlier(this)}
    found = {kind: latest_batch(pk, Kind.PRIOR_PASSES) for kind, pk in kinds.items()}
    return {kind: batch for kind, batch in found.items() if batch is not None}


def _earlier(this: Sitting) -> Sequence[Sitting]:
    return list(Sitting.objects.filter(exam_id=this.exam_id, year__lt=this.year).order_by("year"))


def importers(sitting_id: str) -> frozenset[str]:
    """Ids of everyone who took in a batch that decides the sitting: none of them may approve its release."""
    return frozenset(batch.importer for batch in counting_batches(sitting_id))


def guess_file(
    path: Path, *, catalogue: Catalogue, sitting_id: str = "", kind: str = "", limits: Limits | None = None
) -> Guess:
    """A proposal how to read a file; the sitting's subjects are looked for among the columns. Changes nothing."""
    found = sitting(sitting_id) if sitting_id else None
    rules = catalogue.sitting(found.exam_id, found.year) if found else None
    return guess(open_source(path, limits), rules, kind or None)


def profiles(folder: Path) -> list[str]:
    """Names of the saved profiles."""
    return Shelf(folder).names()


def profile_text(folder: Path, name: str) -> str:
    """A saved profile as it was written; NO_PROFILE if there is none."""
    return Shelf(folder).text(name)


def saved_profile(folder: Path, name: str) -> Profile:
    """A saved profile to read files with."""
    return Shelf(folder).load(name)


def centre_keys() -> dict[str, str]:
    """Public keys (hex) of the marking centres whose manifests are believed → names."""
    return dict(Centre.objects.filter(retired_at=None).values_list("key", "name"))


def centres() -> list[Centre]:
    """Every marking centre's key that counts or did, the newest first."""
    return list(Centre.objects.order_by("-enrolled_at", "key"))


def centre(key: str) -> str:
    """The name of the marking centre whose key (hex) is believed now; UNKNOWN_CENTRE for any other."""
    found: str | None = Centre.objects.filter(key=key.lower(), retired_at=None).values_list("name", flat=True).first()
    if found is None:
        raise FangbangError(UNKNOWN_CENTRE)
    return found


def signed_by(key: str) -> list[str]:
    """Ids of the batches that were taken in with a manifest of this key, the earliest first."""
    return [str(item.pk) for item in Batch.objects.filter(signed__key=key.lower()).order_by("at", "pk")]


@dataclass(frozen=True)
class UploadView:
    """A file on its way in. `look` and `trial` as `actions.look_at_upload` and `actions.try_upload` leave them."""

    id: str
    sitting: str
    state: str
    name: str
    size: int
    received: int
    pieces: list[str]
    sha256: str
    kind: str
    look: Mapping[str, Any] | None
    trial: Mapping[str, Any] | None
    batch: str | None
    importer: str
    importer_name: str
    begun_at: datetime
    touched_at: datetime

    @property
    def acceptable(self) -> bool:
        """Whether the last trial found that it can be taken in."""
        return self.state == UploadState.HERE and self.trial is not None and not self.trial["problem"]


def upload(upload_id: str) -> UploadView:
    """One file on its way in, or INPUT."""
    row = Upload.objects.filter(pk=upload_id).first()
    if row is None:
        raise FangbangError(UNKNOWN_UPLOAD, upload=upload_id[:40])
    return _upload(row)


def waiting_uploads(sitting_id: str) -> list[UploadView]:
    """The files of a sitting that are arriving or here, in the order in which they were begun."""
    states = (UploadState.ARRIVING, UploadState.HERE)
    return [_upload(row) for row in Upload.objects.filter(sitting_id=sitting_id, state__in=states)]


def old_uploads(before: datetime) -> int:
    """How many files wait that nobody touched since a moment."""
    states = (UploadState.ARRIVING, UploadState.HERE)
    return Upload.objects.filter(state__in=states, touched_at__lt=before).count()


def check_own(view: UploadView, actor: Actor, state: str) -> None:
    """NOT_YOUR_UPLOAD unless the actor began it; UPLOAD_STATE unless it stands so."""
    if view.importer != actor.id:
        raise FangbangError(NOT_YOUR_UPLOAD, operator=view.importer)
    if view.state != state:
        raise FangbangError(UPLOAD_STATE, state=view.state)


def batch(batch_id: str) -> Batch:
    """One accepted batch, or INPUT."""
    found = Batch.objects.filter(pk=batch_id).first()
    if found is None:
        raise FangbangError(UNKNOWN_BATCH, batch=batch_id[:40])
    return found


def batch_of_file(sha256: str) -> Sequence[Batch]:
    """The batches that the same bytes were accepted as, of whatever sitting and kind."""
    return list(Batch.objects.filter(file_sha256=sha256))


def quarantine_file(found: Batch, folder: Path) -> Path:
    """The bad rows of a batch; NO_QUARANTINE when there were none, or the file is not kept any more."""
    path = folder / found.quarantine
    if not found.quarantine or not path.is_file():
        raise FangbangError(NO_QUARANTINE)
    return path


def tried_quarantine(upload_id: str, folder: Path) -> Path:
    """Where the bad rows of an upload's last trial are, if there are any."""
    found = sorted(Yard(folder).quarantine(upload_id).glob("*.csv"), key=lambda path: path.stat().st_mtime_ns)
    return found[-1] if found else Yard(folder).quarantine(upload_id) / "none.csv"


def _upload(row: Upload) -> UploadView:
    return UploadView(
        id=row.pk,
        sitting=row.sitting_id,
        state=str(row.state),
        name=row.name,
        size=row.size,
        received=row.received,
        pieces=row.pieces,
        sha256=row.sha256,
        kind=str(row.kind),
        look=row.look,
        trial=row.trial,
        batch=row.batch_id,
        importer=row.importer,
        importer_name=row.importer_name,
        begun_at=row.begun_at,
        touched_at=row.touched_at,
    )
