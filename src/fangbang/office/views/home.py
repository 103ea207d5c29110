"""The first page after signing in."""

from django.http import HttpResponse

from fangbang.accounts.rules import Permission, has
from fangbang.office.routes import route
from fangbang.office.views.releases import ceremonies_of, visible
from fangbang.office.views.waiting import waiting_for
from fangbang.office.web import OfficeRequest, page


@route("home", "", Permission.OWN_ACCOUNT_MANAGE)
def home(request: OfficeRequest) -> HttpResponse:
    """Who one is here, what waits for one, and the releases within one's reach."""
    staff, now = request.staff_visit.staff, request.clock.now()
    reads = has(staff, Permission.REGION_RELEASE_READ)
    shown = visible(staff) if reads else []
    ceremonies = ceremonies_of(shown, now)
    return page(
        request, "home.html", here="home", staff=staff, waiting=waiting_for(staff, now, shown, ceremonies),
        releases=shown, reads=reads, nexts={release: standing.next for release, (_, standing) in ceremonies.items()},
    )  # fmt: skip
