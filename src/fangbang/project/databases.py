"""Which database the office uses: SQLite below HOME, or any PostgreSQL-compatible one by URL."""

from pathlib import Path
from typing import Any

import dj_database_url

from fangbang.core.errors import FangbangError
from fangbang.project.problems import BAD_DATABASE_URL, DATABASE_AWAY

SQLITE_FILE = "office.sqlite3"

# WAL lets readers go on beside the one writer; FULL makes each commit survive a power cut.
_SQLITE_OPTIONS = {
    "transaction_mode": "IMMEDIATE",
    "timeout": 30,
    "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA trusted_schema=OFF;",
}
_ENGINES = {
    "django.db.backends.sqlite3": "fangbang.project.backends.sqlite",
    "django.db.backends.postgresql": "fangbang.project.backends.postgresql",
}
"""Django's backend → ours, which seals what a transaction changed before it ends."""


def database(url: str, office: Path) -> dict[str, Any]:
    """Django's description of the office database; an empty URL means SQLite in the folder `office`."""
    if not url:
        return _sqlite(str(office / SQLITE_FILE))
    try:
        described = dict(dj_database_url.parse(url, conn_max_age=60, conn_health_checks=True))
    except (ValueError, KeyError) as error:
        raise FangbangError(BAD_DATABASE_URL) from error
    engine = _ENGINES.get(str(described.get("ENGINE")))
    if engine is None:
        raise FangbangError(BAD_DATABASE_URL)
    return _sqlite(str(described["NAME"])) if engine.endswith("sqlite") else {**described, "ENGINE": engine}


def away(error: BaseException | None) -> FangbangError | None:
    """How a database server that does not answer, or is lost on the way, is told; None for every other error.

    After a connection that broke nobody knows whether the last transaction counts, so the text does not say either.
    """
    from django.db import InterfaceError, OperationalError, connection

    lost = isinstance(error, (InterfaceError, OperationalError)) and connection.vendor == "postgresql"
    return FangbangError(DATABASE_AWAY) if lost else None


def _sqlite(name: str) -> dict[str, Any]:
    return {"ENGINE": _ENGINES["django.db.backends.sqlite3"], "NAME": name, "OPTIONS": dict(_SQLITE_OPTIONS)}
