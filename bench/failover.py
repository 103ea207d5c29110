"""`python -m bench failover`: either of two keepers killed (SIGKILL) at a random moment around T, or during an order.

Two real keepers of production custody, on the machine's clock and two time servers. After every round the one that was
killed is started and armed again. Watched the whole time, by reading both boards over and over: nothing is posted
before its hour, no counter stands on two boards, boards of the same step say the same, the survivor posts in time.
"""

import argparse
import json
import random
import sys
import tempfile
import threading
import time
from base64 import b64decode
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec

from bench import machine
from fangbang.core.clock import SystemClock
from fangbang.core.errors import FangbangError
from fangbang.keeper.problems import UNCONFIRMED
from fangbang.snapshot.board import BOARD_FILES, Board, load_anchor, open_envelope, parse_board
from tests.keeper.conftest import Node
from tests.keeper.office import SITTING, row
from tests.keeper.production import Station, Two, two_keepers, until

LATEST = timedelta(seconds=2)
"""A release is posted at most this long after its hour while one keeper lives: design, time manipulation."""
PATIENCE = 30.0
REPEATS = 5


@dataclass
class Watch:
    """What both boards said, and what they must not have said."""

    hours: dict[str, datetime] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)
    boards: int = 0
    posted: dict[str, datetime] = field(default_factory=dict)
    _bytes: dict[tuple[str, int], bytes] = field(default_factory=dict)
    _highest: dict[str, int] = field(default_factory=dict)
    _said: dict[int, bytes] = field(default_factory=dict)

    def look(self, keeper: str, data: bytes, board: Board, now: datetime) -> None:
        """One board, as it was read at `now`."""
        known = self._bytes.setdefault((keeper, board.counter), data)
        if known != data:
            self.faults.append(f"{keeper}: counter {board.counter} on two boards")
        if board.counter < self._highest.get(keeper, 0):
            self.faults.append(f"{keeper}: counter {board.counter} after {self._highest[keeper]}")
        self.boards += board.counter > self._highest.get(keeper, 0)
        self._highest[keeper] = max(board.counter, self._highest.get(keeper, 0))
        said = msgspec.json.encode(board.sittings, order="deterministic")
        if self._said.setdefault(board.step, said) != said:
            self.faults.append(f"{keeper}: step {board.step} says something else")
        self._early(board, now)

    def _early(self, board: Board, now: datetime) -> None:
        shown = {ref.id for entry in board.sittings.values() for ref in entry.snapshots if ref.published_at}
        shown |= {snapshot for letters in board.envelopes.values() for snapshot in letters}
        for snapshot in shown:
            if snapshot in self.hours and now < self.hours[snapshot]:
                self.faults.append(f"{snapshot}: posted before its hour")
            self.posted.setdefault(snapshot, now)


def watching(public: Path, watch: Watch, stop: threading.Event) -> None:
    """Read both files again and again; for a thread."""
    seen: dict[str, bytes] = {}
    while not stop.wait(0.003):
        for keeper, name in BOARD_FILES.items():
            now = SystemClock().now()
            try:
                data = (public / name).read_bytes()
                if data != seen.get(keeper):
                    watch.look(keeper, data, parse_board(data, load_anchor(public / "trust.json")), now)
                    seen[keeper] = data
            except (OSError, FangbangError) as error:
                if keeper in seen:
                    watch.faults.append(f"{keeper}: {type(error).__name__}")


