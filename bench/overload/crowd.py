"""An open-loop crowd: one thread, epoll, a new connection a person; latency counts from the schedule."""

import select
import socket
import struct
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from bench.load.client import Judge

PATIENCE = 3.0
"""Seconds after which a person gives up."""
MOST = 18_000
"""Connections at once; who would come beyond them is counted as crowded out, and never reaches the node."""
FOUND, SHED, LOST, GAVE_UP, CROWDED, WRONG = "found", "overload", "lost", "gave up", "crowded out", "wrong"
_OVERLOAD = b'{"state":"overload"}'
_HANG_UP = struct.pack("ii", 1, 0)
_ADDRESSES = 200
_BATCH = 64
_IN_PROGRESS = 115
"""EINPROGRESS"""


@dataclass
class Person:
    """A connection on its way."""

    link: socket.socket
    asked: int
    due: float
    sent: bool = False
    seen: bytes = b""


@dataclass
class Tally:
    """What became of the people of one phase."""

    seconds: float
    ends: Counter[str] = field(default_factory=Counter)
    retries: Counter[str] = field(default_factory=Counter)
    """The values of Retry-After."""
    latencies: list[float] = field(default_factory=list)
    """Seconds from the scheduled moment to the whole right answer."""
    late: float = 0.0
    """The most that the generator itself was behind its schedule, seconds."""
    found_in_time: int = 0
    """Right answers before the phase's seconds were over: what came later is not its goodput."""
    first_wrong: bytes = b""

    @property
    def goodput(self) -> float:
        """Right answers a second."""
        return self.found_in_time / self.seconds


class End(NamedTuple):
    """How a connection ended ("" while more must come), and the Retry-After that was told."""

    what: str
    retry: str = ""


class Crowd:
    """Sends prepared requests to a port of this machine. `judge` compares a body with the whole right answer."""

    def __init__(self, port: int, requests: Sequence[bytes], judge: Judge) -> None:
        self._port, self._requests, self._judge = port, requests, judge
        self._right: dict[int, bytes] = {}
        self._poll = select.epoll()
        self._open: dict[int, Person] = {}
        self._next = 0
        self.ended = 0.0
        """When the last phase's seconds were over."""

    def arrive(self, rate: float, seconds: float) -> Tally:
        """People at a steady rate (a second), then until the last of them has an answer or gave up."""
        tally, began, arrived, total = Tally(seconds), time.monotonic(), 0, int(rate * seconds)
        while arrived < total or self._open:
            now = time.monotonic()
            if now - began > seconds + PATIENCE:
                # A generator that cannot follow ends all the same: `late` tells.
                tally.ends[CROWDED] += total - arrived
                total = arrived
            due = min(total, int((now - began) * rate) + 1)
            for number in range(arrived, min(due, arrived + _BATCH)):
                moment = began + number / rate
                tally.late = max(tally.late, now - moment)
                self._come(moment, tally)
                arrived += 1
            self._turn(tally, began + seconds)
        self.ended = began + seconds
        return tally

    def saturate(self, width: int, seconds: float) -> Tally:
        """So many people at any time, the next as soon as one has an answer; then until the last has one."""
        tally, until = Tally(seconds), time.monotonic() + seconds
        while (now := time.monotonic()) < until or self._open:
            while now < until and len(self._open) < width:
                self._come(now, tally)
            self._turn(tally, until)
        self.ended = until
        return tally

    def close(self) -> None:
        """Let everything go."""
        for person in self._open.values():
            person.link.close()
        self._poll.close()

    def _turn(self, tally: Tally, until: float) -> None:
        for handle, _ in self._poll.poll(0.001, 512):
            self._serve(handle, tally, until)
        now = time.monotonic()
        # People come in order, so the first ones are the first to give up.
        while self._open and now - (person := next(iter(self._open.values()))).due >= PATIENCE:
            self._leave(person, End(GAVE_UP), tally, until)

    def _come(self, moment: float, tally: Tally) -> None:
        if len(self._open) >= MOST:
            tally.ends[CROWDED] += 1
            return
        link = socket.socket()
        link.setblocking(False)
        # Ports are free again at once, and there are many addresses to have them at.
        link.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _HANG_UP)
        self._next += 1
        link.bind((f"127.8.{self._next % _ADDRESSES}.1", 0))
        if link.connect_ex(("127.0.0.1", self._port)) not in (0, _IN_PROGRESS):
            tally.ends[LOST] += 1
            link.close()
            return
        self._open[link.fileno()] = Person(link, self._next % len(self._requests), moment)
        self._poll.register(link.fileno(), select.EPOLLOUT)

    def _serve(self, handle: int, tally: Tally, until: float) -> None:
        person = self._open[handle]
        try:
            if not person.sent:
                person.link.send(self._requests[person.asked])
                person.sent = True
                self._poll.modify(handle, select.EPOLLIN)
                return
            part = person.link.recv(65536)
        except OSError:
            self._leave(person, End(LOST), tally, until)
            return
        person.seen += part
        end = self.judged(person.seen, person.asked, whole=not part)
        if end.what:
            self._leave(person, end, tally, until)

    def judged(self, seen: bytes, asked: int, *, whole: bool) -> End:
        """What an answer is. `whole`: the connection ended."""
        head, end, body = seen.partition(b"\r\n\r\n")
        length = _value(head, b"content-length")
        if not end or not length.isdigit() or len(body) < int(length):
            return End(LOST if whole else "")
        if seen.startswith(b"HTTP/1.1 200") and self._is_right(asked, body):
            return End(FOUND)
        retry = _value(head, b"retry-after")
        if seen.startswith(b"HTTP/1.1 503") and body == _OVERLOAD and retry.isdigit():
            return End(SHED, retry)
        return End(WRONG)

    def _is_right(self, asked: int, body: bytes) -> bool:
        """The whole body: against the cohort at first, against what was right then later."""
        if asked not in self._right and self._judge(asked, body):
            self._right[asked] = body
        return self._right.get(asked) == body

    def _leave(self, person: Person, end: End, tally: Tally, until: float) -> None:
        now = time.monotonic()
        tally.ends[end.what] += 1
        if end.what == FOUND:
            tally.latencies.append(now - person.due)
            tally.found_in_time += now <= until
        if end.what == SHED:
            tally.retries[end.retry] += 1
        if end.what == WRONG:
            tally.first_wrong = tally.first_wrong or person.seen[:2000]
        del self._open[person.link.fileno()]
        person.link.close()


def _value(head: bytes, name: bytes) -> str:
    """A field of an answer's head, "" where there is none."""
    return head.partition(b"\r\n" + name + b": ")[2].partition(b"\r")[0].decode("latin-1")
