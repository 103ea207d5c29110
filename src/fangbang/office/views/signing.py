"""What approvers sign: a report, an override, an hour, a withdrawal. The private key never comes here: the browser
opens its file, signs, and sends the signature; or the same is done by a command, which every such page shows."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import msgspec
from django.conf import settings
from django.http import HttpResponse

from fangbang.accounts.queries import trusted_keys
from fangbang.accounts.rules import Permission
from fangbang.core.canonical import canonical_json, content_hash
from fangbang.core.clock import AUTHORITY_ZONE, from_wire, to_wire
from fangbang.core.errors import FangbangError
from fangbang.office.forms import read
from fangbang.office.problems import BAD_HOUR, OTHER_DOCUMENT
from fangbang.office.routes import route
from fangbang.office.views.releases import release_subject
from fangbang.office.web import STATUS, OfficeRequest, go, page
from fangbang.project import keeping
from fangbang.project.confirming import provinces_asked
from fangbang.release import actions, queries
from fangbang.release.problems import PAST_HOUR, UNKNOWN_CHECK
from fangbang.release.queries import ReleaseView
from fangbang.release.rules import Approval, Override, finding_hash, withdrawal_order
from fangbang.release.rules.overrides import override_document

_APPROVE = Permission.REGION_RELEASE_APPROVE
_BOTH = ("GET", "POST")


class Signed(msgspec.Struct):
    """A signature (hex) under the document with this hash, by the key with this id, and what the document says."""

    document_hash: str
    key_id: str
    signature: str
    at: str = ""
    reason: str = ""
    zh: str = ""
    en: str = ""


@route("approve", "releases/<str:release>/approve", _APPROVE, methods=_BOTH, subject=release_subject, grave=True)
def approve(request: OfficeRequest, release: str) -> HttpResponse:
    """Sign the frozen report."""
    report = queries.frozen_report(release)
    command = f"fangbang release approve {release} --report {content_hash(report)} {_as(request)}"
    if request.method == "GET":
        return _sign_page(request, release, report, command)
    form = read(request, Signed)
    try:
        actions.approve(
            actor=request.actor,
            release_id=release,
            signed_report=form.document_hash,
            approval=_approval(request, form),
            trusted_keys=trusted_keys(),
            asked=provinces_asked(queries.release(release), settings.CONFIRMATIONS),
            clock=request.clock,
        )
    except FangbangError as error:
        return _sign_page(request, release, report, command, error)
    return go("release", release=release)


@route("override", "releases/<str:release>/override/<str:check>", _APPROVE, methods=_BOTH, subject=release_subject,
       grave=True)  # fmt: skip
def override(request: OfficeRequest, release: str, check: str) -> HttpResponse:
    """Sign that one red check is known and the results are published all the same, with a reason."""
    report = queries.frozen_report(release)
    red = next((item for item in report["gate"] if item["check"] == check and item["light"] == "red"), None)
    if red is None:
        raise FangbangError(UNKNOWN_CHECK, check=check)
    form = read(request, Signed) if request.method == "POST" else None
    reason = form.reason if form else request.GET.get("reason", "")
    if not reason.strip():
        return page(request, "override.html", here="releases", release=queries.release(release), check=red)
    document = override_document(release, finding_hash(report["run"], red), reason)
    command = f"fangbang release override {release} {check} --reason '{_quoted(reason)}' {_as(request)}"
    if form is None:
        return _sign_page(request, release, document, command, reason=reason.strip(), check=red)
    try:
        _same(form, document)
        signed = Override.from_document(document, _approval(request, form))
        actions.override(actor=request.actor, override=signed, trusted_keys=trusted_keys(), clock=request.clock)
    except FangbangError as error:
        return _sign_page(request, release, document, command, error, reason=reason.strip(), check=red)
    return go("release", release=release)


@route("hour", "releases/<str:release>/hour", _APPROVE, methods=_BOTH, subject=release_subject, grave=True)
def hour(request: OfficeRequest, release: str) -> HttpResponse:
    """Sign the hour T: the first approver chooses it, the second one signs the same."""
    form = read(request, Signed) if request.method == "POST" else None
    typed, view = form.at if form else request.GET.get("at", ""), queries.release(release)
    if not typed:
        return _hour_page(request, view, "")
    try:
        t = _moment(typed)
        if form is None and t <= request.clock.now() and t != view.t:  # told before anybody takes out a key
            raise FangbangError(PAST_HOUR, at=t.isoformat())
    except FangbangError as error:
        return _hour_page(request, view, typed, error)
    order, command = queries.next_schedule(release, t), f"fangbang release schedule {release} --at {t.isoformat()}"
    command = f"{command} {_as(request)}"
    if form is None:
        ahead = max(t - request.clock.now(), timedelta())
        return _sign_page(request, release, order, command, at=t.isoformat(), t=t, ahead=ahead)
    try:
        _same(form, order)
        keeping.sign_hour(
            settings.LAYOUT,
            actor=request.actor,
            release_id=release,
            t=t,
            approval=_approval(request, form),
            trusted_keys=trusted_keys(),
            clock=request.clock,
        )
    except FangbangError as error:
        return _sign_page(request, release, order, command, error, at=t.isoformat(), t=t, ahead=None)
    return go("release", release=release)


@route("withdraw", "releases/<str:release>/withdraw", _APPROVE, methods=_BOTH, subject=release_subject, grave=True)
def withdraw(request: OfficeRequest, release: str) -> HttpResponse:
    """Take a sealed or published release back; candidates read the notice instead."""
    form, view = read(request, Signed) if request.method == "POST" else None, queries.release(release)
    zh = (form.zh if form else request.GET.get("zh", "")).strip()
    en = (form.en if form else request.GET.get("en", "")).strip()
    if not zh or not en:
        return page(request, "withdraw.html", here="releases", release=view, zh=zh, en=en)
    order = withdrawal_order(release=view.id, sitting=view.sitting, snapshot=view.snapshot, zh=zh, en=en)
    command = f"fangbang release withdraw {release} --zh '{_quoted(zh)}' --en '{_quoted(en)}' {_as(request)}"
    if form is None:
        return _sign_page(request, release, order, command, zh=zh, en=en)
    try:
        _same(form, order)
        keeping.withdraw(
            settings.LAYOUT,
            actor=request.actor,
            order=order,
            approval=_approval(request, form),
            trusted_keys=trusted_keys(),
            clock=request.clock,
        )
    except FangbangError as error:
        return _sign_page(request, release, order, command, error, zh=zh, en=en)
    return go("release", release=release)


def _sign_page(
    request: OfficeRequest,
    release: str,
    document: Mapping[str, Any],
    command: str,
    error: FangbangError | None = None,
    **said: Any,
) -> HttpResponse:
    """The document in plain words, its hash, and the form that the browser fills with a signature. `said`: the values
    that the document was made from; those of the form's fields go back with it."""
    view = queries.release(release)
    fields = {name: said[name] for name in ("at", "reason", "zh", "en") if name in said}
    return page(
        request,
        "sign.html",
        here="releases",
        status=200 if error is None else STATUS[error.problem.kind],
        error=error,
        release=view,
        document=document,
        text=canonical_json(dict(document)).decode(),
        hash=content_hash(dict(document)),
        operator=request.staff_visit.staff.id,
        command=command,
        fields=fields,
        said=said,
        signed=[item for item in view.signatures if item.document_hash == content_hash(dict(document))],
    )


