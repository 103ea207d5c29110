"""Pass lines of a sitting: proposed with the number of their notice, previewed, approved by a second person."""

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

import msgspec
from django.conf import settings
from django.http import HttpResponse

from fangbang.accounts.rules import Permission, Subject, has, may
from fangbang.adjudication import actions, queries
from fangbang.adjudication.problems import BAD_LINE
from fangbang.adjudication.queries import ProposalView
from fangbang.core.errors import FangbangError
from fangbang.exams.provinces import PROVINCES, province_code
from fangbang.intake import queries as intake
from fangbang.jobs import actions as jobs
from fangbang.jobs import queries as work
from fangbang.office.forms import read
from fangbang.office.plots import Bar, two_way_bars
from fangbang.office.problems import NOT_YOUR_REGION
from fangbang.office.routes import route
from fangbang.office.views.account import Nothing
from fangbang.office.views.files import Reason, sitting_subject
from fangbang.office.views.jobs import job_page
from fangbang.office.web import PACKAGE, STATUS, OfficeRequest, go, page
from fangbang.pages.texts import texts
from fangbang.project.stores import exam_catalogue
from fangbang.release import queries as releases

_READ, _ANNOUNCE = Permission.REGION_RELEASE_READ, Permission.REGION_LINE_ANNOUNCE
_POST = ("POST",)


class Line(msgspec.Struct):
    """A line as a form gives it. No subject: all of the level; no province: everywhere."""

    level: str = ""
    subject: list[str] = []
    provinces: str = ""
    value: str = ""
    regional: bool = False
    document: str = ""
    replace: bool = False


def proposal_subject(proposal: str, **others: str) -> Subject:
    """What a proposed line's address is about."""
    view = queries.proposal(proposal)
    return Subject(intake.sitting(view.sitting).exam_id, frozenset(view.provinces))


job_page(
    "line-job",
    "lines/<str:proposal>/jobs/<str:job>",
    _READ,
    about="proposal",
    back="line",
    here="sittings",
    subject=proposal_subject,
)


@route("lines", "sittings/<str:sitting>/lines", _READ, subject=sitting_subject)
def lines(request: OfficeRequest, sitting: str) -> HttpResponse:
    """The lines that hold, those that were replaced, what is proposed, and the form."""
    return _lines_page(request, sitting, Line())


@route("propose-line", "sittings/<str:sitting>/lines/propose", _ANNOUNCE, methods=_POST, listing=True)
def propose_line(request: OfficeRequest, sitting: str) -> HttpResponse:
    """Propose a line, and have its preview made. Where it lies stands in the form: it must be within one's reach."""
    form = read(request, Line)
    try:
        proposal = _proposed(request, sitting, form)
    except FangbangError as error:
        if not _reads(request, sitting):
            raise
        return _lines_page(request, sitting, form, error)
    return _previewed(request, proposal)


@route("line", "lines/<str:proposal>", _READ, subject=proposal_subject)
def line(request: OfficeRequest, proposal: str) -> HttpResponse:
    """One proposed line, with what each step of it would change."""
    return _line_page(request, proposal)


@route("preview-line", "lines/<str:proposal>/preview", _ANNOUNCE, methods=_POST, subject=proposal_subject)
def preview_line(request: OfficeRequest, proposal: str) -> HttpResponse:
    """Have the preview made anew."""
    read(request, Nothing)
    return _previewed(request, proposal)


@route("approve-line", "lines/<str:proposal>/approve", _ANNOUNCE, methods=_POST, subject=proposal_subject,
       grave=True)  # fmt: skip
def approve_line(request: OfficeRequest, proposal: str) -> HttpResponse:
    """The second person: the line is announced, and what was frozen of the sitting loses its approvals."""
    read(request, Nothing)
    try:
        actions.approve_line(
            actor=request.actor, proposal_id=proposal, catalogue=exam_catalogue(settings.EXAMS), clock=request.clock
        )
    except FangbangError as error:
        return _line_page(request, proposal, error)
    return go("lines", sitting=queries.proposal(proposal).sitting)


@route("refuse-line", "lines/<str:proposal>/refuse", _ANNOUNCE, methods=_POST, subject=proposal_subject)
def refuse_line(request: OfficeRequest, proposal: str) -> HttpResponse:
    """Refuse it, or take one's own back."""
    form = read(request, Reason)
    try:
        actions.refuse_line(actor=request.actor, proposal_id=proposal, reason=form.reason, clock=request.clock)
    except FangbangError as error:
        return _line_page(request, proposal, error)
    return go("line", proposal=proposal)


