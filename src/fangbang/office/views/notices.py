"""Notices and whom to ask: written by one person, seen as candidates will see it, signed by another."""

from datetime import datetime
from typing import Any

import msgspec
from django.conf import settings
from django.http import HttpResponse

from fangbang.accounts.queries import trusted_keys
from fangbang.accounts.rules import NATION, Permission, Staff, Subject, may
from fangbang.core.canonical import canonical_json, content_hash
from fangbang.core.clock import from_wire
from fangbang.core.errors import FangbangError
from fangbang.exams.provinces import PROVINCES, province_name
from fangbang.notices import actions, queries
from fangbang.notices.queries import ProposalView
from fangbang.notices.rules import (
    Content,
    ProposalKind,
    ProposalState,
    Standing,
    key_of,
    kind_of,
    region_of,
    standing,
    stands,
)
from fangbang.office.forms import read
from fangbang.office.notice_forms import Wish, content_of, wish_of
from fangbang.office.problems import NOT_ALLOWED, OTHER_DOCUMENT
from fangbang.office.routes import route, scoped
from fangbang.office.web import PACKAGE, STATUS, OfficeRequest, go, moment, page
from fangbang.pages.bundle import Bundle, Notice, encode_bundle
from fangbang.pages.contacts import load_contacts, overlaid
from fangbang.pages.site import Site
from fangbang.pages.texts import texts
from fangbang.project import publishing
from fangbang.release.rules import Approval

_WRITE, _APPROVE = Permission.REGION_NOTICE_WRITE, Permission.REGION_NOTICE_APPROVE
_BOTH = ("GET", "POST")


class Nothing(msgspec.Struct):
    """A form of one button."""


class Signed(msgspec.Struct):
    """A signature (hex) under the order with this hash."""

    document_hash: str
    key_id: str
    signature: str


def proposal_subject(notice: str) -> Subject:
    """What a proposal's address is about."""
    return _subject_of(queries.proposal(notice))


def _subject_of(view: ProposalView) -> Subject:
    return Subject(view.exam, frozenset({view.region} if view.region else ()))


@route("notices", "notices", _WRITE, listing=True)
def notices(request: OfficeRequest) -> HttpResponse:
    """What stands within one's reach, and what is on its way."""
    staff, bundle = request.staff_visit.staff, publishing.standing_bundle(settings.LAYOUT)
    entries: list[Content] = [*bundle.notices, *bundle.centres, *bundle.helplines]
    mine = [item for item in entries if _may_write(staff, region_of(item), _exam(item))]
    return page(
        request,
        "notices.html",
        here="notices",
        standing=[_stands(request, bundle, item) for item in mine],
        proposals=scoped(staff, _WRITE, queries.proposals(), _subject_of),
        title=lambda content: _title(content, request.language),
        state=lambda view: _state(view, bundle, request.clock.now()),
    )


@route("write-notice", "notices/write", _WRITE, methods=_BOTH, listing=True)
def write_notice(request: OfficeRequest) -> HttpResponse:
    """Propose a notice, whom to ask, or that one of them be taken down."""
    if request.method == "GET":
        return _form(request, _prefilled(request))
    form = read(request, Wish)
    try:
        content = None if form.take else content_of(form)
        key, bundle = form.key if content is None else key_of(content), publishing.standing_bundle(settings.LAYOUT)
        exam = form.sitting.rpartition("-")[0]
        old = standing(bundle, form.kind, key)
        replaced = exam if old is None else _exam(old)
        if content is None:
            exam = replaced
        if not all(_may_write(request.staff_visit.staff, form.region, each) for each in (exam, replaced)):
            raise FangbangError(NOT_ALLOWED)
        made = actions.propose(
            actor=request.actor,
            kind=form.kind,
            key=key,
            region=form.region,
            content=content,
            reason=form.reason,
            bundle=bundle,
            exam=exam,
            clock=request.clock,
        )
    except FangbangError as error:
        return _form(request, form, error)
    return go("notice", notice=made)


