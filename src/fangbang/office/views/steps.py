"""The steps of a release that an adjudicator takes: deciding, freezing, sealing, distributing, and opening a
correction. Long ones become jobs."""

from collections.abc import Mapping
from typing import Any

import msgspec
from django.http import HttpResponse

from fangbang.accounts.rules import Permission
from fangbang.core.errors import FangbangError
from fangbang.jobs import actions as jobs
from fangbang.office.forms import read
from fangbang.office.problems import NO_SUCH_RUN
from fangbang.office.routes import route
from fangbang.office.views.jobs import job_page
from fangbang.office.views.releases import Nothing, earlier_runs, release_subject
from fangbang.office.web import OfficeRequest, go
from fangbang.release import actions, queries
from fangbang.release.rules import ReleaseKind

_PREPARE = Permission.REGION_RELEASE_PREPARE
_POST = ("POST",)

job_page(
    "release-job",
    "releases/<str:release>/jobs/<str:job>",
    Permission.REGION_RELEASE_READ,
    about="release",
    back="release",
    here="releases",
    subject=release_subject,
)


class Deciding(msgspec.Struct):
    """How both calculators are run."""

    withhold_missing: bool = False
    history: list[str] = []


class Distributing(msgspec.Struct):
    """At least so many lookup workers."""

    workers: int


@route("adjudicate", "releases/<str:release>/adjudicate", _PREPARE, methods=_POST, subject=release_subject)
def adjudicate(request: OfficeRequest, release: str) -> HttpResponse:
    """Have both calculators decide the whole sitting."""
    form, view = read(request, Deciding), queries.release(release)
    known = {run.id for run in earlier_runs(view.sitting)}
    for run in form.history:
        if run not in known:
            raise FangbangError(NO_SUCH_RUN, run=run[:48])
    arguments = {"withhold_missing": form.withhold_missing, "history": sorted(set(form.history))}
    return _start(request, "adjudicate", release, arguments)


@route("freeze", "releases/<str:release>/freeze", _PREPARE, methods=_POST, subject=release_subject)
def freeze(request: OfficeRequest, release: str) -> HttpResponse:
    """Have everything checked and the report frozen."""
    read(request, Nothing)
    return _start(request, "freeze", release, {})


@route("seal", "releases/<str:release>/seal", _PREPARE, methods=_POST, subject=release_subject, grave=True)
def seal(request: OfficeRequest, release: str) -> HttpResponse:
    """Have the keeper seal what was approved; the header becomes public."""
    read(request, Nothing)
    queries.seal_order(release)
    return _start(request, "seal", release, {})


@route("distribute", "releases/<str:release>/distribute", _PREPARE, methods=_POST, subject=release_subject)
def distribute(request: OfficeRequest, release: str) -> HttpResponse:
    """Have it seen to that the nodes hold the snapshot."""
    form = read(request, Distributing)
    return _start(request, "distribute", release, {"workers": min(max(form.workers, 1), 10_000)})


@route("correct", "releases/<str:release>/correct", _PREPARE, methods=_POST, subject=release_subject)
def correct(request: OfficeRequest, release: str) -> HttpResponse:
    """Open a correction of a published release: an overlay that shows what a new run changed, as a new version."""
    read(request, Nothing)
    view = queries.release(release)
    opened = queries.unsealed(view.sitting, view.scope, ReleaseKind.OVERLAY) or actions.open_release(
        actor=request.actor,
        sitting_id=view.sitting,
        scope=view.scope,
        kind=ReleaseKind.OVERLAY,
        base_id=view.base or view.id,
        clock=request.clock,
    )
    return go("release", release=opened)


def _start(request: OfficeRequest, kind: str, release: str, arguments: Mapping[str, Any]) -> HttpResponse:
    job = jobs.ask(actor=request.actor, kind=kind, subject=release, arguments=arguments, clock=request.clock)
    return go("release-job", release=release, job=job)