def _approval(request: OfficeRequest, form: Signed) -> Approval:
    """The signature as one of this visitor: nobody hands in another's."""
    return Approval(request.staff_visit.staff.id, form.key_id, form.signature)


def _same(form: Signed, document: Mapping[str, Any]) -> None:
    """STATE if what would be signed now is not what was shown."""
    if form.document_hash != content_hash(dict(document)):
        raise FangbangError(OTHER_DOCUMENT)


def _hour_page(
    request: OfficeRequest, view: ReleaseView, typed: str, error: FangbangError | None = None
) -> HttpResponse:
    """The form that asks for the hour. What was typed stays in it, or the hour that another approver signed."""
    proposed = _proposed(view)
    known = "" if proposed is None else f"{proposed.astimezone(AUTHORITY_ZONE):%Y-%m-%dT%H:%M:%S}"
    return page(
        request, "hour.html", here="releases", release=view, proposed=proposed, typed=typed or known, error=error,
        status=200 if error is None else 400,
    )  # fmt: skip


def _proposed(view: ReleaseView) -> datetime | None:
    """The hour that one approver signed and another may sign as well."""
    signed = [item for item in view.signatures if item.purpose == "schedule" and item.voided_at is None]
    newest = max(signed, key=lambda item: item.at, default=None)
    if newest is None or view.state not in ("distributed", "scheduled"):
        return None
    at = from_wire(newest.document["t"])
    return None if at == view.t else at


def _moment(text: str) -> datetime:
    """A moment as a form gives it; without a zone it is the authority's."""
    try:
        at = datetime.fromisoformat(text)
        local = at.replace(tzinfo=AUTHORITY_ZONE) if at.tzinfo is None else at.astimezone(AUTHORITY_ZONE)
        to_wire(local)  # in UTC it may lie outside of what a calendar has
    except (ValueError, OverflowError) as error:
        raise FangbangError(BAD_HOUR) from error
    return local


def _as(request: OfficeRequest) -> str:
    """The end of a command: who signs, with which file."""
    return f"--as {request.staff_visit.staff.id} --key KEY.pem --yes"


def _quoted(text: str) -> str:
    """Inside single quotes of a shell."""
    return text.strip().replace("'", "'\\''")
