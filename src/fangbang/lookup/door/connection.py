"""Connections of one worker: bytes in, answers out, in order; whoever dawdles or does not read is let go."""

import asyncio
import ssl
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from email.utils import formatdate
from typing import Any, Protocol

from fangbang.lookup.door.hops import Hops
from fangbang.lookup.door.hot import Frames
from fangbang.lookup.door.secure import Secure
from fangbang.lookup.door.waiting import LOOK_SECONDS, MOST, Line
from fangbang.lookup.door.wire import (
    CONTINUE,
    MAX_BODY,
    MAX_HEAD,
    REFUSAL,
    Headers,
    Partial,
    Refused,
    Request,
    Response,
    encode,
    head_of,
    take,
)

LONGEST = MAX_HEAD + MAX_BODY
LINGER = 2.0
"""Seconds in which a client that was refused may read why."""


class _Ends(dict[int, bytes]):
    """Ends of heads, by the length of the body; there are not more lengths than a record's text has."""

    def __missing__(self, length: int) -> bytes:
        end = self[length] = b"%d\r\n\r\n" % length
        return end


_ENDS = _Ends()


class App(Protocol):
    """What stands behind the door. Nothing in it may wait: an answer is there when the call returns."""

    @property
    def heads(self) -> Sequence[tuple[int, Headers]]:
        """Status and fields of every answer that `hot` may give."""

    @property
    def hops(self) -> Hops:
        """The proxies whose word about a client's address counts."""

    def hot(self, path: bytes, value: bytes | None, client: str) -> tuple[int, bytes]:
        """The answer to a hot request: the place of its head in `heads`, and the body. None asks for a challenge."""

    def suits(self, request: Request) -> bool:
        """Whether a frame (a hot request without its query) may go the short way."""

    def answer(self, request: Request) -> Response:
        """The answer to any other request."""


@dataclass(frozen=True)
class Patience:
    """Seconds after which a connection ends, and how many there may be."""

    head: float = 10.0
    """For a whole request, from its first byte."""
    idle: float = 75.0
    """Between requests."""
    write: float = 20.0
    """For a client that does not read its answers."""
    connections: int = 20_000


class Door:
    """What all connections of a worker share."""

    def __init__(self, app: App, patience: Patience | None = None, always: Headers = ()) -> None:
        """Call inside a running loop. `always`: fields that every answer carries."""
        self.app = app
        self._always = "".join(f"\r\n{name}: {value}" for name, value in always).encode()
        self.patience = patience or Patience()
        self.loop = asyncio.get_running_loop()
        self.look = Frames(app.suits).look
        self.connections: set[Connection] = set()
        self.closing = False
        self._templates = [head_of(status, headers) for status, headers in app.heads]
        self._servers: list[asyncio.Server] = []
        self.lines: list[Line] = []
        self._tick()

    def _tick(self) -> None:
        """Once a second: the date that answers carry, and an end to connections past their time."""
        self.now = self.loop.time()
        self.idle_until = self.now + self.patience.idle
        self.date = formatdate(usegmt=True).encode() + self._always
        self.heads = [before + self.date + after for before, after in self._templates]
        for late in [item for item in self.connections if item.deadline < self.now]:
            late.abort()
        if not self.closing:
            self.loop.call_later(1.0, self._tick)

    async def listen(self, sock: Any, tls: ssl.SSLContext | None = None) -> None:
        """Take connections from a bound socket."""

        line = Line(sock)
        self.lines.append(line)

        def make() -> asyncio.Protocol:
            line.taken += 1
            return Secure(tls, Connection(self, secured=True)) if tls else Connection(self)

        self._servers.append(await self.loop.create_server(make, sock=sock, backlog=MOST))
        self._watch(line, self.loop.time())

    def _watch(self, line: Line, since: float) -> None:
        if not self.closing:
            now = self.loop.time()
            line.look(now - since)
            self.loop.call_later(LOOK_SECONDS, self._watch, line, now)

    async def close(self, grace: float = 5.0) -> None:
        """Take no more connections and requests, let what was answered get out, then end."""
        self.closing = True
        for server in self._servers:
            server.close()
        for connection in list(self.connections):
            connection.finish()
        until = self.loop.time() + grace
        while self.connections and self.loop.time() < until:
            await asyncio.sleep(0.02)
        for connection in list(self.connections):
            connection.abort()
        await asyncio.sleep(0)


