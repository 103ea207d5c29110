"""The database's own refusal to change the audit log, for SQLite and PostgreSQL.

It stops mistakes and ordinary accounts; a database administrator can drop a trigger, and then the chain shows it.
"""

from dataclasses import dataclass
from typing import Any

_REFUSAL = "the audit log is append-only"
_FUNCTION = f"""
CREATE OR REPLACE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION '{_REFUSAL}'; END $$
"""


@dataclass(frozen=True)
class _Trigger:
    """Refuses `verb` on `table`, if `when` (an SQL condition) is empty or holds."""

    table: str
    verb: str
    when: str = ""

    @property
    def name(self) -> str:
        return f"{self.table}_no_{self.verb.lower()}"

    def sqlite(self) -> str:
        when = f"WHEN {self.when} " if self.when else ""
        begin = f"CREATE TRIGGER IF NOT EXISTS {self.name} BEFORE {self.verb} ON {self.table} "
        return f"{begin}{when}BEGIN SELECT RAISE(ABORT, '{_REFUSAL}'); END"

    def postgresql(self) -> str:
        when = f"WHEN ({self.when}) " if self.when else ""
        each = "STATEMENT" if self.verb == "TRUNCATE" else "ROW"
        begin = f"CREATE OR REPLACE TRIGGER {self.name} BEFORE {self.verb} ON {self.table} "
        return f"{begin}FOR EACH {each} {when}EXECUTE FUNCTION audit_refuse()"


_TRIGGERS = (
    _Trigger("audit_event", "UPDATE"),
    _Trigger("audit_event", "DELETE"),
    _Trigger("audit_event", "TRUNCATE"),
    _Trigger("audit_head", "UPDATE", when="NEW.seq <> OLD.seq + 1"),
    _Trigger("audit_head", "DELETE"),
    _Trigger("audit_head", "TRUNCATE"),
)


def install(connection: Any) -> None:
    """Create the triggers that are missing. `connection` is Django's."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(_FUNCTION)
        for trigger in _for_vendor(connection.vendor):
            cursor.execute(getattr(trigger, connection.vendor)())


def remove(connection: Any) -> None:
    """Drop the triggers: for the migration's way back, and for tests that tamper on purpose."""
    with connection.cursor() as cursor:
        for trigger in _for_vendor(connection.vendor):
            where = f" ON {trigger.table}" if connection.vendor == "postgresql" else ""
            cursor.execute(f"DROP TRIGGER IF EXISTS {trigger.name}{where}")


def _for_vendor(vendor: str) -> list[_Trigger]:
    """SQLite has no TRUNCATE."""
    return [trigger for trigger in _TRIGGERS if vendor == "postgresql" or trigger.verb != "TRUNCATE"]
