"""Sittings and their files: what waits, what lies in the drop folder, what was taken in, and what more would void."""

from collections.abc import Sequence
from typing import Any

import msgspec
from django.conf import settings
from django.http import FileResponse, HttpResponse

from fangbang.accounts.rules import Permission, Subject, may
from fangbang.core.clock import AUTHORITY_ZONE
from fangbang.core.errors import FangbangError
from fangbang.intake import actions, queries
from fangbang.intake.rules import ROW_PROBLEMS, WARNINGS
from fangbang.office.forms import read
from fangbang.office.jobs.intaking import limits
from fangbang.office.problems import BAD_FORM, NOT_YOUR_REGION
from fangbang.office.routes import route, scoped
from fangbang.office.web import STATUS, OfficeRequest, go, page, url
from fangbang.pages.texts import Texts
from fangbang.project.bodies import permit
from fangbang.project.naming import known_catalogue
from fangbang.project.retention import days_of, schedule
from fangbang.release import queries as releases

_READ, IMPORT = Permission.REGION_FILE_READ, Permission.REGION_FILE_IMPORT
KINDS = ("registrations", "marks", "prior-passes")


class Reason(msgspec.Struct):
    """Why somebody needs a file about people."""

    reason: str = ""


def sitting_subject(sitting: str, **others: str) -> Subject:
    """What a sitting's address is about: its files and lines may be of any region."""
    return Subject(queries.sitting(sitting).exam_id)


def batch_subject(batch: str, **others: str) -> Subject:
    """What a batch's address is about."""
    return sitting_subject(queries.batch(batch).sitting_id)


class Opening(msgspec.Struct):
    """An exam and a year."""

    exam: str = ""
    year: int = 0


@route("sittings", "sittings", _READ, listing=True)
def sittings(request: OfficeRequest) -> HttpResponse:
    """The sittings within one's reach, with how many files of each kind they have."""
    return _sittings_page(request, Opening(year=request.clock.now().astimezone(AUTHORITY_ZONE).year))


@route("open-sitting", "open-sitting", IMPORT, methods=("POST",), listing=True)
def open_sitting(request: OfficeRequest) -> HttpResponse:
    """Open an exam's sitting of a year for files; one that is open stays as it is."""
    form = read(request, Opening)
    try:
        if not may(request.staff_visit.staff, IMPORT, Subject(form.exam)):
            raise FangbangError(NOT_YOUR_REGION)
        if form.year not in _years(request):  # a slip of the hand: sittings are never deleted
            raise FangbangError(BAD_FORM, what=f"year {form.year}")
        opened = actions.open_sitting(
            actor=request.actor, exam_id=form.exam, year=form.year, catalogue=known_catalogue(settings.EXAMS),
            clock=request.clock,
        )  # fmt: skip
    except FangbangError as error:
        return _sittings_page(request, form, error)
    return go("files", sitting=opened.pk)


def _years(request: OfficeRequest) -> range:
    """The years whose sittings may be opened on the page: the next one, and earlier ones for the gate to compare."""
    this = request.clock.now().astimezone(AUTHORITY_ZONE).year
    return range(this + 1, this - _BACK, -1)


_BACK = 10
"""Years."""


def _sittings_page(request: OfficeRequest, form: Opening, error: FangbangError | None = None) -> HttpResponse:
    staff = request.staff_visit.staff
    seen = scoped(staff, _READ, queries.sittings(), lambda item: Subject(item.exam_id))
    told = [
        (item, {kind: len(queries.batches(item.pk, kind)) for kind in KINDS}, len(queries.waiting_uploads(item.pk)))
        for item in seen
    ]
    exams = [
        item
        for item in known_catalogue(settings.EXAMS).exams()
        if item.selectable and may(staff, IMPORT, Subject(item.id))
    ]
    return page(
        request, "sittings.html", here="sittings", status=200 if error is None else STATUS[error.problem.kind],
        error=error, sittings=told, kinds=KINDS, exams=exams, form=form, years=_years(request),
    )  # fmt: skip


@route("files", "sittings/<str:sitting>", _READ, subject=sitting_subject)
def files(request: OfficeRequest, sitting: str) -> HttpResponse:
    """All about the files of a sitting."""
    return files_page(request, sitting)


