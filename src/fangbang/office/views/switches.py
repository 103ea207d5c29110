"""Switches of the query nodes: what is on, and moving one. One approver closes, two open again; the keeper decides."""

from datetime import datetime
from typing import Any

import msgspec
from django.conf import settings
from django.http import HttpResponse

from fangbang.accounts.queries import trusted_keys
from fangbang.accounts.rules import NATION, Permission, has
from fangbang.core.canonical import canonical_json, content_hash
from fangbang.core.clock import AUTHORITY_ZONE, from_wire, to_wire
from fangbang.core.errors import FangbangError
from fangbang.exams.vocabulary import CredentialKind, SwitchName
from fangbang.office.forms import read
from fangbang.office.problems import BAD_HOUR, OTHER_DOCUMENT
from fangbang.office.routes import route
from fangbang.office.standing import public_board
from fangbang.office.web import STATUS, OfficeRequest, go, page
from fangbang.project import keeping
from fangbang.release.problems import NATIONAL_ONLY
from fangbang.release.rules import MOST_BITS, Approval, switch_order

Stands = dict[str, Any]
"""How the keeper keeps the switches: `serial`, `on`, `pending`."""
_KINDS = [kind.value for kind in CredentialKind if kind is not CredentialKind.BOUND]


class Wish(msgspec.Struct):
    """What is to be switched, as the form asks it. `waiting`: the order that wants a second signature."""

    name: str = ""
    subject: str = ""
    back: str = ""
    bits: int = 0
    until: str = ""
    zh: str = ""
    en: str = ""
    reason: str = ""
    waiting: str = ""


class Signed(Wish):
    """The same with a signature (hex) under the order with this hash."""

    document_hash: str = ""
    key_id: str = ""
    signature: str = ""


@route("switches", "switches", Permission.NATION_SERVICE_WATCH)
def switches(request: OfficeRequest) -> HttpResponse:
    """What is on, what waits for a second signature, and the forms that begin a move."""
    stands, staff, public = _stands(), request.staff_visit.staff, public_board()
    return page(
        request,
        "switches.html",
        here="switches",
        on=stands["on"],
        pending=stands["pending"],
        moment_of=lambda text: None if text is None else from_wire(text),
        names=[name.value for name in SwitchName],
        kinds=_KINDS,
        most=MOST_BITS,
        sittings=sorted(public.sittings) if public else [],
        moves=has(staff, Permission.NATION_SERVICE_SWITCH) and staff.region == NATION,
    )


@route("move-switch", "switches/move", Permission.NATION_SERVICE_SWITCH, methods=("GET", "POST"), grave=True)
def move_switch(request: OfficeRequest) -> HttpResponse:
    """The order in plain words, and the signature under it."""
    if request.staff_visit.staff.region != NATION:
        raise FangbangError(NATIONAL_ONLY)
    form = read(request, Signed) if request.method == "POST" else _asked(request)
    stands = _stands()
    order = _order(form, stands)
    if not isinstance(form, Signed):
        return _sign_page(request, form, order, stands)
    try:
        if form.document_hash != content_hash(order):
            raise FangbangError(OTHER_DOCUMENT)
        keeping.switch(
            settings.LAYOUT,
            actor=request.actor,
            order=order,
            approval=Approval(request.staff_visit.staff.id, form.key_id, form.signature),
            trusted_keys=trusted_keys(),
            clock=request.clock,
        )
    except FangbangError as error:
        return _sign_page(request, form, order, stands, error)
    return go("switches")


def _stands() -> Stands:
    """How the keeper keeps the switches; UNAVAILABLE if it does not answer."""
    found: Stands = keeping.ask(settings.LAYOUT, {"command": "status"}, 5.0)["switches"]
    return found


def _asked(request: OfficeRequest) -> Wish:
    """The wish in the address; fields of no form are left out."""
    given = {name: request.GET[name] for name in Wish.__struct_fields__ if name in request.GET}
    given["bits"] = given.get("bits") or "0"
    return msgspec.convert(given, Wish, strict=False)


def _order(form: Wish, stands: Stands) -> dict[str, Any]:
    if form.waiting and stands["pending"] is not None:
        waiting: dict[str, Any] = stands["pending"]["order"]
        return waiting
    on = not form.back
    return switch_order(
        serial=stands["serial"] + 1,
        name=form.name,
        subject=form.subject,
        on=on,
        value=form.bits if on and form.name == SwitchName.PRICE else 0,
        until=_moment(form.until) if on and form.until else None,
        zh=" ".join(form.zh.split()),
        en=" ".join(form.en.split()),
        reason=form.reason,
    )


def _moment(text: str) -> datetime:
    try:
        at = datetime.fromisoformat(text)
        local = at.replace(tzinfo=AUTHORITY_ZONE) if at.tzinfo is None else at.astimezone(AUTHORITY_ZONE)
        to_wire(local)  # in UTC it may lie outside of what a calendar has
    except (ValueError, OverflowError) as error:
        raise FangbangError(BAD_HOUR) from error
    return local


def _sign_page(
    request: OfficeRequest,
    form: Wish,
    order: dict[str, Any],
    stands: Stands,
    error: FangbangError | None = None,
) -> HttpResponse:
    fields = {name: str(getattr(form, name)) for name in Wish.__struct_fields__ if getattr(form, name)}
    pending = stands["pending"]
    signed = [] if pending is None or pending["order"] != order else [item["operator"] for item in pending["approvals"]]
    return page(
        request,
        "sign_switch.html",
        here="switches",
        status=200 if error is None else STATUS[error.problem.kind],
        error=error,
        order=order,
        until=None if order["until"] is None else from_wire(order["until"]),
        text=canonical_json(order).decode(),
        hash=content_hash(order),
        operator=request.staff_visit.staff.id,
        command=f"fangbang release switch {_words(order)}--as {request.staff_visit.staff.id} --key KEY.pem --yes",
        fields=fields,
        signed=signed,
    )


def _words(order: dict[str, Any]) -> str:
    """The order as options of the command; values are quoted for a shell."""
    options = [order["name"], *([order["subject"]] if order["subject"] else []), *([] if order["on"] else ["--back"])]
    notice = order["notice"] or {"zh": "", "en": ""}
    for name, value in (
        ("bits", order["value"]),
        ("until", order["until"]),
        *notice.items(),
        ("reason", order["reason"]),
    ):
        if value:
            quoted = str(value).replace("'", "'\\''")
            options.append(f"--{name} '{quoted}'")
    return " ".join(options) + " "
