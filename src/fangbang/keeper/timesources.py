"""Asks time servers (SNTP, RFC 4330 over RFC 5905 packets). Each is one voice among several (`agreement`).

`ntplib` gives the offset to the machine's own clock, which is the one thing that must not be believed alone, and has
had no release since 2021; a request is one packet of 48 bytes.
"""

import asyncio
import secrets
import socket
import struct
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

from fangbang.core.clock import Clock, SystemClock
from fangbang.core.errors import FangbangError
from fangbang.keeper.agreement import OWN, AgreedClock
from fangbang.keeper.problems import BAD_SOURCE

EVERY = 4.0
"""Seconds between two questions to a server."""
PATIENCE = 1.0
"""Seconds after which an answer is too late: half of its way is the error of the reading."""
NTP_PORT = 123
_PACKET = struct.Struct("!BBbb11I")
_ASK = 4 << 3 | 3  # version 4, client
_SERVER, _ALARM = 4, 3
_ERAS = (datetime(1900, 1, 1, tzinfo=UTC), datetime(2036, 2, 7, 6, 28, 16, tzinfo=UTC))


def agreed_clock(setting: str) -> Clock:
    """The clock of setting TIME_SOURCES: the machine's own alone, or several that must agree."""
    names = [name.strip() for name in setting.split(",") if name.strip()]
    if names == [OWN]:
        return SystemClock()
    for name in names:
        if name != OWN:
            address(name)
    return AgreedClock(names, time.monotonic)


def address(source: str) -> tuple[str, int]:
    """Host and port of `ntp://host[:port]`; INPUT for anything else."""
    parts = urlsplit(source)
    try:
        port = parts.port or NTP_PORT
    except ValueError:
        raise FangbangError(BAD_SOURCE, source=source) from None
    if parts.scheme != "ntp" or not parts.hostname or parts.path or parts.query or parts.username:
        raise FangbangError(BAD_SOURCE, source=source)
    return parts.hostname, port


def ask(host: str, port: int, patience: float = PATIENCE) -> datetime:
    """What the server's clock says now; OSError if it does not answer in time or not for this question."""
    nonce = secrets.token_bytes(8)
    family, kind, protocol, _, place = socket.getaddrinfo(host, port, type=socket.SOCK_DGRAM)[0]
    with socket.socket(family, kind, protocol) as channel:
        channel.settimeout(patience)
        channel.connect(place)
        started = time.monotonic()
        channel.send(bytes([_ASK]) + bytes(39) + nonce)
        answer = channel.recv(512)
        way = time.monotonic() - started
    if way > patience:
        raise OSError("too late")
    return read_answer(answer, nonce) + timedelta(seconds=way / 2)


def read_answer(answer: bytes, nonce: bytes) -> datetime:
    """The moment at which the server sent this; OSError for what is no answer to the nonce from a set clock."""
    if len(answer) < _PACKET.size:
        raise OSError("too short")
    first, stratum, _, _, *words = _PACKET.unpack_from(answer)
    if first & 7 != _SERVER or first >> 6 == _ALARM or not 1 <= stratum <= 15:
        raise OSError("no set clock")
    if answer[24:32] != nonce:
        raise OSError("not the answer to this question")
    seconds, fraction = words[9], words[10]
    era = _ERAS[0] if seconds >> 31 else _ERAS[1]
    return era + timedelta(seconds=seconds, microseconds=(fraction * 1_000_000) >> 32)


def _reading(clock: AgreedClock, source: str) -> tuple[datetime, float]:
    """What the server says, and where the counter stood then: the loop may be busy for a while before it hears."""
    return ask(*address(source)), clock.monotonic()


async def follow(clock: AgreedClock, log: Callable[..., None], wake: Callable[[], None]) -> None:
    """Ask every server again and again until cancelled; each at its own pace, so that none holds up another."""
    servers = [name for name in clock.sources if name != OWN]
    await asyncio.gather(*(_follow_one(clock, name, log, wake) for name in servers))


async def _follow_one(clock: AgreedClock, source: str, log: Callable[..., None], wake: Callable[[], None]) -> None:
    silent = False
    while True:
        try:
            at, since = await asyncio.to_thread(_reading, clock, source)
        except OSError:
            if not silent:
                log("time source silent", source=source)
            silent = True
        else:
            before = clock.certain
            clock.heard(source, at, since)
            silent = False
            if clock.certain and not before:
                wake()
        await asyncio.sleep(EVERY)


async def first_readings(clock: AgreedClock) -> None:
    """Ask each server once, all at the same time: for a first judgement before anything is decided."""

    async def once(source: str) -> None:
        with suppress(OSError):
            clock.heard(source, *await asyncio.to_thread(_reading, clock, source))

    await asyncio.gather(*(once(name) for name in clock.sources if name != OWN))
