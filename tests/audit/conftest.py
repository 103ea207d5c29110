"""What the meddler took away in a test is back for the next one: tests share one connection."""

from collections.abc import Iterator

import pytest
from django.db import connection


@pytest.fixture(autouse=True)
def constraints_hold_again() -> Iterator[None]:
    """SQLite forgets this setting with the connection only, not with the transaction."""
    yield
    if connection.vendor == "sqlite" and connection.connection is not None:
        connection.connection.execute("PRAGMA ignore_check_constraints = OFF")
