"""The door over real sockets: order, splits, slowness, limits, its end, TLS."""

import asyncio
import ssl
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path

import pytest
import uvloop

from fangbang.lookup.door.connection import Door, Patience
from fangbang.lookup.door.hops import Hops
from fangbang.lookup.door.sockets import reserve, tls_context, worker_socket
from fangbang.lookup.door.wire import Request, Response
from tests.lookup.certificates import certificate
from tests.lookup.test_door_wire import FORM, GET, HOT, VALUE

HEAD = GET.replace(b"GET", b"HEAD")


class Echo:
    """Says what it was asked."""

    heads = [(200, [("x-way", "hot")])]

    def __init__(self, body: bytes = b"", trusted: tuple[str, ...] = ()) -> None:
        self.body = body
        self.hops = Hops(trusted)

    def suits(self, request: Request) -> bool:
        return "x-forwarded-for" not in request.headers

    def hot(self, path: bytes, value: bytes | None, client: str) -> tuple[int, bytes]:
        return 0, b" ".join((path, value or b"", client.encode()))

    def answer(self, request: Request) -> Response:
        said = f"{request.method} {request.path} {request.query_string} {request.client} ".encode() + request.body
        return Response(200, [("x-way", "ordinary"), ("set-cookie", "a=1; HttpOnly")], self.body or said)


Talk = Callable[[int, Door], Awaitable[None]]


def visit(
    talk: Talk, app: Echo | None = None, patience: Patience | None = None, tls: ssl.SSLContext | None = None
) -> None:
    """Open a door on a free port, and talk to it."""

    async def whole() -> None:
        door = Door(app or Echo(), patience)
        sock = worker_socket("127.0.0.1", 0)
        await door.listen(sock, tls)
        try:
            await asyncio.wait_for(talk(sock.getsockname()[1], door), 20)
        finally:
            await door.close(0.2)

    uvloop.run(whole())


