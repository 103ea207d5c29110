"""The image and audio challenge: what a person answers whose browser does not compute a proof of work.

A riddle is base64url(node 2 | serial u32 | place u32 | expiry u32 | MAC 12), unpadded: 35 characters. The MAC covers
all of it and the answer, so that nothing but the riddle need be remembered until it is tried. Its digits can be seen
(an image of the pool) and heard (spoken when asked for, out of recorded digits). While no image is ready, a riddle has
no place in the pool and can only be heard: its digits then follow from its serial. Trying claims the serial, right or
wrong; exactly one try wins, whichever worker it reaches.
"""

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as Base64Error
from enum import Enum
from hashlib import blake2b, sha256
from struct import Struct
from typing import NamedTuple

from fangbang.lookup.drawing import LENGTH, LETTERS
from fangbang.lookup.images import LIFETIME, ImagePool
from fangbang.lookup.speech import spoken

TOKEN = Struct(">2sIII")
NO_PLACE = 0xFFFFFFFF
_MAC = 12
_CHARACTERS = 35


class Verdict(Enum):
    """What became of a try."""

    RIGHT = "right"
    WRONG = "wrong"
    LAPSED = "lapsed"
    """Too late, tried before, or of another node: nothing can be said about the answer."""


class Riddle(NamedTuple):
    """A riddle as its page needs it."""

    token: str
    seen: bool
    """Whether there is an image."""


class _Parts(NamedTuple):
    serial: int
    place: int
    expiry: int
    body: bytes
    mac: bytes


def node_tag(name: str) -> bytes:
    """Two bytes that tell nodes apart."""
    return blake2b(name.encode(), digest_size=2).digest()


class Riddles:
    """Gives out and judges the riddles of one node; `key` (32 bytes) and `node` are the same in all its workers."""

    def __init__(self, pool: ImagePool, key: bytes, node: bytes) -> None:
        self.pool = pool
        self._key = key
        self._node = node

    def issue(self, now: int) -> Riddle:
        """A fresh riddle: an image while there is one, else to be heard only."""
        serial, place = self.pool.pick(now)
        seen = place is not None
        body = TOKEN.pack(self._node, serial, NO_PLACE if place is None else place, now + LIFETIME)
        return Riddle(_text(body + self._mac(body, self._answer(serial, place))), seen)

    def still(self, token: str, now: int) -> Riddle:
        """The riddle itself while it can be answered; an empty one for anything else."""
        parts = self._genuine(token, now)
        return Riddle(token, parts.place != NO_PLACE) if parts else Riddle("", False)

    def picture(self, token: str, now: int) -> bytes | None:
        """The PNG of a riddle of this node that has not lapsed."""
        parts = self._genuine(token, now)
        return self.pool.picture(parts.place) if parts and parts.place != NO_PLACE else None

    def voice(self, token: str, now: int) -> bytes | None:
        """The WAV of a riddle of this node that has not lapsed: the same each time it is asked for."""
        parts = self._genuine(token, now)
        if parts is None:
            return None
        return spoken(self._answer_of(parts).decode(), seed=self._mac(parts.body, b"voice"))

    def spend(self, token: str, answer: str, now: int) -> Verdict:
        """Try an answer: RIGHT at most once. Right or wrong, the riddle is spent afterwards."""
        parts = self._parts(token)
        # A lapsed or foreign riddle claims nothing: its serial may be somebody else's by now.
        if parts is None or parts.expiry <= now or not self._signed(parts):
            return Verdict.LAPSED
        if not self.pool.claim(parts.serial):
            return Verdict.LAPSED
        right = hmac.compare_digest(parts.mac, self._mac(parts.body, answer.encode()[:64]))
        return Verdict.RIGHT if right else Verdict.WRONG

    def _genuine(self, token: str, now: int) -> _Parts | None:
        """The parts of a riddle that we gave out and that has not lapsed."""
        parts = self._parts(token)
        return parts if parts and parts.expiry > now and self._signed(parts) else None

    def _signed(self, parts: _Parts) -> bool:
        return hmac.compare_digest(parts.mac, self._mac(parts.body, self._answer_of(parts)))

    def _answer_of(self, parts: _Parts) -> bytes:
        return self._answer(parts.serial, None if parts.place == NO_PLACE else parts.place)

    def _answer(self, serial: int, place: int | None) -> bytes:
        if place is not None:
            return self.pool.answer(place)
        drawn = blake2b(serial.to_bytes(4, "big"), digest_size=8, key=self._key, person=b"spoken").digest()
        number, letters = int.from_bytes(drawn, "big"), []
        for _ in range(LENGTH):
            number, letter = divmod(number, len(LETTERS))
            letters.append(LETTERS[letter])
        return "".join(letters).encode()

    def _mac(self, body: bytes, answer: bytes) -> bytes:
        return hmac.digest(self._key, body + answer, sha256)[:_MAC]

    def _parts(self, token: str) -> _Parts | None:
        """The parts of what has the shape of a riddle of this node."""
        if len(token) != _CHARACTERS or not token.isascii():
            return None
        try:
            raw = urlsafe_b64decode(token + "=")
        except (Base64Error, ValueError):
            return None
        if len(raw) != TOKEN.size + _MAC or _text(raw) != token:
            return None
        body = raw[: TOKEN.size]
        node, serial, place, expiry = TOKEN.unpack(body)
        if node != self._node or (place != NO_PLACE and place >= self.pool.capacity):
            return None
        return _Parts(serial, place, expiry, body, raw[TOKEN.size :])


def _text(raw: bytes) -> str:
    """The one spelling of a riddle."""
    return urlsafe_b64encode(raw).decode().rstrip("=")
