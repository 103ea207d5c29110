"""The pool of drawn images and the claims on challenges of one node: one mapped file that its workers share.

One process draws (`artist`), all workers pick. An image is picked at most `MOST_ISSUES` times, then it rests until the
last challenge that shows it has lapsed, and its place is drawn over. Answers lie in the file under a keyed stream,
never in clear. A claim is one bit a serial: set under a file lock, so that exactly one try at a challenge wins.

The file: head (64 bytes: magic, next serial u32, images ready u32), claims bitmap, places of the ready images
(u32 each), a slot a place (PNG length u16, issues u8, rests since u32, drawing u32, answer 8 bytes), PNG bytes. A
process that dies anywhere in between leaves at most one place out of use; `mend` finds it again.
"""

import fcntl
import mmap
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import blake2b
from pathlib import Path
from struct import Struct

from fangbang.lookup.drawing import Drawing, drawn_answer

LIFETIME = 300
"""Seconds a challenge can be answered."""
MOST_ISSUES = 20
SERIALS = 1 << 22
"""Claims that are remembered: some 7,000 challenges a second over a lifetime, with as many again to spare."""
IMAGE_BYTES = 1792
"""Room of one drawing. One that needs more is drawn again."""

_HEAD = Struct(">8sII")
_HEAD_BYTES = 64
_SLOT = Struct(">HBxII8s")
_PLACE = Struct(">I")
_MAGIC = b"fbimage2"
_BLANK = (0, 0, 0, 0, bytes(8))


