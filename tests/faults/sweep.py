"""A sitting that goes to the public again and again, with one more candidate each time, while at each step a process is
killed with SIGKILL at a random moment and the same command is run again: the verb, or the keeper in its place, or with
PostgreSQL one of the server's own processes, upon which the whole server throws its memory away and recovers from its
log.

After every kill: the audit chain holds; every row fits its seal; whatever was acknowledged is there; each snapshot
that the board names, and the newest that was sealed, verifies whole; no board's counter went back. At the end of each
round the release is out, and candidates are told so; at the end of all, every snapshot that was ever sealed verifies.
"""

import contextlib
import json
import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from fangbang.cli.demo.office import ADJUDICATOR, APPROVERS, IMPORTER
from fangbang.core.clock import SystemClock
from fangbang.core.errors import FangbangError
from fangbang.snapshot.board import load_anchor, parse_board
from fangbang.snapshot.verdict import Verdict
from fangbang.snapshot.verifier import verify_folder
from tests.faults.server import Server, serving
from tests.faults.victim import Doomed
from tests.harness import Installation
from tests.release.walking import BEIJING, Candidate, files

STEPS = ("import", "approve", "seal", "publish")
_LATER = (15.0, 60.0)
"""Seconds until the hour where two people could not sign the first one in time."""
_SLACK = 1.1
PATIENCE = 600.0
"""Seconds after which something that must come has not come: more than a busy machine ever keeps a process waiting."""
_USUAL = {"import": 0.5, "approve": 0.3, "seal": 2.0, "publish": 0.3, "schedule": 2.0}
"""Seconds that a step takes, until a spared round has shown what it takes here."""


class BrokenError(AssertionError):
    """Something acknowledged was lost, or something half done is visible."""


