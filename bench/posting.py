"""`python -m bench posting`: how soon every worker answers once the key is posted, and is silent after a withdrawal.

A real node with several workers; many connections ask the same person's result over and over, each connection being
one worker's. Nobody may be answered before the key is posted; budgets: design of the hot path, p99 ≤ 1 s after the
post, ≤ 5 s after a withdrawal.
"""

import argparse
import json
import secrets
import socket
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any

from bench import cohort, machine
from bench.keeper import BenchKeeper, letter_for, posting
from bench.ours import fetch_salts, header_digest, node, request_for
from bench.snapshot import CohortSource, seal_cohort
from fangbang.snapshot.board import SENTINELS

CONNECTIONS = 48
PEOPLE = 20_000
POST_BUDGET = 1.0
WITHDRAWAL_BUDGET = 5.0
_PAUSE = 0.002
_PATIENCE = 20.0
_QUIET = 2.0
"""Seconds without one result after which a withdrawal counts as followed by all."""


class Asker:
    """One connection that asks again and again; a worker that ends closes it, and it is opened anew."""

    def __init__(self, port: int, request: bytes) -> None:
        self._port = port
        self._request = request
        self._link: socket.socket | None = None

    def ask(self) -> str:
        """The state that was answered; "" if the connection was refused or cut."""
        try:
            if self._link is None:
                self._link = socket.create_connection(("127.0.0.1", self._port), timeout=5)
            self._link.sendall(self._request)
            head, _, body = self._link.recv(65536).partition(b"\r\n\r\n")
        except OSError:
            head = body = b""
        if not head or b"connection: close" in head.lower():
            self.close()
        try:
            return str(json.loads(body)["state"])
        except ValueError:
            return ""

    def close(self) -> None:
        """Let the connection go."""
        if self._link is not None:
            self._link.close()
            self._link = None


def one_round(folder: Path, workers: int) -> dict[str, Any]:
    """Seal, wait before the hour, post, withdraw. Seconds from each post to what each connection saw."""
    public = folder / "public"
    (public / "snapshots").mkdir(parents=True)
    release_key, pepper, snapshot_id = secrets.token_bytes(32), secrets.token_bytes(32), secrets.token_bytes(16)
    source = CohortSource(PEOPLE, pepper)
    sealed = seal_cohort(public / "snapshots", source, release_key, snapshot_id)
    person = next(cohort.cohort(1))
    letter = letter_for(snapshot_id, release_key, pepper, list(cohort.cohort(SENTINELS)))
    keeper = BenchKeeper(public, letter, header_digest(sealed.folder), sealed.header.exam, timedelta(seconds=1))
    (folder / "anchor.json").write_bytes(keeper.anchor)
    with ExitStack() as stack:
        stack.enter_context(posting(keeper, folder / "keeper.sock"))
        _, port = stack.enter_context(node(folder, "node", workers=workers, core=None))
        time.sleep(3)
        askers = [Asker(port, request_for(person, salt)) for salt in fetch_salts(port, CONNECTIONS)]
        for asker in askers:
            stack.callback(asker.close)
        early = sum(asker.ask() == "found" for _ in range(20) for asker in askers)
        posted = time.monotonic()
        keeper.turn("published")
        opened = _first_found(askers, posted)
        withdrawn = time.monotonic()
        keeper.turn("withdrawn")
        closed = _last_found(askers, withdrawn)
    return {"early": early, "opened": opened, "closed": closed}


def _first_found(askers: list[Asker], since: float) -> list[float]:
    """Seconds until each connection was answered."""
    seen: dict[int, float] = {}
    while len(seen) < len(askers):
        if time.monotonic() - since > _PATIENCE:
            raise RuntimeError(f"{len(askers) - len(seen)} connections were not answered")
        for number, asker in enumerate(askers):
            if number not in seen and asker.ask() == "found":
                seen[number] = time.monotonic() - since
        time.sleep(_PAUSE)
    return list(seen.values())


def _last_found(askers: list[Asker], since: float) -> float:
    """Seconds until the last answer with a result, followed by `_QUIET` seconds without one."""
    last = since
    while (now := time.monotonic()) - last < _QUIET:
        if now - since > _PATIENCE:
            raise RuntimeError("the withdrawal is not followed")
        if sum(asker.ask() == "found" for asker in askers):  # each is asked, also after the first that answers
            last = time.monotonic()
        time.sleep(_PAUSE)
    return last - since


def measure(rounds: int, workers: int, tell: Callable[[str], None]) -> dict[str, Any]:
    """Several rounds, each with a snapshot, keys and a node of its own."""
    made, load = [], machine.load_average()
    for number in range(rounds):
        tell(f"round {number + 1} of {rounds}")
        with tempfile.TemporaryDirectory() as folder:
            made.append(one_round(Path(folder), workers))
    opened = sorted(seconds for item in made for seconds in item["opened"])
    closed = [item["closed"] for item in made]
    early = sum(item["early"] for item in made)
    p99 = opened[min(len(opened) - 1, int(len(opened) * 0.99))]
    return {
        "rounds": rounds,
        "workers": workers,
        "connections": CONNECTIONS,
        "answers_before": early,
        "open_median_seconds": round(statistics.median(opened), 3),
        "open_p99_seconds": round(p99, 3),
        "withdrawal_worst_seconds": round(max(closed), 3),
        "within_budget": early == 0 and p99 <= POST_BUDGET and max(closed) <= WITHDRAWAL_BUDGET,
        "machine": machine.describe(),
        "load_average_before": load,
    }


def main(arguments: list[str]) -> int:
    """Run and print; 1 if a budget is not met."""
    parser = argparse.ArgumentParser(prog="bench posting", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--workers", type=int, default=4)
    parser.add_argument("--json", action="store_true", help="one JSON object on the last line")
    asked = parser.parse_args(arguments)
    outcome = measure(asked.rounds, asked.workers, lambda text: print(text, file=sys.stderr))
    print(json.dumps(outcome) if asked.json else json.dumps(outcome, indent=2))
    return 0 if outcome["within_budget"] else 1
