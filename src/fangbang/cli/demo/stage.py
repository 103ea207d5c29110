"""The demonstration's course: servers first, then the files' whole way to the hour, then the hour."""

import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

import msgspec

from fangbang.cli.demo.client import Client
from fangbang.cli.demo.front import Front, Second, prepare_second
from fangbang.cli.demo.office import APPROVERS, STAFF, Files, Office
from fangbang.cli.demo.processes import Child, Children, announced, wait_for
from fangbang.cli.demo.story import BANNER
from fangbang.cli.demo.verbs import VerbsHere
from fangbang.cli.demo.watch import PublicSide, canaries_of, keys_in, metric
from fangbang.cli.layout import Layout
from fangbang.core.clock import Clock, from_wire
from fangbang.simulate.canaries import Canaries, Findings, Scanner
from fangbang.simulate.cohort import Plan
from fangbang.simulate.tryout import Person, early_people
from fangbang.simulate.writer import ANSWERS, CENTRE, Written, write_cohort
from fangbang.snapshot.header import SignedHeader

AFTER_VIEW = timedelta(seconds=30)
"""From the first page view to T."""
LATEST = timedelta(seconds=90)
"""From the start to T, if nobody looks."""
NOTICE = timedelta(seconds=4)
"""An hour is not set nearer than this."""
EVERYWHERE = ("0.0.0.0", "::")  # noqa: S104  (the user asked for it with --host)
_AMONG = 6000
_IMAGES = 500
"""Enough for a few visitors; a public node keeps many more."""
_STARTING = 60.0


@dataclass(frozen=True)
class Setup:
    """What the user asked for."""

    home: Path
    plan: Plan
    host: str = "127.0.0.1"
    port: int = 0
    workers: int = 2
    language: str = "zh"
    office_port: int = 0
    second: Plan | None = None
    """A sitting whose files are left in the drop folder, for a visitor to release by hand."""