@dataclass
class Sweep:
    """One installation, killed again and again. `kills`: step → how often a kill came before the end, or late."""

    it: Installation
    verbs: Doomed
    seed: int
    server: Server | None = None
    kills: dict[str, Counter[str]] = field(default_factory=lambda: {step: Counter() for step in STEPS})
    usual: dict[str, float] = field(default_factory=lambda: dict(_USUAL))
    counter: int = 0
    first: int = 0
    sealed: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.chance = random.Random(self.seed)
        self.office = replace(self.it.office, verbs=self.verbs)
        self.sitting = ""

    def round(self, number: int, *, spare: bool = False) -> None:
        """One candidate more: files, decision, approvals, seal, hour, public. `spare`: nothing is killed, and each
        step's usual time is taken."""
        people = tuple(candidate(each) for each in range(number, number + 1))
        folder = self.it.home / f"in-{number}"
        given = files(folder, 2026, people)
        if not self.sitting:
            self.first = number
            self.sitting = str(self.verbs("sitting", "open", "social-worker", "2026", "--as", IMPORTER)["sitting"])
        self.take_in("registrations", given.registrations, number, spare)
        self.take_in("marks", given.marks, number, spare)
        self.office.adjudicate(self.sitting)
        release = self.office.freeze(self.sitting)
        self.approve(release, spare)
        self.seal(release, spare)
        self.office.distribute(release, 1, PATIENCE)
        self.publish(release, number, spare)

    # ---- the steps ----

    def take_in(self, kind: str, path: Path, number: int, spare: bool) -> None:
        words = ("intake", kind, self.sitting, str(path), "--as", IMPORTER)
        acknowledged = self.doomed("import", spare, lambda: self.verbs(*words))
        if acknowledged and self.batches(kind) != number - self.first + 1:
            raise BrokenError(f"import of {kind}: acknowledged and lost")
        self.verbs(*words)
        if self.batches(kind) != number - self.first + 1:
            raise BrokenError(f"import of {kind}: not there exactly once")

    def approve(self, release: str, spare: bool) -> None:
        for place, operator in enumerate(APPROVERS):
            words = ("release", "approve", release, "--yes", *self.office.signed(operator))
            acknowledged = self.doomed("approve", spare, lambda words=words: self.verbs(*words))  # type: ignore[misc]
            standing = self.release(release)["approvers"]
            if (acknowledged and operator not in standing) or len(standing) not in (place, place + 1):
                raise BrokenError(f"approval of {operator}: {standing}")
            if operator not in standing:
                self.verbs(*words)

    def seal(self, release: str, spare: bool) -> None:
        words = ("release", "seal", release, "--as", ADJUDICATOR, "--yes")
        acknowledged = self.doomed("seal", spare, lambda: self.verbs(*words), with_keeper=True)
        if acknowledged and self.release(release)["state"] == "approved":
            raise BrokenError("a seal was acknowledged and lost")
        self.sealed.append(str(self.verbs(*words)["snapshot"]))
        self.check()

    def publish(self, release: str, number: int, spare: bool) -> None:
        """The keeper is killed around the hour; the office while it enters what was posted."""
        t = self.schedule(release)
        if not spare:
            away = (t - SystemClock().now()).total_seconds() + self.chance.uniform(-0.3, 0.7)
            time.sleep(max(0.0, away))
            early = self.state(release) != "published"
            self.kills["publish"]["early" if early else "late"] += 1
            self.kill_keeper()
        self.until(lambda: self.state(release) == "published", "the keeper posts")
        if SystemClock().now() < t:
            raise BrokenError("posted before its hour")
        self.check()
        self.doomed("publish", spare, lambda: self.verbs("release", "status"))
        self.until(lambda: self.release(release)["state"] == "published", "the office enters it")
        self.until(lambda: self.told(number), "candidates are told")

    def schedule(self, release: str) -> datetime:
        """An hour as soon as a busy machine lets two people sign it, by how long they took the last time."""
        for wait in (1.5 * self.usual["schedule"], *_LATER):
            began = time.monotonic()
            t = (SystemClock().now() + timedelta(seconds=wait)).replace(microsecond=0) + timedelta(seconds=1)
            with contextlib.suppress(FangbangError):
                self.office.schedule(release, t)
                self.usual["schedule"] = time.monotonic() - began
                return t
        raise BrokenError("no hour could be signed in time")

    # ---- killing ----

    def doomed(self, step: str, spare: bool, act: Callable[[], dict[str, Any]], *, with_keeper: bool = False) -> bool:
        """Run an act and kill it at a random moment; whether it was acknowledged. With the keeper's part in it, every
        second time the keeper is killed in its place; with a database server, every third time one of its processes."""
        began = time.monotonic()
        if spare:
            act()
            self.usual[step] = max(self.usual.get(step, 0.0), time.monotonic() - began)
            return True
        after = self.chance.uniform(0, self.usual[step] * _SLACK)
        if with_keeper and self.chance.random() < 0.5:
            acknowledged = self.dies_meanwhile(self.it.keeper.process.kill, after, act)
            self.kill_keeper()
        elif self.server is not None and self.chance.random() < 1 / 3:
            acknowledged = self.dies_meanwhile(self.server.kill_one, after, act)
            self.server.wait_until_recovered()
        else:
            self.verbs.kill_after = after
            acknowledged = bool(act())
            self.learn(step, after, time.monotonic() - began if acknowledged else None)
        self.kills[step]["late" if acknowledged else "early"] += 1
        self.check()
        return acknowledged

    def learn(self, step: str, after: float, took: float | None) -> None:
        """How long a step takes changes with the machine's load and with what lies there already: kills stay spread
        over the whole of it. `took`: seconds, None if it was killed after `after`."""
        usual = self.usual[step]
        if took is not None:
            self.usual[step] = usual + (took - usual) / 4
        elif after > usual:
            self.usual[step] = usual * _SLACK

    def dies_meanwhile(self, kill: Callable[[], None], after: float, act: Callable[[], dict[str, Any]]) -> bool:
        """Run an act while something that it needs is killed; whether it was acknowledged."""
        timer = threading.Timer(after, kill)
        timer.start()
        try:
            return bool(act())
        except FangbangError:
            return False
        finally:
            timer.join()

    def kill_keeper(self) -> None:
        """Kill the keeper, and start it again."""
        self.it.keeper.process.kill()
        self.it.keeper.process.wait(timeout=30)
        self.it.stop(self.it.keeper)
        self.it.start_keeper()

    # ---- what must hold ----

    def check(self) -> None:
        """The rules of this module's first lines."""
        self.verbs("audit", "verify")
        self.verbs("audit", "check")
        layout = self.it.layout
        trusted = load_anchor(layout.public / "trust.json")
        board = parse_board((layout.public / "board.json").read_bytes(), trusted)
        if board.counter < self.counter:
            raise BrokenError(f"the board went back from {self.counter} to {board.counter}")
        self.counter = board.counter
        named = {item.id for sitting in board.sittings.values() for item in sitting.snapshots}
        self.check_whole(named | set(self.sealed[-1:]))

    def check_whole(self, snapshots: Iterable[str]) -> None:
        """Each of these verifies."""
        trusted = load_anchor(self.it.layout.public / "trust.json")
        for snapshot in snapshots:
            if verify_folder(self.it.layout.snapshots / snapshot, trusted).outcome is not Verdict.VALID:
                raise BrokenError(f"half a snapshot: {snapshot}")

    def until(self, condition: Callable[[], bool], what: str) -> None:
        end = time.monotonic() + PATIENCE
        while not condition():
            if time.monotonic() > end:
                raise BrokenError(f"never: {what}")
            time.sleep(0.1)

    def batches(self, kind: str) -> int:
        told = self.verbs("intake", "list", self.sitting)["batches"]
        return sum(item["kind"] == kind for item in told)

    def release(self, release: str) -> dict[str, Any]:
        told: list[dict[str, Any]] = self.verbs("release", "status")["releases"]
        return next(item for item in told if item["release"] == release)

    def state(self, release: str) -> str:
        """What the keeper's own file says."""
        state = json.loads((self.it.layout.keeper / "state.json").read_bytes())
        return str(state["releases"][release]["state"])

    def told(self, number: int) -> bool:
        """Whether the first candidate and this one read their results. The node's only worker may be ending to erase
        the keys of the round before: then nobody listens for a moment."""
        try:
            answers = self.it.ask_all(self.sitting, [candidate(each).ask for each in {self.first, number}])
        except OSError:
            return False
        return {answer["state"] for answer in answers} == {"found"}


