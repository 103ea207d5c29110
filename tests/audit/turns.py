"""In which order an act reaches for tables: on a database that locks rows, that of its locks."""

import re
from collections.abc import Callable

from django.db import connection
from django.test.utils import CaptureQueriesContext


def reached(act: Callable[[], object]) -> list[str]:
    """The tables, each statement's first, as the act reads or writes them."""
    with CaptureQueriesContext(connection) as asked:
        act()
    found = [re.search(r'(?:FROM|UPDATE|INTO) "(\w+)"', query["sql"]) for query in asked.captured_queries]
    return [match[1] for match in found if match]
