"""Opening a release: of which sitting, for which provinces and levels."""

from collections.abc import Iterable

import msgspec
from django.conf import settings
from django.http import HttpResponse

from fangbang.accounts.rules import Permission, Staff, Subject, may
from fangbang.adjudication import queries as adjudication
from fangbang.core.errors import FangbangError
from fangbang.exams.catalogue import Catalogue
from fangbang.exams.provinces import PROVINCES
from fangbang.intake import queries as intake
from fangbang.office.forms import read
from fangbang.office.problems import NOT_YOUR_REGION
from fangbang.office.routes import route
from fangbang.office.web import STATUS, OfficeRequest, go, page
from fangbang.project.naming import naming_catalogue
from fangbang.project.stores import exam_catalogue
from fangbang.release import actions
from fangbang.release.problems import BAD_SCOPE
from fangbang.release.rules import ReleaseKind, Scope

_PREPARE = Permission.REGION_RELEASE_PREPARE


class Opening(msgspec.Struct):
    """A sitting, codes of provinces, and levels as `level` or `sitting/level`; none means all of it."""

    sitting: str = ""
    provinces: list[str] = []
    levels: list[str] = []


@route("open-release", "open-release", _PREPARE, methods=("GET", "POST"), listing=True)
def open_release(request: OfficeRequest) -> HttpResponse:
    """Open a release; its timeline says what comes next."""
    form, error = Opening(), None
    if request.method == "POST":
        form = read(request, Opening)
        try:
            return go("release", release=_opened(request, form))
        except FangbangError as failure:
            error = failure
    staff = request.staff_visit.staff
    sittings = [item for item in intake.sittings() if not staff.exams or item.exam_id in staff.exams]
    return page(
        request, "open_release.html", here="releases", status=200 if error is None else STATUS[error.problem.kind],
        error=error, form=form, sittings=sittings, levels=_levels([item.pk for item in sittings]),
        chosen=_codes(form.provinces) or _codes([staff.region]), provinces=[*PROVINCES],
    )  # fmt: skip


def _levels(sittings: Iterable[str]) -> dict[str, list[str]]:
    """The levels of each sitting; none where no rules are known any more. With a broken file: the shipped ones."""
    catalogue = naming_catalogue(settings.EXAMS)
    return {sitting: _levels_of(sitting, catalogue) for sitting in sittings}


def _levels_of(sitting: str, catalogue: Catalogue) -> list[str]:
    try:
        return [*adjudication.rules_of(sitting, catalogue).levels]
    except FangbangError:
        return []


def _codes(given: Iterable[str]) -> list[str]:
    """Codes that a form gives one by one, or several with spaces between."""
    return [code for text in given for code in text.split()]


def _opened(request: OfficeRequest, form: Opening) -> str:
    sitting = intake.sitting(form.sitting)
    own = f"{sitting.pk}/"
    scope = Scope(tuple(_codes(form.provinces)), tuple(level.removeprefix(own) for level in _codes(form.levels)))
    rules = adjudication.rules_of(sitting.pk, exam_catalogue(settings.EXAMS))
    unknown = [code for code in scope.provinces if code not in PROVINCES]
    unknown += [level for level in scope.levels if level not in rules.levels]
    if unknown:
        raise FangbangError(BAD_SCOPE, what=", ".join(unknown)[:80])
    _check_reach(request.staff_visit.staff, sitting.exam_id, scope)
    return actions.open_release(
        actor=request.actor,
        sitting_id=sitting.pk,
        scope=scope,
        kind=ReleaseKind.BASE,
        provincial=[level.id for level in rules.levels.values() if level.provincial],
        clock=request.clock,
    )


def _check_reach(staff: Staff, exam: str, scope: Scope) -> None:
    if not may(staff, _PREPARE, Subject(exam, frozenset(scope.provinces))):
        raise FangbangError(NOT_YOUR_REGION)
