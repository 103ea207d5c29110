"""Asks every keeper for its status again and again, and keeps the last answer with its moment."""

import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from fangbang.core.errors import FangbangError
from fangbang.office.watch.keepers import KeeperReading, KeeperView, judged, reading_of_keeper
from fangbang.project.keeping import ask_one

EVERY = 3.0
PATIENCE = 2.0
_STATUS = {"command": "status"}


@dataclass(frozen=True)
class _Said:
    """The last answer and when it came (seconds of a clock that only grows); `answers`: to the last question."""

    reading: KeeperReading
    at: float
    answers: bool


class KeeperWatch:
    """`sockets`: of each keeper, as the office tries them. Once started, one thread asks, and whoever looks gets what
    was said last; before that, whoever looks asks."""

    def __init__(self, sockets: Sequence[Path]) -> None:
        self.sockets = tuple(sockets)
        self._said: dict[Path, _Said] = {}
        self._running = False
        self._lock = threading.Lock()

    def start(self) -> None:
        """Ask from now on, as long as the process lives."""
        self.look()
        self._running = True
        threading.Thread(target=self._go_on, daemon=True).start()

    def look(self) -> None:
        """Ask all keepers once, side by side: one that hangs delays no other."""
        with ThreadPoolExecutor(max(1, len(self.sockets))) as asking:
            readings = dict(zip(self.sockets, asking.map(_status_of, self.sockets), strict=True))
        at = time.monotonic()
        with self._lock:
            for path, reading in readings.items():
                before = self._said.get(path)
                if reading is not None:
                    self._said[path] = _Said(reading, at, answers=True)
                elif before is not None:
                    self._said[path] = _Said(before.reading, before.at, answers=False)

    def views(self) -> list[KeeperView]:
        """Every keeper, judged by what it said last."""
        if not self._running:
            self.look()
        now = time.monotonic()
        with self._lock:
            return [self._view(path, now) for path in self.sockets]

    def _view(self, path: Path, now: float) -> KeeperView:
        said = self._said.get(path)
        if said is None:
            return judged(str(path), None, None, answers=False)
        return judged(str(path), said.reading, int(now - said.at), answers=said.answers)

    def _go_on(self) -> None:
        while True:
            time.sleep(EVERY)
            self.look()


def _status_of(path: Path) -> KeeperReading | None:
    try:
        return reading_of_keeper(ask_one(path, _STATUS, PATIENCE))
    except FangbangError:
        return None
