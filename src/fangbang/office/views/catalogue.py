"""The catalogue: its exams, one exam's rules of a year in plain words, changes of a file by two people."""

import codecs
from dataclasses import dataclass

import msgspec
from django.conf import settings
from django.http import HttpResponse

from fangbang.accounts.rules import NATION, Permission, Staff, has
from fangbang.catalogue import actions, queries
from fangbang.catalogue.problems import NO_FILE, NO_FOLDER
from fangbang.catalogue.queries import ChangeView
from fangbang.catalogue.rules import ChangeState
from fangbang.core.clock import AUTHORITY_ZONE
from fangbang.core.errors import FangbangError
from fangbang.exams.catalogue import FAMILIES, Catalogue
from fangbang.exams.changing import LARGEST, Given, InForce, in_force, line_difference
from fangbang.exams.check import exam_rules, shared_rules, unsure
from fangbang.exams.model import SittingRules
from fangbang.exams.problems import NO_RULES_FOR_YEAR
from fangbang.intake import queries as intake
from fangbang.office.forms import read
from fangbang.office.problems import NOT_FOUND, NOT_YOUR_REGION
from fangbang.office.routes import route
from fangbang.office.views.account import Nothing
from fangbang.office.web import STATUS, OfficeRequest, error_page, go, page
from fangbang.project.changing import Effects, effects, file_name, reaches, reaches_standing, voided
from fangbang.project.naming import known_catalogue

_READ, _EDIT, _APPROVE = (
    Permission.NATION_CATALOGUE_READ,
    Permission.NATION_CATALOGUE_EDIT,
    Permission.NATION_CATALOGUE_APPROVE,
)
_POST = ("POST",)
_TOML = "application/toml; charset=utf-8"


class Why(msgspec.Struct):
    """The document's number, or a reason."""

    reason: str = ""


@dataclass(frozen=True)
class Standing:
    """The file of one key: what is in force, by which change, and whether it is what that change put there."""

    key: str
    file: InForce
    by: ChangeView | None

    @property
    def other(self) -> bool:
        """Something else lies in the folder than what two people put in force: it was laid there by hand."""
        return self.file.own and (self.by is None or self.by.data != self.file.data)


@route("catalogue", "catalogue", _READ)
def catalogue(request: OfficeRequest) -> HttpResponse:
    """Every exam and family, changes on their way and past, and for editors the form."""
    return _list_page(request)


@route("exam", "catalogue/exams/<str:exam>", _READ)
def exam(request: OfficeRequest, exam: str) -> HttpResponse:
    """One exam in plain words, for one year; every dated rule of its file below."""
    known = known_catalogue(settings.EXAMS)
    file = known.exam(exam)
    year = _year(request)
    rules, error = _rules_or_why(known, exam, year)
    family, standing = known.family(file.family), _standing()
    return page(
        request,
        "exam.html",
        here="catalogue",
        status=200 if error is None else STATUS[error.problem.kind],
        error=error,
        exam=file,
        year=year,
        rules=rules,
        dated=[*exam_rules(file), *shared_rules(family)],
        sources={source.id: source for part in (family, file) for source in part.sources},
        doubts=[*unsure(file), *unsure(family)],
        standing=standing[exam],
        family=standing[f"{FAMILIES}/{file.family}"] if file.family else None,
        history=queries.changes(exam),
        sittings=[item for item in intake.sittings() if item.exam_id == exam],
    )


@route("catalogue-file", "catalogue/files/<path:key>", _READ)
def catalogue_file(request: OfficeRequest, key: str) -> HttpResponse:
    """The file that is in force, to be changed and proposed."""
    found = in_force(settings.EXAMS).get(key)
    if found is None:
        return error_page(request, FangbangError(NOT_FOUND), 404)
    return _download(key, found.data)


@route("propose-change", "catalogue/propose", _EDIT, methods=_POST)
def propose_change(request: OfficeRequest) -> HttpResponse:
    """Propose a changed file. It is checked beside all others; what is wrong is told with its place."""
    form = read(request, Why)
    sent = request.FILES.get("file")
    try:
        if sent is None:
            raise FangbangError(NO_FILE)
        given = Given(_file_name(sent.name or ""), sent.read(LARGEST + 1).removeprefix(codecs.BOM_UTF8))
        _check_reach(request.staff_visit.staff, given.name, given.data)
        change = actions.propose(
            actor=request.actor, folder=settings.EXAMS, file=given, reason=form.reason, clock=request.clock
        )
    except FangbangError as error:
        return _list_page(request, error, form.reason)
    return go("change", change=change)


@route("change", "catalogue/changes/<str:change>", _READ)
def change(request: OfficeRequest, change: str) -> HttpResponse:
    """What a change changes, year by year and line by line, what it would void, and the decision."""
    return _change_page(request, change)


@route("change-file", "catalogue/changes/<str:change>/file", _READ)
def change_file(request: OfficeRequest, change: str) -> HttpResponse:
    """The whole proposed file."""
    view = queries.change(change)
    return _download(view.key, view.data)


