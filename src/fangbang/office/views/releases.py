"""Releases: the list, and one release's way to the public as a timeline."""

from collections.abc import Sequence

import msgspec
from django.conf import settings
from django.http import HttpResponse

from fangbang.accounts.rules import Permission, Staff, Subject, may
from fangbang.adjudication import queries as adjudication
from fangbang.audit import queries as audit
from fangbang.audit.rules import Entry
from fangbang.intake import queries as intake
from fangbang.office.forms import read
from fangbang.office.routes import route, scoped
from fangbang.office.web import OfficeRequest, go, page
from fangbang.project import keeping
from fangbang.release import queries
from fangbang.release.queries import ReleaseView
from fangbang.release.rules import NEEDED_FILES, Course, Step, ceremony, step_of

_READ = Permission.REGION_RELEASE_READ


class Nothing(msgspec.Struct):
    """A form of one button."""


def release_subject(release: str, **others: str) -> Subject:
    """What a release's address is about."""
    return subject_of(queries.release(release))


def subject_of(view: ReleaseView) -> Subject:
    """A release's exam and regions."""
    return Subject(view.sitting.rpartition("-")[0], frozenset(view.scope.provinces))


def visible(staff: Staff) -> list[ReleaseView]:
    """The releases that this member of staff may see, the newest first."""
    return scoped(staff, _READ, reversed(queries.releases()), subject_of)


@route("releases", "releases", _READ, listing=True)
def releases(request: OfficeRequest) -> HttpResponse:
    """All releases within one's reach."""
    return page(request, "releases.html", here="releases", releases=visible(request.staff_visit.staff))


@route("release", "releases/<str:release>", _READ, subject=release_subject)
def release(request: OfficeRequest, release: str) -> HttpResponse:
    """One release's timeline, what is missing, and the one next action."""
    view, staff = queries.release(release), request.staff_visit.staff
    course = course_of(view)
    standing = ceremony(course, request.clock.now())
    return page(
        request,
        "release.html",
        here="releases",
        release=view,
        ceremony=standing,
        course=course,
        doings=doings_of(view),
        approves=may(staff, Permission.REGION_RELEASE_APPROVE, subject_of(view)),
        voided=[item for item in view.signatures if item.voided_at is not None],
        me=staff.id,
    )


@route("enter-published", "releases/<str:release>/look", _READ, methods=("POST",), subject=release_subject)
def enter_published(request: OfficeRequest, release: str) -> HttpResponse:
    """Ask the keeper what it has posted, and enter it: the keeper's act, whoever looks."""
    read(request, Nothing)
    keeping.enter_published(settings.LAYOUT, request.clock)
    return go("release", release=release)


def course_of(view: ReleaseView) -> Course:
    """The facts of a release that its ceremony goes by."""
    batches = intake.batches(view.sitting)
    latest = {str(item.kind): item.book for item in batches}
    run = adjudication.latest_run(view.sitting)
    current = run is not None and all(run.inputs.get(kind) == latest.get(kind) for kind in NEEDED_FILES)
    return Course(
        state=view.state,
        kinds=frozenset(latest),
        quarantined=sum(item.quarantined for item in batches),
        without_manifest=sum(item.manifest is None for item in batches),
        adjudicated=run is not None and run.finished and current,
        red=tuple(view.red),
        approvals=len(view.approvers),
        hour_signatures=len(proposed_hours(view)),
        t=view.t,
    )


def proposed_hours(view: ReleaseView) -> Sequence[str]:
    """Who signed the newest hour that is not set yet."""
    signed = [item for item in view.signatures if item.purpose == "schedule" and item.voided_at is None]
    if not signed:
        return []
    newest = max(signed, key=lambda item: item.at)
    standing = [item.operator for item in signed if item.document_hash == newest.document_hash]
    return standing if len(standing) == 1 and view.state in ("distributed", "scheduled") else []


def doings_of(view: ReleaseView) -> dict[Step, list[Entry]]:
    """What the audit log says of a release and its sitting, by step, in order."""
    found: dict[Step, list[Entry]] = {step: [] for step in Step}
    for entry in audit.entries(subjects=[view.id, view.sitting]):
        step = step_of(entry.event)
        if step is not None:
            found[step].append(entry)
    return found
