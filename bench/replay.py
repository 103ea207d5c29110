"""`python -m bench replay`: a spent answer is tried again 100,000 times, by four processes at once; none may pass.

Half of the replays are of riddles with an image, half of riddles that are only heard. Every process works on the one
pool file, exactly as a node's workers do. Exit code 1 if any answer counted twice, or a right one not once.
"""

import argparse
import json
import secrets
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from multiprocessing import get_context
from pathlib import Path

from bench import machine
from bench.results import record_replay
from fangbang.core.clock import SystemClock
from fangbang.lookup.images import ImagePool
from fangbang.lookup.riddles import Riddles, Verdict, node_tag

PROCESSES = 4
IMAGES = 8
RIDDLES = 20
"""Different riddles of each kind that are replayed."""


def main(arguments: Sequence[str]) -> int:
    """Run the bench; the last line of standard output is one JSON object."""
    parser = argparse.ArgumentParser(prog="bench replay", description=__doc__)
    parser.add_argument("--replays", type=int, default=100_000)
    parser.add_argument("--json", action="store_true", help="one line instead of an indented object")
    parser.add_argument("--record", action="store_true", help="append a row to bench/RESULTS.md")
    options = parser.parse_args(arguments)
    start = time.perf_counter()
    kinds = {name: replayed(drawn, options.replays // 2) for name, drawn in (("seen", IMAGES), ("heard", 0))}
    outcome = {
        "replays": sum(item["replays"] for item in kinds.values()),
        "accepted_again": sum(item["accepted"] - RIDDLES for item in kinds.values()),
        "kinds": kinds,
        "processes": PROCESSES,
        "seconds": round(time.perf_counter() - start, 1),
        "machine": machine.describe(),
    }
    if options.record:
        record_replay(outcome)
    print(json.dumps(outcome) if options.json else json.dumps(outcome, indent=2))
    return 0 if all(item["accepted"] == RIDDLES for item in kinds.values()) else 1


def replayed(drawn: int, replays: int) -> dict[str, int]:
    """Try `RIDDLES` right answers for the first time and `replays` times again."""
    key = secrets.token_bytes(32)
    now = int(SystemClock().now().timestamp())
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        path = Path(name) / "images"
        ImagePool.create(path, IMAGES)
        pool = ImagePool(path, IMAGES, key)
        pool.draw(drawn, now)
        riddles = Riddles(pool, key, node_tag("bench"))
        tokens = [riddles.issue(now).token for _ in range(RIDDLES)]
        pairs = [(token, right_answer(riddles, token)) for token in tokens]
        each = -(-(replays + RIDDLES) // (PROCESSES * RIDDLES))
        job = (str(path), key, pairs, each, now)
        with get_context("fork").Pool(PROCESSES) as workers:
            verdicts = sum(workers.starmap(tries, [job] * PROCESSES), Counter[str]())
    return {"replays": verdicts.total() - RIDDLES, "accepted": verdicts[Verdict.RIGHT.value]}


def right_answer(riddles: Riddles, token: str) -> str:
    """What a person would read or hear: the bench holds the node's key."""
    parts = riddles._parts(token)
    if parts is None:
        raise RuntimeError("a fresh riddle cannot be read")
    return riddles._answer_of(parts).decode()


def tries(path: str, key: bytes, pairs: list[tuple[str, str]], each: int, now: int) -> Counter[str]:
    """One process: every riddle `each` times."""
    riddles = Riddles(ImagePool(Path(path), IMAGES, key), key, node_tag("bench"))
    return Counter(riddles.spend(token, answer, now).value for _ in range(each) for token, answer in pairs)
