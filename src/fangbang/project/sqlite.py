"""The SQLite that the project runs on: a fixed version from the package index, not the interpreter's own.

Older versions (Debian 12 ships 3.40.1) carry the WAL-reset bug, which can corrupt a database under concurrent
writers; https://www.sqlite.org/wal.html#walresetbug. Django's backend imports `sqlite3`, so that name is given the
fixed module before Django loads its backend.
"""

import sys

import pysqlite3
import pysqlite3.dbapi2

from fangbang.core.errors import FangbangError
from fangbang.project.problems import SQLITE_TOO_OLD

FIXED_VERSION = (3, 51, 3)


def install() -> None:
    """Put the fixed SQLite where `import sqlite3` finds it; refuse one that is too old. Running it twice is a no-op."""
    check_version(pysqlite3.sqlite_version_info)
    sys.modules["sqlite3"] = pysqlite3
    sys.modules["sqlite3.dbapi2"] = pysqlite3.dbapi2


def check_version(version: tuple[int, ...]) -> None:
    """Raise unless this SQLite has the WAL fix."""
    if version < FIXED_VERSION:
        spelled = ".".join(map(str, version))
        raise FangbangError(SQLITE_TOO_OLD, version=spelled, least=".".join(map(str, FIXED_VERSION)))
