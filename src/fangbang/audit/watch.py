"""Looking for edits behind the application's back: every row of every table against its seal, in one consistent read.

What is told of a row is its table and its key, never its content.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from fangbang.audit.macs import Sum, row_mac
from fangbang.audit.problems import TALLY_BROKEN
from fangbang.audit.seals import read_tally
from fangbang.audit.tables import ALIAS, Table, missing, sealed_tables
from fangbang.core.errors import FangbangError

MOST_PER_TABLE = 20
_PORTION = 2000
_BEGIN = {"sqlite": "BEGIN", "postgresql": "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"}


@dataclass(frozen=True)
class Edit:
    """One thing that is not as the application left it. `row` "*": the table as a whole. `what` is a stable word:
    `changed`, `added`, `removed`, `removed-with-seal`, `noted`, `unwatched`, `unknown-table`, `lost-table`, `tally`,
    `older`, `upgrading`."""

    table: str
    row: str
    what: str


@contextmanager
def one_moment(connection: Any) -> Iterator[None]:
    """All reads inside see the same state, and keep no writer waiting. Inside a transaction they see what it sees."""
    if connection.in_atomic_block:
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute(_BEGIN[connection.vendor])
        try:
            yield
        finally:
            cursor.execute("ROLLBACK")


def edits(connection: Any, key: bytes, least_revision: int = 0) -> tuple[int, list[Edit]]:
    """(revision of the tally, what was edited). `least_revision`: one that was seen before; an earlier one is an old
    database in the place of the newer."""
    with one_moment(connection):
        try:
            tally = read_tally(connection, key)
        except FangbangError as error:
            if error.problem is not TALLY_BROKEN:
                raise
            return 0, [Edit("audit_tally", "1", "tally")]
        if tally.upgrading:
            return tally.revision, [Edit("audit_tally", "1", "upgrading")]
        tables = sealed_tables(connection)
        found = [Edit("audit_tally", "1", "older")] if tally.revision < least_revision else []
        found += [Edit(table, trigger, "unwatched") for table, trigger in missing(connection, tables)]
        found += _noted(connection)
        found += [Edit(name, "*", "lost-table") for name in sorted(set(tally.tables) - {item.name for item in tables})]
        for table in tables:
            if table.name in tally.tables:
                found += _of_table(connection, key, table, tally.tables[table.name])
            else:
                found.append(Edit(table.name, "*", "unknown-table"))
        return tally.revision, found


def _noted(connection: Any) -> list[Edit]:
    """Changes that the triggers noted and no transaction of the application cleared away."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT DISTINCT table_name, row_key FROM audit_touch ORDER BY 1, 2 LIMIT %s", [MOST_PER_TABLE])
        return [Edit(table, row, "noted") for table, row in cursor.fetchall()]


def _of_table(connection: Any, key: bytes, table: Table, expected: Sum) -> list[Edit]:
    found: list[Edit] = []
    rows = sealed = total = 0
    for row, text, seal in _sealed_rows(connection, table):
        rows += 1
        sealed += seal is not None
        if seal is None or seal != row_mac(key, table.name, row, text):
            if len(found) < MOST_PER_TABLE:
                found.append(Edit(table.name, row, "added" if seal is None else "changed"))
        else:
            total += int(seal, 16)
    found += _removed(connection, table, sealed)
    if not found and (rows, total % (1 << 256)) != (expected.rows, expected.total):
        found.append(Edit(table.name, "*", "removed-with-seal"))
    return found


def _sealed_rows(connection: Any, table: Table) -> Iterator[tuple[str, str, str | None]]:
    """(row, how it is spelled, its seal) of a whole table, a portion at a time."""
    joined = f"audit_seal s ON s.table_name = %s AND s.row_key = {table.row_key()}"
    with connection.chunked_cursor() as cursor:
        cursor.execute(
            f"SELECT {table.row_key()}, {table.text()}, s.mac FROM {table.quoted} {ALIAS} LEFT JOIN {joined}",  # noqa: S608
            [table.name],
        )
        while portion := cursor.fetchmany(_PORTION):
            yield from portion


def _removed(connection: Any, table: Table, sealed: int) -> Sequence[Edit]:
    """Rows whose seal stands while they are gone; looked for only if there are more seals than sealed rows."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM audit_seal WHERE table_name = %s", [table.name])
        if cursor.fetchone()[0] == sealed:
            return []
        standing = f"SELECT {table.row_key()} FROM {table.quoted} {ALIAS}"  # noqa: S608 - names from the database itself
        cursor.execute(
            f"SELECT row_key FROM audit_seal WHERE table_name = %s EXCEPT {standing}",  # noqa: S608
            [table.name],
        )
        return [Edit(table.name, row, "removed") for (row,) in sorted(cursor.fetchall())[:MOST_PER_TABLE]]
