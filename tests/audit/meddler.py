"""Somebody with the database's own tools and every right in it: edits any column of any table."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection, transaction

from fangbang.audit import triggers
from fangbang.audit.tables import install, known_table, remove

TEXTS = {"CharField", "TextField"}


def columns(table: str) -> dict[str, str]:
    """Column → Django's name of its type."""
    with connection.cursor() as cursor:
        found = connection.introspection.get_table_description(cursor, table)
        types = connection.introspection
        return {item.name: str(types.get_field_type(item.type_code, item)) for item in found}


def value(kind: str, number: int) -> Any:
    """A value of a type; another one for another number, as far as the type has so many."""
    if kind in TEXTS:
        return str(number)
    if kind == "BooleanField":
        return number % 2 == 0
    if kind == "DateTimeField":
        return f"2026-01-01 00:00:{number % 60:02}.000001+00:00"
    if kind == "DateField":
        return f"2026-01-{number % 28 + 1:02}"
    return f'{{"n": {number}}}' if kind == "JSONField" else number


def run(statement: str, *values: Any) -> int:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return int(cursor.rowcount)


def insert(table: str, number: int) -> str:
    """A row of made-up values; returns its key."""
    kinds = columns(table)
    names = ", ".join(f'"{name}"' for name in kinds)
    places = ", ".join(["%s"] * len(kinds))
    run(f'INSERT INTO "{table}" ({names}) VALUES ({places})', *(value(kind, number) for kind in kinds.values()))
    return str(number)


def others(table: str, column: str, kind: str, row: str, key: str) -> None:
    """Put another value into one column of one row."""
    changed = f'NOT "{column}"' if kind == "BooleanField" else "%s"
    values = () if kind == "BooleanField" else (value(kind, 58),)
    assert run(f'UPDATE "{table}" SET "{column}" = {changed} WHERE CAST("{key}" AS TEXT) = %s', *values, row) == 1


def all_rights() -> None:
    """Constraints do not stop an administrator, nor do the triggers that keep the log append-only."""
    triggers.remove(connection)
    if connection.vendor == "sqlite":
        run("PRAGMA ignore_check_constraints = ON")
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT conrelid::regclass::text, conname FROM pg_constraint "
            "WHERE contype IN ('c', 'f') AND conrelid <> 0 AND connamespace = 'public'::regnamespace"
        )
        for table, name in cursor.fetchall():
            cursor.execute(f'ALTER TABLE {table} DROP CONSTRAINT "{name}"')


@contextmanager
def undone() -> Iterator[None]:
    """Whatever happens inside is taken back."""
    mark = transaction.savepoint()
    try:
        yield
    finally:
        transaction.savepoint_rollback(mark)


@contextmanager
def silently(name: str) -> Iterator[None]:
    """Edits of a table inside are noted by no trigger; afterwards its triggers stand as if nothing had been."""
    if connection.vendor == "postgresql":
        run("SET LOCAL session_replication_role = replica")
        yield
        run("SET LOCAL session_replication_role = origin")
        return
    tables = [known_table(connection, name)]
    remove(connection, tables)
    yield
    install(connection, tables)
