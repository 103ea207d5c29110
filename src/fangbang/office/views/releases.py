"""Releases: the list, and one release's way to the public as a timeline."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec
from django.conf import settings
from django.http import HttpResponse

from fangbang.accounts.rules import Permission, Staff, Subject, has, may
from fangbang.adjudication import queries as adjudication
from fangbang.adjudication.queries import RunView
from fangbang.audit import queries as audit
from fangbang.audit.events import AuditEvent
from fangbang.audit.rules import Entry
from fangbang.core.errors import FangbangError
from fangbang.intake import queries as intake
from fangbang.jobs import queries as jobs
from fangbang.jobs.rules import JobState
from fangbang.office.forms import read
from fangbang.office.queries import watching_keepers
from fangbang.office.routes import route, scoped
from fangbang.office.standing import public_board, sittings_standing
from fangbang.office.watch.keepers import missing_keeper, of_release
from fangbang.office.web import OfficeRequest, go, page
from fangbang.project import keeping
from fangbang.project.confirming import provinces_asked, provinces_passed_over
from fangbang.release import queries
from fangbang.release.queries import ReleaseView
from fangbang.release.rules import (
    EDITING,
    NEEDED_FILES,
    Ceremony,
    Confirmations,
    Course,
    Next,
    ReleaseState,
    Step,
    ceremony,
    confirmations_of,
    edits,
    step_of,
)

_READ = Permission.REGION_RELEASE_READ
_KEPT = frozenset({ReleaseState.SEALED, ReleaseState.COMMITTED, ReleaseState.DISTRIBUTED, ReleaseState.SCHEDULED})
OVER = frozenset({ReleaseState.PUBLISHED, ReleaseState.SUPERSEDED, ReleaseState.WITHDRAWN})
"""States in which nothing is left to do."""


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
    staff = request.staff_visit.staff
    shown = visible(staff)
    return page(
        request, "releases.html", here="releases", releases=shown, nexts=next_steps(shown, request.clock.now()),
        prepares=has(staff, Permission.REGION_RELEASE_PREPARE),
    )  # fmt: skip


@route("release", "releases/<str:release>", _READ, subject=release_subject)
def release(request: OfficeRequest, release: str) -> HttpResponse:
    """One release's timeline, what is missing, and the one next action."""
    view, staff = queries.release(release), request.staff_visit.staff
    about, (course, standing) = subject_of(view), ceremony_of(view, request.clock.now())
    approves = may(staff, Permission.REGION_RELEASE_APPROVE, about)
    prepares = may(staff, Permission.REGION_RELEASE_PREPARE, about)
    public = sittings_standing(public_board(), request.clock.now())
    return page(
        request,
        "release.html",
        public=next((item for item in public if item.sitting == view.sitting), None),
        here="releases",
        release=view,
        ceremony=standing,
        course=course,
        doings=doings_of(view),
        approves=approves,
        prepares=prepares,
        counts=may(staff, Permission.REGION_STATISTICS_READ, about),
        further=further_acts(view, approves=approves, prepares=prepares),
        options=deciding_options(view) if prepares else {},
        **jobs_of(view),
        **provinces_of(view, staff),
        **keepers_of(view, staff),
        voided=[item for item in view.signatures if item.voided_at is not None],
        reads_catalogue=has(staff, Permission.NATION_CATALOGUE_READ),
        reads_files=may(staff, Permission.REGION_FILE_READ, Subject(about.exam)),
        signed=staff.id in (view.approvers if standing.next is Next.APPROVE else proposed_hours(view)),
        me=staff.id,
    )


@route("enter-published", "releases/<str:release>/look", _READ, methods=("POST",), subject=release_subject)
def enter_published(request: OfficeRequest, release: str) -> HttpResponse:
    """Ask the keeper what it has posted, and enter it: the keeper's act, whoever looks."""
    read(request, Nothing)
    keeping.enter_published(settings.LAYOUT, request.clock)
    return go("release", release=release)


def further_acts(view: ReleaseView, *, approves: bool, prepares: bool) -> list[str]:
    """What may be done besides the next step."""
    state = view.state
    found = []
    if approves and state is ReleaseState.SCHEDULED:
        found.append("move-hour")
    if approves and state.may_become(ReleaseState.WITHDRAWN):
        found.append("withdraw")
    if prepares and state.frozen:
        found.append("again")
    if prepares and state is ReleaseState.PUBLISHED:
        found.append("correct")
    return found


