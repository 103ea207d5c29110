"""How long data are kept, and why: read by administrators and auditors. Ending what is over its time takes two
administrators at the command line (`fangbang retention`)."""

from django.conf import settings
from django.http import HttpResponse

from fangbang.accounts.rules import Permission
from fangbang.office.routes import route
from fangbang.office.web import OfficeRequest, page
from fangbang.project.retention import due, failures, schedule


@route("retention", "retention", Permission.NATION_STAFF_READ)
def retention(request: OfficeRequest) -> HttpResponse:
    """The schedule with its sources, and how much is over its time now."""
    found = due(settings.LAYOUT, schedule(settings.RETENTION), request.clock.now())
    return page(request, "retention.html", here="retention", classes=found, failures=failures())
