"""What stands around every view: headers, the log without people, the visitor, and how failures leave."""

import sys
import time
from collections.abc import Callable
from typing import Any

import structlog
from django.conf import settings
from django.core.exceptions import DisallowedHost
from django.http import Http404, HttpRequest, HttpResponse

from fangbang.accounts import queries
from fangbang.accounts.actions.presence import note_seen
from fangbang.audit.rules import Actor
from fangbang.core.errors import FangbangError
from fangbang.office import cookies
from fangbang.office.problems import CRASHED, FORGED, NOT_ALLOWED, NOT_FOUND
from fangbang.office.web import error_page, office_clock
from fangbang.pages.texts import LANGUAGES, preferred
from fangbang.project.bodies import began
from fangbang.project.databases import as_problem

Handler = Callable[[HttpRequest], HttpResponse]

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), publickey-credentials-get=(self), "
    "publickey-credentials-create=(self)",
    "X-Frame-Options": "DENY",
}
POLLING = "X-Polling"
_LANGUAGE = "language"

log = structlog.get_logger("office")


class Around:
    """Headers of every response, and one line of log: which route, how it ended, how long. No path, since addresses
    name things; no person."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        began = time.perf_counter()
        response = self.get_response(request) if _meant(request) else HttpResponse(status=400)
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        response.headers.setdefault("Cache-Control", "no-store")
        if not response.streaming:
            response.headers.setdefault("Content-Length", str(len(response.content)))
        matched = request.resolver_match
        log.info(
            "request",
            method=request.method,
            route=matched.url_name if matched else None,
            status=response.status_code,
            ms=round((time.perf_counter() - began) * 1000),
        )
        return response


def _asks_by_itself(request: HttpRequest) -> bool:
    """Whether a page that stands open loads itself anew: nobody need sit before it, so that this is no activity and the
    session's idle limit runs on. Whoever says so falsely only loses their own session sooner."""
    return request.method == "GET" and (POLLING in request.headers or "poll" in request.GET)


def _meant(request: HttpRequest) -> bool:
    """Whether the request is for this office by name; a monitor may ask by any for whether it lives."""
    try:
        return request.path == "/healthz" or bool(request.get_host())
    except DisallowedHost:
        return False


class Visitor:
    """Who asks (by the session's cookie), and in which language they read."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: Any) -> HttpResponse:
        wish = request.GET.get("lang", "")
        request.clock = office_clock()
        request.language = preferred(
            wish, request.COOKIES.get(_LANGUAGE, ""), request.headers.get("Accept-Language", "")
        )
        token = cookies.session_token(request)
        at = began(request.headers, request.clock.now())
        request.visit = queries.visit(token, at, settings.SIGN_IN_POLICY) if token else None
        if request.visit is not None:
            request.staff_visit = request.visit
            request.actor = Actor(request.visit.staff.id, request.visit.staff.name)
            if not _asks_by_itself(request):
                note_seen(request.visit, request.clock)
        response = self.get_response(request)
        if wish in LANGUAGES:
            response.set_cookie(_LANGUAGE, wish, max_age=31_536_000, samesite="Strict", secure=settings.SECURE_ORIGIN)
        return response

    def process_view(self, request: Any, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        """Deny by default: a view that no route declares is not run, whoever put it among the addresses."""
        return None if hasattr(view, "route") else error_page(request, FangbangError(NOT_ALLOWED), 403)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """An expected failure becomes a page; a crash is logged by its type and place alone, since its text may hold
        what somebody typed."""
        if isinstance(error, FangbangError):
            return error_page(request, error)
        if isinstance(error, (Http404, DisallowedHost)):
            return None
        trace = error.__traceback__
        while trace is not None and trace.tb_next is not None:
            trace = trace.tb_next
        where = "" if trace is None else f"{trace.tb_frame.f_globals.get('__name__')}:{trace.tb_lineno}"
        log.error("crash", error=type(error).__name__, where=where)
        return _broken(request, error)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Django's handler for an address that no route has."""
    return error_page(request, FangbangError(NOT_FOUND), 404)


def crashed(request: HttpRequest) -> HttpResponse:
    """Django's handler for a failure outside the views."""
    return _broken(request, sys.exception())


def _broken(request: HttpRequest, error: BaseException | None) -> HttpResponse:
    known = as_problem(error)
    return error_page(request, FangbangError(CRASHED), 500) if known is None else error_page(request, known)


def forged(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Django's handler for a POST without the token of its page."""
    return error_page(request, FangbangError(FORGED), 403)
