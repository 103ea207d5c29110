"""The desk after the hour: a candidate found within one's region, masked; one result as the candidate sees it; the
numbers that somebody forgot. Everything that names a person travels in the body of a POST, never in an address."""

import msgspec
from django.conf import settings
from django.http import HttpResponse

from fangbang.accounts.rules import Permission, Staff
from fangbang.core.errors import FangbangError
from fangbang.desk import actions, queries
from fangbang.desk.problems import NOT_FOUND
from fangbang.desk.rules import ByTicket, Row, masked, terms_of
from fangbang.desk.rules.handles import Handle, opened
from fangbang.exams.cities import region_code
from fangbang.intake import queries as intake
from fangbang.office.forms import read
from fangbang.office.routes import route
from fangbang.office.shown import result_of
from fangbang.office.web import STATUS, OfficeRequest, page
from fangbang.pages.texts import texts
from fangbang.project import keeping
from fangbang.project.stores import book_store
from fangbang.release import queries as releases

_SEARCH = Permission.REGION_CANDIDATE_SEARCH
WAYS = ("ticket", "document", "name-birth")


class Search(msgspec.Struct):
    """What is looked for: `kind` is one of `WAYS`."""

    sitting: str
    kind: str = "ticket"
    number: str = ""
    name: str = ""
    birth: str = ""
    reason: str = ""


class Chosen(msgspec.Struct):
    """One hit of a list."""

    handle: str


@route("desk", "desk", _SEARCH, listing=True)
def desk(request: OfficeRequest) -> HttpResponse:
    """Both forms."""
    return _forms(request, Search(""))


@route("desk-search", "desk/search", _SEARCH, methods=("POST",), listing=True)
def search(request: OfficeRequest) -> HttpResponse:
    """The published results that fit, masked."""
    form = read(request, Search)
    store, staff = book_store(settings.LAYOUT), request.staff_visit.staff
    vault = queries.desk_vault(store)
    try:
        _known(staff, form.sitting)
        terms = terms_of(form.kind, number=form.number, name=form.name, birth=form.birth)
        reason = actions.enquire(
            actor=request.actor, sitting_id=form.sitting, terms=terms, purpose="result", reason=form.reason,
            limit=settings.SEARCHES_AN_HOUR, vault=vault, clock=request.clock,
        )  # fmt: skip
        _hear_the_keeper(request, form.sitting)
        rows = queries.published_rows(store, staff, form.sitting, terms)
    except FangbangError as error:
        return _forms(request, form, error)
    now = request.clock.now()
    hits = [
        (masked(row), Handle(form.sitting, row["ticket"], reason, staff.id).sealed(vault, now)) for row in rows[:_MOST]
    ]
    return page(request, "desk_hits.html", here="desk", hits=hits, more=len(rows) > _MOST, sitting=form.sitting)


_MOST = 20
"""Rows that a list shows: namesakes born on one day are fewer."""


@route("desk-result", "desk/result", _SEARCH, methods=("POST",), listing=True)
def result(request: OfficeRequest) -> HttpResponse:
    """One candidate's result, as the candidate sees it."""
    store, staff = book_store(settings.LAYOUT), request.staff_visit.staff
    vault = queries.desk_vault(store)
    chosen = opened(read(request, Chosen).handle, vault, staff.id, request.clock.now())
    row = queries.only(queries.published_rows(store, staff, chosen.sitting, ByTicket(chosen.ticket)))
    actions.note_result(
        actor=request.actor, sitting_id=chosen.sitting, document=row["doc_number"], region=_region(row),
        reason=chosen.reason, vault=vault, clock=request.clock,
    )  # fmt: skip
    release = queries.shown_since(store, chosen.sitting, row)
    published = [item.published_at for item in releases.releases(chosen.sitting) if item.published_at]
    view = result_of(
        row, chosen.sitting, request.language, released=release.published_at or request.clock.now(), releases=published
    )
    return page(
        request, "desk_result.html", here="desk", view=view, shown_t=texts(request.language), reason=chosen.reason,
        archive=row["archive"], at=request.clock.now(), staff=staff,
    )  # fmt: skip


@route("desk-numbers", "desk/numbers", _SEARCH, methods=("POST",), listing=True)
def numbers(request: OfficeRequest) -> HttpResponse:
    """Ticket and archive number of whoever has this document and this name: registrations, so before the hour too."""
    form = read(request, Search)
    store, staff = book_store(settings.LAYOUT), request.staff_visit.staff
    vault = queries.desk_vault(store)
    try:
        _known(staff, form.sitting)
        terms = terms_of("document-name", number=form.number, name=form.name)
        reason = actions.enquire(
            actor=request.actor, sitting_id=form.sitting, terms=terms, purpose="numbers", reason=form.reason,
            limit=settings.SEARCHES_AN_HOUR, vault=vault, clock=request.clock,
        )  # fmt: skip
        rows = queries.registered_rows(store, staff, form.sitting, terms)
        if not rows:
            queries.only(rows)
        for row in rows:
            actions.give_numbers(
                actor=request.actor, sitting_id=form.sitting, document=row["doc_number"], region=_region(row),
                reason=reason, vault=vault, clock=request.clock,
            )  # fmt: skip
    except FangbangError as error:
        return _forms(request, form, error, forgot=True)
    return page(request, "desk_numbers.html", here="desk", rows=rows, sitting=form.sitting, staff=staff)


def _forms(
    request: OfficeRequest, form: Search, error: FangbangError | None = None, *, forgot: bool = False
) -> HttpResponse:
    staff = request.staff_visit.staff
    return page(
        request,
        "desk.html",
        here="desk",
        status=200 if error is None else STATUS[error.problem.kind],
        error=error,
        form=form,
        forgot=forgot,
        ways=WAYS,
        sittings=sittings_of(staff),
        limit=settings.SEARCHES_AN_HOUR,
    )


def sittings_of(staff: Staff) -> list[str]:
    """The sittings of the exams that somebody answers for, the newest first."""
    mine = [item for item in intake.sittings() if not staff.exams or item.exam_id in staff.exams]
    return [item.pk for item in sorted(mine, key=lambda item: (-item.year, item.exam_id))]


def _known(staff: Staff, sitting: str) -> None:
    if sitting not in sittings_of(staff):
        raise FangbangError(NOT_FOUND)


def _hear_the_keeper(request: OfficeRequest, sitting: str) -> None:
    """Enter what the keeper posted, if an hour has come that the office does not know of yet."""
    due = [item for item in releases.releases(sitting) if item.state == "scheduled" and item.t is not None]
    if any(item.t is not None and item.t <= request.clock.now() for item in due):
        keeping.enter_published(settings.LAYOUT, request.clock)


def _region(row: Row) -> str:
    return region_code(row["province"], row["city"])
