"""Setting up how one signs in: with a one-time code first a password, then a second factor."""

import json
from io import BytesIO

import msgspec
import segno
from django.conf import settings
from django.http import HttpResponse, HttpResponseRedirect

from fangbang.accounts import actions, queries
from fangbang.accounts.actions.factors import NewCode, NewPasskey
from fangbang.accounts.actions.proofs import ask_app, ask_creation
from fangbang.accounts.rules import Permission, SignInPolicy
from fangbang.core.errors import FangbangError
from fangbang.office import cookies
from fangbang.office.forms import read
from fangbang.office.routes import route
from fangbang.office.views.entrance import parsed, place_of, relying
from fangbang.office.web import STATUS, OfficeRequest, page, url


class Code(msgspec.Struct):
    """A one-time enrolment code."""

    code: str


class Choice(msgspec.Struct):
    """A password, typed twice."""

    password: str
    again: str


class Added(msgspec.Struct):
    """A new second factor: the app's first code, or the passkey that the script made."""

    label: str = ""
    code: str = ""
    answer: str = ""


@route("enrol", "enrol", Permission.PUBLIC_ENTRANCE_USE, methods=("GET", "POST"))
def enrol(request: OfficeRequest) -> HttpResponse:
    """Where the code is typed."""
    if request.method == "GET":
        return page(request, "enrol.html")
    form = read(request, Code)
    try:
        token = actions.accept_invitation(
            code=form.code,
            place=place_of(request, ""),
            device=request.headers.get("User-Agent", ""),
            clock=request.clock,
        )
    except FangbangError as error:
        return page(request, "enrol.html", status=STATUS[error.problem.kind], error=error)
    response = HttpResponseRedirect(url("enrol-password"))
    cookies.give_session(response, token)
    return response


@route("enrol-password", "enrol/password", Permission.ENROLLING_ACCOUNT_FURNISH, methods=("GET", "POST"))
def enrol_password(request: OfficeRequest) -> HttpResponse:
    """Choose a password."""
    policy: SignInPolicy = settings.SIGN_IN_POLICY
    operator = request.staff_visit.staff
    if request.method == "GET":
        return page(request, "password.html", least=policy.least, operator=operator, changing=False)
    form = read(request, Choice)
    try:
        same_twice(form.password, form.again)
        actions.choose_password(session_id=request.staff_visit.id, password=form.password, clock=request.clock)
    except FangbangError as error:
        return page(
            request, "password.html", status=STATUS[error.problem.kind], error=error, least=policy.least,
            operator=operator, changing=False,
        )  # fmt: skip
    return HttpResponseRedirect(url("enrol-factor"))


@route("enrol-factor", "enrol/factor", Permission.ENROLLING_ACCOUNT_FURNISH, methods=("GET", "POST"))
def enrol_factor(request: OfficeRequest) -> HttpResponse:
    """Set the second factor; with it the account is enrolled, and its owner signs in."""
    if not queries.password_chosen(request.staff_visit.id):
        return HttpResponseRedirect(url("enrol-password"))
    answer = factor_form(request, "enrol-factor", enrolling=True)
    if answer is not None:
        return answer
    response = HttpResponseRedirect(url("sign-in"))
    cookies.take_session(response)
    return response


def factor_form(request: OfficeRequest, name: str, *, enrolling: bool) -> HttpResponse | None:
    """The form for a new factor: a page to show, or None once the factor was added."""
    error = None
    if request.method == "POST":
        form = read(request, Added)
        try:
            made = NewPasskey(parsed(form.answer), relying(request)) if form.answer else NewCode(form.code)
            actions.add_factor(session_id=request.staff_visit.id, new=made, label=form.label, clock=request.clock)
        except FangbangError as failure:
            error = failure
        else:
            return None
    visit = request.staff_visit
    secret, address = ask_app(visit.id)
    return page(
        request,
        "add_factor.html",
        here="" if enrolling else "account",
        status=200 if error is None else STATUS[error.problem.kind],
        error=error,
        action=url(name),
        options=json.dumps(ask_creation(visit.id, relying(request))),
        secret=" ".join(secret[at : at + 4] for at in range(0, len(secret), 4)),
        picture=_picture(address),
        enrolling=enrolling,
    )


def same_twice(one: str, other: str) -> None:
    """INPUT unless a new password was typed the same twice."""
    from fangbang.office.problems import NOT_THE_SAME

    if one != other:
        raise FangbangError(NOT_THE_SAME)


def _picture(address: str) -> str:
    """The QR code as an SVG element of the page: no address of it exists that a log could keep."""
    drawn = BytesIO()
    segno.make(address, error="m").save(drawn, kind="svg", scale=5, xmldecl=False, svgns=True, omitsize=False)
    return drawn.getvalue().decode()
