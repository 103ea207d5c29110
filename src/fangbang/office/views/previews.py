"""One person's result before the hour: only with a reason, somebody else's agreement and a watermark, each look noted.
Apart from this nobody in the office sees a person's result before it is published."""

from typing import Literal

import msgspec
from django.conf import settings
from django.http import HttpResponse

from fangbang.accounts.rules import Permission, Subject
from fangbang.core.errors import FangbangError
from fangbang.desk import actions, queries
from fangbang.desk.queries import PreviewView
from fangbang.desk.rules import PreviewState, terms_of
from fangbang.office.forms import read
from fangbang.office.routes import route, scoped
from fangbang.office.shown import result_of
from fangbang.office.views.releases import Nothing, visible
from fangbang.office.web import STATUS, OfficeRequest, go, page
from fangbang.pages.texts import texts
from fangbang.project.stores import book_store
from fangbang.release import queries as releases

_PREVIEW = Permission.REGION_RESULT_PREVIEW


class Asked(msgspec.Struct):
    """Whom to see, before which release, and why."""

    release: str
    ticket: str
    reason: str = ""


class Decided(msgspec.Struct):
    """The second person's word."""

    answer: Literal["agree", "refuse"]


def preview_subject(preview: str) -> Subject:
    """What a preview's address is about: a person of one region."""
    return subject_of(queries.preview(preview))


def subject_of(view: PreviewView) -> Subject:
    """A preview's exam and region."""
    return queries.subject_of(view.sitting, view.region)


@route("previews", "previews", _PREVIEW, listing=True)
def previews(request: OfficeRequest) -> HttpResponse:
    """Requests within one's reach, and the form for another one."""
    return _listing(request, Asked("", ""))


@route("ask-preview", "previews/ask", _PREVIEW, methods=("POST",), listing=True)
def ask(request: OfficeRequest) -> HttpResponse:
    """Ask to see one person, who lies within one's reach."""
    form = read(request, Asked)
    store, staff = book_store(settings.LAYOUT), request.staff_visit.staff
    vault = queries.desk_vault(store)
    try:
        view = releases.release(form.release)
        terms = terms_of("ticket", number=form.ticket)
        reason = actions.enquire(
            actor=request.actor, sitting_id=view.sitting, terms=terms, purpose="preview", reason=form.reason,
            limit=settings.SEARCHES_AN_HOUR, vault=vault, clock=request.clock,
        )  # fmt: skip
        candidate = queries.candidate_of(store, staff, form.release, terms.typed[0])
        asked = actions.ask_preview(
            actor=request.actor, release_id=form.release, candidate=candidate, reason=reason, vault=vault,
            clock=request.clock,
        )  # fmt: skip
    except FangbangError as error:
        return _listing(request, form, error)
    return go("preview", preview=asked)


@route("preview", "previews/<str:preview>", _PREVIEW, subject=preview_subject)
def preview(request: OfficeRequest, preview: str) -> HttpResponse:
    """One request: whom it is about (masked), why, and what may be done now."""
    return _one(request, preview)


@route("decide-preview", "previews/<str:preview>/decide", _PREVIEW, methods=("POST",), subject=preview_subject,
       grave=True)  # fmt: skip
def decide(request: OfficeRequest, preview: str) -> HttpResponse:
    """Agree or refuse, as somebody else than who asked."""
    agree = read(request, Decided).answer == "agree"
    try:
        actions.decide_preview(actor=request.actor, preview_id=preview, agree=agree, clock=request.clock)
    except FangbangError as error:
        return _one(request, preview, error)
    return go("preview", preview=preview)


@route("see-preview", "previews/<str:preview>/see", _PREVIEW, methods=("POST",), subject=preview_subject, grave=True)
def see(request: OfficeRequest, preview: str) -> HttpResponse:
    """The result as the candidate will see it, under a watermark; noted before it is shown."""
    read(request, Nothing)
    store = book_store(settings.LAYOUT)
    try:
        view, look = actions.note_preview(actor=request.actor, preview_id=preview, clock=request.clock)
        row = queries.previewed_row(store, view, queries.desk_vault(store))
    except FangbangError as error:
        return _one(request, preview, error)
    release = releases.release(view.release)
    published = [item.published_at for item in releases.releases(view.sitting) if item.published_at]
    shown = result_of(
        row, view.sitting, request.language, released=release.t or request.clock.now(), releases=published
    )
    return page(
        request, "preview_result.html", here="previews", preview=view, view=shown, look=look,
        shown_t=texts(request.language), at=request.clock.now(), hour=release.t,
    )  # fmt: skip


def _one(request: OfficeRequest, preview_id: str, error: FangbangError | None = None) -> HttpResponse:
    store, view = book_store(settings.LAYOUT), queries.preview(preview_id)
    me, now = request.staff_visit.staff.id, request.clock.now()
    open_still = now < view.expires_at
    return page(
        request,
        "preview.html",
        here="previews",
        status=200 if error is None else STATUS[error.problem.kind],
        error=error,
        preview=view,
        person=_masked(queries.target(view, queries.desk_vault(store))),
        decides=view.state is PreviewState.ASKED and open_still and view.asked_by != me,
        sees=view.state is PreviewState.AGREED and open_still and view.asked_by == me,
        lapsed=not open_still,
    )


def _masked(told: dict[str, str]) -> dict[str, str]:
    """Without the ticket, which only the view itself needs."""
    return {name: text for name, text in told.items() if name != "ticket"}


def _listing(request: OfficeRequest, form: Asked, error: FangbangError | None = None) -> HttpResponse:
    staff = request.staff_visit.staff
    coming = [view for view in visible(staff) if view.state not in ("published", "superseded", "withdrawn")]
    return page(
        request,
        "previews.html",
        here="previews",
        status=200 if error is None else STATUS[error.problem.kind],
        error=error,
        form=form,
        releases=coming,
        previews=scoped(staff, _PREVIEW, queries.previews(), subject_of),
        now=request.clock.now(),
    )
