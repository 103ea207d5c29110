"""The database that the office starts on: a fixed SQLite, safe settings, or a PostgreSQL by URL."""

import subprocess
import sys
from pathlib import Path

import pytest

from fangbang.core.errors import FangbangError
from fangbang.project import databases, secrets, sqlite
from fangbang.project.problems import BAD_DATABASE_URL, SQLITE_TOO_OLD


def test_without_a_url_the_office_has_a_file_of_its_own() -> None:
    described = databases.database("", Path("/srv/office"))

    assert described["NAME"] == "/srv/office/office.sqlite3"
    assert described["OPTIONS"]["transaction_mode"] == "IMMEDIATE"


def test_a_url_names_a_postgresql() -> None:
    described = databases.database("postgresql://office:secret@db:5433/results", Path())

    assert described["ENGINE"] == "fangbang.project.backends.postgresql"
    assert (described["HOST"], described["PORT"], described["NAME"]) == ("db", 5433, "results")


@pytest.mark.parametrize("url", ["mysql://db/results", "nonsense", "oracle://x", "://"])
def test_other_urls_are_refused_without_repeating_them(url: str) -> None:
    with pytest.raises(FangbangError) as caught:
        databases.database(url, Path())

    assert caught.value.problem == BAD_DATABASE_URL
    assert url not in str(caught.value)


@pytest.mark.parametrize("version", [(3, 40, 1), (3, 51, 2)])
def test_an_sqlite_with_the_wal_bug_is_refused(version: tuple[int, ...]) -> None:
    with pytest.raises(FangbangError) as caught:
        sqlite.check_version(version)

    assert caught.value.problem == SQLITE_TOO_OLD


def test_the_session_secret_is_made_once_and_kept_private(tmp_path: Path) -> None:
    assert secrets.session_secret(tmp_path) != secrets.session_secret(tmp_path)

    secrets.make_session_secret(tmp_path)
    first = secrets.session_secret(tmp_path)
    secrets.make_session_secret(tmp_path)

    assert secrets.session_secret(tmp_path) == first
    assert (tmp_path / "session-secret").stat().st_mode & 0o777 == 0o600


PROBE = """
from pathlib import Path
from fangbang.core.settings import load_settings
from fangbang.project.boot import configure, migrate
settings = load_settings({"FANGBANG_HOME": %r})
(settings.home / "office").mkdir(parents=True)
configure(settings); configure(settings); migrate(); migrate()
import sqlite3
from django.db import connection
with connection.cursor() as cursor:
    told = [cursor.execute(f"PRAGMA {name}").fetchone()[0] for name in ("journal_mode", "synchronous", "foreign_keys")]
print(sqlite3.__name__, *told)
"""


def test_a_started_office_has_the_fixed_sqlite_with_durable_commits(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROBE % str(tmp_path / "home")], capture_output=True, text=True, check=True
    )

    assert done.stdout.split() == ["pysqlite3", "wal", "2", "1"]
    assert (tmp_path / "home" / "office" / "office.sqlite3").exists()


def test_models_and_migrations_agree() -> None:
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "fangbang.project.manage", "makemigrations", "--check", "--dry-run"],
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.returncode, done.stdout.strip()) == (0, "No changes detected")
