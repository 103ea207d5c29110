"""Asks the node itself once a second, over a new connection, and keeps how long the answers took.

What it measures is what a visitor waits for before anything of a query is read: the kernel's line, the door, the loop.
It costs the query nothing, and shows a door that is stuck although its workers run.
"""

import ssl
import threading
import time
from collections import deque
from collections.abc import Sequence
from http.client import HTTPConnection, HTTPException, HTTPSConnection

SPAN = 60
"""Answers remembered: about a minute."""
PATIENCE = 5.0
"""Seconds after which an answer counts as failed."""
_EVERY = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - no address to listen on: what stands for it from here


class Prober:
    """`start` begins, `stop` ends; both are the supervisor's."""

    def __init__(self, host: str, port: int, *, tls: bool) -> None:
        self._host, self._port = _EVERY.get(host, host), port
        self._context = _unchecked() if tls else None
        self._took: deque[float] = deque(maxlen=SPAN)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._probe, daemon=True)
        self.failures = 0

    def start(self) -> None:
        """Ask every second from now on."""
        self._thread.start()

    def stop(self) -> None:
        """Ask no more."""
        self._stop.set()
        self._thread.join()

    def quantiles(self, wanted: Sequence[float]) -> dict[float, float]:
        """Seconds by quantile over the last minute; nothing before the first answer."""
        took = sorted(self._took)
        return {part: took[min(len(took) - 1, int(part * len(took)))] for part in wanted} if took else {}

    def look(self) -> None:
        """Ask once."""
        began = time.perf_counter()
        connection = (
            HTTPSConnection(self._host, self._port, timeout=PATIENCE, context=self._context)
            if self._context
            else HTTPConnection(self._host, self._port, timeout=PATIENCE)
        )
        try:
            connection.request("GET", "/healthz", headers={"Connection": "close"})
            connection.getresponse().read()
        except (OSError, HTTPException):
            self.failures += 1
        else:
            self._took.append(time.perf_counter() - began)
        finally:
            connection.close()

    def _probe(self) -> None:
        while not self._stop.wait(1.0):
            self.look()


def _unchecked() -> ssl.SSLContext:
    """For the node's own door, on this machine, whose certificate names its public address."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context