@dataclass
class Sweep:
    """Rounds on one pair of keepers."""

    two: Two
    watch: Watch
    draw: random.Random
    number: int = 0
    acknowledged: int = 0
    repeated: int = 0
    late: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.node = Node(self.two.office)
        public = self.node.private.public_key().public_bytes_raw().hex()
        for station in (self.two.a, self.two.b):
            station.ask(command="register", worker=self.node.name, node="n", public_key=public, report={})

    def round(self, dies: str, in_order: bool) -> None:
        """Seal, set the hour, kill one keeper, see the hour through, bring the keeper back."""
        self.number += 1
        two, lost = self.two, self.two.stations[dies]
        book = two.office.book([row(self.number)])
        report = two.office.report(book, f"rel-{self.number}")
        release = self._ask(two.a, command="seal", order=two.office.seal_order(report))
        hour = SystemClock().now() + timedelta(seconds=1.5 if not in_order else 4)
        schedule, approvals = two.office.schedule_order(release, hour)
        self.watch.hours[release["snapshot"]] = hour
        order = {"command": "schedule", "schedule": schedule, "approvals": approvals}
        if in_order:
            hour = self._kill_during(lost, order, release, hour)
        else:
            self._ask(two.a, **order)
            moment = hour + timedelta(seconds=self.draw.uniform(-0.5, 0.3))
            time.sleep(max(0.0, (moment - SystemClock().now()).total_seconds()))
            lost.kill()
        self._see_through(release["snapshot"], hour)
        if lost.process is None:
            self._bring_back(lost)

    def _ask(self, station: Station, **request: Any) -> dict[str, Any]:
        """Give an order; again, as the keeper asks for, while the other one has not confirmed it."""
        answer = station.ask(**request)
        for _ in range(REPEATS):
            if answer.get("code") != UNCONFIRMED.code:
                break
            self.repeated += 1
            time.sleep(1)
            answer = station.ask(**request)
        if not answer["ok"]:
            raise RuntimeError(f"{request['command']}: {answer['code']}")
        self.acknowledged += 1
        return answer

    def _kill_during(self, lost: Station, order: dict[str, Any], release: dict[str, Any], hour: datetime) -> datetime:
        """Kill while the order is carried out. What was acknowledged stands with the survivor; otherwise another hour
        is set once both live. The hour that counts."""
        answers: list[dict[str, Any]] = []

        def give() -> None:
            try:
                answers.append(self.two.a.ask(**order))
            except FangbangError as error:
                answers.append({"ok": False, "code": error.code})

        giving = threading.Thread(target=give)
        giving.start()
        time.sleep(self.draw.uniform(0, 0.06))
        lost.kill()
        giving.join()
        lives = self.two.b if lost is self.two.a else self.two.a
        if answers[0]["ok"]:
            self.acknowledged += 1
            if self._hour_of(lives, order) != order["schedule"]["t"]:
                self.watch.faults.append("an acknowledged hour was lost")
        else:
            self._bring_back(lost)
        if not answers[0]["ok"] and self._hour_of(self.two.a, order) is None:
            hour = SystemClock().now() + timedelta(seconds=1.5)
            schedule, approvals = self.two.office.schedule_order(release, hour, serial=2)
            self.watch.hours[release["snapshot"]] = hour
            self._ask(self.two.a, command="schedule", schedule=schedule, approvals=approvals)
        return hour

    def _hour_of(self, station: Station, order: dict[str, Any]) -> str | None:
        """What a keeper knows of the hour that an order is about."""
        known = station.ask(command="status")["releases"]
        hour: str | None = next(item["t"] for item in known if item["release"] == order["schedule"]["release"])
        return hour

    def _see_through(self, snapshot: str, hour: datetime) -> None:
        until(lambda: snapshot in self.watch.posted and snapshot in self._letters(), PATIENCE)
        self.late.append((self.watch.posted[snapshot] - hour).total_seconds())
        sealed = b64decode(self._letters()[snapshot])
        open_envelope(sealed, self.node.name, snapshot, self.node.private)

    def _letters(self) -> dict[str, str]:
        return self.two.newest().envelopes.get(self.node.name, {})

    def _bring_back(self, lost: Station) -> None:
        lost.start()
        self.two.arm(lost)
        until(lambda: all(self.two.pair_of(it)["in_step"] for it in (self.two.a, self.two.b)), PATIENCE)
        boards = [it.board() for it in (self.two.a, self.two.b)]
        if not all(board is not None and board.sittings[SITTING].state == "published" for board in boards):
            until(lambda: all(self.two.newest().sittings == board.sittings for board in boards if board), PATIENCE)


def sweep(rounds: int, seed: int, tell: Callable[[str], None], folder: Path) -> dict[str, Any]:
    """All rounds; which keeper dies takes turns, every third round during an order."""
    watch, stop = Watch(), threading.Event()
    with two_keepers(folder) as two:
        two.start()
        watcher = threading.Thread(target=watching, args=(two.public, watch, stop))
        watcher.start()
        try:
            made = Sweep(two, watch, random.Random(seed))
            for number in range(rounds):
                made.round("ab"[number % 2], in_order=number % 3 == 2)
                tell(f"round {number + 1} of {rounds}: {made.late[-1]:.3f} s late, faults so far: {watch.faults}")
        finally:
            stop.set()
            watcher.join()
    late = sorted(made.late)
    return {
        "rounds": rounds,
        "seed": seed,
        "posted": len(late),
        "early": sum(seconds < 0 for seconds in late),
        "latest_seconds": round(late[-1], 3),
        "median_seconds": round(late[len(late) // 2], 3),
        "over_budget": sum(seconds > LATEST.total_seconds() for seconds in late),
        "boards": watch.boards,
        "orders_acknowledged": made.acknowledged,
        "orders_repeated": made.repeated,
        "faults": watch.faults,
    }


def main(arguments: list[str]) -> int:
    """Run and print; 1 if a fault was seen, or a posting was late."""
    parser = argparse.ArgumentParser(prog="bench failover", description=__doc__)
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true", help="one JSON object on the last line")
    asked = parser.parse_args(arguments)
    load = machine.load_average()
    with tempfile.TemporaryDirectory() as folder:
        outcome = sweep(asked.rounds, asked.seed, lambda text: print(text, file=sys.stderr), Path(folder))
    outcome |= {"machine": machine.describe(), "load_average_before": load}
    print(json.dumps(outcome) if asked.json else json.dumps(outcome, indent=2))
    return 1 if outcome["faults"] or outcome["early"] or outcome["over_budget"] else 0