class ImagePool:
    """Drawn images and claims of one node."""

    def __init__(self, path: Path, capacity: int, key: bytes) -> None:
        """Map the file that `create` made with the same capacity; `key` (32 bytes) is the node's own."""
        self._handle = os.open(path, os.O_RDWR)
        self._map = mmap.mmap(self._handle, 0)
        self._key = key
        self.capacity = capacity
        self._ready = _HEAD_BYTES + SERIALS // 8
        self._slots = self._ready + capacity * _PLACE.size
        self._bodies = self._slots + capacity * _SLOT.size
        self._cursor = 0
        self._artist = Drawing()

    @staticmethod
    def create(path: Path, capacity: int) -> None:
        """Make an empty pool file, sparse until drawn into."""
        with path.open("wb") as stream:
            stream.write(_HEAD.pack(_MAGIC, 0, 0))
            stream.truncate(_HEAD_BYTES + SERIALS // 8 + capacity * (_PLACE.size + _SLOT.size + IMAGE_BYTES))
        path.chmod(0o600)

    def close(self) -> None:
        """Let go of the mapping."""
        self._map.close()
        os.close(self._handle)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        fcntl.lockf(self._handle, fcntl.LOCK_EX)
        try:
            yield
        finally:
            fcntl.lockf(self._handle, fcntl.LOCK_UN)

    def _head(self) -> tuple[int, int]:
        """(next serial, images ready)"""
        _, serial, ready = _HEAD.unpack_from(self._map, 0)
        return serial, ready

    def _set_head(self, serial: int, ready: int) -> None:
        _HEAD.pack_into(self._map, 0, _MAGIC, serial & 0xFFFFFFFF, ready)

    def _slot(self, place: int) -> tuple[int, int, int, int, bytes]:
        found: tuple[int, int, int, int, bytes] = _SLOT.unpack_from(self._map, self._slots + place * _SLOT.size)
        return found

    def _set_slot(self, place: int, *slot: int | bytes) -> None:
        _SLOT.pack_into(self._map, self._slots + place * _SLOT.size, *slot)

    def _place_at(self, number: int) -> int:
        return int(_PLACE.unpack_from(self._map, self._ready + number * _PLACE.size)[0])

    def _set_place(self, number: int, place: int) -> None:
        _PLACE.pack_into(self._map, self._ready + number * _PLACE.size, place)

    # ---- for the artist ----

    @property
    def ready(self) -> int:
        """Images that can be picked."""
        return self._head()[1]

    def draw(self, count: int, now: int) -> int:
        """Draw up to `count` images into free places; returns how many were drawn. One process draws."""
        for done in range(count):
            place = self._free_place(now)
            if place is None:
                return done
            self._draw_into(place)
        return count

    def _free_place(self, now: int) -> int | None:
        if self.ready >= self.capacity:
            return None
        for step in range(self.capacity):
            place = (self._cursor + step) % self.capacity
            length, _, rests, _, _ = self._slot(place)
            if not length or (rests and rests + LIFETIME < now):
                self._cursor = place + 1
                return place
        return None

    def _draw_into(self, place: int) -> None:
        answer = drawn_answer()
        picture = self._artist.draw(answer)
        while len(picture) > IMAGE_BYTES:
            picture = self._artist.draw(answer)
        drawing = (self._slot(place)[3] + 1) & 0xFFFFFFFF
        self._set_slot(place, *_BLANK)
        at = self._bodies + place * IMAGE_BYTES
        self._map[at : at + IMAGE_BYTES] = picture.ljust(IMAGE_BYTES, b"\0")
        with self._locked():
            serial, ready = self._head()
            self._set_slot(place, len(picture), 0, 0, drawing, self._veiled(place, drawing, answer.encode()))
            self._set_place(ready, place)
            self._set_head(serial, ready + 1)

    def mend(self) -> int:
        """Offer again what a process that died left out; returns how many. For the artist, at its start."""
        with self._locked():
            serial, ready = self._head()
            listed = dict.fromkeys(self._place_at(number) for number in range(ready))
            whole = [place for place in range(self.capacity) if self._slot(place)[0] and not self._slot(place)[2]]
            for number, place in enumerate(whole):
                self._set_place(number, place)
            self._set_head(serial, len(whole))
        return len(whole) - len(listed)

    # ---- for the workers ----

    def pick(self, now: int) -> tuple[int, int | None]:
        """A fresh serial and the place of the image to show; None while no image is ready."""
        with self._locked():
            serial, ready = self._head()
            self._set_claim(serial, claimed=False)
            place = None
            while ready and place is None:
                number = self._draw_lot(ready)
                place = self._place_at(number)
                length, issues, rests, drawing, answer = self._slot(place)
                spent = rests != 0 or issues >= MOST_ISSUES
                if issues + 1 >= MOST_ISSUES or spent:
                    ready -= 1
                    self._set_place(number, self._place_at(ready))
                    rests = now
                if spent:
                    place = None
                    continue
                self._set_slot(place, length, issues + 1, rests, drawing, answer)
            self._set_head(serial + 1, ready)
        return serial, place

    def _draw_lot(self, ready: int) -> int:
        """Among the latest few, so that images come to rest one after another and not all at once."""
        return ready - 1 - secrets.randbelow(min(ready, max(64, self.capacity // 8)))

    def claim(self, serial: int) -> bool:
        """True exactly once for a serial that was given out and not forgotten yet."""
        with self._locked():
            following = self._head()[0]
            if not 0 < (following - serial) & 0xFFFFFFFF <= SERIALS // 2:
                return False
            at, bit = self._claim_place(serial)
            if self._map[at] & bit:
                return False
            self._set_claim(serial, claimed=True)
            return True

    def _claim_place(self, serial: int) -> tuple[int, int]:
        within = serial % SERIALS
        return _HEAD_BYTES + within // 8, 1 << within % 8

    def _set_claim(self, serial: int, *, claimed: bool) -> None:
        at, bit = self._claim_place(serial)
        self._map[at] = self._map[at] | bit if claimed else self._map[at] & ~bit & 0xFF

    def picture(self, place: int) -> bytes:
        """The PNG at a place."""
        at = self._bodies + place * IMAGE_BYTES
        return self._map[at : at + self._slot(place)[0]]

    def answer(self, place: int) -> bytes:
        """What the image at a place shows."""
        _, _, _, drawing, veiled = self._slot(place)
        return self._veiled(place, drawing, veiled).rstrip(b"\0")

    def _veiled(self, place: int, drawing: int, text: bytes) -> bytes:
        """The answer under a stream of its own for each drawing; the same call takes it off."""
        stream = blake2b(b"%d %d" % (place, drawing), digest_size=8, key=self._key, person=b"answer").digest()
        return bytes(one ^ other for one, other in zip(text.ljust(8, b"\0"), stream, strict=True))
