"""A small HTTP server whose answers a test decides, byte by byte."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

Answer = Callable[[bytes], list[bytes]]
"""From a request to the parts of its answer, each sent by itself; an empty list hangs up."""


def ok(body: bytes) -> bytes:
    """A whole answer of status 200."""
    return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)


@contextmanager
def serving(answer: Answer) -> Iterator[int]:
    """Serve on a free port, a thread a connection, until the block ends. Yields the port."""
    listener = socket.create_server(("127.0.0.1", 0))

    def connections() -> None:
        while True:
            try:
                link, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=_talk, args=(link, answer), daemon=True).start()

    threading.Thread(target=connections, daemon=True).start()
    try:
        yield listener.getsockname()[1]
    finally:
        listener.close()


def _talk(link: socket.socket, answer: Answer) -> None:
    link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    with link:
        while True:
            try:
                asked = link.recv(65536)
                parts = answer(asked) if asked else []
                if not parts:
                    return
                for part in parts:
                    link.sendall(part)
            except OSError:
                return
