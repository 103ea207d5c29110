"""Whose signatures count: the enrolled public keys, as the keeper holds them (`keeper/trust.json`)."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from fangbang.core.canonical import canonical_json
from fangbang.core.errors import FangbangError
from fangbang.release.problems import BAD_DOCUMENT

TRUST_FORMAT = "fangbang-trust/1"
APPROVER = "approver"
"""The role that may sign reports, hours, overrides and withdrawals."""


@dataclass(frozen=True)
class TrustedKey:
    """An operator's Ed25519 public key (32 bytes), with the roles that its owner has."""

    operator: str
    name: str
    public_key: bytes
    roles: frozenset[str]

    @property
    def key_id(self) -> str:
        return key_id(self.public_key)


def key_id(public_key: bytes) -> str:
    """The name of a public key: the first 128 bits of its SHA-256, in hex."""
    return hashlib.sha256(public_key).hexdigest()[:32]


def trust_document(keys: Iterable[TrustedKey]) -> bytes:
    """The trust file's bytes (canonical JSON), keys in the order of their ids."""
    listed = [
        {
            "key_id": key.key_id,
            "operator": key.operator,
            "name": key.name,
            "public_key": key.public_key.hex(),
            "roles": sorted(key.roles),
        }
        for key in sorted(keys, key=lambda key: key.key_id)
    ]
    return canonical_json({"format": TRUST_FORMAT, "keys": listed})


def load_trust(data: bytes) -> dict[str, TrustedKey]:
    """Trusted keys by key id. Raises INPUT on anything that `trust_document` would not have written."""
    try:
        document = json.loads(data)
        if document["format"] != TRUST_FORMAT:
            raise ValueError(document["format"])
        keys = [_read_key(item) for item in document["keys"]]
    except (ValueError, KeyError, TypeError) as error:
        raise FangbangError(BAD_DOCUMENT, what="trust file") from error
    return {key.key_id: key for key in keys}


def _read_key(item: Mapping[str, Any]) -> TrustedKey:
    key = TrustedKey(
        operator=str(item["operator"]),
        name=str(item["name"]),
        public_key=bytes.fromhex(item["public_key"]),
        roles=frozenset(map(str, item["roles"])),
    )
    if len(key.public_key) != 32 or key.key_id != item["key_id"]:
        raise ValueError("key id and public key differ")
    return key
