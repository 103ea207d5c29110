"""How many may wait at a worker's socket: as many as it takes in half a second, while it cannot keep up.

Turning somebody away costs a worker nearly as much as an answer does, once it has the connection: ten times as many
people as it can answer would leave it no time for answers. The kernel does it for nothing: a handshake that finds the
socket's line full is dropped, and the client's kernel tries again after a second, then after three, then seven. But a
line of fixed length is too long for a slow worker: whoever is answered at its end has given up already.
"""

import socket
import struct

MOST = 4096
"""Places in the line of a worker that keeps up: a burst waits, nobody is dropped."""
LEAST = 64
WAIT = 0.5
"""Seconds in the line, at most."""
LOOK_SECONDS = 0.1
_WEIGHT = 0.2
"""Of the newest look in the pace."""
_WAITING = struct.Struct("=24xI")
"""tcpi_unacked of Linux' struct tcp_info: of a listening socket, how many wait."""


class Pace:
    """From looks at the line to its length."""

    def __init__(self) -> None:
        self._waited = False
        self._pace: float | None = None

    def places(self, waiting: int, taken: int, seconds: float) -> int:
        """How long the line may be, where `waiting` are in it and `taken` left it in the last `seconds` (not 0)."""
        if not waiting or not self._waited:
            # How fast a worker is shows only while somebody waits all the time.
            self._waited, self._pace = bool(waiting), None
            return MOST
        newest = taken / seconds
        self._pace = newest if self._pace is None else self._pace + _WEIGHT * (newest - self._pace)
        return max(LEAST, min(MOST, int(self._pace * WAIT)))


class Line:
    """The line of one listening TCP socket."""

    def __init__(self, listening: socket.socket) -> None:
        self._listening = listening
        self._pace = Pace()
        self.taken = 0
        """Connections taken since the last look."""
        self.places = MOST

    @property
    def waiting(self) -> int:
        """Connections that nobody has taken yet."""
        return int(_WAITING.unpack(self._listening.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _WAITING.size))[0])

    def look(self, seconds: float) -> None:
        """Make the line as long as it may be; `seconds` since the last look."""
        places = self._pace.places(self.waiting, self.taken, seconds)
        self.taken = 0
        if places != self.places:
            self.places = places
            self._listening.listen(places)
