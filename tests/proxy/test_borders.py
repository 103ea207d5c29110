"""nginx and we see the same requests with the same borders, whatever is sent; what we refuse ends the connection.

Every message comes from a loopback address of its own, so that what nginx logs, what reaches us through it and what
reaches us directly can be laid side by side. In pieces and without buffering, nginx forwards chunks as they come.
"""

import asyncio
import re
import socket
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import pytest
import uvloop

from bench.processes import free_port
from fangbang.lookup.door.connection import Connection, Door
from fangbang.lookup.door.hops import Hops
from fangbang.lookup.door.sockets import worker_socket
from fangbang.lookup.door.wire import Request, Response
from tests.lookup.scene import wait
from tests.proxy.front import nginx
from tests.proxy.messages import AFTER, MESSAGES

pytestmark = pytest.mark.nginx
PATIENCE = 1.0
"""Seconds after which a server that says nothing is taken to wait for more."""
_CONFIG = """
log_format lines escape=none '$remote_addr|$request_method|$request_uri|$status|$upstream_status';
upstream node {{ server 127.0.0.1:{node}; keepalive 8; }}
server {{
  listen {port};
  access_log {folder}/lines.log lines;
  client_max_body_size 4k;
  location / {{
    proxy_pass http://node;
    proxy_http_version 1.1;
    proxy_set_header Connection "";
    proxy_set_header Host $host;
    proxy_set_header X-Case $remote_addr;
    proxy_request_buffering {buffering};
    proxy_next_upstream off;
  }}
}}
"""


class Seen(NamedTuple):
    """A request as a reader understood it."""

    method: str
    target: str
    body: int


@dataclass
class Ledger:
    """What a reader understood, by case, and how many messages it refused."""

    taken: dict[str, list[Seen]] = field(default_factory=lambda: defaultdict(list))
    refused: int = 0


class Recorder:
    """An application that writes down what it is asked."""

    heads = ((200, (("x", "y"),)),)

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self.hops = Hops(())

    def suits(self, request: Request) -> bool:
        """The short way would hide the case; whatever it takes, the ordinary reader takes too (test_door_wire)."""
        return False

    def hot(self, path: bytes, value: bytes | None, client: str) -> tuple[int, bytes]:
        raise AssertionError

    def answer(self, request: Request) -> Response:
        target = request.path + (f"?{request.query_string}" if request.query_string else "")
        case = request.headers.get("x-case", request.client)
        self._ledger.taken[case].append(Seen(request.method, target, len(request.body)))
        return Response(200, [], b"ok")


