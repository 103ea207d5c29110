"""Proof of work: a challenge prices a query, it does not gate it.

A salt is base64url(expiry u32 | bits u8 | 8 random bytes | MAC 10), unpadded: 31 characters. A solution is a nonce
such that SHA-256 over the ASCII text `sitting.salt.query.nonce` begins with `bits` zero bits, `query` being the very
base64url text that is sent. A replay is therefore the same query, and gets the same answer. One hash checks it.
"""

import hashlib
import os
from base64 import urlsafe_b64encode
from binascii import Error as Base64Error
from binascii import a2b_base64
from hashlib import blake2s, sha256
from itertools import count

BASE_BITS = 16
"""The ordinary price: 2^16 tries on average."""
TOP_BITS = 20
"""The highest price limits may ask."""
LIFETIME = 600
"""Seconds a salt can be used."""

SALT_CHARACTERS = 31
MAX_NONCE = 20
_BODY = 13
_MAC = 10

from_bytes = int.from_bytes


class Salts:
    """Issues and recognises the salts of one node; every worker of the node holds the same key (32 bytes)."""

    __slots__ = ("keyed",)

    def __init__(self, key: bytes) -> None:
        # A key of one length before the data is a MAC with BLAKE2, whose digests cannot be extended. Its own keyed mode
        # gives the key a whole block, which would have to be hashed for each salt. Both fit into one block of BLAKE2s.
        self.keyed = blake2s(key, digest_size=_MAC, person=b"salts")

    def _mac(self, body: bytes) -> bytes:
        state = self.keyed.copy()
        state.update(body)
        return state.digest()

    def issue(self, now: int, bits: int) -> str:
        """A fresh salt that asks `bits` zero bits and lapses `LIFETIME` seconds after `now` (Unix seconds)."""
        body = (now + LIFETIME).to_bytes(4, "big") + bytes([bits]) + os.urandom(8)
        return urlsafe_b64encode(body + self._mac(body)).rstrip(b"=").decode()

    def read(self, salt: str, now: int) -> tuple[int, int]:
        """(price in bits, the salt's random 64 bits); the price is −1 if it is not ours, malformed or lapsed."""
        if len(salt) != SALT_CHARACTERS:
            return -1, 0
        try:
            raw = a2b_base64(salt.replace("-", "+").replace("_", "/") + "=")
        except (Base64Error, ValueError):
            return -1, 0
        body = raw[:_BODY]
        if self._mac(body) != raw[_BODY:]:
            return -1, 0
        if from_bytes(body[:4], "big") <= now:
            return -1, 0
        return body[4], from_bytes(body[5:], "big")


def is_solved(text: str, bits: int) -> bool:
    """Whether SHA-256 of `text` (`sitting.salt.query.nonce`, ASCII) begins with `bits` zero bits (0 to 32)."""
    return int.from_bytes(sha256(text.encode()).digest()[:4], "big") >> (32 - bits) == 0


def solve(sitting: str, salt: str, query: str, bits: int) -> str:
    """Search a nonce, counting up from 0: for clients written in Python (demo, tests, benches)."""
    start = hashlib.sha256(f"{sitting}.{salt}.{query}.".encode())
    limit = 1 << (256 - bits)
    for number in count():
        attempt = start.copy()
        attempt.update(b"%d" % number)
        if int.from_bytes(attempt.digest(), "big") < limit:
            return str(number)
    raise AssertionError("count() does not end")
