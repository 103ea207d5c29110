"""Members of staff: entered, given roles and a reach, invited, helped back, retired. For the administrator; the auditor
reads."""

from collections.abc import Callable

import msgspec
from django.conf import settings
from django.http import HttpResponse

from fangbang.accounts import actions, queries
from fangbang.accounts.problems import SECOND_PERSON_NEEDED, UNKNOWN_KEY, UNKNOWN_SESSION
from fangbang.accounts.rules import Permission, Role, has, read_enrolment
from fangbang.core.errors import FangbangError
from fangbang.core.files import write_durably
from fangbang.exams.provinces import PROVINCES
from fangbang.office.forms import read
from fangbang.office.problems import BAD_FORM
from fangbang.office.routes import route
from fangbang.office.views.account import SIGNERS, Chosen, Nothing
from fangbang.office.web import STATUS, OfficeRequest, go, page

_MANAGE, _READ = Permission.NATION_STAFF_MANAGE, Permission.NATION_STAFF_READ


class Reach(msgspec.Struct):
    """Roles, region and exams."""

    roles: list[str] = []
    region: str = ""
    exams: str = ""


class Entry(msgspec.Struct):
    """Somebody new."""

    id: str
    name: str
    roles: list[str] = []
    region: str = ""
    exams: str = ""


class Line(msgspec.Struct):
    """What enrols a key."""

    line: str = ""


class Retiring(msgspec.Struct):
    """A key, and why it counts no longer."""

    id: str
    reason: str = ""


@route("staff", "staff", _READ)
def staff(request: OfficeRequest) -> HttpResponse:
    """All staff, the retired too."""
    return page(
        request, "staff.html", here="staff", people=queries.operators(),
        manages=has(request.staff_visit.staff, _MANAGE),
    )  # fmt: skip


@route("add-staff", "staff/add", _MANAGE, methods=("GET", "POST"), grave=True)
def add_staff(request: OfficeRequest) -> HttpResponse:
    """Enter somebody."""
    form, error = Entry("", ""), None
    if request.method == "POST":
        form = read(request, Entry)
        try:
            actions.add_operator(
                actor=request.actor, operator_id=form.id.strip(), name=form.name, roles=form.roles,
                region=form.region.strip(), exams=form.exams.split(), clock=request.clock,
            )  # fmt: skip
        except FangbangError as failure:
            error = failure
        else:
            _export_trust()
            return go("member", operator=form.id.strip())
    status = 200 if error is None else STATUS[error.problem.kind]
    return page(
        request, "add_staff.html", here="staff", status=status, error=error, form=form, known=list(Role),
        provinces=PROVINCES,
    )  # fmt: skip


@route("member", "staff/<str:operator>", _READ)
def member(request: OfficeRequest, operator: str) -> HttpResponse:
    """One member of staff."""
    return _member(request, operator)


@route("change-member", "staff/<str:operator>/reach", _MANAGE, methods=("POST",), grave=True)
def change_member(request: OfficeRequest, operator: str) -> HttpResponse:
    """Give somebody other roles, another region or other exams."""
    form = read(request, Reach)
    try:
        actions.change_reach(
            actor=request.actor, operator_id=operator, region=form.region.strip(), exams=form.exams.split(),
            clock=request.clock,
        )  # fmt: skip
        actions.change_roles(actor=request.actor, operator_id=operator, roles=form.roles, clock=request.clock)
    except FangbangError as error:
        return _member(request, operator, error)
    _export_trust()
    return go("member", operator=operator)


@route("invite-member", "staff/<str:operator>/invite", _MANAGE, methods=("POST",), grave=True)
def invite_member(request: OfficeRequest, operator: str) -> HttpResponse:
    """A one-time enrolment code, shown once, on this page."""
    return _code(request, operator, actions.invite)


@route("recover-member", "staff/<str:operator>/recover", _MANAGE, methods=("POST",), grave=True)
def recover_member(request: OfficeRequest, operator: str) -> HttpResponse:
    """Ask that somebody who lost a factor may enrol again: the first of two administrators."""
    read(request, Nothing)
    try:
        actions.ask_recovery(actor=request.actor, operator_id=operator, clock=request.clock)
    except FangbangError as error:
        return _member(request, operator, error)
    return go("member", operator=operator)


@route("confirm-recovery", "staff/<str:operator>/recover/confirm", _MANAGE, methods=("POST",), grave=True)
def confirm_recovery(request: OfficeRequest, operator: str) -> HttpResponse:
    """Confirm it: the second administrator sees the one-time code."""
    return _code(request, operator, actions.confirm_recovery)


