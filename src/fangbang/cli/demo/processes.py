"""The demonstration's own processes: each in a group of its own, ended by its number, and never left behind."""

import ctypes
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fangbang.cli.demo.problems import CHILD_DIED, NOT_READY
from fangbang.core.errors import FangbangError

_PR_SET_PDEATHSIG = 1
_GRACE_SECONDS = 6.0
_libc = ctypes.CDLL(None)


def _die_with_parent() -> None:
    """In the child, before the program: end when the demonstration ends, however it ends (kill -9 included)."""
    _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


@dataclass
class Child:
    """One process that we started."""

    name: str
    process: subprocess.Popen[bytes]
    log: Path
    lines: list[str] = field(default_factory=list)

    @property
    def pid(self) -> int:
        return self.process.pid

    def check(self) -> None:
        """UNAVAILABLE, with the end of its log, if it is not running any more."""
        code = self.process.poll()
        if code is not None:
            raise_child_died(self, code)

    def stop(self) -> None:
        """SIGTERM, a few seconds of grace, then SIGKILL to its whole group; waits until it is gone."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            with suppress(subprocess.TimeoutExpired):
                self.process.wait(_GRACE_SECONDS)
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signal.SIGKILL)
        self.process.wait()


def raise_child_died(child: Child, code: int) -> None:
    """Tell which process ended and what it said last."""
    tail = child.log.read_text("utf-8", "replace").strip().splitlines()[-3:]
    raise FangbangError(CHILD_DIED, name=child.name, code=code, tail=" | ".join(map(_readable, tail)))


def _readable(said: str) -> str:
    """A line of a log as a person reads it: of a failure in JSON its text alone."""
    with suppress(ValueError, KeyError, TypeError):
        return str(json.loads(said)["text"])
    return said


class Children:
    """Starts commands of this installation as children; `stop` ends them, the last one first."""

    def __init__(self, logs: Path, environment: Mapping[str, str]) -> None:
        logs.mkdir(parents=True, exist_ok=True)
        self._logs = logs
        self._environment = {**os.environ, **environment}
        self.running: list[Child] = []

    def start(self, name: str, arguments: Sequence[str], environment: Mapping[str, str] | None = None) -> Child:
        """Start `fangbang ARGUMENTS` with more in its environment, if given; its output goes to a log file, its first
        lines of output to `child.lines`."""
        log = self._logs / f"{name}.log"
        with log.open("ab") as stream:
            process = subprocess.Popen(
                [sys.executable, "-m", "fangbang", *arguments],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=stream,
                env={**self._environment, **(environment or {})},
                start_new_session=True,
                preexec_fn=_die_with_parent,
            )
        child = Child(name, process, log)
        threading.Thread(target=_collect, args=(child,), daemon=True).start()
        self.running.append(child)
        return child

    def stop(self) -> None:
        """End every child; safe to call twice."""
        while self.running:
            self.running.pop().stop()


def _collect(child: Child) -> None:
    """Copy the child's output to its log, and keep its lines for who waits for one."""
    said = child.process.stdout
    if said is None:
        return
    with said, child.log.open("ab") as stream:
        for line in said:
            stream.write(line)
            stream.flush()
            child.lines.append(line.decode("utf-8", "replace"))


def announced(child: Child, seconds: float) -> dict[str, Any]:
    """The JSON object that a server prints once it knows its address."""
    found: dict[str, Any] = {}

    def ready() -> bool:
        for line in list(child.lines):
            if line.startswith("{"):
                found.update(json.loads(line))
                return True
        return False

    wait_for(ready, seconds, child)
    return found


def wait_for(condition: Callable[[], bool], seconds: float, *children: Child, pause: float = 0.05) -> None:
    """Wait until something is so; UNAVAILABLE when it takes longer, or one of the children ends meanwhile."""
    end = time.monotonic() + seconds
    while not condition():
        for child in children:
            child.check()
        if time.monotonic() > end:
            raise FangbangError(NOT_READY, names=", ".join(child.name for child in children), seconds=seconds)
        time.sleep(pause)
