"""What waits for one member of staff, over all pages: next steps of releases that are theirs to take, and what others
proposed and a second person must decide. Each with the page on which it is done."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings

from fangbang.accounts import queries as accounts
from fangbang.accounts.rules import NATION, Permission, Staff, Subject, has, may
from fangbang.adjudication import queries as adjudication
from fangbang.catalogue import queries as catalogue
from fangbang.catalogue.queries import ChangeView
from fangbang.core.errors import FangbangError
from fangbang.desk import queries as desk
from fangbang.desk.rules.previews import PreviewState
from fangbang.intake import queries as intake
from fangbang.notices import queries as notices
from fangbang.office.views.releases import proposed_hours, subject_of
from fangbang.office.web import url
from fangbang.project.changing import file_name, reaches
from fangbang.release.queries import ReleaseView
from fangbang.release.rules import Ceremony, Course, Next

_P = Permission
_PREPARED = frozenset({Next.ADJUDICATE, Next.FREEZE, Next.SEAL, Next.DISTRIBUTE, Next.ENTER_PUBLISHED})


@dataclass(frozen=True)
class Waiting:
    """One thing to do: what (a text below `waits.` or `next.`), about what (a sitting's id, or another name), where."""

    text: str
    about: str
    address: str


def waiting_for(
    staff: Staff, now: datetime, releases: Sequence[ReleaseView], ceremonies: Mapping[str, tuple[Course, Ceremony]]
) -> list[Waiting]:
    """All that this member of staff could do now, steps of releases first: of those that they may see, with the
    ceremonies of those that are not over."""
    others = [thing for source in _SOURCES for thing in source(staff, now)]
    return [*_releases(staff, releases, ceremonies), *others]


def is_mine(staff: Staff, view: ReleaseView, course: Course, standing: Ceremony) -> bool:
    """Whether the next step of a release is one that this member of staff takes, and has not taken yet."""
    about, step = subject_of(view), standing.next
    if step is Next.BRING_FILES:
        return may(staff, _P.REGION_FILE_IMPORT, Subject(about.exam))
    if step in _PREPARED:
        return may(staff, _P.REGION_RELEASE_PREPARE, about)
    if step is Next.CONFIRM:
        return any(may(staff, _P.REGION_CONFIRMATION_GIVE, _in(about, code)) for code in course.unsettled)
    if step is Next.MEND_GATE:
        return may(staff, _P.REGION_RELEASE_PREPARE, about) or may(staff, _P.REGION_RELEASE_APPROVE, about)
    if step in (Next.APPROVE, Next.SCHEDULE, Next.SIGN_HOUR):
        signed = view.approvers if step is Next.APPROVE else proposed_hours(view)
        return may(staff, _P.REGION_RELEASE_APPROVE, about) and staff.id not in signed
    if step is Next.WAIT and (moving := proposed_hours(view)):  # another hour than the one that is set
        return may(staff, _P.REGION_RELEASE_APPROVE, about) and staff.id not in moving
    return False


def _in(about: Subject, province: str) -> Subject:
    return Subject(about.exam, frozenset({province}))


def _releases(
    staff: Staff, releases: Sequence[ReleaseView], ceremonies: Mapping[str, tuple[Course, Ceremony]]
) -> Iterator[Waiting]:
    for view in releases:
        course, standing = ceremonies.get(view.id, (None, None))
        if course is not None and standing is not None and is_mine(staff, view, course, standing):
            files, step = standing.next is Next.BRING_FILES, standing.next
            address = url("files", sitting=view.sitting) if files else url("release", release=view.id)
            yield Waiting(f"next.{Next.SIGN_HOUR if step is Next.WAIT else step}", view.sitting, address)


def _lines(staff: Staff, now: datetime) -> Iterator[Waiting]:
    if not has(staff, _P.REGION_LINE_ANNOUNCE):
        return
    for sitting in intake.sittings():
        for view in adjudication.proposals(sitting.pk):
            about = Subject(sitting.exam_id, frozenset(view.provinces))
            if view.state == "proposed" and view.proposed_by != staff.id and may(staff, _P.REGION_LINE_ANNOUNCE, about):
                yield Waiting("waits.line", sitting.pk, url("line", proposal=view.id))


def _withholdings(staff: Staff, now: datetime) -> Iterator[Waiting]:
    if not has(staff, _P.REGION_RESULT_WITHHOLD):
        return
    for view in adjudication.withholding_requests():
        about = desk.subject_of(view.sitting, view.region)
        if view.state == "asked" and view.asked_by != staff.id and may(staff, _P.REGION_RESULT_WITHHOLD, about):
            yield Waiting("waits.withholding", view.sitting, url("withholding", request_id=view.id))


def _previews(staff: Staff, now: datetime) -> Iterator[Waiting]:
    if not has(staff, _P.REGION_RESULT_PREVIEW):
        return
    for view in desk.previews():
        about = desk.subject_of(view.sitting, view.region)
        if now < view.expires_at and may(staff, _P.REGION_RESULT_PREVIEW, about):
            own = view.asked_by == staff.id
            if view.state is PreviewState.ASKED and not own:
                yield Waiting("waits.preview", view.sitting, url("preview", preview=view.id))
            elif view.state is PreviewState.AGREED and own and not view.views:
                yield Waiting("waits.look", view.sitting, url("preview", preview=view.id))


def _changes(staff: Staff, now: datetime) -> Iterator[Waiting]:
    if has(staff, _P.NATION_CATALOGUE_APPROVE) and staff.region == NATION:
        for view in catalogue.changes():
            if view.state == "waiting" and view.author != staff.id and _decides(staff, view):
                yield Waiting("waits.change", view.key.rpartition("/")[2], url("change", change=view.id))


def _decides(staff: Staff, view: ChangeView) -> bool:
    """Whether a changed file is of this member's exams; one that cannot be read is of nobody's in particular."""
    try:
        return not staff.exams or reaches(staff, settings.EXAMS, file_name(view.key), view.data)
    except FangbangError:
        return False


def _notices(staff: Staff, now: datetime) -> Iterator[Waiting]:
    if not has(staff, _P.REGION_NOTICE_APPROVE):
        return
    for view in notices.proposals():
        about = Subject(view.exam, frozenset({view.region} if view.region else ()))
        if view.state == "waiting" and view.author != staff.id and may(staff, _P.REGION_NOTICE_APPROVE, about):
            yield Waiting("waits.notice", view.key, url("notice", notice=view.id))


def _recoveries(staff: Staff, now: datetime) -> Iterator[Waiting]:
    if has(staff, _P.NATION_STAFF_MANAGE):
        for who, asked_by in accounts.waiting_recoveries(now).items():
            if asked_by != staff.id:
                yield Waiting("waits.recovery", who, url("member", operator=who))


_SOURCES: tuple[Callable[[Staff, datetime], Iterator[Waiting]], ...] = (
    _lines, _withholdings, _previews, _changes, _notices, _recoveries,
)  # fmt: skip
