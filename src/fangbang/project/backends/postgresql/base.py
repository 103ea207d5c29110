"""Django's PostgreSQL backend, sealing."""

from django.db.backends.postgresql import base

from fangbang.project.backends.sealing import Sealing


class DatabaseWrapper(Sealing, base.DatabaseWrapper):
    """PostgreSQL."""