async def said(port: int, *parts: bytes, pause: float = 0.0) -> bytes:
    """Everything the door says until it hangs up; it is told that nothing more will come."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    with suppress(OSError, RuntimeError):  # the door may have hung up
        for part in parts:
            writer.write(part)
            await asyncio.sleep(pause)
        if writer.can_write_eof() and not pause:
            await asyncio.sleep(0.05)
            writer.write_eof()
    answer = await reader.read()
    writer.close()
    return answer


def bodies(answers: bytes) -> list[bytes]:
    """The bodies of answers that follow one another."""
    found = []
    while answers:
        head, _, rest = answers.partition(b"\r\n\r\n")
        size = int(head.partition(b"content-length: ")[2].partition(b"\r\n")[0])
        found.append(rest[:size])
        answers = rest[size:]
    return found


def test_pipelined_requests_are_answered_in_order() -> None:
    async def talk(port: int, door: Door) -> None:
        answers = await said(port, GET + FORM + HOT + GET + HOT)

        assert bodies(answers) == [
            b"GET /help lang=en 127.0.0.1 ",
            b"POST /score/x  127.0.0.1 k=abc",
            b"POST /score/social-worker-2026  127.0.0.1 ",
            b"GET /help lang=en 127.0.0.1 ",
            b"POST /score/social-worker-2026  127.0.0.1 ",
        ]

    visit(talk)


def test_a_thousand_pipelined_requests() -> None:
    async def talk(port: int, door: Door) -> None:
        assert len(bodies(await said(port, GET * 1000))) == 1000

    visit(talk)


def test_the_hot_request_goes_the_short_way() -> None:
    async def talk(port: int, door: Door) -> None:
        answer = await said(port, HOT)

        assert b"\r\nx-way: hot\r\n" in answer
        assert answer.startswith(b"HTTP/1.1 200 OK\r\ndate: ")
        assert b"\r\nserver:" not in answer.lower()
        assert bodies(answer) == [b"/score/social-worker-2026 " + VALUE + b" 127.0.0.1"]

    visit(talk)


@pytest.mark.parametrize(
    ("field", "way", "client"),
    [
        (b"X-Forwarded-For: 203.0.113.9", b"hot", b"203.0.113.9"),
        (b"X-Forwarded-For: 2001:DB8::0:9", b"hot", b"2001:db8::9"),
        (b"X-Forwarded-For: 203.0.113.9, 198.51.100.7", b"ordinary", b""),
        (b"X-Forwarded-For: 203.0.113.9\r\nX-Forwarded-For: 198.51.100.7", b"ordinary", b""),
        (b"X-Forwarded-For: 203.0.113.999", b"ordinary", b""),
        (b"x-forwarded-for: 203.0.113.9", b"ordinary", b""),
        (b"X: y", b"hot", b"127.0.0.1"),
    ],
)
def test_what_a_trusted_proxy_hands_on_goes_the_short_way_too(field: bytes, way: bytes, client: bytes) -> None:
    async def talk(port: int, door: Door) -> None:
        answer = await said(port, HOT.replace(b"Accept: ", field + b"\r\nAccept: "))

        assert b"\r\nx-way: " + way + b"\r\n" in answer
        if client:
            assert bodies(answer) == [b"/score/social-worker-2026 " + VALUE + b" " + client]

    visit(talk, Echo(trusted=("127.0.0.0/8",)))


def test_what_a_stranger_says_of_its_address_is_not_taken_out() -> None:
    async def talk(port: int, door: Door) -> None:
        answer = await said(port, HOT.replace(b"Accept: ", b"X-Forwarded-For: 203.0.113.9\r\nAccept: "))

        assert b"\r\nx-way: ordinary\r\n" in answer

    visit(talk, Echo(trusted=("10.0.0.0/8",)))


def test_after_the_last_hot_request_the_connection_ends() -> None:
    async def talk(port: int, door: Door) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(HOT.replace(b"Accept: ", b"Connection: close\r\nX: "))

        answer = await reader.read()

        assert b"\r\nx-way: hot\r\n" in answer
        assert b"\r\nconnection: close\r\n\r\n" in answer
        assert answer.endswith(VALUE + b" 127.0.0.1")
        writer.close()

    visit(talk)


@pytest.mark.parametrize("data", [GET, FORM, HOT], ids=["get", "form", "hot"])
def test_a_request_may_be_cut_anywhere(data: bytes) -> None:
    async def talk(port: int, door: Door) -> None:
        async def with_end(at: int) -> int:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(data[:at])
            await asyncio.sleep(0.01)
            writer.write(data[at:])
            head = await reader.readuntil(b"\r\n\r\n")
            writer.close()
            return int(head.split()[1])

        statuses = await asyncio.gather(*(with_end(at) for at in range(len(data) + 1)))

        assert set(statuses) == {200}

    visit(talk)


def test_byte_by_byte() -> None:
    async def talk(port: int, door: Door) -> None:
        answers = await said(port, *[bytes([byte]) for byte in FORM + GET], pause=0.0)

        assert [body.split()[0] for body in bodies(answers)] == [b"POST", b"GET"]

    visit(talk)


def test_a_refused_request_ends_the_connection() -> None:
    async def talk(port: int, door: Door) -> None:
        answer = await said(port, b"GET / HTTP/1.1\nHost: a\n\n" + GET)

        assert answer.startswith(b"HTTP/1.1 400 Bad Request\r\n")
        assert answer.count(b"HTTP/1.1 ") == 1
        assert b"\r\nconnection: close\r\n" in answer

    visit(talk)


def test_what_stands_behind_a_close_is_not_answered() -> None:
    async def talk(port: int, door: Door) -> None:
        closing = GET.replace(b"Host: a", b"Host: a\r\nConnection: close")

        assert len(bodies(await said(port, closing + GET))) == 1
        assert len(bodies(await said(port, b"GET / HTTP/1.0\r\n\r\n" + GET))) == 1

    visit(talk)


def test_head_has_a_length_and_no_body() -> None:
    async def talk(port: int, door: Door) -> None:
        answer = await said(port, HEAD)

        assert answer.endswith(b"content-length: 29\r\n\r\n")

    visit(talk)


def test_who_waits_for_a_word_before_the_body_gets_it() -> None:
    async def talk(port: int, door: Door) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(FORM[:-5].replace(b"Host: a", b"Host: a\r\nExpect: 100-continue"))
        word = await reader.readuntil(b"\r\n\r\n")
        writer.write(b"k=")
        await asyncio.sleep(0.02)
        writer.write(b"abc")
        head = await reader.readuntil(b"\r\n\r\n")
        writer.close()

        assert (word, head[:15]) == (b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.1 200 OK")

    visit(talk)


def test_who_dawdles_is_let_go() -> None:
    async def talk(port: int, door: Door) -> None:
        began = time.monotonic()

        silent, slow, idle = await asyncio.gather(
            said(port, b"", pause=0.01), said(port, GET[:9], pause=0.01), said(port, GET, pause=0.01)
        )

        assert (silent, slow, len(bodies(idle))) == (b"", b"", 1)
        assert time.monotonic() - began < 5

    visit(talk, patience=Patience(head=0.3, idle=0.3))


def test_a_drip_of_bytes_does_not_hold_a_connection() -> None:
    async def talk(port: int, door: Door) -> None:
        with suppress(ConnectionError):
            await said(port, *[b"G", *[b"E"] * 40], pause=0.1)

        assert not door.connections

    visit(talk, patience=Patience(head=0.5))


def test_who_does_not_read_is_not_read_from() -> None:
    async def talk(port: int, door: Door) -> None:
        _, writer = await asyncio.open_connection("127.0.0.1", port, limit=1024)
        writer.transport.pause_reading()  # type: ignore[attr-defined]
        writer.write(GET * 200)
        for _ in range(100):
            await asyncio.sleep(0.1)
            if not door.connections:
                break

        assert not door.connections
        writer.close()

    visit(talk, Echo(b"x" * 200_000), Patience(write=0.5))


def test_a_reader_that_is_slow_gets_everything() -> None:
    async def talk(port: int, door: Door) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1 << 16)
        writer.write(GET * 60)
        total = 0
        while total < 60 * 200_000:
            total += len(await reader.read(1 << 16))
            await asyncio.sleep(0)
        writer.close()

        assert total > 60 * 200_000

    visit(talk, Echo(b"x" * 200_000))


def test_too_many_connections_are_turned_away() -> None:
    async def talk(port: int, door: Door) -> None:
        held = [await asyncio.open_connection("127.0.0.1", port) for _ in range(2)]
        for _, writer in held:
            writer.write(GET[:5])
        await asyncio.sleep(0.05)

        assert (await said(port, GET)).startswith(b"HTTP/1.1 503 ")
        for _, writer in held:
            writer.close()
        await asyncio.sleep(0.05)
        assert (await said(port, GET)).startswith(b"HTTP/1.1 200 ")

    visit(talk, patience=Patience(connections=2))


def test_the_end_lets_out_what_was_answered() -> None:
    async def talk(port: int, door: Door) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(GET * 4)
        await asyncio.sleep(0.2)
        ended = asyncio.ensure_future(door.close(5.0))
        answers = await reader.read()
        await ended

        assert {len(body) for body in bodies(answers)} == {2_000_000}
        with pytest.raises(OSError, match="refused"):
            await asyncio.open_connection("127.0.0.1", port)
        writer.close()

    visit(talk, Echo(b"x" * 2_000_000))


def test_tls(tmp_path: Path) -> None:
    files = certificate(tmp_path)

    async def talk(port: int, door: Door) -> None:
        trusting = ssl.create_default_context(cafile=str(files[0]))
        reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=trusting, server_hostname="localhost")
        writer.write(HOT)
        head = await reader.readuntil(b"\r\n\r\n")
        writer.write(b"GET / HTTP/9.9\r\n\r\n")
        refused = await reader.readuntil(b"\r\n\r\n")
        rest = (await reader.read()).partition(b"\r\n\r\n")[2]
        writer.close()

        assert b"x-way: hot" in head
        assert (refused.endswith(b"\r\n\r\n"), rest) == (True, b"")

    visit(talk, tls=tls_context(*files))


def test_an_address_in_use_is_told() -> None:
    held = reserve("127.0.0.1", 0)
    port = held.getsockname()[1]
    with worker_socket("127.0.0.1", port) as first, worker_socket("127.0.0.1", port) as second:
        first.listen()
        second.listen()

        with pytest.raises(OSError, match="in use"):
            reserve("127.0.0.1", port)

    held.close()
