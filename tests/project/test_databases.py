"""How a failing PostgreSQL is told: gone, and nobody knows what was done; or a step broken off, which was not done."""

import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from django.db import DatabaseError, InterfaceError, OperationalError, connections
from django.db.backends.postgresql.base import DatabaseWrapper
from pytest_django.plugin import DjangoDbBlocker

from fangbang.project.databases import as_problem, database
from tests.project.databases import new_database

pytestmark = pytest.mark.postgres
Connect = Callable[[], DatabaseWrapper]


@pytest.fixture(scope="module")
def url(postgresql_url: str) -> str:
    return new_database(postgresql_url, "failing")


@pytest.fixture
def connect(url: str, django_db_blocker: DjangoDbBlocker) -> Iterator[Connect]:
    described = database(url, Path()) | {"ENGINE": "django.db.backends.postgresql"}
    settings = connections.configure_settings({"default": described})["default"]
    made: list[DatabaseWrapper] = []

    def connected() -> DatabaseWrapper:
        made.append(DatabaseWrapper(settings, "failing"))
        made[-1].inc_thread_sharing()
        return made[-1]

    with django_db_blocker.unblock():
        yield connected
        for connection in made:
            connection.close()


def run(connection: DatabaseWrapper, *statements: str) -> DatabaseError | None:
    """Django's error of the first statement that fails."""
    try:
        with connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
    except DatabaseError as error:
        return error
    return None


def told(error: BaseException | None) -> tuple[str, object]:
    known = as_problem(error)
    assert known is not None, repr(error)
    return known.code, known.params.get("state")


@pytest.mark.parametrize(
    ("statements", "state"),
    [
        (("SET statement_timeout = 50", "SELECT pg_sleep(60)"), "57014"),
        (("SET temp_file_limit = 64", "SELECT n FROM generate_series(1, 300000) n ORDER BY -n"), "53400"),
    ],
)
def test_a_step_that_takes_too_long_or_too_much_is_broken_off(
    connect: Connect, statements: tuple[str, ...], state: str
) -> None:
    assert told(run(connect(), "SET work_mem = 64", *statements)) == ("project.database-broke-off", state)


def test_who_waits_for_a_lock_too_long_is_broken_off(connect: Connect) -> None:
    run(connect(), "SELECT pg_advisory_lock(1)")

    failed = run(connect(), "SET lock_timeout = 50", "SELECT pg_advisory_lock(1)")

    assert told(failed) == ("project.database-broke-off", "55P03")


def test_one_of_two_in_a_deadlock_is_broken_off(connect: Connect) -> None:
    one, two = connect(), connect()
    failed: list[DatabaseError | None] = []
    for connection, first in ((one, 1), (two, 2)):
        run(connection, "SET deadlock_timeout = 100", "BEGIN", f"SELECT pg_advisory_xact_lock({first})")
    other = threading.Thread(target=lambda: failed.append(run(one, "SELECT pg_advisory_xact_lock(2)")))
    other.start()
    failed.append(run(two, "SELECT pg_advisory_xact_lock(1)"))
    other.join()

    assert [told(error) for error in failed if error] == [("project.database-broke-off", "40P01")]


def test_who_changes_what_another_changed_is_broken_off(connect: Connect) -> None:
    one, two = connect(), connect()
    run(one, "CREATE TABLE counted (n integer)", "INSERT INTO counted VALUES (1)")
    run(two, "BEGIN ISOLATION LEVEL REPEATABLE READ", "SELECT n FROM counted")
    run(one, "UPDATE counted SET n = 2")

    failed = run(two, "UPDATE counted SET n = 3")

    assert told(failed) == ("project.database-broke-off", "40001")


def ended_by_the_server(connect: Connect) -> DatabaseWrapper:
    """A connection whose other end is gone, which nobody has noticed here."""
    one = connect()
    with one.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        [number] = cursor.fetchone()
    run(connect(), f"SELECT pg_terminate_backend({number}, 60000)")
    return one


def test_a_connection_that_the_server_ends_is_away(connect: Connect) -> None:
    one = ended_by_the_server(connect)

    first = run(one, "SELECT 1")
    later = run(one, "SELECT 1")

    assert [told(first), told(later)] == [("project.database-away", None)] * 2
    assert isinstance(first, OperationalError)


def test_a_connection_that_was_closed_here_is_away(connect: Connect) -> None:
    one = connect()
    run(one, "SELECT 1")
    one.connection.close()

    failed = run(one, "SELECT 1")

    assert (type(failed), told(failed)) == (OperationalError, ("project.database-away", None))


def test_a_server_that_nobody_started_is_away(tmp_path: Path, django_db_blocker: DjangoDbBlocker) -> None:
    described = database(f"postgresql://nobody@/none?host={tmp_path}", Path())
    connection = DatabaseWrapper(connections.configure_settings({"default": described})["default"], "nowhere")

    with django_db_blocker.unblock():
        failed = run(connection, "SELECT 1")

    assert told(failed) == ("project.database-away", None)


def test_after_an_end_on_the_server_a_process_that_goes_on_gets_a_new_connection(connect: Connect) -> None:
    """What the process that does jobs counts on between two looks."""
    one = ended_by_the_server(connect)

    one.close_if_unusable_or_obsolete()

    assert run(one, "SELECT 1") is None


@pytest.mark.parametrize("kind", [OperationalError, InterfaceError])
def test_what_sqlite_says_is_not_the_server_s(kind: type[DatabaseError]) -> None:
    with closing(sqlite3.connect(":memory:")) as database_here, pytest.raises(sqlite3.OperationalError) as caught:
        database_here.execute("SELECT * FROM nothing")

    error = kind("no such table")
    error.__cause__ = caught.value

    assert as_problem(error) is None


def test_what_is_wrong_with_a_statement_is_neither(connect: Connect) -> None:
    failed = run(connect(), "SELECT * FROM nothing")

    assert (failed is not None, as_problem(failed), as_problem(None)) == (True, None, None)
