"""Production custody for tests: officers, custodians, clocks that can be set wrong, and two keepers as processes."""

import json
import os
import random
import shutil
import socket
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from fangbang.cli.custody.making import made
from fangbang.core.clock import SystemClock
from fangbang.core.errors import FangbangError
from fangbang.keeper.folders import KeeperFolders
from fangbang.keeper.link import Card
from fangbang.keeper.quorum import Person, part_of
from fangbang.keeper.wrapped import Keyring, load_keyring
from fangbang.snapshot.board import BOARD_FILES, Board, ask_keeper, load_anchor, parse_board
from tests.keeper.office import Office

OFFICERS = ("li", "wu", "he")
CUSTODIANS = ("jia", "yi", "bing")
_NTP = struct.Struct("!BBbb11I")
_SINCE_1900 = datetime(1900, 1, 1, tzinfo=UTC)


class People:
    """Officers and custodians with their private keys."""

    def __init__(self, *names: str) -> None:
        self.private = {name: X25519PrivateKey.generate() for name in names}

    def cards(self, *names: str) -> list[Person]:
        return [Person(name, self.private[name].public_key().public_bytes_raw().hex()) for name in names]


class TimeServer:
    """An NTP server on loopback whose clock is `away` from the machine's, or that is silent."""

    def __init__(self) -> None:
        self.away, self.silent = timedelta(0), False
        self._channel = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._channel.bind(("127.0.0.1", 0))
        threading.Thread(target=self._serve, daemon=True).start()

    @property
    def source(self) -> str:
        return f"ntp://127.0.0.1:{self._channel.getsockname()[1]}"

    def close(self) -> None:
        self._channel.close()

    def _serve(self) -> None:
        while True:
            try:
                asked, sender = self._channel.recvfrom(512)
                if not self.silent:
                    self._channel.sendto(answered(asked[40:48], SystemClock().now() + self.away), sender)
            except OSError:
                return


def answered(nonce: bytes, at: datetime, *, first: int = 0x24, stratum: int = 2) -> bytes:
    """A server's packet with the moment at which it was sent."""
    since = at - _SINCE_1900
    seconds, fraction = since.days * 86400 + since.seconds, (since.microseconds << 32) // 1_000_000
    early, late = struct.unpack("!II", nonce)
    return _NTP.pack(first, stratum, 0, 0, 0, 0, 0, 0, 0, early, late, 0, 0, seconds % (1 << 32), fraction)


@dataclass
class Station:
    """One keeper's machine: a HOME of its own, a process that can be killed and started again."""

    name: str
    home: Path
    public: Path
    sources: str
    process: subprocess.Popen[bytes] | None = None
    port: int = 0

    @property
    def socket(self) -> Path:
        return self.home / "keeper" / "socket"

    @property
    def address(self) -> str:
        self.port = self.port or quiet_port()
        return f"127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start the process and wait until it waits for its officers."""
        environment = {name: value for name, value in os.environ.items() if not name.startswith("FANGBANG_")}
        environment |= {
            "FANGBANG_HOME": str(self.home),
            "FANGBANG_CUSTODY": "production",
            "FANGBANG_TIME_SOURCES": self.sources,
            "FANGBANG_BOOK_KEYS": str(self.home.parent / "office-home" / "keeper" / "keys" / "books.json"),
        }
        words = ["--json", "keeper", "serve", "--link", self.address, "--public", str(self.public), "--workers", "1"]
        with (self.home / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "fangbang", *words], env=environment, stdout=subprocess.PIPE, stderr=log
            )
        assert self.told()["armed"] is False

    def told(self) -> dict[str, Any]:
        """The next line that the process announces."""
        assert self.process is not None
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line, (self.home / "log").read_text()
        told: dict[str, Any] = json.loads(line)
        return told

    def kill(self) -> None:
        """SIGKILL, whatever it is doing."""
        if self.process is not None:
            self.process.kill()
            self.process.communicate()
            self.process = None

    def ask(self, **request: Any) -> dict[str, Any]:
        return ask_keeper(self.socket, request, timeout=60)

    def board(self) -> Board | None:
        path = self.public / BOARD_FILES[self.name]
        return parse_board(path.read_bytes(), load_anchor(self.public / "trust.json")) if path.exists() else None


