"""The process that draws: it fills the pool before the hour and draws over what rests, leaving the processor to others.

It ends when its supervisor does: the line between them breaks.
"""

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

from fangbang.core.clock import SystemClock
from fangbang.lookup.images import ImagePool

NICENESS = 15
"""Under full load the artist still gets a thirtieth of what a worker gets: the pool grows back slowly, not never."""
AT_ONCE = 8
IDLE_SECONDS = 0.5
_AGAIN_SECONDS = 1.0


def draw_for_ever(path: Path, capacity: int, key: bytes, line: Connection) -> None:
    """What the process runs."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.nice(NICENESS)
    pool, clock = ImagePool(path, capacity, key), SystemClock()
    pool.mend()
    drawn = AT_ONCE
    # Nobody writes: the line can be read when its other end is gone.
    while not line.poll(0 if drawn else IDLE_SECONDS):
        drawn = pool.draw(AT_ONCE, int(clock.now().timestamp()))


class Artist:
    """Keeps one drawing process: another one follows where it dies."""

    def __init__(self, path: Path, capacity: int, key: bytes, log: Callable[..., Any]) -> None:
        self._args = (path, capacity, key)
        self._log = log
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._keep, daemon=True)
        self.process: BaseProcess | None = None

    def start(self) -> None:
        """Draw from now on."""
        self._thread.start()

    def stop(self) -> None:
        """End the process and wait for it."""
        self._stop.set()
        self._thread.join()

    def _keep(self) -> None:
        context = multiprocessing.get_context("spawn")
        while not self._stop.is_set():
            ours, theirs = context.Pipe()
            process = self.process = context.Process(target=draw_for_ever, args=(*self._args, theirs), daemon=True)
            process.start()
            theirs.close()
            while process.is_alive() and not self._stop.wait(0.2):
                pass
            ours.close()
            if not self._stop.is_set():
                self._log("artist ended unasked", code=process.exitcode)
                self._stop.wait(_AGAIN_SECONDS)
            process.terminate()
            process.join()