@route("put-in-force", "catalogue/changes/<str:change>/put-in-force", _APPROVE, methods=_POST, grave=True)
def put_in_force(request: OfficeRequest, change: str) -> HttpResponse:
    """The second person: the file is in force, and whatever was frozen and not sealed loses its approvals."""
    read(request, Nothing)
    try:
        _check_reach_of(request.staff_visit.staff, queries.change(change))
        actions.put_change_in_force(actor=request.actor, change_id=change, folder=settings.EXAMS, clock=request.clock)
    except FangbangError as error:
        return _change_page(request, change, error)
    return go("change", change=change)


@route("refuse-change", "catalogue/changes/<str:change>/refuse", _APPROVE, methods=_POST)
def refuse_change(request: OfficeRequest, change: str) -> HttpResponse:
    """The second person says no, and why."""
    form = read(request, Why)
    try:
        if not reaches_standing(request.staff_visit.staff, settings.EXAMS, queries.change(change).key):
            raise FangbangError(NOT_YOUR_REGION)
        actions.refuse(actor=request.actor, change_id=change, reason=form.reason, clock=request.clock)
    except FangbangError as error:
        return _change_page(request, change, error)
    return go("change", change=change)


@route("take-change-back", "catalogue/changes/<str:change>/take-back", _EDIT, methods=_POST)
def take_change_back(request: OfficeRequest, change: str) -> HttpResponse:
    """The author does not want it any more."""
    read(request, Nothing)
    try:
        actions.take_back(actor=request.actor, change_id=change, clock=request.clock)
    except FangbangError as error:
        return _change_page(request, change, error)
    return go("change", change=change)


def _list_page(request: OfficeRequest, error: FangbangError | None = None, reason: str = "") -> HttpResponse:
    known, staff, standing = known_catalogue(settings.EXAMS), request.staff_visit.staff, _standing()
    return page(
        request,
        "catalogue.html",
        here="catalogue",
        status=200 if error is None else STATUS[error.problem.kind],
        error=error,
        reason=reason,
        version=known.version,
        year=_year(request),
        exams=[(item, standing[item.id], len(unsure(item))) for item in known.exams()],
        families=[(item, standing[f"{FAMILIES}/{item.family}"], len(unsure(item))) for item in known.families()],
        changes=queries.changes(),
        edits=has(staff, _EDIT) and staff.region == NATION,
        folder=settings.EXAMS is not None,
        no_folder=FangbangError(NO_FOLDER).text(request.language),
        kib=LARGEST // 1024,
    )


def _change_page(request: OfficeRequest, change: str, error: FangbangError | None = None) -> HttpResponse:
    view, staff = queries.change(change), request.staff_visit.staff
    waiting = view.state is ChangeState.WAITING
    broken, found = _effects_or_why(view, _year(request))
    return page(
        request,
        "change.html",
        here="catalogue",
        status=200 if error is None else STATUS[error.problem.kind],
        error=error,
        change=view,
        broken=None if broken is None else (broken.text(request.language), broken.code),
        years=found.years,
        doubts=found.doubts,
        version=found.version,
        lines=line_difference(view.replaced, view.data),
        sittings=found.sittings,
        voids=voided() if waiting else [],
        decides=waiting and has(staff, _APPROVE) and staff.region == NATION and view.author != staff.id,
        mine=waiting and view.author == staff.id,
        now_in_force=known_catalogue(settings.EXAMS).version,
    )


def _effects_or_why(view: ChangeView, year: int) -> tuple[FangbangError | None, Effects]:
    try:
        return None, effects(settings.EXAMS, view, year)
    except FangbangError as error:
        return error, Effects({}, (), view.version, ())


def _check_reach_of(staff: Staff, view: ChangeView) -> None:
    _check_reach(staff, file_name(view.key), view.data)


def _check_reach(staff: Staff, name: str, data: bytes) -> None:
    if not reaches(staff, settings.EXAMS, name, data):
        raise FangbangError(NOT_YOUR_REGION)


def _standing() -> dict[str, Standing]:
    """Every file that is in force, by its key."""
    by = queries.last_in_force()
    return {key: Standing(key, file, by.get(key)) for key, file in in_force(settings.EXAMS).items()}


def _rules_or_why(known: Catalogue, exam: str, year: int) -> tuple[SittingRules | None, FangbangError | None]:
    try:
        return known.rules(exam, year), None
    except FangbangError as error:
        if error.problem is NO_RULES_FOR_YEAR:
            return None, error
        raise


def _year(request: OfficeRequest) -> int:
    asked = request.GET.get("year", "")
    if asked.isascii() and asked.isdigit() and len(asked) == 4:
        return int(asked)
    return request.clock.now().astimezone(AUTHORITY_ZONE).year


def _file_name(sent: str) -> str:
    return sent.rpartition("/")[2].rpartition("\\")[2][:80] or "?"


def _download(key: str, data: bytes) -> HttpResponse:
    name = f'attachment; filename="{file_name(key)}"'
    return HttpResponse(data, content_type=_TOML, headers={"Content-Disposition": name})