@route("notice", "notices/<str:notice>", _WRITE, subject=proposal_subject)
def notice(request: OfficeRequest, notice: str) -> HttpResponse:
    """One proposal, with its text in both languages and what was decided."""
    view, staff = queries.proposal(notice), request.staff_visit.staff
    return page(
        request,
        "proposal.html",
        here="notices",
        proposal=view,
        fields=_fields(view.content, request.language),
        state=_state(view, publishing.standing_bundle(settings.LAYOUT), request.clock.now()),
        writes=may(staff, _WRITE, _subject_of(view)),
        decides=may(staff, _APPROVE, _subject_of(view)) and view.author != staff.id and view.state == "waiting",
        own=view.author == staff.id,
    )


@route("preview-notice", "notices/<str:notice>/preview", _WRITE, subject=proposal_subject)
def preview_proposal(request: OfficeRequest, notice: str) -> HttpResponse:
    """The public page as it will read, at the notice's own hour."""
    view = queries.proposal(notice)
    bundle = publishing.bundle_with(settings.LAYOUT, view)
    site = Site(contacts=overlaid(load_contacts(settings.EXAMS), bundle))
    if view.kind is ProposalKind.NOTICE:
        at = view.content.moment if isinstance(view.content, Notice) else request.clock.now()
        return HttpResponse(site.notices(request.language, [], bundle.due(max(at, request.clock.now()))))
    return HttpResponse(site.forgot(request.language))


@route("publish-notice", "notices/<str:notice>/publish", _APPROVE, methods=_BOTH, subject=proposal_subject,
       grave=True)  # fmt: skip
def publish_proposal(request: OfficeRequest, notice: str) -> HttpResponse:
    """The second person signs the bundle with this proposal in it."""
    view = queries.proposal(notice)
    _check_replaced(request.staff_visit.staff, view)
    data = encode_bundle(publishing.bundle_with(settings.LAYOUT, view))
    order = publishing.order_for(settings.LAYOUT, data)
    if request.method == "GET":
        return _sign_page(request, view, order)
    form = read(request, Signed)
    try:
        if form.document_hash != content_hash(order):
            raise FangbangError(OTHER_DOCUMENT)
        publishing.publish_proposal(
            settings.LAYOUT,
            actor=request.actor,
            proposal_id=notice,
            order=order,
            approval=Approval(request.staff_visit.staff.id, form.key_id, form.signature),
            trusted_keys=trusted_keys(),
            clock=request.clock,
        )
    except FangbangError as error:
        return _sign_page(request, view, order, error)
    return go("notice", notice=notice)


@route("refuse-notice", "notices/<str:notice>/refuse", _APPROVE, methods=("POST",), subject=proposal_subject)
def refuse_proposal(request: OfficeRequest, notice: str) -> HttpResponse:
    """Decide that it is not published."""
    read(request, Nothing)
    bundle = publishing.standing_bundle(settings.LAYOUT)
    actions.refuse(actor=request.actor, proposal_id=notice, bundle=bundle, clock=request.clock)
    return go("notice", notice=notice)


@route("take-notice-back", "notices/<str:notice>/take-back", _WRITE, methods=("POST",), subject=proposal_subject)
def take_back(request: OfficeRequest, notice: str) -> HttpResponse:
    """The author does not want it any more."""
    read(request, Nothing)
    bundle = publishing.standing_bundle(settings.LAYOUT)
    actions.take_back(actor=request.actor, proposal_id=notice, bundle=bundle, clock=request.clock)
    return go("notice", notice=notice)


def _stands(request: OfficeRequest, bundle: Bundle, content: Content) -> dict[str, Any]:
    """An entry of the list of what is published: what it is called, and from when and until when it shows."""
    hours = (
        (content.moment, content.until and from_wire(content.until)) if isinstance(content, Notice) else (None, None)
    )
    return {
        "kind": kind_of(content),
        "key": key_of(content),
        "title": _title(content, request.language),
        "region": region_of(content),
        "state": stands(bundle, content, request.clock.now()),
        "shown_from": hours[0],
        "until": hours[1],
    }


