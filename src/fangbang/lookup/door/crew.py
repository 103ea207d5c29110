"""A crew of worker processes: started, replaced when they die or ask for it, ended together.

Between the crew and each worker runs a line (a socket pair). The worker says READY when it takes connections and
REPLACE when it wants to end (its memory must go); the crew never writes: the end of the line tells the worker that the
crew is gone, so that no worker outlives it. SIGTERM asks a worker to finish. A replacement starts first, and the old
worker is asked to finish once the new one is ready, or `overlap` seconds later.
"""

import multiprocessing
import os
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import Any

READY, REPLACE = b"ready", b"replace"
OVERLAP = 3.0
GRACE = 8.0
"""Seconds between asking a worker to finish and killing it."""
FIRST_PAUSE, LONGEST_PAUSE = 0.25, 30.0
STEADY = 60.0
"""A worker that lived so long and dies is replaced without a pause."""
FUTILE = 4
"""So many deaths before any worker was ever ready end the crew."""

Target = Callable[[Connection, bool], None]
"""What a worker process runs: (its line, whether others answer already). Must be picklable."""


class Futile(Exception):
    """Workers end before they are ready, again and again."""


@dataclass
class Member:
    """One worker process, as the crew sees it."""

    process: BaseProcess
    line: Connection
    started: float
    ready: bool = False
    successor: "Member | None" = None
    asked_at: float = 0.0
    """When it asked to be replaced; 0 if it has not."""
    finishing_since: float = 0.0
    killed: bool = False


@dataclass
class Crew:
    """`run` returns after `stop`. Both signals and `replace_all` may come at any time, from a signal handler too."""

    size: int
    target: Target
    log: Callable[..., Any] = lambda *_, **__: None
    overlap: float = OVERLAP
    members: list[Member] = field(default_factory=list)
    _starts: list[float] = field(default_factory=list)
    _deaths: int = 0
    _was_ready: bool = False
    _stopping: bool = False
    _renew: bool = False

    def __post_init__(self) -> None:
        self._wake, self._bell = os.pipe()
        os.set_blocking(self._bell, False)

    def stop(self) -> None:
        """Ask all workers to finish."""
        self._stopping = True
        self._ring()

    def replace_all(self) -> None:
        """Replace every worker by a new one (new certificate files, a new trust file)."""
        self._renew = True
        self._ring()

    def _ring(self) -> None:
        with suppress(BlockingIOError):  # it is ringing already
            os.write(self._bell, b"!")

    def run(self, ready: Callable[[], None]) -> None:
        """Keep `size` workers until `stop`. `ready` is called once, when all take connections. Raises Futile."""
        try:
            for _ in range(self.size):
                self._start()
            while not self._stopping:
                self._listen()
                self._attend()
                if not self._was_ready and sum(member.ready for member in self.members) >= self.size:
                    self._was_ready = True
                    ready()
        finally:
            self._end_all()
            os.close(self._wake)
            os.close(self._bell)

    def _start(self, old: Member | None = None) -> Member:
        context = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe()
        process = context.Process(
            target=self.target, args=(theirs, old is not None or (self._was_ready and self.size > 1))
        )
        # Ctrl-C reaches the whole process group; what it means is decided here, so workers are born deaf to it.
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        try:
            process.start()
        finally:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
        theirs.close()
        member = Member(process, ours, time.monotonic())
        self.members.append(member)
        return member

    def _listen(self) -> None:
        """Wait for a line, a death, the bell, or the next thing that is due."""
        lines = {member.line: member for member in self.members if not member.line.closed}
        deaths = [member.process.sentinel for member in self.members]
        busy = self._starts or any(member.asked_at or member.finishing_since for member in self.members)
        for heard in wait([*lines, *deaths, self._wake], 0.1 if busy else None):
            if heard == self._wake:
                os.read(self._wake, 64)
            elif isinstance(heard, Connection):
                self._hear(lines[heard])

    def _hear(self, member: Member) -> None:
        try:
            said = member.line.recv_bytes(16)
        except (EOFError, OSError):
            member.line.close()
            return
        if said == READY:
            member.ready = True
        elif said == REPLACE and not member.asked_at:
            member.asked_at = time.monotonic()

    def _attend(self) -> None:
        now = time.monotonic()
        if self._renew:
            self._renew = False
            for member in self.members:
                member.asked_at = member.asked_at or now
        for member in [member for member in self.members if not member.process.is_alive()]:
            self._bury(member, now)
        for member in list(self.members):
            if member.asked_at and member.successor is None:
                member.successor = self._start(member)
            new = member.successor
            if new is not None and not member.finishing_since and (new.ready or now > member.asked_at + self.overlap):
                self._finish(member, now)
            if member.finishing_since and now > member.finishing_since + GRACE and not member.killed:
                member.killed = True
                member.process.kill()
        for due in [start for start in self._starts if start <= now]:
            self._starts.remove(due)
            self._start()

    def _finish(self, member: Member, now: float) -> None:
        member.finishing_since = now
        member.process.terminate()

    def _bury(self, member: Member, now: float) -> None:
        self.members.remove(member)
        member.line.close()
        member.process.join()
        code = member.process.exitcode
        member.process.close()
        if member.successor is not None:
            return
        lived = now - member.started
        self._deaths = 0 if lived > STEADY else self._deaths + 1
        self.log("worker ended unasked", code=code, seconds=round(lived, 1))
        if not self._was_ready and self._deaths >= FUTILE:
            raise Futile
        pause = 0.0 if lived > STEADY else min(FIRST_PAUSE * 2 ** (self._deaths - 1), LONGEST_PAUSE)
        self._starts.append(now + pause)

    def _end_all(self) -> None:
        for member in self.members:
            member.process.terminate()
        until = time.monotonic() + GRACE
        for member in self.members:
            member.process.join(max(0.0, until - time.monotonic()))
            if member.process.is_alive():
                member.process.kill()
                member.process.join()
            member.process.close()
            member.line.close()
        self.members.clear()
