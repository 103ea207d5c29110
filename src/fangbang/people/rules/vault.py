"""Identity numbers at rest: a keyed hash to find them by, a ciphertext to show them from. No key, no number."""

import base64
import hmac
import secrets
from dataclasses import dataclass, field
from typing import Self

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_NONCE = 12


@dataclass(frozen=True)
class DocumentVault:
    """Two 256-bit keys of one secret. Their bytes never show in `repr`."""

    finding: bytes = field(repr=False)
    sealing: bytes = field(repr=False)

    @classmethod
    def of(cls, secret: bytes) -> Self:
        """Keys derived from a secret of the office (HKDF-SHA-256)."""
        material = HKDF(SHA256(), 64, None, b"fangbang/people/1").derive(secret)
        return cls(material[:32], material[32:])

    def digest(self, doc_type: str, number: str) -> str:
        """What a document is found by: HMAC-SHA-256 in hex."""
        return hmac.new(self.finding, f"{doc_type}\0{number}".encode(), "sha256").hexdigest()

    def seal(self, text: str) -> str:
        """AES-256-GCM with a random nonce, as base64."""
        return base64.b64encode(self.seal_bytes(text.encode())).decode()

    def open(self, sealed: str) -> str:
        """The text. Raises `cryptography.exceptions.InvalidTag` under another key."""
        return self.open_bytes(base64.b64decode(sealed)).decode()

    def seal_bytes(self, data: bytes) -> bytes:
        """The nonce and the ciphertext."""
        nonce = secrets.token_bytes(_NONCE)
        return nonce + AESGCM(self.sealing).encrypt(nonce, data, None)

    def open_bytes(self, sealed: bytes) -> bytes:
        """Inverse of `seal_bytes`; raises as `open`."""
        return AESGCM(self.sealing).decrypt(sealed[:_NONCE], sealed[_NONCE:], None)