def _reads(request: OfficeRequest, sitting: str) -> bool:
    """Whether the visitor may see the sitting's lines, so that a mistake can be told on their page."""
    try:
        return may(request.staff_visit.staff, _READ, sitting_subject(sitting))
    except FangbangError:
        return False


def _proposed(request: OfficeRequest, sitting: str, form: Line) -> str:
    provinces = [province_code(text) for text in form.provinces.split()]
    about = Subject(intake.sitting(sitting).exam_id, frozenset(provinces))
    if not may(request.staff_visit.staff, _ANNOUNCE, about):
        raise FangbangError(NOT_YOUR_REGION)
    try:
        value = Decimal(form.value.strip())
    except InvalidOperation as error:
        raise FangbangError(BAD_LINE, value=form.value[:20], reason="0.0 … 9") from error
    return actions.propose_line(
        actor=request.actor,
        sitting_id=sitting,
        level=form.level,
        subjects=form.subject,
        provinces=provinces,
        value=value,
        regional=form.regional,
        document_number=form.document,
        replace=form.replace,
        catalogue=exam_catalogue(settings.EXAMS),
        clock=request.clock,
    )


def _previewed(request: OfficeRequest, proposal: str) -> HttpResponse:
    job = jobs.ask(actor=request.actor, kind="preview-line", subject=proposal, arguments={}, clock=request.clock)
    return go("line-job", proposal=proposal, job=job)


def _lines_page(request: OfficeRequest, sitting: str, form: Line, error: FangbangError | None = None) -> HttpResponse:
    rules = queries.rules_of(sitting, exam_catalogue(settings.EXAMS))
    return page(
        request,
        "lines.html",
        here="sittings",
        status=200 if error is None else STATUS[error.problem.kind],
        error=error,
        sitting=sitting,
        history=queries.line_history(sitting),
        proposals=queries.proposals(sitting),
        announces=has(request.staff_visit.staff, _ANNOUNCE),
        form=form,
        levels=rules.levels,
        names=_names(rules, request.language),
        provinces=PROVINCES,
        voids=releases.would_be_voided(sitting),
    )


def _line_page(request: OfficeRequest, proposal: str, error: FangbangError | None = None) -> HttpResponse:
    view, staff = queries.proposal(proposal), request.staff_visit.staff
    told = work.jobs_about(proposal)
    t = texts(request.language, PACKAGE)
    steps = _steps(view)
    return page(
        request,
        "line.html",
        here="sittings",
        status=200 if error is None else STATUS[error.problem.kind],
        error=error,
        line=view,
        value=f"{view.value.normalize():f}",
        names=_names(queries.rules_of(view.sitting, exam_catalogue(settings.EXAMS)), request.language),
        announces=may(staff, _ANNOUNCE, proposal_subject(proposal)),
        mine=view.proposed_by == staff.id,
        working=next((item for item in told if item.state.open), None),
        failed=told[0] if told and told[0].problem else None,
        steps=steps,
        plot=two_way_bars([Bar(step["value"], step["up"], step["down"], step["chosen"]) for step in steps],
                          t("line.plot")) if steps else "",
        regions=_regions(view),
        voids=releases.would_be_voided(view.sitting) if view.state == "proposed" else [],
    )  # fmt: skip


def _names(rules: Any, language: str) -> dict[str, str]:
    """Id → name of every level and subject."""
    found = {level.id: level.name.get(language) for level in rules.levels.values()}
    return found | {
        subject.id: subject.name.get(language) for level in rules.levels.values() for subject in level.subjects.values()
    }


def _steps(view: ProposalView) -> list[dict[str, Any]]:
    """Each step with its sums over the provinces."""
    if view.preview is None:
        return []
    return [
        {
            "value": step["value"],
            "up": sum(step["gained"].values()),
            "down": sum(step["lost"].values()),
            "changed": step["changed"],
            "chosen": Decimal(step["value"]) == view.value,
        }
        for step in view.preview["steps"]
    ]


def _regions(view: ProposalView) -> list[tuple[str, int, int]]:
    """At the proposed value, by province: who would pass that does not now, and who would not that does."""
    steps: list[Mapping[str, Any]] = [] if view.preview is None else view.preview["steps"]
    chosen = next((step for step in steps if Decimal(step["value"]) == view.value), None)
    if chosen is None:
        return []
    codes = sorted({*chosen["gained"], *chosen["lost"]})
    return [(code, chosen["gained"].get(code, 0), chosen["lost"].get(code, 0)) for code in codes]
