"""One file that was brought in: what it seems to be, how it is to be read, what taking it in would do, and doing it."""

from collections.abc import Mapping
from functools import partial
from typing import Any

import msgspec
from django.conf import settings
from django.http import FileResponse, HttpResponse

from fangbang.accounts.rules import Permission, may
from fangbang.core.errors import FangbangError, Problem, heard_params
from fangbang.exams.model import SittingRules
from fangbang.intake import actions, queries
from fangbang.intake.actions import Profile
from fangbang.intake.problems import NOT_LOOKED_AT, NOT_TRIED
from fangbang.intake.queries import UploadView
from fangbang.jobs import actions as jobs
from fangbang.jobs import queries as work
from fangbang.jobs.rules import JobState
from fangbang.office.forms import read
from fangbang.office.problems import BAD_FORM
from fangbang.office.routes import route
from fangbang.office.views.account import Nothing
from fangbang.office.views.files import IMPORT, KINDS, Reason, beside, sitting_subject, told_findings
from fangbang.office.views.jobs import job_page
from fangbang.office.views.uploading import upload_subject
from fangbang.office.web import PACKAGE, STATUS, OfficeRequest, go, page
from fangbang.pages.texts import texts
from fangbang.project.stores import exam_catalogue
from fangbang.release import queries as releases

_READ = Permission.REGION_FILE_READ
_POST = ("POST",)
_LARGEST_MANIFEST = 1 << 20

job_page(
    "upload-job",
    "uploads/<str:upload>/jobs/<str:job>",
    _READ,
    about="upload",
    back="upload",
    here="sittings",
    subject=upload_subject,
)


class Sheets(msgspec.Struct):
    """Names of sheets, separated by |; none: all."""

    sheets: str = ""


class Columns(msgspec.Struct):
    """How a file is to be read: fields with their columns or constants, side by side; subjects with theirs."""

    kind: str
    form: str = "long"
    field: list[str] = []
    column: list[str] = []
    constant: list[str] = []
    subject: list[str] = []
    subject_column: list[str] = []
    absent: str = ""
    blank: str = "refuse"
    delimiter: str = "|"
    ignore: bool = False
    save_as: str = ""


class Trying(msgspec.Struct):
    """What somebody says about a file before it is tried."""

    looked_at: bool = False
    corrects: str = ""


@route("upload", "uploads/<str:upload>", _READ, subject=upload_subject)
def upload(request: OfficeRequest, upload: str) -> HttpResponse:
    """The file as it stands."""
    return _page(request, upload)


@route("look-upload", "uploads/<str:upload>/look", IMPORT, methods=_POST, subject=upload_subject)
def look_upload(request: OfficeRequest, upload: str) -> HttpResponse:
    """Have the file looked at again, perhaps only some of its sheets."""
    sheets = [name.strip() for name in read(request, Sheets).sheets.split("|") if name.strip()]
    return _start(request, "look", upload, {"sheets": sheets[:50]})


@route("map-upload", "uploads/<str:upload>/mapping", IMPORT, methods=_POST, subject=upload_subject)
def map_upload(request: OfficeRequest, upload: str) -> HttpResponse:
    """Keep how the file is to be read, under a name too if one was given, and try it."""
    form, view = read(request, Columns), queries.upload(upload)
    try:
        profile = _profile(form, view)
        actions.map_upload(
            actor=request.actor, upload_id=upload, profile=profile, folder=settings.LAYOUT.uploads, clock=request.clock
        )
        if form.save_as.strip():
            actions.save_profile(
                actor=request.actor,
                name=form.save_as.strip(),
                path=queries.Yard(settings.LAYOUT.uploads).profile(upload),
                folder=settings.LAYOUT.profiles,
                clock=request.clock,
            )
    except FangbangError as error:
        return _page(request, upload, error)
    return _start(request, "try", upload, {"looked_at": False, "corrects": ""})


@route("manifest", "uploads/<str:upload>/manifest", IMPORT, methods=_POST, subject=upload_subject)
def manifest(request: OfficeRequest, upload: str) -> HttpResponse:
    """Put the marking centre's manifest beside the file; without one, take it away."""
    sent = request.FILES.get("manifest")
    try:
        if sent is not None and (sent.size or 0) > _LARGEST_MANIFEST:
            raise FangbangError(BAD_FORM, what="manifest")
        data = b"" if sent is None else sent.read()
        actions.attach_manifest(
            actor=request.actor, upload_id=upload, data=data, folder=settings.LAYOUT.uploads, clock=request.clock
        )
    except FangbangError as error:
        return _page(request, upload, error)
    return go("upload", upload=upload)