def quiet_port() -> int:
    """A free port below those that the kernel gives to outgoing connections: nobody's client takes it meanwhile."""
    lowest = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    while True:
        port = random.randrange(min(10_000, lowest // 2), lowest)
        with suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port


@dataclass
class Two:
    """Two keepers that share a public folder, and the office that they serve."""

    folder: Path
    people: People = field(default_factory=lambda: People(*OFFICERS, *CUSTODIANS))
    servers: list[TimeServer] = field(default_factory=lambda: [TimeServer(), TimeServer()])

    def __post_init__(self) -> None:
        self.office = Office(self.folder / "office-home")
        self.public = self.folder / "public"
        sources = ",".join(["system", *(server.source for server in self.servers)])
        self.stations = {name: Station(name, self.folder / name, self.public, sources) for name in ("a", "b")}
        self.cards: dict[str, Card] = {}
        for station in self.stations.values():
            self.make(station)

    @property
    def a(self) -> Station:
        return self.stations["a"]

    @property
    def b(self) -> Station:
        return self.stations["b"]

    def folders(self, station: Station) -> KeeperFolders:
        given = self.office.folders
        return KeeperFolders(station.home / "keeper", self.public, given.books, given.book_keys)

    def make(self, station: Station) -> None:
        """The ceremony on one machine."""
        station.home.mkdir(parents=True)
        (station.home / "office").symlink_to(self.folder / "office-home" / "office")
        officers, custodians = self.people.cards(*OFFICERS), self.people.cards(*CUSTODIANS)
        card = made(self.folders(station), station.name, officers, 2, custodians)
        self.cards[station.name] = msgspec.structs.replace(card, address=station.address)
        shutil.copy(self.office.folders.trust, station.home / "keeper" / "trust.json")

    def act(self, station: Station, act: dict[str, Any], officers: Sequence[str] = ("li", "he")) -> dict[str, Any]:
        """Officers give their parts, one after the other; the last answer."""
        answer: dict[str, Any] = {}
        for name in officers:
            quorum = keyring_of(station).officers
            part = part_of(quorum, name, self.people.private[name])
            answer = station.ask(command="act", act=act, officer=name, part=part.hex())
        return answer

    def arm(self, *stations: Station) -> None:
        for station in stations:
            assert self.act(station, {"do": "arm"})["done"]
        for station in stations:
            assert station.told()["armed"] is True

    def start(self) -> None:
        """Both running, armed, paired and in step."""
        for station in (self.a, self.b):
            station.start()
        self.arm(self.a, self.b)
        for station, other in ((self.a, "b"), (self.b, "a")):
            answer = self.act(station, {"do": "pair", "card": msgspec.to_builtins(self.cards[other])})
            assert answer["ok"], answer
        until(lambda: all(self.pair_of(station)["in_step"] for station in (self.a, self.b)))

    def order(self, station: Station, **request: Any) -> dict[str, Any]:
        """The answer to an order. It is given again, as its problems say, while a busy machine keeps the two apart."""
        answers: list[dict[str, Any]] = []

        def answered() -> bool:
            answers.append(station.ask(**request))
            return answers[-1].get("code") not in ("keeper.peer-away", "keeper.unconfirmed")

        until(answered)
        return answers[-1]

    def pair_of(self, station: Station) -> dict[str, Any]:
        told: dict[str, Any] = station.ask(command="status")["pair"]
        return told

    def newest(self) -> Board:
        """The board that nodes go by."""
        boards = [board for station in (self.a, self.b) if (board := station.board()) is not None]
        return max(boards, key=lambda board: (board.step, board.issued_at))

    def close(self) -> None:
        for station in (self.a, self.b):
            station.kill()
        for server in self.servers:
            server.close()


def keyring_of(station: Station) -> Keyring:
    return load_keyring(station.home / "keeper")


def until(condition: Callable[[], bool], seconds: float = 60.0) -> None:
    """Wait until something is so."""
    end = time.monotonic() + seconds
    while True:
        try:
            if condition():
                return
        except (FangbangError, OSError):  # not there yet
            pass
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.05)


@contextmanager
def two_keepers(folder: Path) -> Iterator[Two]:
    """Made, not started; ended and their clocks closed afterwards."""
    made_two = Two(folder)
    try:
        yield made_two
    finally:
        made_two.close()
