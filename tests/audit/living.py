"""Run as a process of its own on a database of its own: acts that commit, and edits between them. Prints one JSON
object: what was found after each step, by name.

`python -m tests.audit.living STEPS…`; each step is a function below. FANGBANG_HOME and FANGBANG_DATABASE say where.
"""

import json
import os
import sys
import threading
from collections.abc import Callable
from typing import Any

from fangbang.project.boot import open_office

WRITERS, ACTS = 4, 25


def tell(step: Callable[[], Any]) -> Any:
    """What a step gives: what it returns and what is found afterwards, or the code of a refusal."""
    from django.conf import settings

    from fangbang.audit import queries
    from fangbang.core.errors import FangbangError

    try:
        returned = step()
    except FangbangError as error:
        returned = error.code
    return {"returned": returned, "found": [[e.table, e.row, e.what] for e in queries.edits(settings.SEAL_KEY)[1]]}


def act(operator: str = "wang") -> None:
    """An act of the application."""
    from fangbang.accounts import actions
    from fangbang.audit.rules import SYSTEM
    from fangbang.core.clock import SystemClock

    actions.add_operator(
        actor=SYSTEM, operator_id=operator, name="王芳", roles=["approver"], region="110000", clock=SystemClock()
    )


def change() -> None:
    """An act on the row that `act` made."""
    from fangbang.accounts import actions
    from fangbang.audit.rules import SYSTEM
    from fangbang.core.clock import SystemClock

    actions.change_reach(actor=SYSTEM, operator_id="wang", region="120000", exams=[], clock=SystemClock())


def outside_a_transaction() -> int:
    """A write that forgot its transaction is sealed all the same."""
    from fangbang.accounts.models import Operator

    return Operator.objects.filter(pk="wang").update(name="王小芳")


def edit() -> None:
    """Somebody else writes, on a connection that is not the application's."""
    raw("UPDATE accounts_operator SET roles = 'administrator' WHERE id = 'wang'")


def edit_back() -> None:
    raw("UPDATE accounts_operator SET roles = 'approver' WHERE id = 'wang'")


def forget_notes() -> None:
    """The editor wipes the triggers' traces away as well."""
    raw("DELETE FROM audit_touch")


def many() -> list[int]:
    """Several writers at once, and a watch that looks all the while: what it found, look by look."""
    from django.conf import settings
    from django.db import connection

    from fangbang.audit import queries

    def write(number: int) -> None:
        for turn in range(ACTS):
            act(f"op{number}-{turn}")
        connection.close()

    writers = [threading.Thread(target=write, args=(number,)) for number in range(WRITERS)]
    for writer in writers:
        writer.start()
    looks = [len(queries.edits(settings.SEAL_KEY)[1])]
    while any(writer.is_alive() for writer in writers):
        looks.append(len(queries.edits(settings.SEAL_KEY)[1]))
    return sorted(set(looks))


def migrate_again() -> None:
    """What `fangbang init` does after an upgrade without new tables."""
    from fangbang.project.boot import migrate

    migrate()


def a_new_table() -> None:
    """An upgrade with a migration: here one that is taken back and made again."""
    from django.core.management import call_command

    call_command("migrate", "adjudication", "0002", interactive=False, verbosity=0)
    call_command("migrate", "adjudication", interactive=False, verbosity=0)


def broken_off() -> None:
    """A migration that dies half-way, and the same command again."""
    from django.core.management import call_command
    from django.db import connection
    from django.db.models.signals import pre_migrate

    def die(**_: Any) -> None:
        raise KeyboardInterrupt

    call_command("migrate", "adjudication", "0002", interactive=False, verbosity=0)
    pre_migrate.connect(die, dispatch_uid="die")
    try:
        call_command("migrate", interactive=False, verbosity=0)
    except KeyboardInterrupt:
        connection.close()
    pre_migrate.disconnect(dispatch_uid="die")
    call_command("migrate", interactive=False, verbosity=0)


def drop_tally() -> None:
    raw("DELETE FROM audit_tally", "DELETE FROM audit_seal")


def raw(*statements: str) -> None:
    """Statements over a driver of their own."""
    from django.db import connection

    if connection.vendor == "sqlite":
        import sqlite3

        with sqlite3.connect(str(connection.settings_dict["NAME"])) as other:
            for statement in statements:
                other.execute(statement)
        other.close()
        return
    import psycopg

    with psycopg.connect(os.environ["FANGBANG_DATABASE"]) as server:
        for statement in statements:
            server.execute(statement)


if __name__ == "__main__":
    open_office()
    print(json.dumps([tell(globals()[step]) for step in sys.argv[1:]]))
