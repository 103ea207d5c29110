"""What both database peers do alike: identity hash, challenge token, and the format checks of their input."""

import base64
import hashlib
import hmac
import secrets

SECRET = b"a secret of the bench, in place of one from a vault"
TOKEN_SECONDS = 3600
# Limits are counted, as on a real day, but the one address that a bench comes from must not meet them.
PREFIX_LIMIT = 1_000_000_000
IDENTITY_LIMIT = 1_000_000
WINDOW_SECONDS = 3600
TICKET_PATTERN = r"^[0-9]{12}$"
DOCUMENT_PATTERN = r"^[0-9]{17}[0-9X]$"
PUBLISHED_AT = "2026-08-20T02:00:00.000000Z"


def identity_hash(document: str) -> bytes:
    """The keyed hash under which a document stands in the database (32 bytes)."""
    return hmac.digest(SECRET, document.encode(), "sha256")


def new_token(expires: int) -> str:
    """A challenge pass: 8 random bytes, expiry (4), MAC (16), base64url. Single use is the caller's business."""
    body = secrets.token_bytes(8) + expires.to_bytes(4, "big")
    return base64.urlsafe_b64encode(body + hmac.digest(SECRET, body, "sha256")[:16]).decode().rstrip("=")


def token_serial(token: str, now: float) -> str | None:
    """The serial of a genuine token that has not expired; None otherwise."""
    try:
        data = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
    except ValueError:
        return None
    if len(data) != 28 or not hmac.compare_digest(hmac.digest(SECRET, data[:12], "sha256")[:16], data[12:]):
        return None
    return data[:8].hex() if int.from_bytes(data[8:12], "big") > now else None


def document_is_valid(document: str) -> bool:
    """ISO 7064 MOD 11-2 over a resident identity number of the right shape."""
    total = sum(int(digit) * (1 << (17 - place)) for place, digit in enumerate(document[:17]))
    return "10X98765432"[total % 11] == document[17]


def address_prefix(address: str) -> str:
    """The /24 of an IPv4 address: what limits are counted by."""
    return address.rpartition(".")[0]


def content_hash(document: str) -> str:
    """The identity in an access record: never the number itself."""
    return hashlib.blake2b(document.encode(), key=SECRET[:32], digest_size=16).hexdigest()
