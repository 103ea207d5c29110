"""One's own account: second factors, password, sessions."""

import msgspec
from django.conf import settings
from django.http import HttpResponse

from fangbang.accounts import actions, queries
from fangbang.accounts.problems import UNKNOWN_SESSION
from fangbang.accounts.rules import LEAST_PASSPHRASE, Permission, Role, SignInPolicy
from fangbang.core.errors import FangbangError
from fangbang.office.forms import read
from fangbang.office.routes import route
from fangbang.office.views.enrolment import factor_form, same_twice
from fangbang.office.web import STATUS, OfficeRequest, go, page

_OWN = Permission.OWN_ACCOUNT_MANAGE
SIGNERS = frozenset({Role.ADJUDICATOR, Role.ADMINISTRATOR, Role.APPROVER, Role.IMPORTER})
"""Who signs with a key: reports and hours on pages, and a second person's word at the command line."""


class Changed(msgspec.Struct):
    """A changed password: the old one, and the new one twice."""

    old: str
    password: str
    again: str


class Chosen(msgspec.Struct):
    """One item of a list."""

    id: str


class Nothing(msgspec.Struct):
    """A form of one button."""


@route("account", "account", _OWN)
def account(request: OfficeRequest) -> HttpResponse:
    """What one signs in with, and where one is signed in."""
    visit = request.staff_visit
    return page(
        request,
        "account.html",
        here="account",
        operator=queries.operator(visit.staff.id),
        factors=queries.factors(visit.staff.id),
        sessions=queries.open_sessions(visit.staff.id, request.clock.now(), settings.SIGN_IN_POLICY),
        session=visit.id,
        signs=not SIGNERS.isdisjoint(visit.staff.roles),
    )


@route("make-key", "account/key", _OWN)
def make_key(request: OfficeRequest) -> HttpResponse:
    """Make a signing key in the browser; nothing of it comes here but the line that an administrator hands in."""
    return page(request, "make_key.html", here="account", operator=request.staff_visit.staff.id, least=LEAST_PASSPHRASE)


@route("add-factor", "account/factors/add", _OWN, methods=("GET", "POST"), grave=True)
def add_factor(request: OfficeRequest) -> HttpResponse:
    """Add another second factor."""
    return factor_form(request, "add-factor", enrolling=False) or go("account")


@route("retire-factor", "account/factors/retire", _OWN, methods=("POST",), grave=True)
def retire_factor(request: OfficeRequest) -> HttpResponse:
    """Retire one of one's factors."""
    actions.retire_factor(
        operator_id=request.staff_visit.staff.id, factor_id=read(request, Chosen).id, clock=request.clock
    )
    return go("account")


@route("change-password", "account/password", _OWN, methods=("GET", "POST"), grave=True)
def change_password(request: OfficeRequest) -> HttpResponse:
    """Change one's password; other sessions end."""
    visit, error = request.staff_visit, None
    policy: SignInPolicy = settings.SIGN_IN_POLICY
    if request.method == "POST":
        form = read(request, Changed)
        try:
            same_twice(form.password, form.again)
            actions.change_password(session_id=visit.id, old=form.old, new=form.password, clock=request.clock)
        except FangbangError as failure:
            error = failure
        else:
            return go("account")
    return page(
        request,
        "password.html",
        here="account",
        status=200 if error is None else STATUS[error.problem.kind],
        error=error,
        least=policy.least,
        operator=visit.staff,
        changing=True,
    )


@route("end-own-session", "account/sessions/end", _OWN, methods=("POST",))
def end_own_session(request: OfficeRequest) -> HttpResponse:
    """End one of one's own sessions."""
    visit, chosen = request.staff_visit, read(request, Chosen).id
    mine = queries.open_sessions(visit.staff.id, request.clock.now(), settings.SIGN_IN_POLICY)
    if chosen not in {item.id for item in mine}:
        raise FangbangError(UNKNOWN_SESSION)
    actions.end_session(actor=request.actor, session_id=chosen, clock=request.clock)
    return go("account")


@route("end-other-sessions", "account/sessions/end-others", _OWN, methods=("POST",))
def end_other_sessions(request: OfficeRequest) -> HttpResponse:
    """End all of one's sessions but this one."""
    read(request, Nothing)
    visit = request.staff_visit
    actions.end_others(actor=request.actor, operator_id=visit.staff.id, keep=visit.id, clock=request.clock)
    return go("account")
