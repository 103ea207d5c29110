"""The sealed annex: what the header commits to but nobody outside may read before T (book names, counts, report)."""

import hashlib
from typing import Any

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from fangbang.core.canonical import canonical_json
from fangbang.core.errors import FangbangError
from fangbang.snapshot.derive import subkey
from fangbang.snapshot.layout import ANNEX_MULTIPLE
from fangbang.snapshot.problems import UNREADABLE_ENTRY

_SALT = 32
_LENGTH = 4


def seal_annex(release_key: bytes, snapshot_id: bytes, content: dict[str, Any]) -> tuple[bytes, str]:
    """(content of annex.bin, commitment in hex). The plaintext is salt, length, canonical JSON, zeros."""
    secret = subkey(release_key, snapshot_id, "annex")
    salt = subkey(release_key, snapshot_id, "annex-salt")[:_SALT]
    body = canonical_json(content)
    text = salt + len(body).to_bytes(_LENGTH, "big") + body
    text = text.ljust(-(-len(text) // ANNEX_MULTIPLE) * ANNEX_MULTIPLE, b"\x00")
    sealed = AESGCM(secret[:32]).encrypt(secret[32:44], text, snapshot_id)
    return sealed, hashlib.sha256(text).hexdigest()


def open_annex(release_key: bytes, snapshot_id: bytes, sealed: bytes, commitment: str) -> dict[str, Any]:
    """Inverse of `seal_annex`, checked against the header's commitment."""
    secret = subkey(release_key, snapshot_id, "annex")
    try:
        text = AESGCM(secret[:32]).decrypt(secret[32:44], sealed, snapshot_id)
    except InvalidTag:
        raise FangbangError(UNREADABLE_ENTRY) from None
    if hashlib.sha256(text).hexdigest() != commitment:
        raise FangbangError(UNREADABLE_ENTRY)
    length = int.from_bytes(text[_SALT : _SALT + _LENGTH], "big")
    content: dict[str, Any] = msgspec.json.decode(text[_SALT + _LENGTH : _SALT + _LENGTH + length])
    return content
