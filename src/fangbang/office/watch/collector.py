"""Asks every node for its metrics again and again, and keeps the last minutes in memory: the board's only history."""

import threading
import time
from collections import deque
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit
from urllib.request import urlopen

from fangbang.core.errors import FangbangError
from fangbang.core.settings import BAD_SETTING
from fangbang.office.watch.judging import Sample
from fangbang.office.watch.readings import Reading, reading_of

EVERY = 2.0
KEPT = 300
"""Samples: ten minutes."""
PATIENCE = 2.0
_MOST = 4 << 20
"""Longest scrape that is read."""


class Collector:
    """`addresses`: of each node's metrics. One thread gathers; whoever asks gets the samples so far."""

    def __init__(self, addresses: Sequence[str]) -> None:
        self.nodes = {urlsplit(address).netloc: address for address in addresses}
        self._samples: deque[Sample] = deque(maxlen=KEPT)
        self._lock = threading.Lock()

    def start(self) -> None:
        """Gather from now on, as long as the process lives."""
        if self.nodes:
            threading.Thread(target=self._gather, daemon=True).start()

    def samples(self) -> list[Sample]:
        """The last minutes, the oldest first."""
        with self._lock:
            return list(self._samples)

    def look(self) -> None:
        """Ask all nodes once, side by side: a node that hangs delays none of the others."""
        at = time.monotonic()
        with ThreadPoolExecutor(max(1, min(32, len(self.nodes)))) as asking:
            readings = dict(zip(self.nodes, asking.map(_asked, self.nodes.items()), strict=True))
        with self._lock:
            self._samples.append(Sample(at, readings))

    def _gather(self) -> None:
        while True:
            began = time.monotonic()
            self.look()
            time.sleep(max(0.0, EVERY - (time.monotonic() - began)))


def _asked(node: tuple[str, str]) -> Reading | None:
    name, address = node
    try:
        with urlopen(address, timeout=PATIENCE) as answer:  # noqa: S310 - http and https alone: `addresses_of`
            return reading_of(name, answer.read(_MOST).decode())
    except (OSError, ValueError, FangbangError):
        return None


def addresses_of(text: str) -> tuple[str, ...]:
    """The addresses of a setting; INPUT unless each is http or https."""
    given = tuple(part.strip() for part in text.split(",") if part.strip())
    if not all(urlsplit(item).scheme in ("http", "https") and urlsplit(item).netloc for item in given):
        raise FangbangError(BAD_SETTING, name="FANGBANG_NODES", choices="http://HOST:PORT/metrics,…")
    return given