@contextmanager
def door(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """Our door in a thread, counting its refusals too. Yields its port."""
    refuse = Connection._refuse

    def counted(self: Connection, status: int) -> None:
        ledger.refused += 1
        refuse(self, status)

    monkeypatch.setattr(Connection, "_refuse", counted)
    sock, started, loops = worker_socket("127.0.0.1", 0), threading.Event(), []

    async def whole() -> None:
        stop = asyncio.Event()
        loops.append((asyncio.get_running_loop(), stop))
        made = Door(Recorder(ledger))
        await made.listen(sock)
        started.set()
        await stop.wait()
        await made.close(0.2)

    thread = threading.Thread(target=lambda: uvloop.run(whole()), daemon=True)
    thread.start()
    started.wait(10)
    yield sock.getsockname()[1]
    loop, stop = loops[0]
    loop.call_soon_threadsafe(stop.set)
    thread.join(10)


def _tolerant_reader(connection: socket.socket, client: str, ledger: Ledger) -> None:
    """A reader that makes the best of everything: any line end, any length, no chunks, rubbish skipped."""
    with connection, connection.makefile("rb") as stream, suppress(OSError):
        while line := stream.readline():
            if len(words := line.split()) < 2:
                continue
            fields: dict[bytes, bytes] = {}
            while (said := stream.readline()).strip():
                name, _, value = said.partition(b":")
                fields.setdefault(name.strip().lower(), value.strip())
            length = re.match(rb"\d{1,5}", fields.get(b"content-length", b""))
            body = stream.read(int(length[0])) if length else b""
            case = fields.get(b"x-case", client.encode()).decode()
            ledger.taken[case].append(Seen(words[0].decode("latin-1"), words[1].decode("latin-1"), len(body)))
            if b"transfer-encoding" in fields:
                time.sleep(0.1)  # or nginx, answered before the body came, would hang up
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
            if words[1] == b"/after" and b"x-case" not in fields:
                return


@contextmanager
def tolerant(ledger: Ledger) -> Iterator[int]:
    """The tolerant reader as a server. Yields its port."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            with suppress(OSError):
                while True:
                    connection, client = server.accept()
                    connection.settimeout(5)
                    threading.Thread(target=_tolerant_reader, args=(connection, client[0], ledger), daemon=True).start()

        threading.Thread(target=serve, daemon=True).start()
        yield server.getsockname()[1]
        server.shutdown(socket.SHUT_RDWR)


def address(number: int) -> str:
    return f"127.0.{1 + number // 200}.{1 + number % 200}"


def exchange(number: int, data: bytes, port: int, pause: float) -> tuple[bytes, bool]:
    """(everything that is said to a message and the request behind it, whether the connection was ended)."""
    head, end, rest = data.partition(b"\r\n\r\n")
    with socket.create_connection(("127.0.0.1", port), timeout=10, source_address=(address(number), 0)) as link:
        with suppress(OSError):
            link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            link.sendall(head + end)
            time.sleep(pause)
            link.sendall(rest + AFTER)
        link.settimeout(PATIENCE)
        heard = b""
        try:
            while part := link.recv(65536):
                heard += part
        except TimeoutError:
            return heard, False
        except ConnectionError:
            return heard, True
        return heard, True


def send_all(port: int, pause: float = 0.0) -> list[tuple[bytes, bool]]:
    """Every message; with a pause between its head and what follows."""
    with ThreadPoolExecutor(8) as threads:
        return list(threads.map(lambda row: exchange(row[0], row[1][1], port, pause), enumerate(MESSAGES)))


@dataclass
class Sides:
    """The same messages, seen from three sides; the key is the address that a message came from."""

    nginx: dict[str, list[tuple[str, str, str]]]
    """(method, address, what the node answered) of what nginx forwarded."""
    through: Ledger
    direct: Ledger
    said: list[tuple[bytes, bool]]
    """What is said to each message that comes directly."""


def compared(
    folder: Path, reader: Callable[[Ledger], AbstractContextManager[int]], buffering: str, pause: float
) -> Sides:
    """Send everything through nginx and directly."""
    through, direct = Ledger(), Ledger()
    with reader(direct) as node:
        said = send_all(node, pause)
    with reader(through) as node:
        port = free_port()
        with nginx(folder, _CONFIG.format(folder=folder, node=node, port=port, buffering=buffering), port) as front:
            send_all(port, pause)
            front.ended()
            wait(lambda: not (folder / "nginx.pid").exists(), "nginx to end", 20)
    lines: dict[str, list[tuple[str, str, str]]] = defaultdict(list)
    for line in (folder / "lines.log").read_text(encoding="latin-1").split("\n")[:-1]:
        case, method, target, _, node_status = line.split("|")
        if node_status:
            lines[case].append((method, target, node_status))
    return Sides(lines, through, direct, said)


def disagreements(sides: Sides) -> dict[str, str]:
    """Messages of which nginx and a reader understood different things, by name."""
    found = {}
    for number, (name, _) in enumerate(MESSAGES):
        case = address(number)
        forwarded = [(method, target) for method, target, status in sides.nginx[case] if status == "200"]
        taken = sides.through.taken[case]
        if [(method, target.removesuffix("?")) for method, target in forwarded] != [
            (seen.method, seen.target.removesuffix("?")) for seen in taken
        ]:
            found[name] = f"nginx forwarded {forwarded}, read as {taken}"
    if strays := sides.through.taken.keys() - {address(number) for number in range(len(MESSAGES))}:
        found["strays"] = f"{[sides.through.taken[case] for case in strays]} came from nowhere"
    refused = sum(status != "200" for lines in sides.nginx.values() for _, _, status in lines)
    if refused != sides.through.refused:
        found["refusals"] = f"nginx saw {refused}, the reader {sides.through.refused}"
    return found


def laxities(sides: Sides) -> dict[str, str]:
    """Messages of which a reader, asked directly, takes more than nginx would have handed it, by name."""
    found = {}
    for number, (name, _) in enumerate(MESSAGES):
        case, (heard, ended) = address(number), sides.said[number]
        direct, through = sides.direct.taken[case], sides.through.taken[case]
        if direct != through[: len(direct)]:
            found[name] = f"directly {direct}, through nginx {through}"
        elif len(direct) < len(through):
            last = heard.rpartition(b"HTTP/1.1 ")[2]
            if not ended or b"\r\nconnection: close\r\n" not in last:
                found[name] = f"not ended: {heard[:80]!r}"
    return found


@pytest.mark.parametrize(("buffering", "pause"), [("on", 0.0), ("off", 0.0), ("off", 0.05)])
def test_nginx_and_we_understand_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, buffering: str, pause: float
) -> None:
    sides = compared(tmp_path, lambda ledger: door(ledger, monkeypatch), buffering, pause)

    assert len(MESSAGES) >= 130
    assert sum(len(lines) for lines in sides.nginx.values()) > 60
    assert disagreements(sides) == {}
    # RFC 9110 allows a tab around a value, nginx does not: it hands on nothing then.
    assert list(laxities(sides)) == ["a length with tabs around it"]


def test_what_we_refuse_ends_the_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    ledger = Ledger()

    with door(ledger, monkeypatch) as port:
        said = send_all(port)

    refusals = [re.findall(rb"HTTP/1\.1 ([45]\d\d) ", heard) for heard, _ in said]
    assert [ended for (_, ended), status in zip(said, refusals, strict=True) if status and not ended] == []
    assert max(len(status) for status in refusals) == 1
    assert sum(len(status) for status in refusals) == ledger.refused > 60


def test_a_tolerant_reader_is_caught(tmp_path: Path) -> None:
    sides = compared(tmp_path, tolerant, "off", 0.05)

    assert "hidden" in disagreements(sides)["strays"]
    assert len(laxities(sides)) > 20
