"""Which database the office uses: SQLite below HOME, or any PostgreSQL-compatible one by URL."""

from pathlib import Path
from typing import Any

import dj_database_url

from fangbang.core.errors import FangbangError
from fangbang.project.problems import BAD_DATABASE_URL, DATABASE_AWAY, DATABASE_BROKE_OFF

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
_LOST = ("08", "57P")
"""Starts of the SQLSTATE of a connection that is gone: by an error on the line, or because the server ends or starts.
Where there is no state at all, no server spoke."""
_BROKEN_OFF = ("40", "53", "55P03", "57014")
"""Of a server that lives and undid the step: two were in each other's way, it has no room, a lock or the whole step
took longer than it may."""


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


def as_problem(error: BaseException | None) -> FangbangError | None:
    """How a PostgreSQL server that does not answer, is lost on the way, or breaks a step off is told; None for every
    other error.

    After a connection that broke nobody knows whether the last transaction counts, so the text does not say either. Of
    a step that a living server broke off it is certain that nothing was done.
    """
    from django.db import InterfaceError, OperationalError

    cause = error.__cause__ if isinstance(error, (InterfaceError, OperationalError)) else None
    if cause is None or not hasattr(cause, "sqlstate"):
        return None
    state: str | None = cause.sqlstate
    if state is None or state.startswith(_LOST):
        return FangbangError(DATABASE_AWAY)
    return FangbangError(DATABASE_BROKE_OFF, state=state) if state.startswith(_BROKEN_OFF) else None


def _sqlite(name: str) -> dict[str, Any]:
    return {"ENGINE": _ENGINES["django.db.backends.sqlite3"], "NAME": name, "OPTIONS": dict(_SQLITE_OPTIONS)}
