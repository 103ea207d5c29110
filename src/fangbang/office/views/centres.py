"""Marking centres: whose signature under a manifest is believed. Administrators keep the keys; auditors read."""

import msgspec
from django.http import HttpResponse

from fangbang.accounts.rules import Permission, has
from fangbang.core.errors import FangbangError
from fangbang.intake import actions, queries
from fangbang.office.forms import read
from fangbang.office.problems import BAD_FORM
from fangbang.office.routes import route
from fangbang.office.web import STATUS, OfficeRequest, go, page

_READ, _MANAGE = Permission.NATION_STAFF_READ, Permission.NATION_STAFF_MANAGE
_POST = ("POST",)
LONGEST_NAME = 100
"""Characters of a centre's name: with the word before it, it is the subject of an audit entry (200)."""


class Entry(msgspec.Struct):
    """A centre and its Ed25519 public key: 64 hex digits, spaces between do not count."""

    name: str = ""
    key: str = ""


class Retiring(msgspec.Struct):
    """A key, and why it counts no longer."""

    key: str
    reason: str = ""


@route("centres", "centres", _READ)
def centres(request: OfficeRequest) -> HttpResponse:
    """Every key that counts or did."""
    return _page(request, Entry())


@route("enrol-centre", "centres/enrol", _MANAGE, methods=_POST, grave=True)
def enrol_centre(request: OfficeRequest) -> HttpResponse:
    """Believe manifests under this key from now on."""
    form = read(request, Entry)
    try:
        if not 0 < len(form.name.strip()) <= LONGEST_NAME:
            raise FangbangError(BAD_FORM, what="name")
        actions.enrol_centre(
            actor=request.actor, name=form.name.strip(), key="".join(form.key.split()), clock=request.clock
        )
    except FangbangError as error:
        return _page(request, form, error)
    return go("centres")


@route("retire-centre", "centres/retire", _MANAGE, methods=_POST, grave=True)
def retire_centre(request: OfficeRequest) -> HttpResponse:
    """Believe nothing under this key any more, for ever."""
    form = read(request, Retiring)
    try:
        if not form.reason.strip():
            raise FangbangError(BAD_FORM, what="reason")
        actions.retire_centre(actor=request.actor, key=form.key, reason=form.reason.strip(), clock=request.clock)
    except FangbangError as error:
        return _page(request, Entry(), error)
    return go("centres")


def _page(request: OfficeRequest, form: Entry, error: FangbangError | None = None) -> HttpResponse:
    told = [(item, len(queries.signed_by(item.key))) for item in queries.centres()]
    return page(
        request,
        "centres.html",
        here="centres",
        status=200 if error is None else STATUS[error.problem.kind],
        error=error,
        centres=told,
        form=form,
        longest=LONGEST_NAME,
        manages=has(request.staff_visit.staff, _MANAGE),
        grouped=lambda key: " ".join(key[at : at + 8] for at in range(0, len(key), 8)),
    )
