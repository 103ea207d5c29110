"""The tables whose rows are sealed, how the database spells a row as one text, and the triggers that note each change.

The triggers tell the application what it changed, whichever way it wrote; they are no protection of their own. What
they noted is gone again when a transaction of the application ends, so that a note which stays is an edit of somebody
else's.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

OWN = frozenset({"audit_seal", "audit_tally", "audit_touch"})
"""What the seals themselves are kept in."""
_VERBS = ("INSERT", "UPDATE", "DELETE")
_COLUMNS = {
    "sqlite": "SELECT m.name, c.name, c.pk FROM sqlite_master m JOIN pragma_table_info(m.name) c "
    "WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%' ORDER BY m.name, c.cid",
    "postgresql": """
SELECT c.relname, a.attname, (CASE WHEN a.attnum = ANY (i.indkey) THEN 1 ELSE 0 END)
FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
LEFT JOIN pg_index i ON i.indrelid = c.oid AND i.indisprimary
WHERE c.relkind IN ('r', 'p') AND c.relnamespace = current_schema()::regnamespace ORDER BY c.relname, a.attnum
""",
}
"""Table, column, whether the column belongs to the key."""
_FUNCTIONS = (
    """
CREATE OR REPLACE FUNCTION audit_note_row() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP <> 'INSERT' THEN
    INSERT INTO audit_touch (table_name, row_key, before, tx)
      VALUES (TG_TABLE_NAME, to_jsonb(OLD) ->> TG_ARGV[0], OLD::text, txid_current());
  END IF;
  IF TG_OP = 'INSERT' OR (TG_OP = 'UPDATE' AND to_jsonb(OLD) -> TG_ARGV[0] <> to_jsonb(NEW) -> TG_ARGV[0]) THEN
    INSERT INTO audit_touch (table_name, row_key, before, tx)
      VALUES (TG_TABLE_NAME, to_jsonb(NEW) ->> TG_ARGV[0], NULL, txid_current());
  END IF;
  RETURN NULL;
END $$
""",
    """
CREATE OR REPLACE FUNCTION audit_note_truncate() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO audit_touch (table_name, row_key, before, tx)
    VALUES (TG_TABLE_NAME, '*', NULL, txid_current());
  RETURN NULL;
END $$
""",
)


ALIAS = "the_row"
"""What queries call the row of a table. PostgreSQL takes it for a column where one is called so: no column may be."""


@dataclass(frozen=True)
class Table:
    """A table with its key column, all its columns in order, and the database's quoting and dialect."""

    name: str
    key: str
    columns: tuple[str, ...]
    vendor: str

    @property
    def quoted(self) -> str:
        return f'"{self.name}"'

    def row_key(self, row: str = ALIAS) -> str:
        return f'CAST({row}."{self.key}" AS TEXT)'

    def text(self, row: str = ALIAS) -> str:
        """The SQL that spells a row: no two rows that differ in any column, or its type, give the same text."""
        if self.vendor == "postgresql":
            return f"{row}::text"
        return " || ',' || ".join(f'quote({row}."{column}")' for column in self.columns)

    def triggers(self) -> dict[str, str]:
        """Name → statement of each trigger."""
        return self._postgresql() if self.vendor == "postgresql" else self._sqlite()

    def _postgresql(self) -> dict[str, str]:
        noted, cleared = f"{self.name}_noted", f"{self.name}_cleared"
        return {
            noted: f'CREATE OR REPLACE TRIGGER "{noted}" AFTER INSERT OR UPDATE OR DELETE ON {self.quoted} '
            f"FOR EACH ROW EXECUTE FUNCTION audit_note_row('{self.key}')",
            cleared: f'CREATE OR REPLACE TRIGGER "{cleared}" AFTER TRUNCATE ON {self.quoted} '
            f"FOR EACH STATEMENT EXECUTE FUNCTION audit_note_truncate()",
        }

    def _sqlite(self) -> dict[str, str]:
        old, new = (self.row_key("OLD"), self.text("OLD")), (self.row_key("NEW"), "NULL")
        note = "INSERT INTO audit_touch (table_name, row_key, before, tx) SELECT '{}', {}, {}, 0"
        of_old, of_new = note.format(self.name, *old), note.format(self.name, *new)
        bodies = {"INSERT": of_new, "DELETE": of_old, "UPDATE": f"{of_old}; {of_new} WHERE {old[0]} <> {new[0]}"}
        return {
            f"{self.name}_noted_{verb.lower()}": f'CREATE TRIGGER "{self.name}_noted_{verb.lower()}" AFTER {verb} '
            f"ON {self.quoted} BEGIN {bodies[verb]}; END"
            for verb in _VERBS
        }


def sealed_tables(connection: Any) -> list[Table]:
    """Every table of the database but the seals' own, by name."""
    with connection.cursor() as cursor:
        cursor.execute(_COLUMNS[connection.vendor])
        found: dict[str, list[tuple[str, int]]] = {}
        for table, column, key in cursor.fetchall():
            found.setdefault(table, []).append((column, key))
    return [_table(name, columns, connection.vendor) for name, columns in sorted(found.items()) if name not in OWN]


def known_table(connection: Any, name: str) -> Table:
    """One table as this connection saw it first: what writes go by. Whoever changes a table meanwhile is found by the
    watch, which looks anew."""
    seen: dict[str, Table] = connection.__dict__.setdefault("sealed_tables", {})
    if name not in seen:
        seen.update((table.name, table) for table in sealed_tables(connection))
    return seen[name]


def install(connection: Any, tables: Sequence[Table]) -> None:
    """Make the triggers anew, as this version has them."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            for function in _FUNCTIONS:
                cursor.execute(function)
        for table in tables:
            for name, statement in table.triggers().items():
                if connection.vendor == "sqlite":
                    cursor.execute(f'DROP TRIGGER IF EXISTS "{name}"')
                cursor.execute(statement)


def remove(connection: Any, tables: Sequence[Table]) -> None:
    """Drop the triggers, before tables are changed."""
    with connection.cursor() as cursor:
        for table in tables:
            for name in table.triggers():
                where = f" ON {table.quoted}" if connection.vendor == "postgresql" else ""
                cursor.execute(f'DROP TRIGGER IF EXISTS "{name}"{where}')


def missing(connection: Any, tables: Sequence[Table]) -> list[tuple[str, str]]:
    """(table, trigger) of the triggers that are gone, switched off, or not as this version makes them."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "SELECT tgname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid "
                "WHERE NOT tgisinternal AND tgenabled = 'O' AND c.relnamespace = current_schema()::regnamespace"
            )
            standing = {name: "" for (name,) in cursor.fetchall()}
        else:
            cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
            standing = dict(cursor.fetchall())
    return [
        (table.name, name)
        for table in tables
        for name, statement in table.triggers().items()
        if name not in standing or (standing[name] and standing[name] != statement)
    ]


def _table(name: str, columns: Sequence[tuple[str, int]], vendor: str) -> Table:
    names = tuple(column for column, _ in columns)
    keys = [column for column, key in columns if key]
    return Table(name, (keys or names)[0], names, vendor)
