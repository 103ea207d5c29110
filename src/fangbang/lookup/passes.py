"""Passes: what a solved riddle is exchanged for. A pass opens one query, as often as it is asked within five minutes.

A pass is base64url(level u8 | expiry u32 | MAC 16), unpadded: 28 characters. The MAC covers both and the query: the
sitting, the kind of credential, its folded fields. It travels in a cookie whose name is a keyed hash of the query, so
that the results of two people can stand side by side; neither tells anything about whom was asked for. The level is
how many riddles were solved so far, or `SUFFICED` once it opened the query: from then on no limit asks for more.
"""

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as Base64Error
from collections.abc import Sequence
from hashlib import blake2b, sha256

LIFETIME = 300
"""Seconds a pass is good for."""
SUFFICED = 255
_CHARACTERS = 28
_BODY = 5
_MAC = 16


class Query:
    """The query that a pass is bound to, under the node's key."""

    __slots__ = ("_key", "_said", "cookie")

    def __init__(self, key: bytes, sitting: str, kind: str, fields: Sequence[str]) -> None:
        parts = [part.encode() for part in (sitting, kind, *fields)]
        self._key = key
        self._said = b"pass" + b"".join(len(part).to_bytes(2, "big") + part for part in parts)
        self.cookie = "pass-" + blake2b(self._said, digest_size=6, key=key, person=b"cookie").hexdigest()

    def grant(self, level: int, expiry: int) -> str:
        """A pass of `level` that lapses at `expiry` (Unix seconds)."""
        body = bytes([level]) + expiry.to_bytes(4, "big")
        return urlsafe_b64encode(body + self._mac(body)).decode().rstrip("=")

    def read(self, text: str, now: int) -> tuple[int, int]:
        """(level, expiry) of a pass for this very query that has not lapsed; level 0 for anything else."""
        if len(text) != _CHARACTERS or not text.isascii():
            return 0, 0
        try:
            raw = urlsafe_b64decode(text)
        except (Base64Error, ValueError):
            return 0, 0
        body, expiry = raw[:_BODY], int.from_bytes(raw[1:_BODY], "big")
        if expiry <= now or not hmac.compare_digest(raw[_BODY:], self._mac(body)):
            return 0, 0
        return body[0], expiry

    def _mac(self, body: bytes) -> bytes:
        return hmac.digest(self._key, body + self._said, sha256)[:_MAC]


def cookie(query: Query, path: str, text: str, seconds: int) -> tuple[str, str]:
    """The header that hands a pass over, for the address of its sitting only."""
    return "set-cookie", f"{query.cookie}={text}; Path={path}; Max-Age={seconds}; SameSite=Strict; HttpOnly"
