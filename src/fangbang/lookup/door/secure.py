"""TLS of one connection, between the socket and a `Connection`: bytes through OpenSSL's memory buffers, little else.

The event loop's own TLS costs some 150 µs more for each connection, and on result day nearly every candidate brings a
new one. OpenSSL does all that is cryptography; here its bytes are carried. Waiting is not known here either: the
deadline of the `Connection` bounds the handshake as it bounds a request.
"""

import asyncio
import ssl
from contextlib import suppress
from typing import Any

CHUNK = 16_384
"""Most bytes of plain text in one TLS record."""


class Secure(asyncio.Protocol):
    """The socket's protocol, and the inner protocol's transport."""

    __slots__ = ("_closing", "_incoming", "_inner", "_outgoing", "_paused", "_shaken", "_socket", "_tls")

    def __init__(self, context: ssl.SSLContext, inner: asyncio.Protocol) -> None:
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._incoming, self._outgoing, server_side=True)
        self._inner = inner
        self._socket: Any = None
        self._shaken = self._paused = self._closing = False

    # ---- what the socket says ----

    def connection_made(self, transport: Any) -> None:
        """Part of asyncio.Protocol."""
        self._socket = transport
        self._inner.connection_made(self)  # type: ignore[arg-type]  # the few methods that it calls are below

    def connection_lost(self, exc: Exception | None) -> None:
        """Part of asyncio.Protocol."""
        self._closing = True
        self._inner.connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Go on with the handshake, or hand on what was said."""
        if not self._closing:
            self._incoming.write(data)
            self._advance()

    def pause_writing(self) -> None:
        """Part of asyncio.Protocol."""
        self._inner.pause_writing()

    def resume_writing(self) -> None:
        """Part of asyncio.Protocol."""
        self._inner.resume_writing()

    def _advance(self) -> None:
        try:
            if not self._shaken:
                self._tls.do_handshake()
                self._shaken = True
            while not (self._paused or self._closing):
                data = self._tls.read(CHUNK)
                if data:
                    self._inner.data_received(data)
                else:
                    # The client said goodbye.
                    self.close()
        except ssl.SSLWantReadError:
            pass
        except ssl.SSLError:
            # Something that is not TLS, or not ours; an alert goes out if OpenSSL has one to send.
            self.close()
        self._flush()

    def _flush(self) -> None:
        if self._outgoing.pending:
            self._socket.write(self._outgoing.read())

    # ---- what the inner protocol asks of its transport ----

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        """Part of asyncio.Transport."""
        return self._socket.get_extra_info(name, default)

    def write(self, data: bytes) -> None:
        """Part of asyncio.Transport; before the handshake there is nobody who could read it."""
        if self._shaken and not self._closing:
            self._tls.write(data)
            self._flush()

    def can_write_eof(self) -> bool:
        """Part of asyncio.Transport."""
        return True

    def write_eof(self) -> None:
        """Say goodbye and wait for the client to go."""
        self._goodbye()
        if self._socket.can_write_eof():
            self._socket.write_eof()

    def pause_reading(self) -> None:
        """Part of asyncio.Transport."""
        self._paused = True
        self._socket.pause_reading()

    def resume_reading(self) -> None:
        """Part of asyncio.Transport; what was received but not read yet is looked at next."""
        self._paused = False
        self._socket.resume_reading()
        asyncio.get_running_loop().call_soon(self._advance_if_open)

    def close(self) -> None:
        """Say goodbye, let everything out, end."""
        self._goodbye()
        self._socket.close()

    def abort(self) -> None:
        """End now."""
        self._closing = True
        self._socket.abort()

    def _advance_if_open(self) -> None:
        if not self._closing:
            self._advance()

    def _goodbye(self) -> None:
        if self._shaken and not self._closing:
            # The client's own goodbye is not waited for.
            with suppress(ssl.SSLError):
                self._tls.unwrap()
        self._closing = True
        self._flush()
