"""The generator: one thread, epoll, keep-alive connections, one request in flight on each.

It does as little per answer as lets it tell a right one from a wrong one, so that one core of it saturates one core
of a server. It reads the server's CPU clock itself at both ends of the window: warm-up and connecting do not count.
"""

import select
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from bench.load.plan import Plan, Tally
from bench.processes import cpu_seconds, family

SAMPLE_EVERY = 61
HEAD_END = b"\r\n\r\n"


@dataclass
class Connection:
    """A keep-alive connection and the request that it carries."""

    handle: socket.socket
    asked: int
    partial: bytes = b""


@dataclass
class Counters:
    """What was seen since the last reset."""

    answers: int = 0
    wrong: int = 0
    first_wrong: bytes = b""
    samples: list[tuple[int, bytes]] = field(default_factory=list)

    def note_wrong(self, evidence: bytes) -> None:
        """Count a wrong answer and keep the first one to show."""
        self.wrong += 1
        self.first_wrong = self.first_wrong or evidence[:2000]


class Client:
    """Drives one server through `run`."""

    def __init__(self, plan: Plan, connections: int) -> None:
        self.plan = plan
        self.poll = select.epoll()
        self.next = 0
        self.seen = Counters()
        self.open: dict[int, Connection] = {}
        for _ in range(min(connections, len(plan.requests))):
            self._connect()

    def run(self, warmup: float, seconds: float, roots: list[int]) -> Tally:
        """Load for `warmup` + `seconds`; count the second part only (wrong answers count in both)."""
        self._drive(time.perf_counter() + warmup)
        warm, self.seen = self.seen, Counters(0, self.seen.wrong, self.seen.first_wrong)
        watched = family(roots)
        server, own, began = cpu_seconds(watched), time.process_time(), time.perf_counter()
        self._drive(began + seconds)
        took = time.perf_counter() - began
        return Tally(
            answers=self.seen.answers,
            wrong=self.seen.wrong,
            seconds=took,
            generator_cpu=time.process_time() - own,
            server_cpu=cpu_seconds(family(roots)) - server,
            exhausted=not self.open,
            first_wrong=self.seen.first_wrong,
            samples=warm.samples + self.seen.samples,
        )

    def close(self) -> None:
        """Hang up."""
        for connection in self.open.values():
            connection.handle.close()
        self.poll.close()

    def _connect(self) -> None:
        if (asked := self._take()) is None:
            return
        handle = socket.create_connection(("127.0.0.1", self.plan.port))
        handle.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        handle.send(self.plan.requests[asked])
        handle.setblocking(False)
        self.open[handle.fileno()] = Connection(handle, asked)
        self.poll.register(handle.fileno(), select.EPOLLIN)

    def _take(self) -> int | None:
        """The next request's index; None when they have run out."""
        if self.next >= len(self.plan.requests):
            if not self.plan.repeat:
                return None
            self.next = 0
        self.next += 1
        return self.next - 1

    def _drop(self, number: int) -> None:
        self.poll.unregister(number)
        self.open.pop(number).handle.close()

    def _drive(self, until: float) -> None:
        """The hot loop: everything it needs is a local name."""
        poll, opened, answer, clock = self.poll.poll, self.open, self._answer, time.perf_counter
        while opened and clock() < until:
            for number, _ in poll(0.5):
                connection = opened[number]
                data = connection.handle.recv(65536)
                if not data:
                    self.seen.note_wrong(b"connection lost")
                    self._drop(number)
                    self._connect()
                    continue
                answer(number, connection, connection.partial + data if connection.partial else data)

    def _answer(self, number: int, connection: Connection, data: bytes) -> None:
        """Judge a whole answer and send the next request; keep a part for later."""
        head = data.find(HEAD_END)
        if head < 0 or len(data) < head + 4 + body_length(data, head):
            connection.partial = data
            return
        seen, asked = self.seen, connection.asked
        if data.startswith(b"HTTP/1.1 200") and data.find(self.plan.marks[asked], head) > 0:
            seen.answers += 1
            if not seen.answers % SAMPLE_EVERY:
                seen.samples.append((asked, data[head + 4 :]))
        else:
            seen.note_wrong(data)
        following = self._take()
        if following is None:
            self._drop(number)
            return
        connection.asked, connection.partial = following, b""
        connection.handle.send(self.plan.requests[following])


def body_length(data: bytes, head: int) -> int:
    """Content-Length of an answer whose head ends at `head`; raises ValueError where there is none."""
    for label in (b"\r\ncontent-length: ", b"\r\nContent-Length: "):
        place = data.find(label, 0, head)
        if place > 0:
            return int(data[place + 18 : data.find(b"\r", place + 18)])
    raise ValueError(f"an answer without Content-Length: {data[:300]!r}")


Judge = Callable[[int, bytes], bool]
"""Whether a sampled body is the whole right answer to the request."""


def misjudged(tally: Tally, judge: Judge) -> list[int]:
    """The sampled requests whose bodies were not right in full."""
    return [asked for asked, body in tally.samples if not judge(asked, body)]
