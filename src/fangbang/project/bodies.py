"""How large a request may be. 16 MiB for everybody; a file in one go only for whoever was given a permit on a page of
theirs, so that nobody from outside fills the disk. What a permit allows is a large body and nothing else: the session,
the permission and the form's token are asked for as ever, once it is here.

waitress keeps a body that is larger than half a megabyte in a nameless temporary file until the request is whole;
`serving` makes that the office's own folder. Django writes the file of a form beside it, so that the disk holds a form
twice for a while: room for that is asked for before the body is read. A session counts as it did when the request
began, since a body of gigabytes may take longer than a session stays open idle.
"""

import copy
from collections.abc import Mapping
from datetime import datetime
from html import escape
from typing import Any
from urllib.parse import parse_qs

from django.conf import settings
from django.core.signing import BadSignature, TimestampSigner
from waitress.parser import HTTPRequestParser
from waitress.utilities import Error, RequestEntityTooLarge

from fangbang.core.clock import SystemClock, from_wire, to_wire
from fangbang.core.errors import FangbangError
from fangbang.project.problems import BODY_TOO_LARGE

LARGEST_BODY = 16 << 20
"""Bytes of one request. Larger files come in pieces."""
_FORM = 1 << 20
"""Bytes of a form around its file."""
_HOURS = 12 * 3600
_BEGAN = "X_FANGBANG_BEGAN"
_PAGE = (
    '<!doctype html><html lang="zh-CN"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
    "<title>没有接收 / Not taken</title>{told}<p><code>{code}</code></p></html>"
)


def permit(address: str) -> str:
    """Leave to send one large form to this address, good for twelve hours."""
    return TimestampSigner(salt="fangbang.large-body").sign(address)


def permitted(address: str, query: str) -> bool:
    """Whether the query holds leave for the address."""
    given = parse_qs(query).get("permit", [""])[0]
    try:
        return TimestampSigner(salt="fangbang.large-body").unsign(given, max_age=_HOURS) == address
    except BadSignature:
        return False


class Refusal(Error):  # type: ignore[misc]  # waitress has no types
    """The page for a request whose body is not read: in both languages, since nobody looked at who asks."""

    def __init__(self, error: FangbangError, code: int, reason: str) -> None:
        super().__init__(error.code)
        self.error, self.code, self.reason = error, code, reason

    def to_response(self, ident: str | None = None) -> tuple[str, list[tuple[str, str]], bytes]:
        """Status, headers and the page."""
        told = "".join(
            f'<p lang="{tongue}">{escape(self.error.text(language))}</p>'
            for language, tongue in (("zh", "zh-CN"), ("en", "en"))
        )
        page = _PAGE.format(told=told, code=escape(self.error.code))
        headers = [
            ("Content-Type", "text/html; charset=utf-8"),
            ("Cache-Control", "no-store"),
            ("Content-Security-Policy", "default-src 'none'"),
            ("X-Content-Type-Options", "nosniff"),
        ]
        return f"{self.code} {self.reason}", headers, page.encode()


class Parser(HTTPRequestParser):  # type: ignore[misc]  # waitress has no types
    """waitress's parser, which lets a permitted body be as large as an upload, if the disk has room for it."""

    adj: Any
    error: Any
    no_room: FangbangError | None = None

    def received(self, data: bytes) -> int:
        """As waitress, but a request that is too large is told how it could come."""
        consumed: int = super().received(data)
        if self.no_room is not None:
            self.error, self.completed = Refusal(self.no_room, 507, "Insufficient Storage"), True
        elif type(self.error) is RequestEntityTooLarge:
            large = FangbangError(BODY_TOO_LARGE, most=self.adj.max_request_body_size)
            self.error = Refusal(large, self.error.code, self.error.reason)
        return consumed

    def parse_header(self, header_plus: bytes) -> None:
        """Raise the limit of this one request before its length is looked at, and enter when it began."""
        super().parse_header(header_plus)
        self.headers[_BEGAN] = to_wire(SystemClock().now())  # in place of whatever the client says
        if self.command == "POST" and permitted(self.path, self.query):
            larger = copy.copy(self.adj)
            larger.max_request_body_size = int(settings.INTAKE["INTAKE_UPLOAD"]) + _FORM
            self.adj = larger
            self.no_room = _lacking(self.content_length)


def began(headers: Mapping[str, str], now: datetime) -> datetime:
    """When the request's head was here, as `Parser` entered it: a body of gigabytes comes much later. Without: now."""
    told = headers.get(_BEGAN.replace("_", "-"), "")
    return from_wire(told) if told else now


def _lacking(size: int) -> FangbangError | None:
    """Why the disk does not take such a request: it lies there, and the file that is taken out of it."""
    from fangbang.intake.queries import Yard

    try:
        Yard(settings.LAYOUT.uploads).check_room(2 * size)
    except FangbangError as error:
        return error
    return None
