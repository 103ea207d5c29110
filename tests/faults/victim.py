"""A process that runs verbs in forks of its own, each of which may be killed at any moment. Started by `Doomed`.

Lines of JSON in: {"words": […], "kill_after": seconds or null}; lines of JSON out: {"answer": …}, {"refused": …} or
{"died": true}. Everything is imported before the first fork, so that a moment is one of the verb and not of its start.
"""

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fangbang.cli.demo.problems import VERB_FAILED
from fangbang.cli.demo.verbs import VerbsHere
from fangbang.core.errors import FangbangError

HEAVY = ("adjudicate", "audit", "intake", "keeper", "operator", "release", "sitting", "staff")


@dataclass
class Doomed:
    """Verbs in the forks. `kill_after`: seconds after which the next one is killed; it then gives None."""

    home: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    kill_after: float | None = None

    def __post_init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.victim", str(self.home)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            env={**os.environ, **self.environment, "POLARS_MAX_THREADS": "1"},
        )  # fmt: skip

    def __call__(self, *words: str) -> dict[str, Any]:
        """The verb's answer; an empty one if it was killed."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps({"words": words, "kill_after": self.kill_after}) + "\n")
        self._process.stdin.flush()
        self.kill_after = None
        told: dict[str, Any] = json.loads(self._process.stdout.readline() or '{"refused": "the process has ended"}')
        if "refused" in told:
            raise FangbangError(VERB_FAILED, verb=" ".join(words), text=told["refused"])
        answer: dict[str, Any] = told.get("answer", {})
        return answer

    def close(self) -> None:
        if self._process.stdin is not None:
            self._process.stdin.close()
        self._process.wait(timeout=60)
        if self._process.stdout is not None:
            self._process.stdout.close()


def preload() -> None:
    """Import what verbs import, without opening the database: a connection must not be shared by forks."""
    from importlib import import_module

    from fangbang.project.boot import configure

    configure()
    for family in HEAVY:
        import_module(f"fangbang.cli.{family}")
    for name in ("polars", "pyarrow", "fangbang.intake.actions", "fangbang.adjudication.actions",
                 "fangbang.release.actions", "fangbang.accounts.actions"):  # fmt: skip
        import_module(name)


def run_forked(home: Path, words: list[str], kill_after: float | None) -> dict[str, Any]:
    """One verb in a fork with a process group of its own; what came of it."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.setpgid(0, 0)
        os.close(reading)
        os.write(writing, json.dumps(told(home, words), ensure_ascii=False, default=str).encode())
        os._exit(0)
    os.close(writing)
    timer = None
    if kill_after is not None:
        timer = threading.Timer(kill_after, kill, (child,))
        timer.start()
    with os.fdopen(reading, "rb") as stream:
        said = stream.read()
    if timer is not None:
        timer.cancel()
        timer.join()
    os.waitpid(child, 0)
    answer: dict[str, Any] = json.loads(said) if said.endswith(b"}") else {"died": True}
    return answer


def kill(child: int) -> None:
    """The verb and whatever it started."""
    for send in (os.killpg, os.kill):
        try:
            send(child, signal.SIGKILL)
        except ProcessLookupError:
            continue


def told(home: Path, words: list[str]) -> dict[str, Any]:
    try:
        return {"answer": VerbsHere(home)(*words)}
    except FangbangError as error:
        return {"refused": str(error.params["text"]) if error.problem is VERB_FAILED else error.text("en")}


def main(home: Path) -> None:
    os.environ["FANGBANG_HOME"] = str(home)
    preload()
    for line in sys.stdin:
        request = json.loads(line)
        print(json.dumps(run_forked(home, request["words"], request["kill_after"]), ensure_ascii=False), flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
