"""Time-based one-time codes (RFC 6238: SHA-1, six digits, thirty seconds: what every authenticator app knows)."""

import hmac
import secrets
from base64 import b32decode, b32encode
from datetime import datetime
from urllib.parse import quote, urlencode

from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP

STEP = 30
DIGITS = 6
_BYTES = 20
_DRIFT = 1
"""Steps that an app's clock may be off, either way."""


def new_secret() -> str:
    """A secret as apps take it: base32 of 160 random bits."""
    return b32encode(secrets.token_bytes(_BYTES)).decode()


def code_at(secret: str, at: datetime) -> str:
    """The code of a moment."""
    return code_of_step(secret, int(at.timestamp()) // STEP)


def code_of_step(secret: str, step: int) -> str:
    """The code of a time step: step n lasts `STEP` seconds from n × `STEP` since 1970."""
    return _generator(secret).generate(step * STEP).decode()


def matching_step(secret: str, code: str, now: datetime, *, after: int) -> int | None:
    """The time step that a code belongs to, if it is one of now and none up to `after` was used: each counts once."""
    typed = "".join(code.split())
    present = int(now.timestamp()) // STEP
    found = None
    for step in range(present - _DRIFT, present + _DRIFT + 1):
        right = _generator(secret).generate(step * STEP)
        if hmac.compare_digest(right, typed.encode()) and step > after:
            found = step
    return found


def address(secret: str, operator_id: str, issuer: str) -> str:
    """The `otpauth:` address that a QR code carries."""
    query = urlencode({"secret": secret, "issuer": issuer, "digits": DIGITS, "period": STEP}, quote_via=quote)
    return f"otpauth://totp/{quote(issuer)}:{quote(operator_id)}?{query}"


def _generator(secret: str) -> TOTP:
    return TOTP(b32decode(secret), DIGITS, SHA1(), STEP)  # noqa: S303 - HMAC-SHA-1 is what RFC 6238 apps speak
