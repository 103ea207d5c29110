"""Releases: the list, and one release's way to the public as a timeline."""

from django.http import HttpResponse

from fangbang.accounts.rules import Permission, Staff, Subject
from fangbang.office.routes import route, scoped
from fangbang.office.web import OfficeRequest, page
from fangbang.release import queries
from fangbang.release.queries import ReleaseView

_READ = Permission.REGION_RELEASE_READ


def release_subject(release: str) -> Subject:
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
    """One release."""
    return page(request, "release.html", here="releases", release=queries.release(release))
