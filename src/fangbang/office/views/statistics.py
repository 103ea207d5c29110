"""Statistics of what was published: pass rates and distributions by exam, year, subject and province; as files, too.

Only sums go out, and none about few people; so a look at them, and a file of them, is no event of the audit log.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpResponse

from fangbang.accounts.rules import Permission, Staff, Subject, may
from fangbang.core.errors import FangbangError
from fangbang.office.histograms import Plot, plot
from fangbang.office.problems import NOT_FOUND
from fangbang.office.routes import route
from fangbang.office.views.releases import release_subject
from fangbang.office.web import OfficeRequest, error_page, page
from fangbang.project import figuring
from fangbang.project.naming import Names, known_catalogue, names_of, points
from fangbang.project.spreadsheets import CSV, XLSX
from fangbang.release import queries
from fangbang.release.queries import ReleaseView
from fangbang.release.rules.figures import Figures, figures, of_place, outcomes, provinces_in
from fangbang.release.rules.pictures import distribution

_READ = Permission.REGION_STATISTICS_READ


@dataclass(frozen=True)
class Shown:
    """A subject: its figures, those of its provinces, how the marks lie, and its years (newest first)."""

    of: Figures
    places: Sequence[Figures]
    marks: Plot | None
    years: Sequence[tuple[int, Figures]]


def province_subject(release: str, province: str) -> Subject:
    """One province's part of a release."""
    view = queries.release(release)
    if view.scope.provinces and province not in view.scope.provinces:
        raise FangbangError(NOT_FOUND)
    return Subject(view.sitting.rpartition("-")[0], frozenset({province}))


@route("statistics", "statistics", _READ, listing=True)
def statistics(request: OfficeRequest) -> HttpResponse:
    """What was published within one's reach, by exam and year."""
    staff = request.staff_visit.staff
    views = sorted(queries.standing_releases(), key=lambda view: view.sitting, reverse=True)
    reached = [(view, place) for view in views if (place := _reach(staff, view)) is not None]
    names = names_of(settings.EXAMS, [view.sitting for view, _ in reached], request.language)
    return page(request, "statistics.html", here="statistics", reached=reached, names=names)


@route("statistics-release", "statistics/<str:release>", _READ, subject=release_subject)
def statistics_release(request: OfficeRequest, release: str) -> HttpResponse:
    """All that one release covers."""
    return _answer(request, release, "")


@route("statistics-province", "statistics/<str:release>/<str:province>", _READ, subject=province_subject)
def statistics_province(request: OfficeRequest, release: str, province: str) -> HttpResponse:
    """One province's part."""
    return _answer(request, release, province)


def _answer(request: OfficeRequest, release: str, place: str) -> HttpResponse:
    view, report = queries.release(release), queries.published_report(release)
    if place and place not in provinces_in(report):
        return error_page(request, FangbangError(NOT_FOUND), 404)
    names, least = Names(known_catalogue(settings.EXAMS), view.sitting, request.language), settings.SMALLEST_CELL
    form = request.GET.get("form", "")
    if form:
        return _file(request, form, figuring.Sheets(report, names, place, least), f"{view.sitting}-{place or release}")
    found, earlier = figures(report, least), _earlier(view, place)
    return page(
        request,
        "statistics_release.html",
        here="statistics",
        release=view,
        place=place,
        shown=[_shown(one, found, report, earlier) for one in of_place(found, place)],
        outcomes={} if place else outcomes(report, least),
        names=names,
        points=points,
        least=least,
    )  # fmt: skip


def _shown(
    of: Figures, found: Sequence[Figures], report: Mapping[str, Any], earlier: Sequence[tuple[int, Sequence[Figures]]]
) -> Shown:
    key = f"{of.level}/{of.subject}"
    wanted = [of.place] if of.place else report["scope"]["provinces"]
    bars = distribution(report, key, wanted, settings.SMALLEST_CELL)
    paper = (((report["marks"] or {}).get("now") or {}).get("subjects", {}).get(key)) or {"step": 0}
    lines = paper.get("lines", [])
    return Shown(
        of,
        [] if of.place else [one for one in found if one.place and (one.level, one.subject) == (of.level, of.subject)],
        plot(bars, 0 if wanted else paper["step"], lines[0] if lines else None),
        [(year, one) for year, past in earlier for one in past if (one.level, one.subject) == (of.level, of.subject)],
    )


def _earlier(view: ReleaseView, place: str) -> list[tuple[int, Sequence[Figures]]]:
    """The figures of the exam's published years that cover the same, this one's among them, the newest first."""
    exam = view.sitting.rpartition("-")[0]
    found = []
    for other in queries.standing_releases():
        name, _, year = other.sitting.rpartition("-")
        if name == exam and other.report is not None and _covers_alike(view, other, place):
            found.append((int(year), of_place(figures(other.report, settings.SMALLEST_CELL), place)))
    return sorted(found, key=lambda item: item[0], reverse=True)


def _covers_alike(view: ReleaseView, other: ReleaseView, place: str) -> bool:
    if not place:
        return other.scope.key == view.scope.key
    return not other.scope.provinces or place in other.scope.provinces


def _reach(staff: Staff, view: ReleaseView) -> str | None:
    """What of a release somebody sees: "" all of it, a province's code, or None nothing."""
    exam = view.sitting.rpartition("-")[0]
    if may(staff, _READ, Subject(exam, frozenset(view.scope.provinces))):
        return ""
    own = f"{staff.region[:2]}0000"
    within = not view.scope.provinces or own in view.scope.provinces
    return own if within and may(staff, _READ, Subject(exam, frozenset({own}))) else None


def _file(request: OfficeRequest, form: str, sheets: figuring.Sheets, name: str) -> HttpResponse:
    made = {
        "csv": (sheets.csv, CSV, "csv"),
        "marks": (sheets.marks_csv, CSV, "csv"),
        "xlsx": (sheets.xlsx, XLSX, "xlsx"),
    }
    if form not in made:
        return error_page(request, FangbangError(NOT_FOUND), 404)
    make, kind, ending = made[form]
    told = f"{name}-marks" if form == "marks" else name
    headers = {"Content-Disposition": f'attachment; filename="{told}.{ending}"'}
    return HttpResponse(make(), content_type=kind, headers=headers)
