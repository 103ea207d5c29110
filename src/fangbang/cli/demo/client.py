"""An honest client of the public query: takes a salt, does the work, asks. From as many addresses as one likes."""

import hashlib
import http.client
import json
import multiprocessing
import signal
import time
from base64 import urlsafe_b64encode
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from itertools import count
from typing import Any, TypeVar

Item = TypeVar("Item")

_TIMEOUT = 20.0
LATE_SECONDS = 3.0
"""A worker that says "not released" longer than this after the board said so is wrong."""
_PEOPLE_AN_ADDRESS = 200
"""Below what a node allows one address prefix before the price rises."""


@dataclass(frozen=True)
class Ask:
    """One query: the credential's kind and its fields in order."""

    kind: str
    fields: tuple[str, ...]

    @property
    def coded(self) -> str:
        text = json.dumps([self.kind, *self.fields], ensure_ascii=False, separators=(",", ":"))
        return urlsafe_b64encode(text.encode()).rstrip(b"=").decode()


@dataclass(frozen=True)
class Prepared:
    """A query with its work done; good for ten minutes."""

    ask: Ask
    header: str


class Client:
    """One node, asked from one loopback address. Keeps its connection; not for several threads."""

    def __init__(self, host: str, port: int, sitting: str = "", place: int = 0) -> None:
        """`place` chooses the source address: 127.1.0.1, 127.1.1.1 … each a network of its own for the limits."""
        self.source = f"127.{1 + place // 65536 % 200}.{place // 256 % 256}.{place % 256 or 1}"
        loopback = host.startswith("127.") or host == "localhost"
        self._http = http.client.HTTPConnection(
            host, port, timeout=_TIMEOUT, source_address=(self.source, 0) if loopback and place else None
        )
        self.sitting = sitting

    def close(self) -> None:
        self._http.close()

    def get(self, path: str, accept: str = "application/json") -> tuple[int, bytes]:
        """Status and body of a page."""
        return self._request("GET", path, {"Accept": accept})

    def json(self, path: str) -> dict[str, Any]:
        """A public JSON document."""
        value: dict[str, Any] = json.loads(self.get(path)[1])
        return value

    def board(self) -> dict[str, Any]:
        """States and hours of every sitting, and the server's time."""
        return self.json("/board")

    def salts(self, number: int) -> list[tuple[str, int]]:
        """Fresh salts with their price in bits."""
        found = [self.json("/challenge") for _ in range(number)]
        return [(item["salt"], int(item["bits"])) for item in found]

    def query(self, prepared: Prepared) -> dict[str, Any]:
        """Ask, and read the answer; one that wants more work is not repeated here."""
        headers = {"Fangbang-Query": prepared.header, "Accept": "application/json", "Content-Length": "0"}
        status, body = self._request("POST", f"/score/{self.sitting}", headers)
        answer: dict[str, Any] = json.loads(body)
        return {"status": status, **answer}

    def ask(self, ask: Ask) -> dict[str, Any]:
        """The whole way for one person: salt, work, query."""
        salt, bits = self.salts(1)[0]
        return self.query(prepare(self.sitting, ask, salt, bits))

    def _request(self, method: str, path: str, headers: dict[str, str]) -> tuple[int, bytes]:
        for attempt in (1, 2):
            try:
                self._http.request(method, path, headers=headers)
                reply = self._http.getresponse()
                return reply.status, reply.read()
            except (http.client.RemoteDisconnected, ConnectionResetError, BrokenPipeError):
                self._http.close()
                if attempt == 2:
                    raise
        raise AssertionError("the loop returns or raises")


def solve(text: str, bits: int) -> str:
    """The first nonce from 0 for which SHA-256 of `text` + nonce begins with `bits` zero bits."""
    start, limit = hashlib.sha256(text.encode()), (1 << (256 - bits)).to_bytes(33, "big")[1:]
    for number in count():
        attempt = start.copy()
        attempt.update(b"%d" % number)
        if bits == 0 or attempt.digest() < limit:
            return str(number)
    raise AssertionError("count() does not end")


def prepare(sitting: str, ask: Ask, salt: str, bits: int) -> Prepared:
    """Do the work for one query."""
    coded = ask.coded
    return Prepared(ask, f"{salt}.{solve(f'{sitting}.{salt}.{coded}.', bits)}.{coded}")


def _ignore_interrupts() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _prepare_job(job: tuple[str, Ask, str, int]) -> Prepared:
    return prepare(*job)


class Crowd:
    """Many people's queries: the work is done by `workers` processes of their own, before or after T."""

    def __init__(self, host: str, port: int, sitting: str, workers: int = 2, own_salts: bool = True) -> None:
        """Without `own_salts`, those behind one address share one: a salt pays for any number of right answers."""
        self._host, self._port, self._sitting, self._workers = host, port, sitting, workers
        self._own_salts = own_salts

    def prepare(self, asks: Sequence[Ask]) -> list[Prepared]:
        """Take a salt for each and do the work; the order is kept."""
        jobs = []
        for client, part in self.by_address(asks):
            salts = client.salts(len(part)) if self._own_salts else client.salts(1) * len(part)
            jobs += [(self._sitting, ask, salt, bits) for ask, (salt, bits) in zip(part, salts, strict=True)]
            client.close()
        # Spawned: this process has threads by now. Ctrl-C is the parent's business alone.
        context = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(self._workers, context, _ignore_interrupts) as pool:
            return list(pool.map(_prepare_job, jobs, chunksize=16))

    def ask(self, prepared: Sequence[Prepared]) -> list[dict[str, Any]]:
        """Send them; the order is kept. As a page would, an overloaded node is asked again after a pause, and so is, in
        the first moments, a worker that the key has not reached yet."""
        first = time.monotonic()
        answers = []
        for client, part in self.by_address(prepared):
            for item in part:
                answer = client.query(item)
                while answer["state"] == "overload" or (
                    answer["state"] == "not-released" and time.monotonic() < first + LATE_SECONDS
                ):
                    time.sleep(0.2)
                    answer = client.query(item)
                answers.append(answer)
            client.close()
        return answers

    def by_address(self, items: Sequence[Item]) -> list[tuple[Client, Sequence[Item]]]:
        """The items in parts, each with a client of an address of its own."""
        parts = []
        for number, start in enumerate(range(0, len(items), _PEOPLE_AN_ADDRESS)):
            client = Client(self._host, self._port, self._sitting, place=256 * number + 1)
            parts.append((client, items[start : start + _PEOPLE_AN_ADDRESS]))
        return parts
