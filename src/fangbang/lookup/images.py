"""The image challenge, for browsers without JavaScript: drawn ahead, signed, spent at the first try.

A token is base64url(node 2 | serial u32 | image u32 | expiry u32 | MAC 12); the MAC covers all of it and the answer,
so that nothing but the token need be remembered until it is tried. Trying claims the serial, right or wrong; the
claim is a bit in memory that all workers of the node share, set under a file lock: exactly one try wins.

The pool file: 64 bytes of head (magic, images drawn so far u32, next serial u32), the claims bitmap, an index of
(offset u64, length u32, answer 8 bytes) per image, the PNG bytes.
"""

import fcntl
import hmac
import mmap
import os
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as Base64Error
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from struct import Struct

from captcha.image import ImageCaptcha, random_color

LIFETIME = 300
"""Seconds an image can be answered."""
LETTERS = "2345678"
LENGTH = 5

_SERIALS = 1 << 20
_HEAD = Struct(">8sII")
_ENTRY = Struct(">QI8s")
_TOKEN = Struct(">2sIII")
_MAC = 12
_MAGIC = b"fbimage1"
_IMAGE_BYTES = 12288
"""Room set aside for one drawing; drawings are near 6 KB."""


class Drawing(ImageCaptcha):
    """Digits only, dark on light, without the library's confusable letters."""

    character_rotate = (-22, 22)
    word_space_probability = 0.3

    def draw(self, answer: str) -> bytes:
        """PNG bytes of one image."""
        image = self.generate_image(answer, bg_color=random_color(240, 255), fg_color=random_color(10, 110, 255))
        for _ in range(2):
            self.create_noise_curve(image, random_color(60, 140))
        return _png(image)


def _png(image: object) -> bytes:
    from io import BytesIO

    out = BytesIO()
    image.quantize(24).save(out, format="png", optimize=False)  # type: ignore[attr-defined]
    return out.getvalue()


class ImagePool:
    """Drawn images and claims of one node, in one mapped file that its workers share."""

    def __init__(self, path: Path, capacity: int, key: bytes, node: bytes) -> None:
        """Map the file that `create` made with the same capacity; `key` and the 2-byte `node` are the node's own."""
        self._handle = os.open(path, os.O_RDWR)
        self._map = mmap.mmap(self._handle, 0)
        self._capacity = capacity
        self._key = key
        self._node = node
        self._claims = _HEAD.size
        self._index = self._claims + _SERIALS // 8
        self._bodies = self._index + capacity * _ENTRY.size

    @staticmethod
    def create(path: Path, capacity: int) -> None:
        """Make an empty pool file, sparse until drawn into."""
        size = _HEAD.size + _SERIALS // 8 + capacity * (_ENTRY.size + _IMAGE_BYTES)
        with path.open("wb") as stream:
            stream.write(_HEAD.pack(_MAGIC, 0, 0))
            stream.truncate(size)
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

    @property
    def drawn(self) -> int:
        """Images ready to be shown."""
        return int(_HEAD.unpack_from(self._map, 0)[1])

    def draw(self, count: int) -> None:
        """Draw up to `count` more images; each is shown only once it is complete. One process draws."""
        artist = Drawing(width=180, height=64)
        for _ in range(count):
            place = self.drawn
            if place >= self._capacity:
                return
            answer = "".join(secrets.choice(LETTERS) for _ in range(LENGTH))
            picture = artist.draw(answer)
            if len(picture) > _IMAGE_BYTES:
                continue
            offset = self._bodies + place * _IMAGE_BYTES
            self._map[offset : offset + len(picture)] = picture
            entry = _ENTRY.pack(offset, len(picture), answer.encode())
            start = self._index + place * _ENTRY.size
            self._map[start : start + _ENTRY.size] = entry
            with self._locked():
                _, drawn, serial = _HEAD.unpack_from(self._map, 0)
                _HEAD.pack_into(self._map, 0, _MAGIC, drawn + 1, serial)

    def issue(self, now: int) -> str:
        """A token for the next image; an empty text while nothing is drawn yet."""
        with self._locked():
            _, drawn, serial = _HEAD.unpack_from(self._map, 0)
            if not drawn:
                return ""
            _HEAD.pack_into(self._map, 0, _MAGIC, drawn, (serial + 1) & 0xFFFFFFFF)
            self._set_claim(serial, claimed=False)
        image = secrets.randbelow(drawn)
        body = _TOKEN.pack(self._node, serial, image, now + LIFETIME)
        return _text(body + self._mac(body, self._answer(image)))

    def picture(self, token: str) -> bytes | None:
        """The PNG of a token of this node, or None."""
        parts = self._parts(token)
        if parts is None:
            return None
        offset, length, _ = _ENTRY.unpack_from(self._map, self._index + parts[2] * _ENTRY.size)
        return self._map[offset : offset + length]

    def spend(self, token: str, answer: str, now: int) -> bool:
        """Try an answer: True once, if it is right and in time. Right or wrong, the token is spent afterwards."""
        parts = self._parts(token)
        if parts is None:
            return False
        _, serial, _, expiry, body, mac = parts
        if expiry <= now or not self._claim(serial):
            return False
        return hmac.compare_digest(mac, self._mac(body, answer.encode()[:8].ljust(8, b"\0")))

    def _claim(self, serial: int) -> bool:
        with self._locked():
            following = _HEAD.unpack_from(self._map, 0)[2]
            if not 0 < (following - serial) & 0xFFFFFFFF <= _SERIALS // 2:
                return False
            place, bit = self._place(serial)
            if self._map[place] & bit:
                return False
            self._set_claim(serial, claimed=True)
            return True

    def _place(self, serial: int) -> tuple[int, int]:
        within = serial % _SERIALS
        return self._claims + within // 8, 1 << within % 8

    def _set_claim(self, serial: int, *, claimed: bool) -> None:
        place, bit = self._place(serial)
        self._map[place] = self._map[place] | bit if claimed else self._map[place] & ~bit & 0xFF

    def _answer(self, image: int) -> bytes:
        return bytes(_ENTRY.unpack_from(self._map, self._index + image * _ENTRY.size)[2])

    def _mac(self, body: bytes, answer: bytes) -> bytes:
        return hmac.digest(self._key, body + answer, sha256)[:_MAC]

    def _parts(self, token: str) -> tuple[bytes, int, int, int, bytes, bytes] | None:
        """(node, serial, image, expiry, body, MAC) if the token has the right shape, node and image number."""
        try:
            raw = urlsafe_b64decode(token + "=" * (-len(token) % 4))
        except (Base64Error, ValueError):
            return None
        if len(raw) != _TOKEN.size + _MAC or _text(raw) != token:
            return None
        body, mac = raw[: _TOKEN.size], raw[_TOKEN.size :]
        node, serial, image, expiry = _TOKEN.unpack(body)
        if node != self._node or image >= self.drawn:
            return None
        # The picture of a token that we never signed may not be asked for either.
        if not hmac.compare_digest(mac, self._mac(body, self._answer(image))):
            return None
        return node, serial, image, expiry, body, mac


def _text(raw: bytes) -> str:
    """The one spelling of a token."""
    return urlsafe_b64encode(raw).decode().rstrip("=")
