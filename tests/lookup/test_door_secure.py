"""TLS at the door: whatever the client does, answers are whole and connections end."""

import asyncio
import socket
import ssl
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from fangbang.lookup.door.connection import Door, Patience
from fangbang.lookup.door.sockets import tls_context
from tests.lookup.certificates import certificate
from tests.lookup.test_door import Echo, visit
from tests.lookup.test_door_wire import GET, HOT

LARGE = b"x" * 1_000_000
Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    return certificate(tmp_path)


def speak(
    files: tuple[Path, Path], talk: Talk, app: Echo | None = None, trusting: ssl.SSLContext | None = None
) -> None:
    """Talk over one TLS connection."""
    context = trusting or ssl.create_default_context(cafile=str(files[0]))

    async def whole(port: int, _: Door) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=context, server_hostname="localhost")
        await talk(reader, writer)
        writer.close()

    visit(whole, app, tls=tls_context(*files))


def test_a_request_may_come_byte_by_byte(files: tuple[Path, Path]) -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for at in range(len(HOT)):
            writer.write(HOT[at : at + 1])
            await writer.drain()

        assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 200 OK\r\n")

    speak(files, talk)


def test_answers_that_are_read_late_are_whole(files: tuple[Path, Path]) -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(GET * 20)
        await writer.drain()
        await asyncio.sleep(0.3)

        for _ in range(20):
            head = await reader.readuntil(b"\r\n\r\n")
            assert await reader.readexactly(len(LARGE)) == LARGE, head

    speak(files, talk, Echo(LARGE))


def test_a_large_answer_is_whole_before_the_connection_ends(files: tuple[Path, Path]) -> None:
    context = ssl.create_default_context(cafile=str(files[0]))

    def ask(port: int) -> bytes:
        # Not by asyncio's client: that forgets what it has not read yet when the other end closes.
        link = socket.create_connection(("127.0.0.1", port), 10)
        with context.wrap_socket(link, server_hostname="localhost", suppress_ragged_eofs=False) as secure:
            secure.sendall(GET.replace(b"Host", b"Connection: close\r\nHost"))
            return b"".join(iter(lambda: secure.recv(65_536), b""))

    async def talk(port: int, _: Door) -> None:
        assert (await asyncio.to_thread(ask, port)).endswith(b"\r\n\r\n" + LARGE)

    visit(talk, Echo(LARGE), tls=tls_context(*files))


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_no_session_can_be_resumed(files: tuple[Path, Path], version: ssl.TLSVersion) -> None:
    context = ssl.create_default_context(cafile=str(files[0]))
    context.minimum_version = context.maximum_version = version

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(GET)
        await reader.readuntil(b"\r\n\r\n")

        secure: ssl.SSLObject = writer.get_extra_info("ssl_object")
        assert secure.version() == version.name.replace("_", ".")
        assert secure.session is None or not secure.session.has_ticket

    speak(files, talk, trusting=context)


def test_who_does_not_speak_tls_is_hung_up_on(files: tuple[Path, Path]) -> None:
    async def talk(port: int, door: Door) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(GET)

        said = await reader.read()

        assert b"HTTP" not in said
        writer.close()
        await nobody(door)

    visit(talk, tls=tls_context(*files))


def test_who_dawdles_in_the_handshake_is_hung_up_on(files: tuple[Path, Path]) -> None:
    async def talk(port: int, door: Door) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)

        said = await reader.read()

        assert (said, door.connections) == (b"", set())
        writer.close()

    visit(talk, patience=Patience(head=0.2), tls=tls_context(*files))


def test_one_connection_too_many_is_hung_up_on_before_the_handshake(files: tuple[Path, Path]) -> None:
    async def talk(port: int, door: Door) -> None:
        with pytest.raises(ConnectionError):
            await asyncio.open_connection(
                "127.0.0.1", port, ssl=ssl.create_default_context(cafile=str(files[0])), server_hostname="localhost"
            )

        await nobody(door)

    visit(talk, patience=Patience(connections=0), tls=tls_context(*files))


def test_a_client_that_leaves_is_forgotten(files: tuple[Path, Path]) -> None:
    async def talk(port: int, door: Door) -> None:
        context = ssl.create_default_context(cafile=str(files[0]))
        _, writer = await asyncio.open_connection("127.0.0.1", port, ssl=context, server_hostname="localhost")
        while not door.connections:
            await asyncio.sleep(0.01)

        writer.close()

        await asyncio.wait_for(nobody(door), 5)

    visit(talk, tls=tls_context(*files))


async def nobody(door: Door) -> None:
    """Until the last connection is gone."""
    while door.connections:
        await asyncio.sleep(0.01)
