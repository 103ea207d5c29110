"""The office's database in a backup: one consistent state of a live one, and back into an empty one.

SQLite: a copy by its own online backup, as one file. PostgreSQL: each table by COPY inside one read-only transaction;
back, the tables are made by the migrations that the backup was made with, and filled before anything watches them.
"""

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from django.db import connection, transaction
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.recorder import MigrationRecorder

from fangbang.core.errors import FangbangError
from fangbang.project.backup.envelope import Packing
from fangbang.project.backup.problems import NOT_EMPTY, UNKNOWN_TABLES
from fangbang.project.databases import SQLITE_FILE

FOLDER = "database"
_COLUMNS = """
SELECT c.relname, string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum)
FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
WHERE c.relkind = 'r' AND c.relnamespace = current_schema()::regnamespace GROUP BY c.relname ORDER BY c.relname
"""
_MIGRATIONS = "django_migrations"


def applied() -> list[list[str]]:
    """The migrations that this database has, as [stage, name]."""
    return sorted([app, name] for app, name in MigrationRecorder(connection).applied_migrations())


def pack_database(packing: Packing, spare: Path) -> None:
    """Add one state of the live database. `spare`: a folder on the office's own disk for what lies in between."""
    if connection.vendor == "sqlite":
        with tempfile.TemporaryDirectory(dir=spare, prefix=".backup-") as folder:
            copy = Path(folder) / SQLITE_FILE
            _copy_sqlite(copy)
            packing.add_file(f"{FOLDER}/{SQLITE_FILE}", copy)
        return
    with connection.cursor() as cursor:
        cursor.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        try:
            cursor.execute(_COLUMNS)
            for table, columns in cursor.fetchall():
                with tempfile.TemporaryFile(dir=spare) as spool:
                    with cursor.copy(f'COPY "{table}" ({columns}) TO STDOUT') as rows:
                        for portion in rows:
                            spool.write(portion)
                    size = spool.tell()
                    spool.seek(0)
                    packing.add(f"{FOLDER}/{table}.copy", size, spool)
        finally:
            cursor.execute("ROLLBACK")


def _copy_sqlite(target: Path) -> None:
    import sqlite3

    connection.ensure_connection()
    with closing(sqlite3.connect(str(target))) as copy:
        connection.connection.backup(copy)
        copy.execute("PRAGMA journal_mode=DELETE")


@contextmanager
def loaded(folder: Path, office: Path, migrations: Sequence[Sequence[str]], *, keep: bool) -> Iterator[None]:
    """Inside, Django sees the backup's database. PostgreSQL: it is gone again afterwards, unless `keep`."""
    if connection.vendor == "sqlite":
        connection.close()
        (folder / SQLITE_FILE).rename(office / SQLITE_FILE)
        yield
        connection.close()
        return
    connection.sealing_suspended = True  # type: ignore[attr-defined]  # our backend's
    try:
        with transaction.atomic():
            _load(folder, migrations)
            connection.sealing_suspended = False  # type: ignore[attr-defined]
            yield
            transaction.set_rollback(not keep)
    finally:
        connection.sealing_suspended = False  # type: ignore[attr-defined]


def _load(folder: Path, migrations: Sequence[Sequence[str]]) -> None:
    from fangbang.audit.actions import watch_tables, without_triggers

    if connection.introspection.table_names():
        raise FangbangError(NOT_EMPTY, place=connection.settings_dict["NAME"])
    executor = MigrationExecutor(connection)
    wanted = {(app, name) for app, name in migrations}
    plan = [node for node in executor.loader.graph.nodes if node in wanted]
    if len(plan) != len(wanted):
        raise FangbangError(UNKNOWN_TABLES, program="?")
    executor.migrate(sorted(plan))
    with connection.cursor() as cursor, without_triggers(connection=connection):
        cursor.execute(_COLUMNS)
        tables = cursor.fetchall()
        for table, _ in tables:
            cursor.execute(f'DELETE FROM "{table}"')  # noqa: S608 - names from the database itself
        for table, columns in tables:
            with (
                (folder / f"{table}.copy").open("rb") as spool,
                cursor.copy(f'COPY "{table}" ({columns}) FROM STDIN') as rows,
            ):
                while portion := spool.read(1 << 20):
                    rows.write(portion)
        _set_sequences(cursor)
    watch_tables(connection=connection)


def _set_sequences(cursor: Any) -> None:
    """New rows come after those that were loaded."""
    for table in connection.introspection.table_names():
        for sequence in connection.introspection.get_sequences(cursor, table):
            name, column = sequence["table"], sequence["column"]
            cursor.execute(
                f"SELECT setval(pg_get_serial_sequence('\"{name}\"', '{column}'), "  # noqa: S608
                f'greatest(coalesce(max("{column}"), 1), 1), max("{column}") IS NOT NULL) FROM "{name}"'
            )
