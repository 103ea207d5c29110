"""How answers leave: the headers of every kind of response, and bodies compressed once."""

import gzip
from dataclasses import dataclass
from functools import cached_property

from fangbang.pages.site import enlarged

Headers = list[tuple[str, str]]

_POLICY = "default-src 'self'; base-uri 'none'; object-src 'none'; form-action 'self'; frame-ancestors 'none'"
SECURITY: Headers = [
    ("content-security-policy", _POLICY),
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "DENY"),
    ("referrer-policy", "no-referrer"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    ("permissions-policy", "camera=(), microphone=(), geolocation=()"),
]
NO_STORE = ("cache-control", "no-store")
NEVER_ALIKE = ("vary", "*")
"""No two requests are alike: what keeps answers apart in a cache whose operator makes it ignore Cache-Control."""
HTML = ("content-type", "text/html; charset=utf-8")
JSON = ("content-type", "application/json")

ANSWER: Headers = [
    JSON,
    NO_STORE,
    NEVER_ALIKE,
    ("content-security-policy", "default-src 'none'; frame-ancestors 'none'"),
    *SECURITY[1:],
]
"""Headers of a JSON answer; they are encoded once."""
PERSONAL: Headers = [HTML, NO_STORE, NEVER_ALIKE, *SECURITY]
_VARY = ("vary", "accept, accept-encoding, accept-language, cookie")
PAGE: Headers = [HTML, ("cache-control", "no-cache"), _VARY, *SECURITY]
PUBLIC_JSON: Headers = [JSON, ("cache-control", "no-cache"), ("vary", "accept, accept-encoding"), *SECURITY]
PICTURE: Headers = [("content-type", "image/png"), NO_STORE, NEVER_ALIKE, *SECURITY]
VOICE: Headers = [("content-type", "audio/wav"), ("accept-ranges", "bytes"), NO_STORE, NEVER_ALIKE, *SECURITY]
PLAIN: Headers = [("content-type", "text/plain; charset=utf-8"), NO_STORE, *SECURITY]
FOREVER = ("cache-control", "public, max-age=31536000, immutable")


@dataclass(frozen=True)
class Reply:
    """A whole response. `packed` is the gzip form of a body that is served many times, or empty."""

    status: int
    headers: Headers
    body: bytes
    packed: bytes = b""

    @cached_property
    def large(self) -> "Reply":
        """A page in large text."""
        body = enlarged(self.body)
        return Reply(self.status, self.headers, body, gzip.compress(body, 6, mtime=0) if self.packed else b"")

    @property
    def packed_headers(self) -> Headers:
        return [*self.headers, ("content-encoding", "gzip")]


def lasting(status: int, headers: Headers, body: bytes) -> Reply:
    """A reply that will be served again: compressed now."""
    return Reply(status, headers, body, gzip.compress(body, 6, mtime=0))