def _state(view: ProposalView, bundle: Bundle, now: datetime) -> str:
    """How far a proposal has come: of a published one, how it stands on the public pages now."""
    if view.state is not ProposalState.PUBLISHED or view.content is None:
        return view.state
    return stands(bundle, view.content, now)


def _form(request: OfficeRequest, form: Wish, error: FangbangError | None = None) -> HttpResponse:
    """The form as it was filled; regions are those that the visitor may write for."""
    staff = request.staff_visit.staff
    exam = next(iter(staff.exams), "")
    regions = [code for code in (NATION, *PROVINCES) if _may_write(staff, code, exam)]
    return page(
        request,
        "write_notice.html",
        here="notices",
        status=200 if error is None else STATUS[error.problem.kind],
        error=error,
        form=form,
        regions=regions,
        early=bool(form.take) and _scheduled(request, form),
    )


def _scheduled(request: OfficeRequest, form: Wish) -> bool:
    bundle = publishing.standing_bundle(settings.LAYOUT)
    found = standing(bundle, form.kind, form.key)
    return found is not None and stands(bundle, found, request.clock.now()) is Standing.SCHEDULED


def _sign_page(
    request: OfficeRequest, view: ProposalView, order: dict[str, Any], error: FangbangError | None = None
) -> HttpResponse:
    return page(
        request,
        "sign_notice.html",
        here="notices",
        status=200 if error is None else STATUS[error.problem.kind],
        error=error,
        proposal=view,
        texts_of=_fields(view.content, request.language),
        text=canonical_json(order).decode(),
        hash=content_hash(order),
        operator=request.staff_visit.staff.id,
        command=f"fangbang notices publish {view.id} --as {request.staff_visit.staff.id} --key KEY.pem --yes",
        fields={},
    )


def _may_write(staff: Staff, region: str, exam: str) -> bool:
    return may(staff, _WRITE, Subject(exam, frozenset({region} if region else ())))


def _check_replaced(staff: Staff, view: ProposalView) -> None:
    """REFUSED where what stands under the proposal's key is of an exam that is not this approver's."""
    old = standing(publishing.standing_bundle(settings.LAYOUT), view.kind, view.key)
    if old is not None and not may(staff, _APPROVE, Subject(_exam(old), _subject_of(view).regions)):
        raise FangbangError(NOT_ALLOWED)


def _exam(content: Content) -> str:
    return content.sitting.rpartition("-")[0] if isinstance(content, Notice) else ""


def _title(content: Content | None, language: str) -> str:
    if content is None:
        return ""
    return (content.title if isinstance(content, Notice) else content.name).get(language)


def _fields(content: Content | None, language: str) -> list[tuple[str, str]]:
    """The entry as (name of a field, text), for reading: `notice.field.<name>` names it."""
    told: list[tuple[str, str]] = []
    for name, value in (msgspec.to_builtins(content) if content is not None else {}).items():
        for one in value if isinstance(value, list | tuple) else [value]:
            parts = one.items() if isinstance(one, dict) else [("", one)]
            told += [(f"{name}-{each}" if each else name, _said(name, said, language)) for each, said in parts if said]
    return told


def _said(name: str, value: str, language: str) -> str:
    """A field's value as people read it: instants in the authority's zone, regions by name."""
    if name in ("not_before", "until"):
        return moment(texts(language, PACKAGE), from_wire(value))
    return province_name(value, language) if name == "region" else value


def _prefilled(request: OfficeRequest) -> Wish:
    """An empty form, or one with what stands under the key that is to be replaced or taken down."""
    try:
        kind = ProposalKind(request.GET.get("kind", "notice"))
    except ValueError:
        kind = ProposalKind.NOTICE
    key, take = request.GET.get("key", ""), request.GET.get("take", "")
    bundle = publishing.standing_bundle(settings.LAYOUT)
    found = standing(bundle, kind, key) if key else None
    if found is None or not _may_write(request.staff_visit.staff, region_of(found), _exam(found)):
        return Wish(kind=kind, region=request.staff_visit.staff.region)
    return wish_of(found, kind, key, take)
