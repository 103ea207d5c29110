"""One contestant's turn, and what five turns say together."""

import re
import shutil
import statistics
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from bench.contestants import CLIENT_CORE, Contestant
from bench.load.client import misjudged
from bench.load.plan import Plan, Tally, write_plan
from bench.processes import cpu_seconds, family, on_core

NAMES = ("ours", "nginx", "nginx_unlogged", "fastapi", "django")


class WrongAnswerError(Exception):
    """A contestant said something else than the whole truth: its figures would mean nothing."""


@dataclass(frozen=True)
class Load:
    """How a turn is driven: seconds of warm-up and of measuring, and connections."""

    warmup: float
    seconds: float
    connections: int


def turn(contestant: Contestant, load: Load, folder: Path) -> Tally:
    """Run one turn in a generator process of its own; raises WrongAnswerError, or RuntimeError when nothing counted."""
    plan = contestant.plan()
    tally = generate(plan, load, contestant.roots, folder)
    if tally.wrong or tally.exhausted:
        said = tally.first_wrong.decode(errors="replace")
        raise WrongAnswerError(f"{contestant.name}: {tally.wrong} wrong, exhausted: {tally.exhausted}\n{said}")
    if not tally.answers or not tally.samples:
        raise RuntimeError(f"{contestant.name} answered nothing")
    if bad := misjudged(tally, contestant.judge):
        body = dict(tally.samples)[bad[0]].decode(errors="replace")
        raise WrongAnswerError(f"{contestant.name}: {len(bad)} of {len(tally.samples)} bodies are wrong\n{body}")
    contestant.reset()
    return tally


def generate(plan: Plan, load: Load, roots: Sequence[int], folder: Path) -> Tally:
    """Replay a plan from the client's core."""
    told, result = folder / "plan.msgpack", folder / "tally.msgpack"
    write_plan(told, plan)
    options = [load.warmup, load.seconds, load.connections, ",".join(map(str, roots))]
    command = [sys.executable, "-m", "bench.load", str(told), str(result), *map(str, options)]
    with on_core(CLIENT_CORE):
        subprocess.run(command, check=True, timeout=load.warmup + load.seconds + 60)
    return msgspec.msgpack.decode(result.read_bytes(), type=Tally)


def wrk(port: int, path: str, load: Load, roots: Sequence[int]) -> float | None:
    """Server CPU per answer (µs) under wrk, for a static address: a second opinion. None without wrk."""
    if (program := shutil.which("wrk")) is None:
        return None
    target = f"http://127.0.0.1:{port}{path}"
    watched = family(roots)
    before = cpu_seconds(watched)
    command = [program, "-t1", f"-c{load.connections}", f"-d{max(1, round(load.seconds))}s", target]
    with on_core(CLIENT_CORE):
        said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    found = re.search(r"(\d+) requests in", said)
    answers = int(found.group(1)) if found else 0
    return (cpu_seconds(watched) - before) / answers * 1e6 if answers else None


def summary(tallies: Sequence[Tally]) -> dict[str, float]:
    """Medians over the turns; loads are shares of one core; spread is (largest − smallest) ÷ median of `cpu_us`."""
    costs = [tally.cpu_us for tally in tallies]
    middle = statistics.median(costs)
    return {
        "cpu_us": round(middle, 2),
        "spread": round((max(costs) - min(costs)) / middle, 3),
        "rps": round(statistics.median(tally.rate for tally in tallies)),
        "server_load": round(statistics.median(tally.server_cpu / tally.seconds for tally in tallies), 3),
        "generator_load": round(statistics.median(tally.generator_cpu / tally.seconds for tally in tallies), 3),
        "answers": sum(tally.answers for tally in tallies),
        "compared_in_full": sum(len(tally.samples) for tally in tallies),
    }


def verdict(figures: dict[str, dict[str, float]]) -> dict[str, float | None]:
    """Ours ÷ theirs in CPU time per answer. nginx counts with the lower of its two readings (ours and wrk's)."""
    ours = figures.get("ours")
    costs = {name: item["cpu_us"] for name, item in figures.items()}
    if "nginx" in costs:
        costs["nginx"] = min(costs["nginx"], figures["nginx"].get("wrk_cpu_us", costs["nginx"]))
    ratios: dict[str, float | None] = {}
    for name in NAMES[1:]:
        ratios[f"ratio_{name}"] = round(ours["cpu_us"] / costs[name], 4) if ours and name in costs else None
    exchange, secure, plain = (costs.get(name) for name in ("exchange", "ours_tls", "nginx_tls"))
    return {
        **ratios,
        "ratio_tls": round(secure / plain, 4) if secure and plain else None,
        "cpu_us": ours["cpu_us"] if ours else None,
        # An exchange is two answers: the challenge's and the query's.
        "cpu_us_with_challenge": round(2 * exchange, 2) if exchange else None,
        "cpu_us_behind_proxy": costs.get("handed"),
        "cpu_us_tls": secure,
        "rps": ours["rps"] if ours else None,
    }
