"""Exchanges counts between nodes over a Redis-protocol store, once a second, by a thread of the supervisor.

No query ever waits for it: workers name the keys they touched by a datagram, and read what others counted in shared
memory. Each node adds messages to one stream a window: its tag, and (key u64, count u32) for every key that changed,
the count being what this node has counted by itself. So a message that comes twice changes nothing, and every node
adds the others up. What a node said is said again once a minute, and after the store was away: who comes later, or
finds an emptied store, knows within a minute. Keys are keyed hashes under a key that only the nodes hold. A tag is
the node's name and a random part of this process's life: nodes that were given one name hear each other all the same,
and a node that starts again hears what it counted before.

While the store is away each node holds its share alone: all budgets are divided by the number of nodes.
"""

import secrets
import socket
import threading
import time
from collections.abc import Callable
from pathlib import Path
from struct import Struct
from typing import Any

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from fangbang.lookup.counting import WINDOW_SECONDS, CountTable
from fangbang.lookup.touched import AT_ONCE, KEY

EVERY = 1.0
PATIENCE = 1.0
"""Seconds to wait for the store before it counts as away."""
ALL_AGAIN = 60.0
ALIVE = 10.0
"""A node that said nothing for so long is not counted any more."""
_ENTRY = Struct(">QI")
_KEPT = 2000
"""Messages that the store keeps of a window."""


class Exchange:
    """One node's side of it. `now` gives Unix seconds; `log` says when the store goes and comes."""

    def __init__(
        self,
        url: str,
        node: str,
        nodes: int,
        inbox: Path,
        table: CountTable,
        others: CountTable,
        now: Callable[[], float],
        log: Callable[..., Any],
    ) -> None:
        """`nodes`: how many there are at least, for when the store is away and nobody was heard of."""
        self._store = redis.Redis.from_url(
            url, socket_timeout=PATIENCE, socket_connect_timeout=PATIENCE, retry=Retry(NoBackoff(), 0)
        )
        self._node, self._least = f"{node}/{secrets.token_hex(4)}".encode(), nodes
        self._table, self._others, self._now, self._log = table, others, now, log
        self._inbox = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._inbox.setblocking(False)
        self._inbox.bind(str(inbox))
        self._touched: set[int] = set()
        self._said: dict[int, int] = {}
        self._heard: dict[tuple[bytes, int], int] = {}
        self._sums: dict[int, int] = {}
        self._alive: dict[bytes, float] = {}
        self._window, self._last, self._all_again = -1, "0", 0.0
        self.is_up, self.failures = True, 0
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._keep, daemon=True)

    def start(self) -> None:
        """Exchange from now on."""
        self._thread.start()

    def stop(self) -> None:
        """End; waits no longer than the store's patience."""
        self._stop.set()
        if self._thread.ident:
            self._thread.join()
        self._inbox.close()
        self._store.close()

    @property
    def nodes(self) -> int:
        """Nodes that share the limits: those heard of lately and this one, or as many as there should be."""
        since = time.monotonic() - ALIVE
        return max(self._least, 1 + sum(at > since for at in self._alive.values()))

    def _keep(self) -> None:
        while not self._stop.wait(EVERY):
            self.step()

    def step(self) -> None:
        """One exchange; a store that does not answer is told once, and budgets are divided until it does."""
        self._open_letters()
        nodes = self.nodes
        try:
            self._speak()
            self._listen()
        except Exception as error:  # noqa: BLE001 — whatever is wrong, an end of this thread would lift shared limits
            self.failures += 1
            if self.is_up:
                self._table.set_divisor(nodes)
                self._log("limits store away", error=type(error).__name__, divided_by=nodes)
            self.is_up = False
            return
        if not self.is_up:
            self._log("limits store back")
            self._all_again = 0.0
        self.is_up = True
        self._table.set_divisor(1)

    def _open_letters(self) -> None:
        """Read what workers touched; a new window begins with nothing."""
        now = int(self._now())
        window = now // WINDOW_SECONDS
        if window != self._window:
            self._window, self._last = window, "0"
            for known in (self._touched, self._said, self._heard, self._sums):
                known.clear()
        self._table.at(now)
        self._others.at(now)
        while True:
            try:
                letter = self._inbox.recv(AT_ONCE * KEY.size)
            except BlockingIOError:
                return
            self._touched.update(key for (key,) in KEY.iter_unpack(letter))

    @property
    def _stream(self) -> str:
        return f"fangbang:limits:{self._window}"

    def _speak(self) -> None:
        """Say what changed; an empty message says that this node is alive."""
        if time.monotonic() >= self._all_again:
            self._touched.update(self._said)
        counts = {key: self._table.count(key) for key in self._touched}
        again = time.monotonic() >= self._all_again
        changed = [(key, count) for key, count in counts.items() if count and (again or self._said.get(key) != count)]
        pipeline = self._store.pipeline(transaction=False)
        for at in range(0, max(1, len(changed)), AT_ONCE):
            blob = b"".join(_ENTRY.pack(*entry) for entry in changed[at : at + AT_ONCE])
            pipeline.xadd(self._stream, {"node": self._node, "counts": blob}, maxlen=_KEPT, approximate=True)
        pipeline.expire(self._stream, 2 * WINDOW_SECONDS)
        pipeline.execute()
        self._said.update(changed)
        self._touched.clear()
        if again:
            self._all_again = time.monotonic() + ALL_AGAIN

    def _listen(self) -> None:
        """Hear what others said since the last time."""
        while True:
            told: Any = self._store.xread({self._stream: self._last}, count=500)
            messages = told[0][1] if told else []
            for number, fields in messages:
                self._last = number
                if fields.get(b"node") != self._node:
                    self._hear(fields.get(b"node", b""), fields.get(b"counts", b""))
            if len(messages) < 500:
                return

    def _hear(self, node: bytes, blob: bytes) -> None:
        self._alive[node] = time.monotonic()
        if len(blob) % _ENTRY.size:
            return
        for key, count in _ENTRY.iter_unpack(blob):
            before = self._heard.get((node, key), 0)
            if count <= before:
                continue
            self._heard[node, key] = count
            self._sums[key] = self._sums.get(key, 0) + count - before
            self._others.put(key, self._sums[key])
            # One look at the marks must settle that nobody failed at a person anywhere.
            self._table.marks[key & self._table.mask] = self._table.mark
