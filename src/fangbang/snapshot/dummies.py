"""Padding entries that nobody without the release key can tell from real ones.

Drawn from AES-256-CTR under subkeys of the release key, so that a seal is a pure function of keys and inputs.
"""

from collections import Counter

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from fangbang.snapshot.derive import subkey

_SHARES_OUT = 0xFFFFFFFF


class Dummies:
    """The dummies of one file: `purpose` is "dummy-records" or "dummy-pointers"."""

    def __init__(self, release_key: bytes, snapshot_id: bytes, purpose: str, entry_size: int) -> None:
        self._key = subkey(release_key, snapshot_id, purpose)[:32]
        self._entry_size = entry_size

    def shares(self, total: int) -> Counter[int]:
        """How many of `total` dummies fall into each address bucket."""
        return Counter(self._stream(_SHARES_OUT, total))

    def entries(self, bucket: int, count: int) -> list[bytes]:
        """The first `count` dummies of a bucket: address (first byte = bucket) and value."""
        size = self._entry_size - 1
        stream = self._stream(bucket, count * size)
        first = bytes([bucket])
        return [first + stream[start : start + size] for start in range(0, count * size, size)]

    def _stream(self, label: int, length: int) -> bytes:
        start = label.to_bytes(4, "big") + bytes(12)
        return Cipher(algorithms.AES256(self._key), modes.CTR(start)).encryptor().update(bytes(length))
