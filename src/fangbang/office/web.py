"""What every view works with: the request with its visitor and language, a rendered page, and where to go next."""

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.middleware.csrf import get_token
from django.urls import reverse
from jinja2 import ChoiceLoader, Environment, PackageLoader, PrefixLoader, StrictUndefined

from fangbang import __version__
from fangbang.accounts.rules import Permission, Visit, has
from fangbang.audit.rules import Actor
from fangbang.core.clock import AUTHORITY_ZONE, Clock, SystemClock
from fangbang.core.errors import FangbangError, Kind
from fangbang.exams.cities import region_name
from fangbang.office.demo import strip
from fangbang.office.standing import switches_on
from fangbang.pages.assets import Asset, assets
from fangbang.pages.texts import LANGUAGES, Texts, texts
from fangbang.project.naming import Names, naming_catalogue
from fangbang.project.watching import standing
from fangbang.release.rules import Scope

PACKAGE = "fangbang.office"
STATUS = {Kind.INPUT: 400, Kind.STATE: 409, Kind.REFUSED: 403, Kind.INTEGRITY: 409, Kind.UNAVAILABLE: 503}
MENU: list[tuple[str, str, Permission]] = [
    ("home", "home", Permission.OWN_ACCOUNT_MANAGE),
    ("releases", "releases", Permission.REGION_RELEASE_READ),
    ("sittings", "sittings", Permission.REGION_FILE_READ),
    ("catalogue", "catalogue", Permission.NATION_CATALOGUE_READ),
    ("desk", "desk", Permission.REGION_CANDIDATE_SEARCH),
    ("previews", "previews", Permission.REGION_RESULT_PREVIEW),
    ("exports", "exports", Permission.REGION_RESULT_EXPORT),
    ("withholdings", "withholdings", Permission.REGION_RESULT_WITHHOLD),
    ("audit", "audit", Permission.REGION_AUDIT_READ),
    ("notices", "notices", Permission.REGION_NOTICE_WRITE),
    ("board", "board", Permission.NATION_SERVICE_WATCH),
    ("switches", "switches", Permission.NATION_SERVICE_WATCH),
    ("statistics", "statistics", Permission.REGION_STATISTICS_READ),
    ("staff", "staff", Permission.NATION_STAFF_READ),
    ("centres", "centres", Permission.NATION_STAFF_READ),
    ("retention", "retention", Permission.NATION_STAFF_READ),
    ("account", "account", Permission.OWN_ACCOUNT_MANAGE),
]
"""The side menu: (text below `nav.`, name of the route, the permission that shows it)."""


class OfficeRequest(HttpRequest):
    """A request as the middleware hands it on."""

    visit: Visit | None
    language: str
    clock: Clock

    staff_visit: Visit
    """The visitor, on routes that let nobody in without a session."""
    actor: Actor
    """The visitor as the audit log names them, on the same routes."""


def page(
    request: HttpRequest, template: str, *, here: str = "", status: int = 200, error: FangbangError | None = None,
    **context: Any,
) -> HttpResponse:  # fmt: skip
    """Render a template of the office."""
    language = getattr(request, "language", LANGUAGES[0])
    visit: Visit | None = getattr(request, "visit", None)
    request_clock: Clock | None = getattr(request, "clock", None)
    t = texts(language, PACKAGE)
    full = visit is not None and visit.stage == "full"
    body = _jinja().get_template(template).render(
        t=t,
        language=language,
        other=LANGUAGES[1 - LANGUAGES.index(language)],
        url=url,
        assets=office_assets(),
        menu=[] if visit is None or not full else menu(visit),
        visit=visit if full else None,
        here=here,
        path=request.get_full_path() if request.method == "GET" else "",
        csrf=get_token(request),
        custody=settings.CUSTODY,
        switched=[item.name for item in switches_on(office_clock().now())] if full else [],
        edited=standing().edits if full else (),
        demo=None if request_clock is None else strip(visit.staff if visit else None, request_clock.now()),
        program=__version__,
        error=None if error is None else (error.text(language), error.code),
        province=lambda code: region_name(code, language),
        moment=lambda at: moment(t, at),
        hour_told=lambda at: hour_told(t, at),
        outcome=lambda name: texts(language).messages.get(f"outcome.{name}", name),
        coded=lambda prefix, parts: coded(t, prefix, parts),
        called=lambda sitting: called(sitting, language),
        closed=lambda subject: t.messages.get(f"catalogue.credential-{subject}") or called(subject, language),
        covers=lambda release: covers(t, release.sitting, release.scope),
        changed=lambda reasons: t("list.separator").join(
            texts(language).messages.get(f"reason.{word}", word) for word in reasons.split()
        ),
        missing=lambda part: missing(t, part),
        check_name=lambda name: t.messages.get(f"check.{name}", name),
        names_in=lambda sitting: names_in(sitting, language),
        plain=lambda number: f"{number.normalize():f}",
        **context,
    )  # fmt: skip
    return HttpResponse(body, status=status)


