"""What a request says, read defensively: bounded bodies, known fields only."""

from dataclasses import dataclass, field
from urllib.parse import parse_qsl, urlsplit

from fangbang.lookup.door.wire import Request
from fangbang.pages.texts import preferred

MAX_FIELDS = 16


@dataclass(frozen=True)
class Wish:
    """What the reader of a page prefers."""

    language: str
    chosen: bool
    """Whether the address itself chose the language: then it is remembered."""
    json: bool
    gzip: bool
    query: dict[str, str] = field(default_factory=dict)
    large: bool = False
    """Large text, by `?size=` (then it is remembered) or by the cookie."""


def wish_of(request: Request) -> Wish:
    """Language, format and the few known parameters of a request."""
    headers = request.headers
    query = _parameters(request.query_string) if request.query_string else {}
    cookie = cookie_of(headers.get("cookie", ""), "lang")
    accept = headers.get("accept", "")
    return Wish(
        language=preferred(query.get("lang", ""), cookie, headers.get("accept-language", "")),
        chosen="lang" in query,
        json="application/json" in accept and "text/html" not in accept,
        gzip="gzip" in headers.get("accept-encoding", ""),
        query=query,
        large=(query.get("size") or cookie_of(headers.get("cookie", ""), "size")) == "large",
    )


def _parameters(query_string: str) -> dict[str, str]:
    """What stands behind the question mark; more than any page of ours asks for counts as nothing."""
    try:
        return dict(parse_qsl(query_string, max_num_fields=MAX_FIELDS))
    except ValueError:
        return {}


def cookie_of(header: str, name: str) -> str:
    """The value of one cookie of a request; empty if there is none."""
    for part in header.split(";"):
        key, _, value = part.strip().partition("=")
        if key == name:
            return value
    return ""


def form_of(request: Request) -> dict[str, str] | None:
    """The fields of a form post; None if it is not a form, or not UTF-8."""
    kind = request.headers.get("content-type", "").split(";", 1)[0].strip().lower()
    if kind != "application/x-www-form-urlencoded":
        return None
    try:
        pairs = parse_qsl(
            request.body.decode("ascii"), keep_blank_values=True, max_num_fields=MAX_FIELDS, errors="strict"
        )
    except ValueError:
        return None
    return dict(pairs)


def is_foreign(request: Request) -> bool:
    """Whether another site's page posts this form.

    Our own pages send `Origin: null`, since their policy is `no-referrer`, so `Sec-Fetch-Site` decides where there is
    one: every browser since 2023 sends it. A program that sends neither harms nobody but itself.
    """
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site not in ("same-origin", "none")
    origin = request.headers.get("origin", "null")
    try:
        return (
            origin != "null" and urlsplit(origin).hostname != urlsplit("//" + request.headers.get("host", "")).hostname
        )
    except ValueError:
        return True
