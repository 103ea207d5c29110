"""The first page after signing in."""

from django.http import HttpResponse

from fangbang.accounts.rules import Permission, has
from fangbang.office.routes import route
from fangbang.office.views.releases import visible
from fangbang.office.web import OfficeRequest, page


@route("home", "", Permission.OWN_ACCOUNT_MANAGE)
def home(request: OfficeRequest) -> HttpResponse:
    """Who one is here, and the releases that wait for something."""
    staff = request.staff_visit.staff
    reads = has(staff, Permission.REGION_RELEASE_READ)
    return page(request, "home.html", here="home", staff=staff, releases=visible(staff) if reads else [], reads=reads)