def keepers_of(view: ReleaseView, staff: Staff) -> Mapping[str, Any]:
    """Both keepers, from the seal until the hour: whether each would post this release at its hour."""
    if view.state not in _KEPT or not has(staff, Permission.NATION_SERVICE_WATCH):
        return {"keepers": [], "lacking": ()}
    views = watching_keepers().views()
    told = [(item, of_release(item, view.id, view.state.value, view.t)) for item in views]
    return {"keepers": told, "lacking": missing_keeper(views)}


def jobs_of(view: ReleaseView) -> Mapping[str, Any]:
    """The job about a release that is not done yet, and the last one if it failed and nothing was tried since."""
    found = jobs.jobs_about(view.id)
    working = next((item for item in reversed(found) if item.state.open), None)
    last = found[0] if found else None
    return {"working": working, "failed": last if last is not None and last.state is JobState.FAILED else None}


def earlier_runs(sitting_id: str) -> list[RunView]:
    """The last finished run of each earlier sitting of the exam: what may be added to a run's history. (What was
    published counts by itself.)"""
    this = intake.sitting(sitting_id)
    earlier = [item for item in intake.sittings() if item.exam_id == this.exam_id and item.year < this.year]
    runs = [adjudication.latest_run(item.pk) for item in earlier]
    return [run for run in runs if run is not None]


def provinces_of(view: ReleaseView, staff: Staff) -> Mapping[str, Any]:
    """The provinces' confirmations as the page shows them; `mine`: the province whose word this visitor gives."""
    standing, words = standing_confirmations(view), queries.words(view.id)
    exam = view.sitting.rpartition("-")[0]
    give = Permission.REGION_CONFIRMATION_GIVE
    mine = [code for code in standing.asked if may(staff, give, Subject(exam, frozenset({code})))]
    return {
        "provinces": standing,
        "passed_over": provinces_passed_over(view, settings.CONFIRMATIONS),
        "words": {
            code: [it for it in words if it.province == code and it.voided_at is None] for code in standing.asked
        },
        "voided_words": [it for it in words if it.voided_at is not None],
        "mine": mine[0] if mine and view.state.frozen else "",
    }


def deciding_options(view: ReleaseView) -> Mapping[str, Any]:
    """How a run may be made, as the last one was."""
    last = adjudication.latest_run(view.sitting)
    try:
        runs = earlier_runs(view.sitting)
    except FangbangError:  # the sitting was not opened here
        runs = []
    return {
        "withhold_missing": last is not None and last.withhold_missing,
        "history": [] if last is None else [item["version"] for item in last.history],
        "runs": runs,
    }


def ceremony_of(view: ReleaseView, now: datetime) -> tuple[Course, Ceremony]:
    """The facts of a release, and its steps with the one that comes next."""
    course = course_of(view)
    return course, ceremony(course, now)


def next_steps(views: Sequence[ReleaseView], now: datetime) -> dict[str, Next]:
    """Release → what comes next, for those that are not over."""
    return {release: standing.next for release, (_, standing) in ceremonies_of(views, now).items()}


def ceremonies_of(views: Sequence[ReleaseView], now: datetime) -> dict[str, tuple[Course, Ceremony]]:
    """Release → its facts and its steps, for those that are not over."""
    return {view.id: ceremony_of(view, now) for view in views if view.state not in OVER}


def course_of(view: ReleaseView) -> Course:
    """The facts of a release that its ceremony goes by."""
    batches = intake.batches(view.sitting)
    latest = {str(item.kind): item.book for item in batches}
    run = adjudication.latest_run(view.sitting)
    current = run is not None and all(run.inputs.get(kind) == latest.get(kind) for kind in NEEDED_FILES)
    provinces = standing_confirmations(view)
    return Course(
        state=view.state,
        kinds=frozenset(latest),
        quarantined=sum(item.quarantined for item in batches),
        without_manifest=sum(item.manifest is None for item in batches),
        adjudicated=run is not None and run.finished and current and not edited_since_run(view),
        red=tuple(view.red),
        unsettled=provinces.unsettled,
        disputing=provinces.disputing,
        approvals=len(view.approvers),
        hour_signatures=len(proposed_hours(view)),
        t=view.t,
    )


def edited_since_run(view: ReleaseView) -> bool:
    """Whether something was decided after the sitting's last run that it did not know: a line, a result held back, two
    documents that became one person's. (What is frozen was voided by it.)"""
    if not view.state.editable or view.state.frozen:
        return False
    runs = [entry.seq for entry in audit.entries(subject=view.sitting, events=[AuditEvent.RUN_FINISHED])]
    return bool(runs) and any(edits(entry, view.sitting) for entry in audit.entries(after=runs[-1], events=EDITING))


def standing_confirmations(view: ReleaseView) -> Confirmations:
    """How the provinces that are asked stand."""
    return confirmations_of(provinces_asked(view, settings.CONFIRMATIONS), queries.said(view.id))


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