def files_page(request: OfficeRequest, sitting: str, error: FangbangError | None = None) -> HttpResponse:
    """The page, perhaps with what was wrong with something sent from it."""
    imports = may(request.staff_visit.staff, IMPORT, sitting_subject(sitting))
    address = url("whole-upload", sitting=sitting)
    return page(
        request,
        "files.html",
        here="sittings",
        status=200 if error is None else STATUS[error.problem.kind],
        error=error,
        sitting=queries.sitting(sitting),
        imports=imports,
        waiting=queries.waiting_uploads(sitting),
        dropped=queries.listed(settings.DROP, request.clock.now()) if imports else [],
        batches=[(kind, _with_current(queries.batches(sitting, kind))) for kind in KINDS],
        voids=[(kind, releases.would_be_voided(sitting, kind)) for kind in KINDS],
        limits=limits(),
        days=days_of(schedule(settings.RETENTION), "uploads"),
        reads_lines=may(request.staff_visit.staff, Permission.REGION_RELEASE_READ, sitting_subject(sitting)),
        whole=f"{address}?permit={permit(address)}",
    )


@route("batch", "batches/<str:batch>", _READ, subject=batch_subject)
def batch(request: OfficeRequest, batch: str) -> HttpResponse:
    """One accepted file: its counts, its totals beside the manifest's, examples of its bad rows."""
    return _batch_page(request, batch)


@route("batch-quarantine", "batches/<str:batch>/quarantine", IMPORT, methods=("POST",), subject=batch_subject,
       grave=True)  # fmt: skip
def batch_quarantine(request: OfficeRequest, batch: str) -> Any:
    """Hand out the bad rows, for a reason that the audit log keeps."""
    form, found = read(request, Reason), queries.batch(batch)
    try:
        path = actions.hand_out_quarantine(
            actor=request.actor,
            sitting_id=found.sitting_id,
            of=found.pk,
            path=queries.quarantine_file(found, settings.LAYOUT.quarantine),
            reason=form.reason,
            clock=request.clock,
        )
    except FangbangError as error:
        return _batch_page(request, batch, error)
    return FileResponse(path.open("rb"), as_attachment=True, filename=path.name, content_type="text/csv")


def told_findings(t: Texts, counts: dict[str, int]) -> list[tuple[str, int, str]]:
    """Row problems and warnings as code, count, text; the most frequent first."""
    known = {**ROW_PROBLEMS, **WARNINGS}
    texts = {code: (item.en if t.language == "en" else item.zh) for code, item in known.items()}
    told = [(code, count, texts.get(code, "")) for code, count in counts.items()]
    return sorted(told, key=lambda item: (-item[1], item[0]))


def beside(totals: Any, signed: Any) -> list[tuple[str, str, Any, Any, bool]]:
    """Control totals beside those that were signed: subject ("" for the file), total, ours, theirs, same."""
    ours, theirs = _flat(totals), _flat(signed)
    return [
        (*place, ours.get(place), theirs.get(place), ours.get(place) == theirs.get(place) or not theirs)
        for place in dict.fromkeys([*ours, *theirs])
    ]


def _flat(totals: Any) -> dict[tuple[str, str], Any]:
    if not totals:
        return {}
    names = ("rows", "sum", "min", "max", "absent")
    subjects = totals["subjects"].items()
    return {("", "rows"): totals["rows"]} | {
        (subject, name): of.get(name) for subject, of in subjects for name in names
    }


def _with_current(batches: Sequence[Any]) -> list[tuple[Any, bool]]:
    return [(item, item is batches[-1]) for item in reversed(batches)]


def _batch_page(request: OfficeRequest, batch: str, error: FangbangError | None = None) -> HttpResponse:
    from fangbang.office.web import PACKAGE
    from fangbang.pages.texts import texts

    found, t = queries.batch(batch), texts(request.language, PACKAGE)
    try:
        quarantine = queries.quarantine_file(found, settings.LAYOUT.quarantine)
        examples = queries.examples(quarantine, queries.usual_columns(str(found.kind)))
    except FangbangError:  # nothing was wrong, or it is not kept any more
        quarantine, examples = None, {}
    return page(
        request,
        "batch.html",
        here="sittings",
        status=200 if error is None else STATUS[error.problem.kind],
        error=error,
        batch=found,
        current=queries.latest_batch(found.sitting_id, str(found.kind)) == found,
        quarantine=quarantine,
        examples=examples,
        findings=told_findings(t, found.findings),
        warnings=told_findings(t, found.warnings),
        totals=beside(found.totals, found.manifest),
        imports=may(request.staff_visit.staff, IMPORT, sitting_subject(found.sitting_id)),
    )