@dataclass
class Stage:
    """One demonstration. Call the methods in their order; `close` at the end, whatever happened."""

    setup: Setup
    clock: Clock
    started: datetime = field(init=False)
    node: str = field(default_factory=lambda: f"demo{secrets.token_hex(3)}")
    times: dict[str, float] = field(default_factory=dict)
    first_view: datetime | None = None
    t: datetime | None = None
    release: str = ""
    sealed: dict[str, Any] = field(default_factory=dict)
    run: dict[str, Any] = field(default_factory=dict)
    approvers: list[str] = field(default_factory=list)
    address: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.started = self.clock.now()
        self._begin = time.monotonic()
        self.layout = Layout(self.setup.home)
        self.verbs = VerbsHere(self.setup.home, self.setup.language, self.clock)
        self.office = Office(self.verbs, self.setup.home / "staff")
        self.exams = self.setup.home / "exams"  # what a visitor's catalogue editor and approver put in force
        environment = {"FANGBANG_HOME": str(self.setup.home), "FANGBANG_EXAMS": str(self.exams)}
        self.children = Children(self.setup.home / "logs", environment)
        self.front = Front(self.office, self.children, self.setup.host, self.setup.office_port, self.clock)

    # ---- the way ----

    def open_doors(self) -> None:
        """Start the keeper and the public node: nothing is sealed, nothing even imported."""
        self.layout.make()
        self.exams.mkdir(exist_ok=True)
        self._write_demo_file()
        self.verbs("keeper", "init")
        keeper = self.children.start("keeper", ["--json", "keeper", "serve"])
        announced(keeper, _STARTING)
        self.lookup = self._start_lookup(self.setup.port)
        self._note("served")

    def _start_lookup(self, port: int) -> Child:
        words = ["--json", "lookup", "serve", "--node", self.node, "--host", self.setup.host, "--port", str(port)]
        words += ["--metrics-port", "0", "--workers", str(self.setup.workers), "--demo", str(self._demo_file)]
        words += ["--images", str(_IMAGES)]
        child = self.children.start("lookup", words)
        self.address = announced(child, _STARTING)
        wait_for(self._healthy, _STARTING, child)
        return child

    def restart_lookup(self) -> None:
        """End the node and start it again at the same address."""
        self.children.running.remove(self.lookup)
        self.lookup.stop()
        self.lookup = self._start_lookup(int(self.address["port"]))

    def write_files(self) -> Written:
        """The marking centre's files of both years."""
        written = write_cohort(self.setup.plan, self.files)
        self._note("written")
        return written

    def take_in(self) -> None:
        """Both years into the office: last year's as history, this year's to be released."""
        rules, last = self.setup.plan.rules, self.setup.plan.last
        self.office.furnish()
        self.front.open(int(self.address["metrics_port"]))
        self.office.believe(self.files / CENTRE)
        history = []
        if last is not None:
            before = self.office.take_in(last.exam_id, last.year, Files.below(self.files / str(last.year)))
            history.append(self.office.adjudicate(before)["run"])
        sitting = self.office.take_in(rules.exam_id, rules.year, Files.below(self.files / str(rules.year)))
        self._note("taken-in")
        self.run = self.office.adjudicate(sitting, history, withhold=True)
        self._note("adjudicated")

    def approve(self) -> None:
        """Freeze the report; two approvers sign it."""
        self.release = self.office.freeze(self.sitting)
        self.approvers = self.office.approve(self.release)
        self._note("approved")

    def seal(self) -> None:
        """The keeper seals, the header becomes public, the node takes the snapshot."""
        self.sealed = self.office.seal(self.release)
        self._note("sealed")

    def distribute(self) -> None:
        """Wait until the node has verified the snapshot, then enter that it holds it."""
        self.office.distribute(self.release, self.setup.workers)
        self._note("distributed")

    def await_office(self) -> None:
        """Wait until the office answers in the browser; it started while the files were taken in."""
        self.front.ready()
        self._note("office")

    def prepare_second(self) -> Second | None:
        """The sitting that a visitor releases by hand; a page view meanwhile is noticed."""
        if self.setup.second is None:
            return None
        second = prepare_second(
            self.office, self.setup.second, self.setup.home / "files-second", self.layout.drop, self._viewed
        )
        self._note("second")
        return second

    def schedule(self) -> datetime:
        """Two approvers sign the hour: 30 s after the first view, 90 s after the start at the latest, never too soon to
        be announced. Signed again when the first view brings it nearer."""
        wanted = self.started + LATEST
        if self.first_view is not None:
            wanted = min(wanted, self.first_view + AFTER_VIEW)
        t = max(wanted, self.clock.now() + NOTICE).replace(microsecond=0)
        if self.t is None or t < self.t:
            self.office.schedule(self.release, t)
            self.t = t
        self._note("scheduled")
        return self.t

    def await_view(self) -> None:
        """Return at the first page view, or when a view could not bring the hour nearer any more."""
        limit = self.started + LATEST - AFTER_VIEW
        wait_for(lambda: self._viewed() or self.clock.now() >= limit, 600, *self.children.running, pause=0.2)

    def await_hour(self, t: datetime) -> None:
        """Return once the node answers; T plus the time that a key needs."""
        client = self.client()
        limit = (t - self.clock.now()).total_seconds() + 20

        def answering() -> bool:
            return self.clock.now() >= t and self.state(client) == "published"

        wait_for(answering, limit, *self.children.running, pause=0.1)
        client.close()
        self._note("published")

    def entries(self) -> int:
        """Entries of every kind in the sealed snapshot, dummies included, as its header says."""
        header = msgspec.json.decode((self.snapshot / "header.json").read_bytes(), type=SignedHeader).header
        return header.records.entries + header.pointers.entries

    def state(self, client: Client) -> str:
        """What the node says of the sitting."""
        entry = client.board()["sittings"].get(self.sitting)
        return str(entry["state"]) if entry else ""

    def close(self) -> None:
        """End every process."""
        self.children.stop()

    # ---- what is looked at ----

    @property
    def sitting(self) -> str:
        return self.setup.plan.rules.id

    @property
    def files(self) -> Path:
        return self.setup.home / "files"

    @property
    def answers(self) -> Path:
        return self.files / ANSWERS

    @property
    def snapshot(self) -> Path:
        return self.layout.snapshots / str(self.sealed["snapshot"])

    @property
    def url(self) -> str:
        return f"http://{self.shown_host}:{self.address['port']}/"

    @property
    def shown_host(self) -> str:
        return "127.0.0.1" if self.setup.host in EVERYWHERE else self.setup.host

    @cached_property
    def people(self) -> Sequence[Person]:
        return early_people(self.setup.plan, _AMONG)

    @cached_property
    def canaries(self) -> Canaries:
        """Everyone's data and the keys; first asked for once the snapshot is sealed, so that there are keys."""
        return canaries_of(self.answers, self.people, self.setup.plan.rules.year, keys_in(self.layout.keys))

    @cached_property
    def scanner(self) -> Scanner:
        return Scanner(self.canaries)

    def scan(self) -> Findings:
        """Search the public side's disk and memory."""
        side = PublicSide((self.layout.public, self.layout.node(self.node)), self.node, self.lookup.pid)
        return side.scan(self.scanner)

    def client(self, place: int = 0) -> Client:
        return Client(self.shown_host, int(self.address["port"]), self.sitting, place)

    def approver_names(self) -> str:
        names = {member.id: member.name for member in STAFF}
        return "、".join(names[item] for item in APPROVERS) if self.setup.language == "zh" else ", ".join(APPROVERS)

    # ---- details ----

    @property
    def _demo_file(self) -> Path:
        return self.setup.home / "demo.json"

    def _write_demo_file(self) -> None:
        people = [
            {"label": {"zh": item.label.zh, "en": item.label.en}, "kind": item.kind.value, "fields": item.fields}
            for item in self.people
        ]
        banner = {"zh": BANNER.zh, "en": BANNER.en}
        self._demo_file.write_bytes(msgspec.json.encode({"banner": banner, "sitting": self.sitting, "people": people}))

    def _healthy(self) -> bool:
        client = self.client()
        try:
            return client.get("/healthz")[0] == 200
        except OSError:
            return False
        finally:
            client.close()

    def _viewed(self) -> bool:
        if self.first_view is None and metric(int(self.address["metrics_port"]), "fangbang_lookup_pages_total") > 0:
            self.first_view = self.clock.now()
        return self.first_view is not None

    def _note(self, what: str) -> None:
        self.times[what] = round(time.monotonic() - self._begin, 1)


def hour_text(t: str | datetime) -> str:
    """An hour for the story, in the authority's zone."""
    at = from_wire(t) if isinstance(t, str) else t
    return at.strftime("%H:%M:%S")
