"""The office's session secret: made once, kept beside its database, readable by its owner only."""

import secrets
from pathlib import Path

from fangbang.core.files import write_once

_FILE = "session-secret"


def make_session_secret(office: Path) -> None:
    """Create the secret if there is none."""
    path = office / _FILE
    if not path.exists():
        write_once(path, secrets.token_urlsafe(64).encode(), mode=0o600)


def session_secret(office: Path) -> str:
    """The secret; before `fangbang init` has made one, a random one for this process only."""
    path = office / _FILE
    return path.read_text() if path.exists() else secrets.token_urlsafe(64)
