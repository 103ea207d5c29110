"""A PostgreSQL server whose processes are killed while it serves."""

import os
import random
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.project.databases import new_database, server

RECOVERING = 60.0


@dataclass
class Server:
    """`url`: a database on it. `postmaster`: the process that starts and restarts all others of the server."""

    url: str
    postmaster: int
    kills: int = 0
    _dying: frozenset[str] = frozenset()

    def processes(self) -> frozenset[str]:
        """Numbers of the postmaster's children."""
        return frozenset(Path(f"/proc/{self.postmaster}/task/{self.postmaster}/children").read_text().split())

    def kill_one(self) -> None:
        """SIGKILL to a process of the server, whichever: the postmaster then ends all others and starts recovery."""
        self._dying = self.processes()
        os.kill(int(random.choice(sorted(self._dying))), signal.SIGKILL)
        self.kills += 1

    def wait_until_recovered(self) -> None:
        """Until all that lived before the kill are gone and it takes connections again."""
        end = time.monotonic() + RECOVERING
        while self.processes() & self._dying or not self.answers():
            if time.monotonic() > end:
                raise TimeoutError("the database server does not recover")
            time.sleep(0.05)

    def answers(self) -> bool:
        """Whether it takes connections."""
        import psycopg

        try:
            psycopg.connect(self.url).close()
        except psycopg.OperationalError:
            return False
        return True


@contextmanager
def serving() -> Iterator[Server]:
    """A server of its own, and an empty database on it."""
    started = server()
    try:
        yield Server(new_database(str(started.get_uri()), "office"), int(started.get_pid() or 0))
    finally:
        started.cleanup()