@route("try-upload", "uploads/<str:upload>/try", IMPORT, methods=_POST, subject=upload_subject)
def try_upload(request: OfficeRequest, upload: str) -> HttpResponse:
    """Have the file tried."""
    form = read(request, Trying)
    if not queries.upload(upload).kind:
        return _page(request, upload, FangbangError(NOT_LOOKED_AT))
    arguments = {"looked_at": form.looked_at, "corrects": form.corrects.strip()[:200]}
    return _start(request, "try", upload, arguments)


@route("take-upload", "uploads/<str:upload>/take", IMPORT, methods=_POST, subject=upload_subject)
def take_upload(request: OfficeRequest, upload: str) -> HttpResponse:
    """Have the file taken in as it was tried."""
    read(request, Nothing)
    if not queries.upload(upload).acceptable:
        return _page(request, upload, FangbangError(NOT_TRIED))
    return _start(request, "take", upload, {})


@route("discard-upload", "uploads/<str:upload>/discard", IMPORT, methods=_POST, subject=upload_subject)
def discard_upload(request: OfficeRequest, upload: str) -> HttpResponse:
    """Remove the file."""
    read(request, Nothing)
    actions.discard_upload(actor=request.actor, upload_id=upload, folder=settings.LAYOUT.uploads, clock=request.clock)
    return go("files", sitting=queries.upload(upload).sitting)


@route("upload-quarantine", "uploads/<str:upload>/quarantine", IMPORT, methods=_POST, subject=upload_subject,
       grave=True)  # fmt: skip
def upload_quarantine(request: OfficeRequest, upload: str) -> Any:
    """Hand out the bad rows of the trial, for a reason that the audit log keeps."""
    form, view = read(request, Reason), queries.upload(upload)
    path = queries.tried_quarantine(upload, settings.LAYOUT.uploads)
    try:
        actions.hand_out_quarantine(
            actor=request.actor,
            sitting_id=view.sitting,
            of=upload,
            path=path,
            reason=form.reason,
            clock=request.clock,
        )
    except FangbangError as error:
        return _page(request, upload, error)
    return FileResponse(path.open("rb"), as_attachment=True, filename=path.name, content_type="text/csv")


def _start(request: OfficeRequest, kind: str, upload: str, arguments: Mapping[str, Any]) -> HttpResponse:
    job = jobs.ask(actor=request.actor, kind=kind, subject=upload, arguments=arguments, clock=request.clock)
    return go("upload-job", upload=upload, job=job)


def _profile(form: Columns, view: UploadView) -> Profile:
    """The profile that a form says; INPUT for one that no form of ours sends."""
    if view.look is None or view.look["problem"]:
        raise FangbangError(NOT_LOOKED_AT)
    if form.kind not in KINDS or not len(form.field) == len(form.column) == len(form.constant):
        raise FangbangError(BAD_FORM, what="kind, field, column, constant")
    rows = [
        row for row in zip(form.field, form.column, form.constant, strict=True) if row[0] in queries.FIELDS[form.kind]
    ]
    columns = {field: column for field, column, _ in rows if column}
    wide = form.kind == "marks" and form.form == "wide"
    pairs = zip(form.subject, form.subject_column, strict=False) if wide else ()
    subjects = {subject: column for subject, column in pairs if column}
    used = {*columns.values(), *subjects.values()}
    usual = actions.default_profile(form.kind)
    try:
        return msgspec.convert(
            {
                "kind": form.kind,
                "form": "wide" if wide else "long",
                "columns": columns,
                "constants": {field: said.strip() for field, column, said in rows if said.strip() and not column},
                "subjects": subjects,
                "ignored": [name for name in view.look["header"] if name not in used] if form.ignore else [],
                "absent": [word for word in form.absent.split() if word] or list(usual.absent),
                "blank": form.blank,
                "delimiter": form.delimiter or usual.delimiter,
                "sheets": view.look["sheets"],
            },
            Profile,
        )
    except msgspec.ValidationError as error:
        raise FangbangError(BAD_FORM, what="blank, form") from error


