"""Which database the office uses: SQLite below HOME, or any PostgreSQL-compatible one by URL."""

from pathlib import Path
from typing import Any

import dj_database_url

from fangbang.core.errors import FangbangError
from fangbang.project.problems import BAD_DATABASE_URL

SQLITE_FILE = "office.sqlite3"

# WAL lets readers go on beside the one writer; FULL makes each commit survive a power cut.
_SQLITE_OPTIONS = {
    "transaction_mode": "IMMEDIATE",
    "timeout": 30,
    "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA trusted_schema=OFF;",
}
_ENGINES = {"django.db.backends.sqlite3", "django.db.backends.postgresql"}


def database(url: str, office: Path) -> dict[str, Any]:
    """Django's description of the office database; an empty URL means SQLite in the folder `office`."""
    if not url:
        return _sqlite(str(office / SQLITE_FILE))
    try:
        described = dict(dj_database_url.parse(url, conn_max_age=60, conn_health_checks=True))
    except (ValueError, KeyError) as error:
        raise FangbangError(BAD_DATABASE_URL) from error
    if described.get("ENGINE") not in _ENGINES:
        raise FangbangError(BAD_DATABASE_URL)
    return _sqlite(str(described["NAME"])) if "sqlite3" in str(described["ENGINE"]) else described


def _sqlite(name: str) -> dict[str, Any]:
    return {"ENGINE": "django.db.backends.sqlite3", "NAME": name, "OPTIONS": dict(_SQLITE_OPTIONS)}
