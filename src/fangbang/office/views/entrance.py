"""Signing in with two factors, showing the second one again, signing out."""

import json
from typing import Any
from urllib.parse import urlsplit

import msgspec
from django.conf import settings
from django.http import HttpResponse, HttpResponseRedirect

from fangbang.accounts import actions, queries
from fangbang.accounts.actions.proofs import CodeProof, PasskeyProof, Proof, Relying, ask_assertion
from fangbang.accounts.problems import BAD_PASSKEY, SESSION_OVER, SIGN_IN_REFUSED
from fangbang.accounts.rules import Permission, Place, Stage
from fangbang.core.errors import FangbangError
from fangbang.office import cookies
from fangbang.office.forms import read
from fangbang.office.routes import local_path, route
from fangbang.office.web import STATUS, OfficeRequest, page, url


class SignIn(msgspec.Struct):
    """The first step."""

    operator: str
    password: str
    next: str = "/"


class Shown(msgspec.Struct):
    """The second factor: a code typed, or a passkey's answer as the script put it in."""

    code: str = ""
    answer: str = ""
    next: str = "/"


@route("sign-in", "sign-in", Permission.PUBLIC_ENTRANCE_USE, methods=("GET", "POST"))
def sign_in(request: OfficeRequest) -> HttpResponse:
    """Id and password."""
    if request.method == "GET":
        return page(request, "sign_in.html", then=local_path(request.GET.get("next", "/")), operator="")
    form = read(request, SignIn)
    try:
        token = actions.start_sign_in(
            operator_id=form.operator.strip(),
            password=form.password,
            place=place_of(request, form.operator.strip()),
            device=request.headers.get("User-Agent", ""),
            clock=request.clock,
        )
    except FangbangError as error:
        status = STATUS[error.problem.kind]
        return page(
            request, "sign_in.html", status=status, error=error, then=local_path(form.next), operator=form.operator
        )
    response = HttpResponseRedirect(url("second-factor", {"next": local_path(form.next)}))
    cookies.give_session(response, token)
    return response


@route("second-factor", "sign-in/second", Permission.HALFWAY_FACTOR_SHOW, methods=("GET", "POST"))
def second_factor(request: OfficeRequest) -> HttpResponse:
    """The second factor of somebody whose password was right."""
    return _factor(request, "second-factor")


@route("confirm", "confirm", Permission.OWN_ACCOUNT_MANAGE, methods=("GET", "POST"))
def confirm(request: OfficeRequest) -> HttpResponse:
    """The second factor again, before a grave act."""
    return _factor(request, "confirm")


@route("sign-out", "sign-out", Permission.OWN_ACCOUNT_MANAGE, methods=("POST",))
def sign_out(request: OfficeRequest) -> HttpResponse:
    """End this session."""
    actions.end_session(actor=request.actor, session_id=request.staff_visit.id, clock=request.clock)
    response = HttpResponseRedirect(url("sign-in"))
    cookies.take_session(response)
    return response


def relying(request: OfficeRequest) -> Relying:
    """Who asks for passkeys: the office's origin, or on a machine of one's own the address that was asked."""
    origin = settings.ORIGIN or f"{request.scheme}://{request.get_host()}"
    return Relying(urlsplit(origin).hostname or "", origin)


def place_of(request: OfficeRequest, operator_id: str) -> Place:
    """Where the request comes from. The server fills REMOTE_ADDR, behind its trusted proxy too."""
    return queries.place(request.META.get("REMOTE_ADDR", ""), cookies.device_token(request), operator_id)


def parsed(text: str) -> dict[str, Any]:
    """The JSON that the script put into a form; REFUSED if it is none."""
    try:
        value = json.loads(text)
    except ValueError as error:
        raise FangbangError(BAD_PASSKEY) from error
    if not isinstance(value, dict):
        raise FangbangError(BAD_PASSKEY)
    return value


def _factor(request: OfficeRequest, name: str) -> HttpResponse:
    """Both uses of the second factor: ask for it, check it, go on."""
    if request.method == "GET":
        return _ask(request, name, local_path(request.GET.get("next", "/")))
    form, visit = read(request, Shown), request.staff_visit
    try:
        entered = actions.show_factor(
            session_id=visit.id,
            proof=_proof(request, form),
            place=place_of(request, visit.staff.id),
            device_token=cookies.device_token(request),
            clock=request.clock,
        )
    except FangbangError as error:
        if error.problem == SESSION_OVER:
            return HttpResponseRedirect(url("sign-in"))
        return _ask(request, name, local_path(form.next), error)
    response = HttpResponseRedirect(local_path(form.next))
    if entered.token is not None:
        cookies.give_session(response, entered.token)
    if entered.device is not None:
        cookies.give_device(response, entered.device)
    return response


def _proof(request: OfficeRequest, form: Shown) -> Proof:
    if form.answer:
        return PasskeyProof(parsed(form.answer), relying(request))
    if form.code:
        return CodeProof(form.code)
    raise FangbangError(SIGN_IN_REFUSED)


def _ask(request: OfficeRequest, name: str, then: str, error: FangbangError | None = None) -> HttpResponse:
    visit = request.staff_visit
    options = ask_assertion(visit.id, relying(request))
    return page(
        request,
        "second_factor.html",
        status=200 if error is None else STATUS[error.problem.kind],
        error=error,
        action=url(name),
        again=visit.stage is Stage.FULL,
        then=then,
        options=None if options is None else json.dumps(options),
        app=any(item.kind == "totp" for item in queries.factors(visit.staff.id)),
    )
