"""Sealing: what the application wrote in a transaction gets its seals before the transaction ends.

Called by the database backends of `fangbang.project.backends` at every commit. A row that somebody edited behind the
application's back is never sealed by the application's next write to it: what stood there before no longer fits its
seal, and the transaction is refused.
"""

import hmac
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from fangbang.audit.macs import Sum, Tally, row_mac
from fangbang.audit.problems import ROW_EDITED, TALLY_BROKEN
from fangbang.audit.tables import ALIAS, Table, install, known_table, sealed_tables
from fangbang.core.errors import FangbangError

_MOST = 500
"""Rows named in one statement."""
_PRESENT = {
    "sqlite": "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = 'audit_tally'",
    "postgresql": "SELECT count(*) FROM pg_tables WHERE schemaname = current_schema() AND tablename = 'audit_tally'",
}


def present(connection: Any) -> bool:
    """Whether this database has been given seals (an older version's, or an empty one, has not)."""
    with connection.cursor() as cursor:
        cursor.execute(_PRESENT[connection.vendor])
        return bool(cursor.fetchone()[0])


def newest_note(connection: Any) -> int:
    """The newest note of a change that stands already: those of a transaction that begins now come after it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(max(id), 0) FROM audit_touch")
        return int(cursor.fetchone()[0])


def seal_changes(connection: Any, key: bytes, after: int = 0) -> int:
    """Seal what this transaction changed; returns how many rows that was. `after`: notes up to here are not its own
    (SQLite; PostgreSQL knows by itself). Raises INTEGRITY if a changed row, or the tally, was edited before."""
    with connection.cursor() as cursor:
        notes = _own_notes(connection.vendor, cursor, after)
        if not notes:
            return 0
        tally = read_tally(connection, key, lock=True)
        sums = dict(tally.tables)
        befores = _befores(notes)
        for name, rows in sorted(befores.items()):
            sums[name] = _seal_rows(cursor, key, known_table(connection, name), rows, sums.get(name, Sum()))
        cursor.execute(f"DELETE FROM audit_touch WHERE id IN ({', '.join(str(note[0]) for note in notes)})")  # noqa: S608 - numbers
        _write_tally(cursor, key, tally.next(sums))
        return sum(map(len, befores.values()))


def seal_everything(connection: Any, key: bytes, tally: Tally) -> Tally:
    """Seal all rows as they stand, after the tables were made or changed, and note every change from now on. Whoever
    calls this has looked for edits before (`watch.edits`); `tally` is the one to follow."""
    tables = sealed_tables(connection)
    install(connection, tables)
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM audit_touch")
        cursor.execute("DELETE FROM audit_seal")
        sums = {}
        for table in tables:
            seals = [(row, row_mac(key, table.name, row, text)) for row, text in _texts(cursor, table)]
            _insert(cursor, table.name, seals)
            sums[table.name] = Sum(len(seals), sum(int(mac, 16) for _, mac in seals) % (1 << 256))
        following = replace(tally.next(sums), upgrading=False)
        _write_tally(cursor, key, following)
    return following


def begin_upgrade(connection: Any, key: bytes) -> None:
    """Nothing is sealed from here to `seal_everything`: the tables themselves change."""
    tally = read_tally(connection, key, lock=True)
    with connection.cursor() as cursor:
        _write_tally(cursor, key, replace(tally, revision=tally.revision + 1, upgrading=True))


def read_tally(connection: Any, key: bytes, *, lock: bool = False) -> Tally:
    """The tally; INTEGRITY if it is missing, or not what this key sealed."""
    statement = "SELECT tally, mac FROM audit_tally WHERE id = 1"
    with connection.cursor() as cursor:
        cursor.execute(f"{statement} FOR UPDATE" if lock and connection.vendor == "postgresql" else statement)
        row = cursor.fetchone()
    try:
        tally = Tally.from_json(json.loads(row[0]))
    except (TypeError, ValueError, KeyError, AttributeError) as error:
        raise FangbangError(TALLY_BROKEN) from error
    if tally.encoded() != row[0] or not hmac.compare_digest(tally.mac(key), row[1]):
        raise FangbangError(TALLY_BROKEN)
    return tally


def _own_notes(vendor: str, cursor: Any, after: int) -> Sequence[tuple[int, str, str, str | None]]:
    mine = "tx = txid_current()" if vendor == "postgresql" else f"id > {int(after)}"
    cursor.execute(f"SELECT id, table_name, row_key, before FROM audit_touch WHERE {mine} ORDER BY id")  # noqa: S608
    notes: Sequence[tuple[int, str, str, str | None]] = cursor.fetchall()
    return notes


def _befores(notes: Iterable[tuple[int, str, str, str | None]]) -> dict[str, dict[str, str | None]]:
    """Table → row → what stood there when the transaction began."""
    found: dict[str, dict[str, str | None]] = {}
    for _, table, row, before in notes:
        found.setdefault(table, {}).setdefault(row, before)
    return found


def _seal_rows(cursor: Any, key: bytes, table: Table, befores: Mapping[str, str | None], standing: Sum) -> Sum:
    for rows in _portions(sorted(befores)):
        old, new = _seals(cursor, table.name, rows), {}
        for row, text in _texts(cursor, table, rows):
            new[row] = row_mac(key, table.name, row, text)
        for row in rows:
            _check_before(key, table.name, row, befores[row], old.get(row))
            standing = standing.changed(old.get(row), new.get(row))
        cursor.execute(
            f"DELETE FROM audit_seal WHERE table_name = %s AND row_key IN ({_places(rows)})",  # noqa: S608
            [table.name, *rows],
        )
        _insert(cursor, table.name, sorted(new.items()))
    return standing


def _check_before(key: bytes, table: str, row: str, before: str | None, seal: str | None) -> None:
    if seal != (None if before is None else row_mac(key, table, row, before)):
        raise FangbangError(ROW_EDITED, table=table, row=row)


def _seals(cursor: Any, table: str, rows: Sequence[str]) -> dict[str, str]:
    cursor.execute(
        f"SELECT row_key, mac FROM audit_seal WHERE table_name = %s AND row_key IN ({_places(rows)})",  # noqa: S608
        [table, *rows],
    )
    return dict(cursor.fetchall())


def _texts(cursor: Any, table: Table, rows: Sequence[str] | None = None) -> list[tuple[str, str]]:
    """(row, how it is spelled) of some rows, or of all."""
    where = "" if rows is None else f" WHERE {table.row_key()} IN ({_places(rows)})"
    cursor.execute(f"SELECT {table.row_key()}, {table.text()} FROM {table.quoted} {ALIAS}{where}", list(rows or ()))  # noqa: S608
    found: list[tuple[str, str]] = cursor.fetchall()
    return found


def _insert(cursor: Any, table: str, seals: Sequence[tuple[str, str]]) -> None:
    for part in _portions(seals):
        places = ", ".join(["(%s, %s, %s)"] * len(part))
        values = [value for row, mac in part for value in (table, row, mac)]
        cursor.execute(f"INSERT INTO audit_seal (table_name, row_key, mac) VALUES {places}", values)  # noqa: S608


def _write_tally(cursor: Any, key: bytes, tally: Tally) -> None:
    values = [tally.encoded(), tally.mac(key)]
    cursor.execute("UPDATE audit_tally SET tally = %s, mac = %s WHERE id = 1", values)
    if cursor.rowcount == 0:
        cursor.execute("INSERT INTO audit_tally (id, tally, mac) VALUES (1, %s, %s)", values)


def _places(rows: Sequence[object]) -> str:
    return ", ".join(["%s"] * len(rows))


def _portions(items: Sequence[Any]) -> Iterator[Sequence[Any]]:
    return (items[at : at + _MOST] for at in range(0, len(items), _MOST))
