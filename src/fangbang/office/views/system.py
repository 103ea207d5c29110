"""What anybody who reaches the office may have: static files, and whether it lives."""

from django.http import HttpResponse

from fangbang.accounts.rules import Permission
from fangbang.core.errors import FangbangError
from fangbang.office.problems import NOT_FOUND
from fangbang.office.routes import route
from fangbang.office.web import OfficeRequest, error_page, office_assets


@route("healthz", "healthz", Permission.PUBLIC_ENTRANCE_USE)
def healthz(request: OfficeRequest) -> HttpResponse:
    """200 if the process answers and its database does; nothing about either is told."""
    from fangbang.audit import queries

    queries.head()
    return HttpResponse("ok\n", content_type="text/plain; charset=utf-8")


@route("static", "static/<str:name>", Permission.PUBLIC_ENTRANCE_USE)
def static(request: OfficeRequest, name: str) -> HttpResponse:
    """A static file by its address, which carries its hash: browsers keep it for ever."""
    found = next((item for item in office_assets().values() if item.url == f"/static/{name}"), None)
    if found is None:
        return error_page(request, FangbangError(NOT_FOUND), 404)
    packed = "gzip" in request.headers.get("Accept-Encoding", "")
    response = HttpResponse(found.compressed if packed else found.body, content_type=found.media_type)
    response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    response.headers["Vary"] = "Accept-Encoding"
    if packed:
        response.headers["Content-Encoding"] = "gzip"
    return response
