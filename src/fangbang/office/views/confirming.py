"""The provinces' confirmations: a provincial centre sees its own counts in the frozen report and says whether they are
right; an approver of the national centre may go on without its word, with a reason."""

from collections.abc import Callable

import msgspec
from django.http import HttpResponse

from fangbang.accounts.rules import Permission, Subject
from fangbang.core.errors import FangbangError
from fangbang.exams.provinces import PROVINCES
from fangbang.office.forms import read
from fangbang.office.routes import route
from fangbang.office.views.releases import release_subject
from fangbang.office.web import STATUS, OfficeRequest, go, page
from fangbang.release import actions, queries
from fangbang.release.problems import NOT_ASKED, NOT_FROZEN
from fangbang.release.rules import province_counts

_GIVE, _APPROVE = Permission.REGION_CONFIRMATION_GIVE, Permission.REGION_RELEASE_APPROVE


class Seen(msgspec.Struct):
    """The hash of the report whose counts were seen."""

    report: str


class Reasoned(msgspec.Struct):
    """The same with a reason."""

    report: str
    reason: str


def province_subject(release: str, province: str) -> Subject:
    """What a province's counts are about: that province, if the release may hold it."""
    view = queries.release(release)
    if province not in PROVINCES or (view.scope.provinces and province not in view.scope.provinces):
        raise FangbangError(NOT_ASKED, province=province)
    return Subject(view.sitting.rpartition("-")[0], frozenset({province}))


@route("province-counts", "releases/<str:release>/provinces/<str:province>", _GIVE, subject=province_subject)
def province_counts_page(request: OfficeRequest, release: str, province: str) -> HttpResponse:
    """One province's counts, for its own centre."""
    return _counts(request, "province.html", release, province)


@route("confirm-counts", "releases/<str:release>/provinces/<str:province>/confirm", _GIVE, methods=("POST",),
       subject=province_subject, grave=True)  # fmt: skip
def confirm_counts(request: OfficeRequest, release: str, province: str) -> HttpResponse:
    """The counts are right."""
    form = read(request, Seen)
    return _said(
        request, "province.html", release, province,
        lambda: actions.confirm_counts(
            actor=request.actor, release_id=release, province=province, seen_report=form.report, clock=request.clock
        ),
    )  # fmt: skip


@route("dispute-counts", "releases/<str:release>/provinces/<str:province>/dispute", _GIVE, methods=("POST",),
       subject=province_subject, grave=True)  # fmt: skip
def dispute_counts(request: OfficeRequest, release: str, province: str) -> HttpResponse:
    """The counts are wrong."""
    form = read(request, Reasoned)
    return _said(
        request, "province.html", release, province,
        lambda: actions.dispute_counts(
            actor=request.actor, release_id=release, province=province, reason=form.reason, seen_report=form.report,
            clock=request.clock,
        ),
    )  # fmt: skip


@route("waive-confirmation", "releases/<str:release>/provinces/<str:province>/waive", _APPROVE,
       methods=("GET", "POST"), subject=release_subject, grave=True)  # fmt: skip
def waive_confirmation(request: OfficeRequest, release: str, province: str) -> HttpResponse:
    """Go on without the province's word, or against it: the word of one approver of two."""
    if request.method == "GET":
        return _counts(request, "waive.html", release, province)
    form = read(request, Reasoned)
    return _said(
        request, "waive.html", release, province,
        lambda: actions.waive_confirmation(
            actor=request.actor, release_id=release, province=province, reason=form.reason, seen_report=form.report,
            clock=request.clock,
        ),
    )  # fmt: skip


def _said(request: OfficeRequest, template: str, release: str, province: str, act: Callable[[], None]) -> HttpResponse:
    try:
        act()
    except FangbangError as error:
        return _counts(request, template, release, province, error)
    return go("release", release=release)


def _counts(
    request: OfficeRequest, template: str, release: str, province: str, error: FangbangError | None = None
) -> HttpResponse:
    view = queries.release(release)
    if view.report is None:
        raise FangbangError(NOT_FROZEN, release=release)
    return page(
        request,
        template,
        here="releases",
        status=200 if error is None else STATUS[error.problem.kind],
        error=error,
        release=view,
        code=province,
        counts=province_counts(view.report, province),
        words=[item for item in queries.words(release) if item.province == province],
        open=view.state.frozen,
        me=request.staff_visit.staff.id,
    )
