"""The gate of one frozen report: six questions with their checks, and how the marks lie as plots. Sums only."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpResponse

from fangbang.accounts.rules import Permission, may
from fangbang.office.histograms import Plot, plot
from fangbang.office.routes import route
from fangbang.office.views.releases import release_subject, subject_of
from fangbang.office.web import OfficeRequest, page
from fangbang.project.naming import Names, known_catalogue, points
from fangbang.release import queries
from fangbang.release.rules import QUESTIONS, worst_light
from fangbang.release.rules.pictures import Picture, pictures


@dataclass(frozen=True)
class Question:
    """One of the six, with its checks as the report has them; `light` "" if the report has none of them."""

    name: str
    light: str
    checks: Sequence[Mapping[str, Any]]


@dataclass(frozen=True)
class Shown:
    """A subject's picture with its plots."""

    of: Picture
    whole: Plot | None
    near: Plot | None
    comb: Plot | None
    apart: float
    zeros: float
    without: float
    """The longest bar of each of the places' columns."""


@route("gate", "releases/<str:release>/gate", Permission.REGION_STATISTICS_READ, subject=release_subject)
def gate(request: OfficeRequest, release: str) -> HttpResponse:
    """Green, amber, red and why; the plots come from the report that approvers sign, and from nothing else."""
    view, report = queries.release(release), queries.frozen_report(release)
    names = Names(known_catalogue(settings.EXAMS), view.sitting, request.language)
    return page(
        request,
        "gate.html",
        here="releases",
        release=view,
        report=report,
        questions=questions(report),
        shown=[_shown(one) for one in pictures(report, settings.SMALLEST_CELL)],
        names=names,
        points=points,
        least=settings.SMALLEST_CELL,
        red=view.red,
        approves=may(request.staff_visit.staff, Permission.REGION_RELEASE_APPROVE, subject_of(view)),
    )


def questions(report: Mapping[str, Any]) -> list[Question]:
    """The six, each with its checks; a check that no question knows stands with the last."""
    known = {check for checks in QUESTIONS.values() for check in checks}
    last = [*QUESTIONS][-1]
    found = []
    for name, wanted in QUESTIONS.items():
        checks = [
            item for item in report["gate"] if item["check"] in wanted or (name == last and item["check"] not in known)
        ]
        found.append(Question(name, worst_light(checks), checks))
    return found


def _shown(of: Picture) -> Shown:
    def longest(values: Sequence[float | None]) -> float:
        return max([*(abs(value) for value in values if value is not None), 1e-9])

    return Shown(
        of,
        plot(of.bars, of.step, of.line),
        plot(of.near, of.step, of.line),
        plot(of.comb, of.step),
        longest([place.apart for place in of.places]),
        longest([place.zeros for place in of.places]),
        longest([place.without for place in of.places]),
    )
