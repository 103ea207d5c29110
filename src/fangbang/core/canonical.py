"""Canonical bytes: one spelling for everything that is hashed, keyed or signed."""

import hashlib
from collections.abc import Iterable
from typing import Any

import rfc8785


def length_prefixed(fields: Iterable[bytes]) -> bytes:
    """Join byte strings unambiguously: a 4-byte big-endian length stands before each field."""
    return b"".join(len(item).to_bytes(4, "big") + item for item in fields)


def canonical_json(value: Any) -> bytes:
    """RFC 8785 (JCS) bytes. Marks travel as strings: a float is refused, so that no mark loses a digit."""
    _refuse_floats(value)
    return rfc8785.dumps(value)


def content_hash(value: Any) -> str:
    """SHA-256 (hex) of the canonical JSON."""
    return hashlib.sha256(canonical_json(value)).hexdigest()


def _refuse_floats(value: Any) -> None:
    if isinstance(value, float):
        raise TypeError("floats have no place in canonical bytes; use a decimal string")
    if isinstance(value, dict):
        for item in value.values():
            _refuse_floats(item)
    elif isinstance(value, (list, tuple)):
        for item in value:
            _refuse_floats(item)
