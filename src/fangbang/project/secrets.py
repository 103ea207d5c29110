"""The office's secrets: made once, readable by their owner only. The session secret signs forms; the seal key ties the
database's rows to this office (`fangbang.audit.macs`) and is no part of the database or of its backups."""

import secrets
from pathlib import Path

from fangbang.core.files import write_once

SESSION_FILE = "session-secret"
SEAL_KEY_FILE = "seal-key"
_SEAL_KEY_BYTES = 32


def make_session_secret(office: Path) -> None:
    """Create the secret if there is none."""
    path = office / SESSION_FILE
    if not path.exists():
        write_once(path, secrets.token_urlsafe(64).encode(), mode=0o600)


def session_secret(office: Path) -> str:
    """The secret; before `fangbang init` has made one, a random one for this process only."""
    path = office / SESSION_FILE
    return path.read_text() if path.exists() else secrets.token_urlsafe(64)


def make_seal_key(office: Path) -> None:
    """Create the seal key if there is none."""
    path = office / SEAL_KEY_FILE
    if not path.exists():
        write_once(path, secrets.token_hex(_SEAL_KEY_BYTES).encode(), mode=0o600)


def seal_key(office: Path) -> bytes:
    """The key; before `fangbang init` has made one, a random one for this process only."""
    path = office / SEAL_KEY_FILE
    return bytes.fromhex(path.read_text()) if path.exists() else secrets.token_bytes(_SEAL_KEY_BYTES)