class Connection(asyncio.Protocol):
    """One client. Each request is answered before the next is looked at, so that answers cannot change places."""

    __slots__ = (
        "_blocked",
        "_buffer",
        "_client",
        "_closing",
        "_cut",
        "_door",
        "_needs",
        "_secured",
        "_transport",
        "_write",
        "deadline",
    )

    def __init__(self, door: Door, *, secured: bool = False) -> None:
        self._door = door
        self._secured = secured
        self._buffer = b""
        self._blocked = self._closing = False
        self._needs = 0
        self._client = ""
        self._cut: Callable[[bytes], tuple[str, bytes] | None] | None = None
        self._transport: Any = None
        self.deadline = door.now + door.patience.head

    def connection_made(self, transport: Any) -> None:
        """Part of asyncio.Protocol."""
        door = self._door
        self._transport, self._write = transport, transport.write
        peer = transport.get_extra_info("peername")
        self._client = str(peer[0]) if peer else ""
        hops = door.app.hops
        self._cut = hops.cut if hops.trusts(self._client) else None
        door.connections.add(self)
        if len(door.connections) > door.patience.connections or door.closing:
            self._refuse(503)

    def connection_lost(self, exc: Exception | None) -> None:
        """Part of asyncio.Protocol."""
        self._closing = True
        self._door.connections.discard(self)

    def data_received(self, data: bytes) -> None:
        """Answer the hot request at once; everything else waits in the buffer until it is whole."""
        if not self._buffer and not self._blocked and not self._closing:
            client, whole = (self._cut and self._cut(data)) or (self._client, data)
            found = self._door.look(whole)
            if found is not None:
                door, (path, value, close) = self._door, found
                number, body = door.app.hot(path, value, client)
                if close:
                    self._write(b"%b%d\r\nconnection: close\r\n\r\n%b" % (door.heads[number], len(body), body))
                    self.finish()
                    return
                self._write(b"".join((door.heads[number], _ENDS[len(body)], body)))
                self.deadline = door.idle_until
                return
        if self._closing:
            return
        if not self._buffer:
            self.deadline = self._door.now + self._door.patience.head
        self._buffer += data
        self._proceed()

    def pause_writing(self) -> None:
        """The client does not read: nothing more is read from it, and nothing more is answered."""
        self._blocked = True
        self._transport.pause_reading()
        self.deadline = self._door.now + self._door.patience.write

    def resume_writing(self) -> None:
        """The client reads again."""
        self._blocked = False
        self.deadline = self._door.now + (self._door.patience.head if self._buffer else self._door.patience.idle)
        if not self._closing:
            self._transport.resume_reading()
            self._proceed()

    def finish(self) -> None:
        """End once what was answered is out."""
        self._closing = True
        self._buffer = b""
        self._transport.close()

    def abort(self) -> None:
        """End now."""
        self._closing = True
        self._transport.abort()

    def _proceed(self) -> None:
        """Answer every whole request in the buffer, as long as the client reads."""
        at, buffer = 0, self._buffer
        while at < len(buffer) and len(buffer) - at >= self._needs and not self._blocked and not self._closing:
            try:
                taken = take(buffer[at : at + LONGEST], self._client)
            except Refused as refused:
                self._refuse(refused.status)
                return
            if isinstance(taken, Partial):
                if taken.expects and not self._needs:
                    self._write(CONTINUE)
                self._needs = taken.needs
                break
            at += taken.size
            self._needs = 0
            self.deadline = self._door.now + self._door.patience.head
            response = self._door.app.answer(taken.request)
            has_body = taken.request.method != "HEAD"
            self._write(encode(response, self._door.date, with_body=has_body, close=taken.close, secured=self._secured))
            if taken.close:
                self.finish()
                return
        self._buffer = buffer[at:]
        if at and not self._buffer and not self._blocked:
            self.deadline = self._door.idle_until

    def _refuse(self, status: int) -> None:
        """Answer with a status only, and hang up."""
        self._closing = True
        self._buffer = b""
        self._write(encode(Response(status, REFUSAL, b""), self._door.date, close=True))
        if not self._transport.can_write_eof():
            self._transport.close()
            return
        # Closing with bytes unread would make the kernel throw the answer away: say goodbye, and wait a little.
        self._transport.write_eof()
        self.deadline = self._door.now + LINGER
