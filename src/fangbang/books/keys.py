"""The two keys of a book store: one encrypts, one names. Who holds them can read every mark."""

import base64
import binascii
import json
import secrets
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from fangbang.books.problems import BAD_KEYS
from fangbang.core.errors import FangbangError
from fangbang.core.files import write_durably

_FORMAT = "fangbang-book-keys/1"
_SIZE = 32


@dataclass(frozen=True)
class BookKeys:
    """Two 256-bit keys. Their bytes never show in `repr`."""

    encryption: bytes = field(repr=False)
    naming: bytes = field(repr=False)

    @classmethod
    def draw(cls) -> Self:
        """Fresh random keys, kept nowhere."""
        return cls(secrets.token_bytes(_SIZE), secrets.token_bytes(_SIZE))

    def derived(self, purpose: str) -> bytes:
        """Another 256-bit secret of the same holder (HKDF-SHA-256), for data that stands beside the books."""
        return HKDF(SHA256(), _SIZE, None, f"fangbang/{purpose}".encode()).derive(self.encryption)

    @classmethod
    def create(cls, path: Path) -> Self:
        """Draw keys and keep them at `path` (mode 0600). Existing keys are never replaced: FileExistsError."""
        if path.exists():
            raise FileExistsError(f"{path.name} exists")
        keys = cls.draw()
        body = {
            "format": _FORMAT,
            "encryption": base64.b64encode(keys.encryption).decode(),
            "naming": base64.b64encode(keys.naming).decode(),
        }
        write_durably(path, json.dumps(body, indent=1).encode(), mode=0o600)
        return keys

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read the keys; a file of another shape is `BAD_KEYS`, a missing one FileNotFoundError."""
        try:
            body = json.loads(path.read_bytes())
            keys = cls(
                base64.b64decode(body["encryption"], validate=True),
                base64.b64decode(body["naming"], validate=True),
            )
            sound = body["format"] == _FORMAT and len(keys.encryption) == len(keys.naming) == _SIZE
        except (ValueError, KeyError, TypeError, binascii.Error) as error:
            raise FangbangError(BAD_KEYS) from error
        if not sound:
            raise FangbangError(BAD_KEYS)
        return keys
