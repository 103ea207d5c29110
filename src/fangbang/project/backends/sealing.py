"""The part that both databases share. See `fangbang.audit.seals`."""

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import transaction

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper as _Base
else:
    _Base = object

_WRITES = ("INSERT", "UPDATE", "DELETE")


class Sealing(_Base):
    """Before Django's DatabaseWrapper in the order of classes."""

    sealing_suspended = False
    """While tables are made or changed (`fangbang.audit.apps`)."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._sealed_up_to = 0
        self._seals_present = False
        self.execute_wrappers.append(_in_a_transaction)

    def seals_apply(self) -> bool:
        """Whether this database has seals, and they are kept now."""
        if self.sealing_suspended:
            return False
        if not self._seals_present:
            from fangbang.audit import queries  # models: only once Django stands

            self._seals_present = queries.has_seals(self)
        return self._seals_present

    def commit(self) -> None:
        try:
            if self.seals_apply():
                from fangbang.audit import actions

                actions.seal_changes(connection=self, key=settings.SEAL_KEY, after=self._sealed_up_to)
        except BaseException:
            self.rollback()
            raise
        super().commit()


def _in_a_transaction(execute: Any, sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
    """A write outside any transaction gets one of its own: there would be no moment to seal it. One that returns rows
    cannot (its rows are fetched later): that is a mistake of the program, and refused."""
    connection = context["connection"]
    writes = sql.lstrip()[:6].upper().startswith(_WRITES)
    if not writes or connection.in_atomic_block or not connection.seals_apply():
        return execute(sql, params, many, context)
    if " RETURNING " in sql:
        raise RuntimeError("rows are made in a transaction only")
    with transaction.atomic(using=connection.alias):
        return execute(sql, params, many, context)
