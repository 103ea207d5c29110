"""Identifiers that cannot be guessed or counted."""

import base64
import secrets

_BITS = 128


def new_id(prefix: str) -> str:
    """A public identifier with 128 random bits, for instance `rel-4x7…`; lower-case base32 without padding."""
    token = base64.b32encode(secrets.token_bytes(_BITS // 8)).decode().rstrip("=").lower()
    return f"{prefix}-{token}"