def candidate(number: int) -> Candidate:
    return Candidate(f"1126{number:04}", f"SYN{number:05}26", "甲一", BEIJING, (70, 71, 72))


@contextmanager
def sweeping(home: Path, seed: int, server: Server | None = None) -> Iterator[Sweep]:
    """An installation to be killed, with its office's database on that server if there is one."""
    with Installation(home, database=server.url if server is not None else "") as it:
        verbs = Doomed(home, {"FANGBANG_DATABASE": it.database})
        try:
            yield Sweep(it, verbs, seed, server)
        finally:
            verbs.close()


def run(
    home: Path, moments: int, seed: int, database: str = "sqlite", say: Callable[[str], object] = lambda _: None
) -> dict[str, Any]:
    """The whole sweep: seven kills a round, two each of imports, approvals and publishings and one of a seal; one
    round before them is spared. Raises BrokenError at the first thing that is not as it must be."""
    began = time.monotonic()
    with ExitStack() as stack:
        server = stack.enter_context(serving()) if database == "postgresql" else None
        sweep = stack.enter_context(sweeping(home, seed, server))
        sweep.round(0, spare=True)
        for number in range(1, moments + 1):
            sweep.round(number)
            say(f"{number} of {moments} rounds, {time.monotonic() - began:.0f} s")
        sweep.check_whole(sweep.sealed)
    kills = {step: dict(sorted(counts.items())) for step, counts in sweep.kills.items()}
    total = sum(sum(counts.values()) for counts in kills.values())
    told = {"moments": moments, "seed": seed, "database": database, "kills": kills, "total": total, "lost": 0}
    if server is not None:
        told["recoveries"] = server.kills
    return told | {"seconds": round(time.monotonic() - began)}
