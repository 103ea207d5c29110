"""Capacity first, then the crowd, then how soon everybody is answered again."""

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from bench import cohort, machine
from bench.contestants import CLIENT_CORE, SERVER_CORE
from bench.ours import Requests, fetch_salts, judge_of, node, published, request_for, wait_until_open
from bench.overload.crowd import FOUND, MOST, SHED, WRONG, Crowd, Tally
from bench.processes import family, on_core
from bench.results import record_overload

GOODPUT_BUDGET = 0.9
RECOVERY_BUDGET = 10.0
WIDTH = 256
"""People at once while the capacity is measured: so many that the node never waits for the next."""
_CAPACITY_SECONDS = 10.0
_PROBE_SECONDS = 1.0
_HEALTHY = 0.99
"""Share of a probe's people that must be answered, for a node to have recovered."""
_LATE = 0.5
"""Seconds by which the generator may be behind its schedule, or it was not ten times the capacity."""
_LONGEST = 60.0
_SPIN = "import signal; signal.alarm(900)\nwhile True: pass"


@contextmanager
def crowded(root: int, nice: int) -> Iterator[None]:
    """Something else on the node's core, `nice` steps more important than the node."""
    for pid in family([root]):
        # An ordinary user may only give way: what gives way further already (who draws the riddles) stays as it is.
        os.setpriority(os.PRIO_PROCESS, pid, max(nice, os.getpriority(os.PRIO_PROCESS, pid)))
        # Where Linux shares the core out between sessions first, the session's own niceness counts.
        with suppress(OSError):
            Path(f"/proc/{pid}/autogroup").write_text(str(nice))
    with on_core(SERVER_CORE):
        spinner = subprocess.Popen([sys.executable, "-c", _SPIN], start_new_session=True)
    try:
        yield
    finally:
        spinner.kill()
        spinner.wait()


@contextmanager
def crowd_before_node(folder: Path, candidates: int, asked: int, nice: int) -> Iterator[Crowd]:
    """An open sitting on a node with one worker on a crowded core, and people who know their way."""
    people = list(cohort.cohort(candidates))
    some = people[:asked]
    with published(folder, people), node(folder, "node") as (pid, port):
        body = wait_until_open(port, lambda: request_for(some[0], fetch_salts(port, 1)[0]))
        requests = Requests(port, some).plan().requests
        judge = judge_of(some, json.loads(body)["published_at"])
        with crowded(pid, nice):
            crowd = Crowd(port, requests, judge)
            try:
                yield crowd
            finally:
                crowd.close()


def recovery(crowd: Crowd, rate: float) -> float:
    """Seconds until nearly everybody of a probe is answered again, at half of the capacity."""
    began = time.monotonic()
    while (probed := time.monotonic() - began) < _LONGEST:
        tally = crowd.arrive(rate / 2, _PROBE_SECONDS)
        if tally.ends[FOUND] >= _HEALTHY * tally.ends.total():
            return probed
    return _LONGEST


def summed(tally: Tally) -> dict[str, Any]:
    """What became of a phase's people, for the JSON."""
    latencies = sorted(tally.latencies) or [0.0]
    return {
        "people": tally.ends.total(),
        "ends": dict(tally.ends),
        "answers_per_second": round(tally.goodput, 1),
        "latency_median": round(statistics.median(latencies), 3),
        "latency_p99": round(latencies[int(len(latencies) * 0.99)], 3),
        "generator_late": round(tally.late, 3),
        "retry_after": {seconds: tally.retries[seconds] for seconds in sorted(tally.retries, key=int)},
    }


def measure(crowd: Crowd, times: float, seconds: float) -> dict[str, Any]:
    """The phases: saturation, flood, recovery, saturation again."""
    crowd.saturate(WIDTH, _CAPACITY_SECONDS / 4)
    before = crowd.saturate(WIDTH, _CAPACITY_SECONDS)
    print(f"capacity {before.goodput:.0f} people a second", file=sys.stderr, flush=True)
    flood = crowd.arrive(times * before.goodput, seconds)
    # The flood's last people leave seconds after its end: the node has that time, and it counts.
    back = time.monotonic() - crowd.ended + recovery(crowd, before.goodput)
    after = crowd.saturate(WIDTH, _CAPACITY_SECONDS)
    capacity = max(before.goodput, after.goodput)
    wrong = sum(each.ends[WRONG] for each in (before, flood, after))
    ratio = flood.goodput / capacity
    met = flood.late <= _LATE and ratio >= GOODPUT_BUDGET and not wrong and back <= RECOVERY_BUDGET
    return {
        "capacity": round(capacity, 1),
        "times": times,
        "offered_times": round(times * before.goodput / capacity, 1),
        "seconds": seconds,
        "goodput_ratio": round(ratio, 3),
        "wrong": wrong,
        "first_wrong": (before.first_wrong or flood.first_wrong or after.first_wrong).decode(errors="replace"),
        "turned_away": flood.ends[SHED],
        "recovery_seconds": round(back, 1),
        "offered": flood.late <= _LATE,
        "within_budget": met,
        "before": summed(before),
        "flood": summed(flood),
        "after": summed(after),
    }


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """The options."""
    parser = argparse.ArgumentParser(prog="bench overload", description=__doc__)
    parser.add_argument("--json", action="store_true", help="one line instead of an indented object")
    parser.add_argument("--record", action="store_true", help="append a row to bench/RESULTS.md if on time")
    parser.add_argument("--times", type=float, default=10.0, help="the capacity, so many times")
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--candidates", type=int, default=20_000)
    parser.add_argument("--asked", type=int, default=4_000, help="different candidates that are asked for")
    parser.add_argument("--nice", type=int, default=12, help="steps by which the node's core is taken from it")
    return parser.parse_args(arguments)


def main(arguments: Sequence[str]) -> int:
    """Run and print; 1 if a budget is not met."""
    options, before = parse(arguments), machine.load_average()
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(most, MOST + 256), most))
    os.sched_setaffinity(0, {CLIENT_CORE} & os.sched_getaffinity(0) or os.sched_getaffinity(0))
    with (
        tempfile.TemporaryDirectory(prefix="bench-") as folder,
        crowd_before_node(Path(folder), options.candidates, options.asked, options.nice) as crowd,
    ):
        told = measure(crowd, options.times, options.seconds)
    told |= {"nice": options.nice, "machine": machine.describe(), "load_average_before": round(before, 2)}
    print(json.dumps(told) if options.json else json.dumps(told, indent=2))
    if options.record and told["offered"]:
        record_overload(told)
    return 0 if told["within_budget"] else 1