def _page(request: OfficeRequest, upload: str, error: FangbangError | None = None) -> HttpResponse:
    view, t = queries.upload(upload), texts(request.language, PACKAGE)
    yard, trial = queries.Yard(settings.LAYOUT.uploads), view.trial
    told = work.jobs_about(upload)
    kind, shown, form = _shown(request, view)
    quarantine = queries.tried_quarantine(upload, settings.LAYOUT.uploads)
    return page(
        request,
        "upload.html",
        here="sittings",
        status=200 if error is None else STATUS[error.problem.kind],
        error=error,
        upload=view,
        imports=may(request.staff_visit.staff, IMPORT, sitting_subject(view.sitting)),
        mine=view.importer == request.staff_visit.staff.id,
        whole=not view.pieces and yard.size(upload, view.name) == view.size,
        working=next((item for item in told if item.state.open), None),
        failed=told[0] if told and told[0].state is JobState.FAILED else None,
        same=[item for item in queries.batch_of_file(view.sha256) if item.pk != view.batch] if view.sha256 else [],
        kinds=KINDS,
        kind=kind,
        fields=_fields(kind),
        subjects=_subjects(view.sitting, request.language),
        shown=shown,
        form=form,
        profiles=queries.profiles(settings.LAYOUT.profiles),
        manifest=yard.manifest(upload).is_file(),
        trial=trial,
        problem=partial(_told, request.language),
        findings=told_findings(t, trial["findings"]) if trial else [],
        warnings=told_findings(t, trial["warnings"]) if trial else [],
        totals=beside(trial["totals"], trial["signed"]) if trial and trial["totals"] else [],
        examples=queries.examples(quarantine, _read_as(view, yard)) if trial and quarantine.is_file() else {},
        quarantine=bool(trial) and quarantine.is_file(),
        voids=releases.would_be_voided(view.sitting, view.kind) if view.kind else [],
    )


def _told(language: str, found: Mapping[str, Any]) -> tuple[str, str] | None:
    """What a look or a trial found wrong, in words, with its code."""
    problem = Problem.registry.get(found["problem"])
    if problem is None:
        return None
    return FangbangError(problem, **heard_params(found["params"])).text(language), problem.code


def _shown(request: OfficeRequest, view: UploadView) -> tuple[str, Mapping[str, str], Mapping[str, Any]]:
    """Which mapping the form offers: a saved profile that was asked for, the one that was sent, or the guess. As kind,
    field → column, and the rest of it."""
    if view.look is None or view.look["problem"]:
        return "", {}, {}
    header, yard = set(view.look["header"]), queries.Yard(settings.LAYOUT.uploads)
    name, wished = request.GET.get("profile", ""), request.GET.get("kind", "")
    profile: Profile | None = None
    if name in queries.profiles(settings.LAYOUT.profiles):
        profile = queries.saved_profile(settings.LAYOUT.profiles, name)
    elif not wished and yard.profile(view.id).is_file():
        profile = actions.load_profile(yard.profile(view.id))
    kind = profile.kind if profile else wished if wished in KINDS else view.kind or view.look["kind"]
    guess = view.look["kinds"][kind]
    found = {**guess["columns"], **{f"subject/{subject}": column for subject, column in guess["subjects"].items()}}
    form: dict[str, Any] = {"form": guess["form"], "constants": {}, **_rest(profile or actions.default_profile(kind))}
    if profile is not None:
        chosen = {**profile.columns, **{f"subject/{key}": column for key, column in profile.subjects.items()}}
        found |= {field: column for field, column in chosen.items() if column in header}
        form |= {"form": profile.form, "constants": profile.constants}
    return kind, found, form


def _rest(profile: Profile) -> dict[str, Any]:
    return {
        "absent": " ".join(profile.absent),
        "blank": profile.blank,
        "delimiter": profile.delimiter,
        "ignore": bool(profile.ignored),
    }


def _fields(kind: str) -> list[tuple[str, bool]]:
    """The fields of a kind, and whether a file must have them."""
    return [(name, usual.needed) for name, usual in queries.FIELDS[kind].items()] if kind else []


def _subjects(sitting_id: str, language: str) -> list[tuple[str, str]]:
    """The sitting's subjects: id and name."""
    sitting = queries.sitting(sitting_id)
    rules: SittingRules = exam_catalogue(settings.EXAMS).sitting(sitting.exam_id, sitting.year)
    found = {
        subject.id: subject.name.get(language) for level in rules.levels.values() for subject in level.subjects.values()
    }
    return list(found.items())


def _read_as(view: UploadView, yard: queries.Yard) -> dict[str, str]:
    """Column → field, as the file was read on trial."""
    if view.look is None or view.look["problem"] or not yard.profile(view.id).is_file():
        return {}
    columns = actions.load_profile(yard.profile(view.id)).resolve(view.name, view.look["header"])
    return {
        column: field.partition("/")[0].replace("subject", "mark") if "/" in field else field
        for field, column in columns.items()
    }
