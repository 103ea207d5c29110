"""Follows the page bundle: which texts this worker's pages show now.

A pointer counts only if a trusted key signed it and its counter is not below the highest that this node has seen; a
bundle only if it has the pointer's hash and its form. Whatever is refused leaves the last good texts standing, those
of the program if there are none yet: pages never disappear because a file was damaged. It is tried again, since a copy
of the public folder may be under way.
"""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from fangbang.core.clock import Clock
from fangbang.core.errors import FangbangError
from fangbang.lookup.problems import PAGES_ROLLBACK
from fangbang.lookup.watcher import HighestCounter
from fangbang.pages.bundle import Bundle, Notice, decode_bundle
from fangbang.snapshot.pointer import POINTER_FILE, parse_pointer, read_bundle

AGAIN = timedelta(seconds=2)
"""A refused bundle is tried again after this."""


class Bundles:
    """One worker's view of the bundle. `step` is called by the worker's timer."""

    def __init__(
        self,
        public: Path,
        trusted: Mapping[str, Ed25519PublicKey],
        highest: HighestCounter,
        clock: Clock,
        log: Callable[..., Any],
    ) -> None:
        self.bundle = Bundle()
        self.due: tuple[Notice, ...] = ()
        self.counter = 0
        self.refused = 0
        self._public, self._trusted, self._highest, self._clock, self._log = public, trusted, highest, clock, log
        self._seen: tuple[int, int, int] | None = None
        self._again: datetime | None = None
        self._told = ""

    def step(self) -> bool:
        """Look at the pointer and at the hour; True if a page has something else to show."""
        before = (self.bundle, self.due)
        self._look()
        self.due = self.bundle.due(self._clock.now())
        return (self.bundle, self.due) != before

    def _look(self) -> None:
        path = self._public / POINTER_FILE
        try:
            status = path.stat()
        except OSError:
            return
        mark = (status.st_ino, status.st_mtime_ns, status.st_size)
        if mark == self._seen and (self._again is None or self._clock.now() < self._again):
            return
        self._seen, self._again = mark, None
        try:
            self._take(path.read_bytes())
        except (FangbangError, OSError) as error:
            self._again = self._clock.now() + AGAIN
            self.refused += 1
            code = error.code if isinstance(error, FangbangError) else type(error).__name__
            if code != self._told:
                self._log("pages refused", code=code)
            self._told = code

    def _take(self, data: bytes) -> None:
        pointer = parse_pointer(data, self._trusted)
        highest = max(self.counter, self._highest.value())
        if pointer.counter < highest:
            raise FangbangError(PAGES_ROLLBACK, counter=pointer.counter, highest=highest)
        self.bundle = decode_bundle(read_bundle(self._public, pointer))
        self._highest.raise_to(pointer.counter)
        self.counter = pointer.counter
        self._told = ""
