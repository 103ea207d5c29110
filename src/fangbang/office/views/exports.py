"""A province's passers as a file: asked for with a purpose, made by a job, fetched by who asked, for a day."""

import msgspec
from django.conf import settings
from django.http import HttpResponse

from fangbang.accounts.rules import Permission, Subject
from fangbang.core.errors import FangbangError
from fangbang.desk import actions
from fangbang.desk.problems import NOT_FOUND, NOT_PUBLISHED
from fangbang.desk.queries import desk_vault, published_in, subject_of
from fangbang.desk.queries.exports import ExportView, export, exports
from fangbang.desk.rules.exports import Content, FileFormat
from fangbang.jobs import actions as jobs
from fangbang.jobs.queries import jobs_about
from fangbang.office.forms import read
from fangbang.office.routes import route, scoped
from fangbang.office.views.desk import sittings_of
from fangbang.office.views.jobs import job_page
from fangbang.office.views.releases import Nothing
from fangbang.office.web import STATUS, OfficeRequest, go, page
from fangbang.project.spreadsheets import CSV, XLSX
from fangbang.project.stores import book_store

_EXPORT = Permission.REGION_RESULT_EXPORT
_TYPES = {FileFormat.CSV: CSV, FileFormat.XLSX: XLSX}


class Asked(msgspec.Struct):
    """Of which sitting, what for, with which columns, how written."""

    sitting: str
    purpose: str = ""
    content: str = Content.CHECK.value
    format: str = FileFormat.XLSX.value


def export_subject(export_id: str, **others: str) -> Subject:
    """What an export's address is about: people of one region."""
    return _about(export(export_id))


def _about(view: ExportView) -> Subject:
    return subject_of(view.sitting, view.region)


job_page(
    "export-job", "exports/<str:export_id>/jobs/<str:job>", _EXPORT, about="export_id", back="exports-of",
    here="exports", subject=export_subject,
)  # fmt: skip


@route("exports", "exports", _EXPORT, listing=True)
def listing(request: OfficeRequest) -> HttpResponse:
    """What was asked for within one's region, and the form."""
    return _listing(request, Asked(""))


@route("ask-export", "exports/ask", _EXPORT, methods=("POST",), listing=True, grave=True)
def ask(request: OfficeRequest) -> HttpResponse:
    """Ask for a list of one's own region; a job makes it."""
    form, staff = read(request, Asked), request.staff_visit.staff
    try:
        if form.sitting not in sittings_of(staff):
            raise FangbangError(NOT_FOUND)
        if not published_in(form.sitting, staff.region):
            raise FangbangError(NOT_PUBLISHED, sitting=form.sitting)
        asked = actions.ask_export(
            actor=request.actor, sitting_id=form.sitting, region=staff.region, content=form.content,
            file_format=form.format, purpose=form.purpose, clock=request.clock,
        )  # fmt: skip
    except FangbangError as error:
        return _listing(request, form, error)
    job = jobs.ask(actor=request.actor, kind="export", subject=asked, arguments={}, clock=request.clock)
    return go("export-job", export_id=asked, job=job)


@route("exports-of", "exports/<str:export_id>", _EXPORT, subject=export_subject)
def one(request: OfficeRequest, export_id: str) -> HttpResponse:
    """One list: how it stands, and the button that fetches it."""
    view = export(export_id)
    return page(
        request, "export.html", here="exports", item=view, mine=view.asked_by == request.staff_visit.staff.id,
        stands=view.stands(request.clock.now()), jobs=jobs_about(export_id),
    )  # fmt: skip


@route("fetch-export", "exports/<str:export_id>/file", _EXPORT, methods=("POST",), subject=export_subject, grave=True)
def fetch(request: OfficeRequest, export_id: str) -> HttpResponse:
    """The file, to who asked for it."""
    read(request, Nothing)
    view = export(export_id)
    data = actions.fetch_export(
        actor=request.actor, export_id=export_id, folder=settings.LAYOUT.exports,
        vault=desk_vault(book_store(settings.LAYOUT)), clock=request.clock,
    )  # fmt: skip
    response = HttpResponse(data, content_type=_TYPES[view.format])
    response.headers["Content-Disposition"] = f'attachment; filename="{view.id}.{view.format}"'
    return response


def _listing(request: OfficeRequest, form: Asked, error: FangbangError | None = None) -> HttpResponse:
    staff = request.staff_visit.staff
    return page(
        request,
        "exports.html",
        here="exports",
        status=200 if error is None else STATUS[error.problem.kind],
        error=error,
        form=form,
        sittings=sittings_of(staff),
        exports=scoped(staff, _EXPORT, exports(), _about),
        now=request.clock.now(),
    )
