"""One person's result held back, and released: one member of staff asks with reason and legal basis, another decides.
What it makes void, and what the candidate then reads, stands on the page before anybody agrees."""

from typing import Literal

import msgspec
from django.conf import settings
from django.http import HttpResponse

from fangbang.accounts.rules import Permission, Subject
from fangbang.adjudication import actions, queries
from fangbang.adjudication.problems import UNKNOWN_REQUEST, UNKNOWN_TICKET
from fangbang.adjudication.queries import RequestView, WithheldView
from fangbang.core.errors import FangbangError
from fangbang.desk import actions as desk
from fangbang.desk import queries as people
from fangbang.desk.rules import terms_of
from fangbang.office.forms import read
from fangbang.office.routes import route, scoped
from fangbang.office.views.desk import sittings_of
from fangbang.office.web import STATUS, OfficeRequest, go, page
from fangbang.pages.texts import texts
from fangbang.people.rules import mask_document
from fangbang.project.stores import book_store
from fangbang.release import queries as releases

_WITHHOLD = Permission.REGION_RESULT_WITHHOLD


class Asked(msgspec.Struct):
    """Whose result of which sitting is to be held back, why, and by which rule."""

    sitting: str
    ticket: str
    reason: str = ""
    basis: str = ""


class Lifted(msgspec.Struct):
    """Which withholding is to end, why, and by which rule."""

    withholding: str
    reason: str = ""
    basis: str = ""


class Decided(msgspec.Struct):
    """The second person's word."""

    answer: Literal["agree", "refuse"]


def request_subject(request_id: str) -> Subject:
    """What a request's address is about: a person of one region."""
    return _about(queries.withholding_request(request_id))


def _about(view: RequestView | WithheldView) -> Subject:
    return people.subject_of(view.sitting, view.region)


@route("withholdings", "withholdings", _WITHHOLD, listing=True)
def withholdings(request: OfficeRequest) -> HttpResponse:
    """Who is held back within one's reach, what was asked for, and the form."""
    return _listing(request, Asked("", ""))


@route("ask-withholding", "withholdings/ask", _WITHHOLD, methods=("POST",), listing=True)
def ask(request: OfficeRequest) -> HttpResponse:
    """Ask that one person's result be held back. Looking for a ticket counts as a search."""
    form = read(request, Asked)
    store, staff = book_store(settings.LAYOUT), request.staff_visit.staff
    try:
        if form.sitting not in sittings_of(staff):
            raise FangbangError(UNKNOWN_TICKET, sitting=form.sitting)
        terms = terms_of("ticket", number=form.ticket)
        reason = desk.enquire(
            actor=request.actor, sitting_id=form.sitting, terms=terms, purpose="withhold", reason=form.reason,
            limit=settings.SEARCHES_AN_HOUR, vault=people.desk_vault(store), clock=request.clock,
        )  # fmt: skip
        if not people.registered_rows(store, staff, form.sitting, terms, _WITHHOLD):
            raise FangbangError(UNKNOWN_TICKET, sitting=form.sitting)
        asked = actions.ask_withholding(
            actor=request.actor, sitting_id=form.sitting, ticket=form.ticket, reason=reason, basis=form.basis,
            store=store, clock=request.clock,
        )  # fmt: skip
    except FangbangError as error:
        return _listing(request, form, error)
    return go("withholding", request_id=asked)


@route("ask-lifting", "withholdings/lift", _WITHHOLD, methods=("POST",), listing=True)
def lift(request: OfficeRequest) -> HttpResponse:
    """Ask that a result that is held back be told again."""
    form = read(request, Lifted)
    try:
        mine = scoped(request.staff_visit.staff, _WITHHOLD, [queries.held(form.withholding)], _about)
        if not mine:
            raise FangbangError(UNKNOWN_REQUEST)
        asked = actions.ask_lifting(
            actor=request.actor, sitting_id=mine[0].sitting, ticket=mine[0].ticket, reason=form.reason,
            basis=form.basis, clock=request.clock,
        )  # fmt: skip
    except FangbangError as error:
        return _listing(request, Asked("", ""), error)
    return go("withholding", request_id=asked)


@route("withholding", "withholdings/<str:request_id>", _WITHHOLD, subject=request_subject)
def withholding(request: OfficeRequest, request_id: str) -> HttpResponse:
    """One request: why, by which rule, and what agreeing would do."""
    return _one(request, request_id)


@route("decide-withholding", "withholdings/<str:request_id>/decide", _WITHHOLD, methods=("POST",),
       subject=request_subject, grave=True)  # fmt: skip
def decide(request: OfficeRequest, request_id: str) -> HttpResponse:
    """Agree or refuse, as somebody else than who asked."""
    agree = read(request, Decided).answer == "agree"
    try:
        actions.decide_withholding(actor=request.actor, request_id=request_id, agree=agree, clock=request.clock)
    except FangbangError as error:
        return _one(request, request_id, error)
    return go("withholding", request_id=request_id)


def _one(request: OfficeRequest, request_id: str, error: FangbangError | None = None) -> HttpResponse:
    view, t = queries.withholding_request(request_id), texts(request.language)
    every = releases.releases(view.sitting)
    return page(
        request,
        "withholding.html",
        here="withholdings",
        status=200 if error is None else STATUS[error.problem.kind],
        error=error,
        asked=view,
        ticket=mask_document(view.ticket),
        decides=view.state == "asked" and view.asked_by != request.staff_visit.staff.id,
        voided=[item for item in every if item.state.editable and item.report],
        public=[item for item in every if item.state == "published"],
        told=(t("outcome.withheld"), t("outcome.withheld.say")),
    )


def _listing(request: OfficeRequest, form: Asked, error: FangbangError | None = None) -> HttpResponse:
    staff = request.staff_visit.staff
    return page(
        request,
        "withholdings.html",
        here="withholdings",
        status=200 if error is None else STATUS[error.problem.kind],
        error=error,
        form=form,
        sittings=sittings_of(staff),
        held=scoped(staff, _WITHHOLD, queries.held_back(), _about),
        requests=scoped(staff, _WITHHOLD, queries.withholding_requests(), _about),
        masked=mask_document,
    )
