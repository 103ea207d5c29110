"""How large a request may be. 16 MiB for everybody; a file in one go only for whoever was given a permit on a page of
theirs, so that nobody from outside fills the disk. What a permit allows is a large body and nothing else: the session,
the permission and the form's token are asked for as ever, once it is here.

waitress keeps a body that is larger than half a megabyte in a nameless temporary file until the request is whole;
`serving` makes that the office's own folder.
"""

import copy
from typing import Any
from urllib.parse import parse_qs

from django.conf import settings
from django.core.signing import BadSignature, TimestampSigner
from waitress.parser import HTTPRequestParser

LARGEST_BODY = 16 << 20
"""Bytes of one request. Larger files come in pieces."""
_FORM = 1 << 20
"""Bytes of a form around its file."""
_HOURS = 12 * 3600


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


class Parser(HTTPRequestParser):  # type: ignore[misc]  # waitress has no types
    """waitress's parser, which lets a permitted body be as large as an upload."""

    adj: Any

    def parse_header(self, header_plus: bytes) -> None:
        """Raise the limit of this one request before its length is looked at."""
        super().parse_header(header_plus)
        if self.command == "POST" and permitted(self.path, self.query):
            larger = copy.copy(self.adj)
            larger.max_request_body_size = int(settings.INTAKE["INTAKE_UPLOAD"]) + _FORM
            self.adj = larger
