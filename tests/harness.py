"""A whole installation in a folder of its own: an office driven verb by verb, a keeper and a lookup node as processes.

For tests that need the real thing end to end. Verbs run in a process of their own (`VerbsApart`), since the Django of
the test run is another one; time is real, so an hour is a few seconds away.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from fangbang.cli.demo.client import Ask, Client, Crowd
from fangbang.cli.demo.office import Office
from fangbang.cli.demo.processes import Child, Children, announced, wait_for
from fangbang.cli.demo.verbs import VerbsApart
from fangbang.cli.layout import Layout
from fangbang.core.clock import SystemClock
from tests.project.databases import environment_of

STARTING = 60.0
SOON = timedelta(seconds=4)
CHEAP = 4
"""Bits of work for a query in tests: enough to be done, too little to be felt."""


@dataclass
class Installation:
    """`with Installation(tmp_path) as it:` starts keeper and node, and ends them whatever happens."""

    home: Path
    exams: Path | None = None
    workers: int = 1
    database: str = ""
    """URL of the office's database; empty: a new one of the kind that this run of the tests is for."""
    office: Office = field(init=False)
    lookup: Child = field(init=False)
    keeper: Child = field(init=False)
    port: int = 0
    metrics_port: int = 0

    def __enter__(self) -> Self:
        environment = environment_of(self.home) | ({"FANGBANG_DATABASE": self.database} if self.database else {})
        self.database = environment.setdefault("FANGBANG_DATABASE", "")
        if self.exams:
            environment["FANGBANG_EXAMS"] = str(self.exams)
        self.layout = Layout(self.home)
        self.layout.make()
        self.verbs = VerbsApart(self.home, environment)
        self.office = Office(self.verbs, self.home / "staff")
        self.children = Children(self.home / "logs", environment)
        try:
            self.verbs("keeper", "init")
            self.office.furnish()
            self.start_keeper()
            self.start_lookup()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """End every process."""
        self.children.stop()
        self.verbs.close()

    def start_keeper(self) -> None:
        """Start the keeper and wait until it answers."""
        self.keeper = self.children.start("keeper", ["--json", "keeper", "serve"])
        announced(self.keeper, STARTING)

    def start_lookup(self) -> None:
        """Start the node (again at the same port) and wait until it is healthy."""
        words = ["--json", "lookup", "serve", "--port", str(self.port), "--metrics-port", "0"]
        words += ["--workers", str(self.workers), "--challenge-bits", str(CHEAP), "--persons", "1000000"]
        words += ["--images", "30"]
        self.lookup = self.children.start("lookup", words)
        told = announced(self.lookup, STARTING)
        self.port, self.metrics_port = int(told["port"]), int(told["metrics_port"])
        wait_for(self.healthy, STARTING, self.lookup)

    def stop(self, child: Child) -> None:
        """End one process now."""
        self.children.running.remove(child)
        child.stop()

    def healthy(self) -> bool:
        """Whether the node says that it may answer."""
        client = self.client()
        try:
            return client.get("/healthz")[0] == 200
        except OSError:
            return False
        finally:
            client.close()

    # ---- a release ----

    def to_the_vault(self, sitting: str, overlay: str = "") -> str:
        """Freeze the last run, two approvals, seal, distribute; returns the release's id."""
        release = self.office.freeze(sitting, overlay)
        self.office.approve(release)
        self.office.seal(release)
        self.office.distribute(release, self.workers)
        return release

    def schedule(self, release: str, after: timedelta = SOON) -> datetime:
        """Two approvers set the hour, a few seconds from now."""
        t = (SystemClock().now() + after).replace(microsecond=0) + timedelta(seconds=1)
        self.office.schedule(release, t)
        return t

    def publish(self, sitting: str, overlay: str = "") -> str:
        """The whole way to the public; returns the release's id once the office knows that it is out."""
        release = self.to_the_vault(sitting, overlay)
        t = self.schedule(release)
        time.sleep(max(0.0, (t - SystemClock().now()).total_seconds()))
        self.until(lambda: self.state_of(release) == "published")
        return release

    def state_of(self, release: str) -> str:
        """What the office says of a release, after asking the keeper."""
        told = self.verbs("release", "status")["releases"]
        return str(next(item["state"] for item in told if item["release"] == release))

    def until(self, condition: Callable[[], bool], seconds: float = 30.0) -> None:
        """Wait until something is so, as long as the processes live."""
        wait_for(condition, seconds, *self.children.running, pause=0.2)

    # ---- candidates ----

    def client(self, sitting: str = "") -> Client:
        return Client("127.0.0.1", self.port, sitting)

    def ask_all(self, sitting: str, asks: Sequence[Ask]) -> list[dict[str, Any]]:
        """Everybody's query over HTTP, each with work of its own, from many addresses."""
        crowd = Crowd("127.0.0.1", self.port, sitting, own_salts=False)
        return crowd.ask(crowd.prepare(asks))