@route("enrol-key", "staff/<str:operator>/key", _MANAGE, methods=("POST",), grave=True)
def enrol_key(request: OfficeRequest, operator: str) -> HttpResponse:
    """Enrol the key that somebody else made in their own browser, by the line that they handed over."""
    form = read(request, Line)
    try:
        if operator == request.staff_visit.staff.id:
            raise FangbangError(SECOND_PERSON_NEEDED)
        public_key, proof = read_enrolment(form.line, operator)
        actions.enrol_key(
            actor=request.actor, operator_id=operator, public_key=public_key, proof=proof, clock=request.clock
        )
    except FangbangError as error:
        return _member(request, operator, error)
    _export_trust()
    return go("member", operator=operator)


@route("retire-key", "staff/<str:operator>/key/retire", _MANAGE, methods=("POST",), grave=True)
def retire_key(request: OfficeRequest, operator: str) -> HttpResponse:
    """A key was lost, replaced or exposed: what it signed of unsealed releases is void."""
    form = read(request, Retiring)
    try:
        if not form.reason.strip():
            raise FangbangError(BAD_FORM, what="reason")
        if form.id not in queries.operator(operator).keys:
            raise FangbangError(UNKNOWN_KEY, key_id=form.id[:32])
        actions.retire_key(actor=request.actor, identity=form.id, reason=form.reason.strip(), clock=request.clock)
    except FangbangError as error:
        return _member(request, operator, error)
    _export_trust()
    return go("member", operator=operator)


@route("retire-member", "staff/<str:operator>/retire", _MANAGE, methods=("POST",), grave=True)
def retire_member(request: OfficeRequest, operator: str) -> HttpResponse:
    """Take somebody out of service: keys and sessions end at once."""
    read(request, Nothing)
    actions.retire_operator(actor=request.actor, operator_id=operator, clock=request.clock)
    _export_trust()
    return go("member", operator=operator)


@route("end-session", "staff/<str:operator>/sessions/end", _MANAGE, methods=("POST",))
def end_session(request: OfficeRequest, operator: str) -> HttpResponse:
    """End somebody's session."""
    chosen = read(request, Chosen).id
    theirs = queries.open_sessions(operator, request.clock.now(), settings.SIGN_IN_POLICY)
    if chosen not in {item.id for item in theirs}:
        raise FangbangError(UNKNOWN_SESSION)
    actions.end_session(actor=request.actor, session_id=chosen, clock=request.clock)
    return go("member", operator=operator)


@route("end-sessions", "staff/<str:operator>/sessions/end-all", _MANAGE, methods=("POST",))
def end_sessions(request: OfficeRequest, operator: str) -> HttpResponse:
    """End all of somebody's sessions; of one's own, all but this one."""
    read(request, Nothing)
    visit = request.staff_visit
    keep = visit.id if operator == visit.staff.id else ""
    actions.end_others(actor=request.actor, operator_id=queries.operator(operator).id, keep=keep, clock=request.clock)
    return go("member", operator=operator)


def _code(request: OfficeRequest, operator: str, verb: Callable[..., str]) -> HttpResponse:
    """The member's page with the one-time code that the verb draws."""
    read(request, Nothing)
    try:
        code = verb(actor=request.actor, operator_id=operator, clock=request.clock)
    except FangbangError as error:
        return _member(request, operator, error)
    return _member(request, operator, code=code)


def _member(request: OfficeRequest, operator: str, error: FangbangError | None = None, code: str = "") -> HttpResponse:
    view = queries.operator(operator)
    manages = has(request.staff_visit.staff, _MANAGE)
    return page(
        request,
        "member.html",
        here="staff",
        status=200 if error is None else STATUS[error.problem.kind],
        error=error,
        person=view,
        manages=manages,
        signs=not SIGNERS.isdisjoint(view.roles),
        own=view.id == request.staff_visit.staff.id,
        code="-".join(code[at : at + 5] for at in range(0, len(code), 5)),
        waiting=queries.waiting_recoveries(request.clock.now()).get(operator, ""),
        sessions=queries.open_sessions(operator, request.clock.now(), settings.SIGN_IN_POLICY) if manages else [],
        known=list(Role),
        provinces=PROVINCES,
    )


def _export_trust() -> None:
    """The keeper's list of enrolled keys follows every change of staff (as `fangbang operator` does)."""
    from fangbang.accounts.queries import trust_file

    data, layout = trust_file(), settings.LAYOUT
    if layout.office.is_dir():
        write_durably(layout.office_trust, data)
    if settings.CUSTODY == "demo" and layout.keeper.is_dir():
        write_durably(layout.keeper_trust, data)
