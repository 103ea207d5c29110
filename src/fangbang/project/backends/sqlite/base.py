"""Django's SQLite backend, sealing. A transaction holds the write lock from its beginning (BEGIN IMMEDIATE), so what
was noted before is somebody else's."""

from django.db.backends.sqlite3 import base

from fangbang.project.backends.sealing import Sealing


class DatabaseWrapper(Sealing, base.DatabaseWrapper):
    """SQLite."""

    def _start_transaction_under_autocommit(self) -> None:
        super()._start_transaction_under_autocommit()  # type: ignore[misc]  # no stub
        if self.seals_apply():
            from fangbang.audit import queries  # models: only once Django stands

            self._sealed_up_to = queries.newest_note(self)
