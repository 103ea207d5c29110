"""The bench: one node, asked by turns free and capped."""

import argparse
import json
import os
import random
import statistics
import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench import cohort, machine
from bench.contestants import SERVER_CORE, Contestant
from bench.load.plan import Tally
from bench.memory.group import Group, MissingError, group
from bench.ours import Requests, fetch_salts, judge_of, node, published, request_for, wait_until_open
from bench.processes import family, memory
from bench.results import record_memory
from bench.rounds import Load, turn

MEBI = 1 << 20
FILLED = 64
"""Bytes read from the disk an answer, below which everything that is asked for lies in memory."""
_FILLINGS = 60
_MISSING = 69


@dataclass(frozen=True)
class Scale:
    """Candidates in the snapshot, how many of them are asked for in turn, MiB for pages under the limit."""

    candidates: int
    asked: int
    margin: int


@dataclass(frozen=True)
class Turn:
    """What one turn saw, and the bytes that the node read from the disk meanwhile, for each answer."""

    tally: Tally
    read: float


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """The options."""
    parser = argparse.ArgumentParser(prog="bench memory", description=__doc__)
    parser.add_argument("--json", action="store_true", help="one line instead of an indented object")
    parser.add_argument("--record", action="store_true", help="append a row to bench/RESULTS.md")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=4.0, help="measured seconds of a turn")
    parser.add_argument("--connections", type=int, default=64)
    parser.add_argument("--candidates", type=int, default=600_000)
    parser.add_argument("--asked", type=int, default=20_000, help="different candidates, asked in turn")
    parser.add_argument("--margin", type=int, default=60, help="MiB for the snapshot's pages under the limit")
    parser.add_argument("--folder", type=Path, help="where the snapshot goes: a file system on a disk, not in memory")
    return parser.parse_args(arguments)


def main(arguments: Sequence[str]) -> int:
    """Run the bench; the last line of standard output is one JSON object."""
    options = parse(arguments)
    scale = Scale(options.candidates, options.asked, options.margin)
    load = Load(1.0, options.seconds, options.connections)
    try:
        with tempfile.TemporaryDirectory(prefix="bench-", dir=options.folder) as name, group() as made:
            outcome = run(Path(name), made, scale, load, options.rounds)
    except MissingError as error:
        print(error, file=sys.stderr)
        return _MISSING
    if options.record:
        record_memory(outcome)
    print(json.dumps(outcome) if options.json else json.dumps(outcome, indent=2))
    return 0


def run(folder: Path, made: Group, scale: Scale, load: Load, rounds: int) -> dict[str, Any]:
    """Seal, start the node inside the group, take turns."""
    before, people = machine.load_average(), list(cohort.cohort(scale.candidates))
    asked = random.Random(7).sample(people, min(scale.asked, len(people)))
    with ExitStack() as stack:
        stack.enter_context(published(folder, people))
        size = forget(folder / "public" / "snapshots")
        with made.inside():
            pid, port = stack.enter_context(node(folder, "node", core=SERVER_CORE))
        body = wait_until_open(port, lambda: request_for(asked[0], fetch_salts(port, 1)[0]))
        judge = judge_of(asked, json.loads(body)["published_at"])
        ours = Contestant("ours", (pid,), Requests(port, asked).plan, judge)
        watch(ours, load, folder)
        own = memory(family([pid])).own
        turns: dict[str, list[Turn]] = {"free": [], "capped": []}
        for _ in range(rounds):
            made.limit(None)
            fill(ours, load, folder)
            turns["free"].append(watch(ours, load, folder))
            made.limit(own + scale.margin * MEBI)
            turns["capped"].append(watch(ours, load, folder))
        made.limit(None)
    facts = {"snapshot_mb": size / 1e6, "own_mb": own / 1e6, "margin_mb": scale.margin * MEBI / 1e6}
    sizes = {name: round(value, 1) for name, value in facts.items()}
    told = {"rounds": rounds, "candidates": scale.candidates, "asked": len(asked), "machine": machine.describe()}
    return {**summed(turns), **sizes, **told, "load_average_before": round(before, 2)}


def summed(turns: dict[str, list[Turn]]) -> dict[str, Any]:
    """Medians of each sort, and how many times as many answers the free node gives."""
    said: dict[str, Any] = {
        name: {
            "cpu_us": round(statistics.median(each.tally.cpu_us for each in found), 1),
            "rps": round(statistics.median(each.tally.rate for each in found)),
            "read_bytes_an_answer": round(statistics.median(each.read for each in found)),
        }
        for name, found in turns.items()
    }
    return {**said, "ratio": round(said["free"]["rps"] / said["capped"]["rps"], 2)}


def watch(ours: Contestant, load: Load, folder: Path) -> Turn:
    """One turn; every answer is checked."""
    before = read_bytes(ours.roots)
    tally = turn(ours, load, folder)
    # The warm-up reads as well, and is not among the answers that are counted.
    share = load.seconds / (load.seconds + load.warmup)
    found = Turn(tally, (read_bytes(ours.roots) - before) * share / tally.answers)
    print(f"{tally.cpu_us:8.1f} µs/answer {tally.rate:8.0f} answers/s {found.read:10.0f} bytes read", file=sys.stderr)
    return found


def fill(ours: Contestant, load: Load, folder: Path) -> None:
    """Ask until whatever is asked for lies in memory again; RuntimeError if it never does."""
    for _ in range(_FILLINGS):
        if watch(ours, load, folder).read < FILLED:
            return
    raise RuntimeError("the free node goes on reading from the disk: its memory is too small for what is asked")


def read_bytes(roots: Sequence[int], proc: Path = Path("/proc")) -> int:
    """What these processes and their descendants have had read from a disk."""
    lines = [line for pid in family(roots) for line in (proc / str(pid) / "io").read_text().splitlines()]
    return sum(int(line.split()[1]) for line in lines if line.startswith("read_bytes:"))


def forget(folder: Path) -> int:
    """Have the kernel drop its copies of the files below: whoever reads them next, they are charged to. Their bytes."""
    total = 0
    for path in (each for each in folder.rglob("*") if each.is_file()):
        with path.open("rb") as stream:
            os.fsync(stream.fileno())
            os.posix_fadvise(stream.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
        total += path.stat().st_size
    return total
