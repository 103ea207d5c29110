"""Seals across a change of tables: looked at before, made anew after. In between the tally says `upgrading`, so that a
migration that was broken off is finished by the same command, and only by it."""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.db import transaction

from fangbang.audit.macs import Tally
from fangbang.audit.problems import TAMPERED
from fangbang.audit.seals import begin_upgrade, present, read_tally, seal_everything
from fangbang.audit.tables import remove, sealed_tables
from fangbang.audit.watch import edits
from fangbang.core.errors import FangbangError

Plan = Sequence[tuple[Any, bool]]
_FIRST = ("audit", "0003_seals")
"""The migration that brings the seals: what stood before it had none."""


def before_migration(connection: Any, plan: Plan) -> None:
    """Refuse with INTEGRITY to change a database that was edited behind the application's back."""
    connection.sealing_suspended = True
    if not plan or not present(connection) or _unused(connection):
        return
    _, found = edits(connection, settings.SEAL_KEY)
    if found and found[0].what != "upgrading":
        first = found[0]
        raise FangbangError(TAMPERED, count=len(found), table=first.table, row=first.row, what=first.what)
    with transaction.atomic(using=connection.alias):
        if not found:
            begin_upgrade(connection, settings.SEAL_KEY)
        # SQLite drops no column that a trigger reads; they are made anew with the seals.
        remove(connection, sealed_tables(connection))


def after_migration(connection: Any, plan: Plan) -> None:
    """Seal everything, if the tables were changed or this database has never been used."""
    connection.sealing_suspended = True
    connection.__dict__.pop("sealed_tables", None)
    try:
        if present(connection) and (plan or _unused(connection)):
            with transaction.atomic(using=connection.alias):
                seal_everything(connection, settings.SEAL_KEY, _standing(connection, plan))
    finally:
        connection.sealing_suspended = False


def _standing(connection: Any, plan: Plan) -> Tally:
    """The tally to follow. There is none in a database without a single act, or from before there were seals; from any
    other it was taken away."""
    first = any((item.app_label, item.name) == _FIRST for item, _ in plan)
    return Tally(0) if first or _unused(connection) else read_tally(connection, settings.SEAL_KEY)


def _unused(connection: Any) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM audit_event")
        return bool(cursor.fetchone()[0] == 0)
