"""Counters of one node in memory that its workers share: each writes its own row, the supervisor adds them up.

A row is 64 unsigned 64-bit numbers: counts first, then gauges of that worker. Rows of dead workers keep their
counts, so that sums only grow; a respawned worker takes over the row of a dead one.
"""

import fcntl
import mmap
import os
from collections.abc import Sequence
from enum import IntEnum
from pathlib import Path

from fangbang.lookup.answers import State

ROWS = 256
COLUMNS = 64
_FIRST = len(State)


class Counter(IntEnum):
    """Columns after the answers' states."""

    PAGES = _FIRST
    STATIC = _FIRST + 1
    CHALLENGES = _FIRST + 2
    IMAGES = _FIRST + 3
    ERRORS = _FIRST + 4
    RECORDS = _FIRST + 5
    BOARDS = _FIRST + 6
    BOARDS_REFUSED = _FIRST + 7
    KEYS_REFUSED = _FIRST + 8
    BUNDLES_REFUSED = _FIRST + 9
    VOICES = _FIRST + 10
    RIDDLES_RIGHT = _FIRST + 11
    RIDDLES_WRONG = _FIRST + 12
    PERSONS_WORN = _FIRST + 13
    SEQUENCE = _FIRST + 14
    PREFIX_FULL = _FIRST + 15


class Gauge(IntEnum):
    """Columns that hold a worker's present value; read from living workers only."""

    SWITCHES = 55
    BOARD_COUNTER = 56
    BOARD_ISSUED = 57
    SITTINGS_OPEN = 58
    SNAPSHOTS_READY = 59
    LAG_MICROSECONDS = 60
    FULLEST_PERMILLE = 61
    PAGES_COUNTER = 62
    PID = 63


class Counters:
    """The shared rows. `index` is the caller's own row after `claim`."""

    def __init__(self, path: Path) -> None:
        self.index = 0
        self._handle = os.open(path, os.O_RDWR)
        self._map = mmap.mmap(self._handle, ROWS * COLUMNS * 8)
        self._numbers = memoryview(self._map).cast("Q")

    @staticmethod
    def create(path: Path) -> None:
        with path.open("wb") as stream:
            stream.truncate(ROWS * COLUMNS * 8)

    def claim(self) -> memoryview:
        """The row of this process: one whose owner is gone, or a new one."""
        fcntl.lockf(self._handle, fcntl.LOCK_EX)
        try:
            for index in range(ROWS):
                row = self._row(index)
                if not _alive(row[Gauge.PID]):
                    for gauge in range(Gauge.SWITCHES, Gauge.PID):
                        row[gauge] = 0
                    row[Gauge.PID] = os.getpid()
                    self.index = index
                    return row
        finally:
            fcntl.lockf(self._handle, fcntl.LOCK_UN)
        raise RuntimeError("more workers than rows")

    def _row(self, index: int) -> memoryview:
        return self._numbers[index * COLUMNS : (index + 1) * COLUMNS]

    def rows(self) -> list[Sequence[int]]:
        """Every row that was ever claimed."""
        return [list(row) for row in map(self._row, range(ROWS)) if row[Gauge.PID]]

    def living(self) -> list[Sequence[int]]:
        """Rows whose worker runs."""
        return [row for row in self.rows() if _alive(row[Gauge.PID])]


def _alive(pid: int) -> bool:
    return pid > 0 and Path(f"/proc/{pid}").exists()