def error_page(
    request: HttpRequest, error: FangbangError, status: int | None = None, *, again: str = ""
) -> HttpResponse:
    """The page that says what went wrong. `again`: the path to go back to once the second factor was shown again."""
    return page(request, "error.html", status=status or STATUS[error.problem.kind], error=error, again=again)


def go(name: str, /, **places: str) -> HttpResponse:
    """After a successful POST: see that page."""
    return HttpResponseRedirect(reverse(name, kwargs=places))


def url(name: str, query: dict[str, str] | None = None, /, **places: str) -> str:
    """The address of a route."""
    address = reverse(name, kwargs=places)
    return f"{address}?{urlencode(query)}" if query else address


def menu(visit: Visit) -> list[tuple[str, str]]:
    """What this visitor's menu shows: (text key, address)."""
    return [
        (key, reverse(route))
        for key, route, permission in MENU
        if permission.scope == "own" or has(visit.staff, permission)
    ]


def moment(t: Texts, at: Any) -> str:
    """Day and minute in the authority's zone; a dash for none."""
    return "–" if at is None else t.moment(at)


def hour_told(t: Texts, at: datetime | None) -> str:
    """An hour of publication with its weekday, to the second where it is no whole minute; a dash for none."""
    if at is None:
        return "–"
    local = at.astimezone(AUTHORITY_ZONE)
    return t("hour.told", at=texts(t.language).hour(at), day=t(f"weekday.{local.weekday()}"))


def coded(t: Texts, prefix: str, parts: Sequence[str | int]) -> str:
    """A finding, code first and then its arguments (`["orphan-marks", 3]`), in words; an unknown code as it is."""
    key = f"{prefix}.{parts[0]}"
    if key not in t.messages:
        return " ".join(map(str, parts))
    return t(key, **{str(place): part for place, part in enumerate(parts) if place})


def names_in(sitting: str, language: str) -> Names:
    """What the parts of a sitting are called, while a file of exam rules is broken, too."""
    return Names(naming_catalogue(settings.EXAMS), sitting, language)


def called(sitting: str, language: str) -> str:
    """A sitting by its exam's name and year, as candidates read it; one that no catalogue knows by its id."""
    names = names_in(sitting, language)
    if names.exam == names.exam_id:
        return sitting
    return texts(language)("sitting.title", exam=names.exam, year=names.year)


def covers(t: Texts, sitting: str, scope: Scope) -> str:
    """What part of a sitting a release covers."""
    names, comma = names_in(sitting, t.language), t("list.separator")
    where = comma.join(region_name(code, t.language) for code in scope.provinces) or t("staff.nation")
    return f"{where} · {comma.join(map(names.level, scope.levels))}" if scope.levels else where


def missing(t: Texts, part: Sequence[str | int]) -> str:
    """What a step of the ceremony lacks: files, checks and provinces by their names."""
    kind, about = part[0], str(part[1]) if len(part) > 1 else ""
    if kind in ("unconfirmed", "disputed"):
        about = region_name(about, t.language)
    return coded(t, "missing", (kind, t.messages.get(f"{_NAMED.get(str(kind), '')}.{about}", about)))


_NAMED = {"no-file": "file", "red": "check"}
"""What a step lacks → the texts that name it."""


@cache
def office_assets() -> dict[str, Asset]:
    """The office's static files, over those of the public pages whose look it shares."""
    return {**assets(), **assets(PACKAGE)}


def office_clock() -> Clock:
    """The clock of the process."""
    return SystemClock()


@cache
def _jinja() -> Environment:
    return Environment(
        loader=ChoiceLoader(
            [PackageLoader(PACKAGE, "templates"), PrefixLoader({"pages": PackageLoader("fangbang.pages", "templates")})]
        ),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
    )
