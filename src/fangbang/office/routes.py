"""The one list of routes. Each declares the permission that it needs and, if that is about things in regions, how to
find the thing: whatever is not declared is not served.

A route of scope `region` names `subject` (what the address is about, looked up before the view runs), or says
`listing=True`: then its view shows only what `scoped` lets through.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import wraps
from typing import Any, TypeVar
from urllib.parse import urlencode, urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse

from fangbang.accounts.rules import Permission, Staff, Stage, Subject, Visit, has, is_strong, may
from fangbang.core.errors import FangbangError
from fangbang.office.problems import CONFIRM_FIRST, NOT_ALLOWED, NOT_FOUND, SIGN_IN_FIRST, WRONG_METHOD
from fangbang.office.web import OfficeRequest, error_page

View = Callable[..., HttpResponse]
Thing = TypeVar("Thing")

STAGES = {"enrolling": Stage.ENROLLING, "halfway": Stage.HALFWAY, "own": Stage.FULL, "nation": Stage.FULL,
          "region": Stage.FULL}  # fmt: skip
"""Scope of a permission → how far a session must have come. Scope `public` needs none."""


@dataclass(frozen=True)
class Route:
    """One address of the office. `grave`: the second factor must have been shown minutes ago. `public` routes that
    never look at the visitor say so by their permission."""

    name: str
    pattern: str
    permission: Permission
    view: View
    methods: tuple[str, ...]
    subject: Callable[..., Subject] | None
    listing: bool
    grave: bool


ROUTES: dict[str, Route] = {}


def route(
    name: str,
    pattern: str,
    permission: Permission,
    *,
    methods: tuple[str, ...] = ("GET",),
    subject: Callable[..., Subject] | None = None,
    listing: bool = False,
    grave: bool = False,
) -> Callable[[View], View]:
    """Enter a view as a route. `subject` gets the places of the address and raises FangbangError for an unknown one."""
    if (permission.scope == "region") != (subject is not None or listing):
        raise ValueError(f"{name}: a permission of scope region, and no other, needs a subject or is a listing")

    def enter(view: View) -> View:
        declared = Route(name, pattern, permission, view, methods, subject, listing, grave)
        if ROUTES.setdefault(name, declared) != declared:
            raise ValueError(f"two routes are called {name}")
        return view

    return enter


def urlpatterns() -> list[URLPattern]:
    """What Django serves: every route behind its guard."""
    return [path(item.pattern, guarded(item), name=item.name) for item in ROUTES.values()]


def scoped(
    staff: Staff, permission: Permission, things: Iterable[Thing], of: Callable[[Thing], Subject]
) -> list[Thing]:
    """Those of many things that a member of staff may see: the filter of every listing."""
    return [thing for thing in things if may(staff, permission, of(thing))]


def guarded(declared: Route) -> View:
    """The view behind the checks that its declaration asks for."""

    @wraps(declared.view)
    def guard(request: OfficeRequest, **places: Any) -> HttpResponse:
        if request.method not in declared.methods:
            return error_page(request, FangbangError(WRONG_METHOD), 405)
        return refusal(request, declared, places) or declared.view(request, **places)

    guard.route = declared  # type: ignore[attr-defined]  # what the guard test and the middleware look for
    return guard


def refusal(request: OfficeRequest, declared: Route, places: dict[str, Any]) -> HttpResponse | None:
    """The response that keeps a visitor out of a route, or None if they may enter."""
    permission = declared.permission
    if permission.scope == "public":
        return None
    visit = request.visit
    if visit is None or visit.stage is not STAGES[permission.scope]:
        return _to_entrance(request)
    if permission.scope in ("enrolling", "halfway", "own"):
        return _unconfirmed(request, declared, visit)
    if not has(visit.staff, permission):
        return error_page(request, FangbangError(NOT_ALLOWED), 403)
    if declared.subject is not None and not _within(visit, declared, places):
        return error_page(request, FangbangError(NOT_FOUND), 404)
    return _unconfirmed(request, declared, visit)


def local_path(text: str) -> str:
    """Where to go on after signing in: a path of this site, or the first page."""
    return text if text.startswith("/") and not text.startswith(("//", "/\\")) and "\n" not in text else "/"


def _within(visit: Visit, declared: Route, places: dict[str, Any]) -> bool:
    """Whether the thing exists and lies in the visitor's reach: both alike are "not found"."""
    if declared.subject is None:
        return False
    try:
        return may(visit.staff, declared.permission, declared.subject(**places))
    except FangbangError:
        return False


def _to_entrance(request: HttpRequest) -> HttpResponse:
    if request.method != "GET":
        return error_page(request, FangbangError(SIGN_IN_FIRST), 401)
    return HttpResponseRedirect(f"{reverse('sign-in')}?{urlencode({'next': request.get_full_path()})}")


def _unconfirmed(request: OfficeRequest, declared: Route, visit: Visit) -> HttpResponse | None:
    if not declared.grave or is_strong(visit, request.clock.now(), settings.SIGN_IN_POLICY):
        return None
    if request.method != "GET":
        return error_page(request, FangbangError(CONFIRM_FIRST), 401, again=_came_from(request))
    return HttpResponseRedirect(f"{reverse('confirm')}?{urlencode({'next': request.get_full_path()})}")


def _came_from(request: HttpRequest) -> str:
    """The page of this site that a form was on."""
    referrer = urlsplit(request.headers.get("Referer", ""))
    return local_path(referrer.path) if referrer.netloc == request.get_host() else "/"
