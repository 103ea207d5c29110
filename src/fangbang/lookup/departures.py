"""Tells the keeper which workers of this node are gone, so that nobody waits for them before an hour is set.

Only what the kernel says counts: a worker has ended when the lock on its sign of life is free. How it ended, and
whether this supervisor or one before it had started it, makes no difference.
"""

import threading
from collections.abc import Callable
from typing import Any

from fangbang.lookup.config import NodeConfig
from fangbang.lookup.presence import bury
from fangbang.lookup.registration import keepers, refusals
from fangbang.snapshot.board import leave

EVERY, AGAIN = 0.5, 5.0
"""Seconds between two looks; after a look that no keeper answered."""
PATIENCE = 2.0
"""Seconds that a keeper has for its answer: a node that stops does not wait longer."""


class Departures:
    """`start` begins, `stop` looks a last time; both are the supervisor's."""

    def __init__(self, config: NodeConfig, log: Callable[..., Any]) -> None:
        self._config, self._log = config, log
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._quiet = False

    def start(self) -> None:
        """Look from now on."""
        self._thread.start()

    def stop(self) -> None:
        """The workers have ended: tell of them, too. What cannot be told now is told at the next start."""
        self._stop.set()
        self._thread.join()
        self.look()

    def look(self) -> bool:
        """Tell of whoever is gone; False if that could not be told."""
        try:
            return bury(self._config.presence, self._told)
        except OSError as error:
            return self._said(False, type(error).__name__)

    def _watch(self) -> None:
        pause = EVERY
        while not self._stop.wait(pause):
            pause = EVERY if self.look() else AGAIN

    def _told(self, name: str) -> bool:
        """One keeper is enough: it tells the other."""
        worker = f"{self._config.name}/{name}"
        failed = refusals(self._config, lambda path: leave(path, worker, PATIENCE))
        return self._said(len(failed) < len(keepers(self._config)), ", ".join(sorted(set(failed))))

    def _said(self, done: bool, code: str) -> bool:
        """Log the first failure of several."""
        if not done and not self._quiet:
            self._log("a worker's end could not be told", code=code)
        self._quiet = not done
        return done
