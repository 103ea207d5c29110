"""`python -m bench lookup`: CPU time per answer of the full score query, against nginx, FastAPI and Django.

Server processes share core 0, the generator has core 1. Contestants take turns, round by round, all of them running all
the time. Every answer is checked for status and for the asked ticket, every 61st is compared in full; one wrong answer
fails the bench.
"""

import argparse
import json
import random
import ssl
import statistics
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import redis

from bench import cohort, machine
from bench.contestants import (
    DJANGO,
    FASTAPI,
    SERVER_CORE,
    Contestant,
    django_plan,
    fastapi_plan,
    granian,
    peer_judge,
)
from bench.load.plan import Plan, Tally
from bench.peers import database
from bench.peers import nginx as static
from bench.results import record_lookup
from bench.rounds import NAMES, Load, summary, turn, verdict, wrk
from bench.tls import Certificate, Handshaker, certificate, handshakes

SATURATED = 0.9
"""Share of a core below which a server was not busy: somebody else was, or the generator could not follow."""


@dataclass(frozen=True)
class Scale:
    """How much: candidates served, how many of them are asked for."""

    candidates: int
    asked: int


def main(arguments: Sequence[str]) -> int:
    """Run the bench; the last line of standard output is one JSON object."""
    options = parse(arguments)
    load = Load(options.warmup, options.seconds, options.connections)
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        outcome = run(folder, Scale(options.candidates, options.asked), load, options.rounds, options.only)
    print(json.dumps(outcome) if options.json else json.dumps(outcome, indent=2, ensure_ascii=False))
    if options.record and not outcome["saturated"]:
        print("not recorded: a server had less than its core, since the machine was not idle", file=sys.stderr)
        return 1
    if options.record:
        record_lookup(outcome)
    return 0


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """The options."""
    parser = argparse.ArgumentParser(prog="bench lookup", description=__doc__)
    parser.add_argument("--json", action="store_true", help="one line instead of an indented object")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=4.0, help="measured seconds of a turn")
    parser.add_argument("--warmup", type=float, default=1.5, help="seconds of load before the measured ones")
    parser.add_argument("--connections", type=int, default=64)
    parser.add_argument("--candidates", type=int, default=200_000, help="candidates in the snapshot and the database")
    parser.add_argument("--asked", type=int, default=40_000, help="different candidates that are asked for")
    parser.add_argument("--only", choices=NAMES, action="append", help="leave the others out (ratios need them)")
    parser.add_argument("--record", action="store_true", help="append a row to bench/RESULTS.md")
    return parser.parse_args(arguments)


def run(folder: Path, scale: Scale, load: Load, rounds: int, only: Sequence[str] | None) -> dict[str, Any]:
    """Start everybody, take turns, sum up."""
    before = machine.load_average()
    people = list(cohort.cohort(scale.candidates))
    asked = random.Random(7).sample(people, min(scale.asked, len(people)))
    names = tuple(only or NAMES)
    tallies: dict[str, list[Tally]] = {}
    second: list[float] = []
    with ExitStack() as stack:
        contestants, secure, facts = stack.enter_context(everybody(folder, people, asked, names))
        for number in range(1, rounds + 1):
            for server in secure:
                tally = handshakes(server, load.seconds, folder)
                tallies.setdefault(server.name, []).append(tally)
                say(number, server.name, tally)
            for contestant in contestants:
                tally = turn(contestant, load, folder)
                tallies.setdefault(contestant.name, []).append(tally)
                say(number, contestant.name, tally)
                if contestant.name == "nginx":
                    cost = wrk(contestant.plan().port, "/answer.json", load, contestant.roots)
                    second += [] if cost is None else [cost]
    figures: dict[str, dict[str, float]] = {name: summary(items) for name, items in tallies.items()}
    if second:
        figures["nginx"]["wrk_cpu_us"] = round(statistics.median(second), 2)
    # With TLS the generator works as hard as the server: it shows the cost of a handshake, not the server's limit.
    saturated = all(item["server_load"] >= SATURATED for name, item in figures.items() if not name.endswith("_tls"))
    told = {**verdict(figures), "saturated": saturated, "peers": figures}
    return {**told, **facts, **conditions(scale, load, rounds, before)}


def conditions(scale: Scale, load: Load, rounds: int, before: float) -> dict[str, Any]:
    """What a reader needs to repeat the run."""
    return {
        "rounds": rounds,
        "seconds": load.seconds,
        "warmup": load.warmup,
        "connections": load.connections,
        "candidates": scale.candidates,
        "asked": scale.asked,
        "machine": machine.describe(),
        "load_average_before": round(before, 2),
    }


def say(number: int, name: str, tally: Tally) -> None:
    """One line of progress on standard error."""
    server, own = tally.server_cpu / tally.seconds, tally.generator_cpu / tally.seconds
    figures = f"{tally.cpu_us:8.1f} µs/answer {tally.rate:8.0f} answers/s  server {server:.2f}  generator {own:.2f}"
    print(f"round {number}  {name:15s}{figures}", file=sys.stderr, flush=True)


@contextmanager
def everybody(
    folder: Path, people: Sequence[cohort.Candidate], asked: Sequence[cohort.Candidate], names: Sequence[str]
) -> Iterator[tuple[list[Contestant], list[Handshaker], dict[str, Any]]]:
    """Start the named contestants. Yields them, those with TLS apart, and facts about the set-up."""
    facts: dict[str, Any] = {
        "versions": machine.versions("granian", "fastapi", "django", "asyncpg", "psycopg", "redis")
    }
    tls = certificate(folder / "tls")
    with ExitStack() as stack:
        found: list[Contestant] = []
        secure: list[Handshaker] = []
        body = b'{"state":"found"}'.ljust(950, b" ")
        if "ours" in names:
            from bench.ours import SETTINGS, ours

            own = stack.enter_context(ours(folder / "ours", people, asked, tls))
            found += [own.query, own.exchange, own.handed]
            secure.append(own.secure)
            body = own.body
            facts["ours"] = SETTINGS
        if {"nginx", "nginx_unlogged"} & set(names):
            plain, over_tls = stack.enter_context(statics(folder / "nginx", body, tls))
            found += [item for item in plain if item.name in names]
            secure += [over_tls] if "nginx" in names else []
            facts["versions"] |= {"nginx": static.version(), "openssl": ssl.OPENSSL_VERSION}
        if {"fastapi", "django"} & set(names):
            peers, versions = stack.enter_context(databases(folder, people, asked, names))
            found += peers
            facts["versions"] |= versions
        facts["answer_bytes"] = len(body)
        yield found, secure, facts


@contextmanager
def statics(folder: Path, body: bytes, tls: Certificate) -> Iterator[tuple[list[Contestant], Handshaker]]:
    """nginx with its access log, buffered (we keep an access record too), and without; and with log and TLS."""
    with static.nginx(folder, body, SERVER_CORE, tls) as (pid, plain, logged, secure):
        found = []
        for name, port in (("nginx", logged), ("nginx_unlogged", plain)):
            # Distinct entries only give each connection one of its own.
            plan = Plan(port, [static.request()] * 1024, [body[-40:]] * 1024)
            found.append(Contestant(name, (pid,), lambda plan=plan: plan, lambda _, seen: seen == body))  # type: ignore[misc]
        yield found, Handshaker("nginx_tls", (pid,), secure, [static.request()], body[-40:].decode())


@contextmanager
def databases(
    folder: Path, people: Sequence[cohort.Candidate], asked: Sequence[cohort.Candidate], names: Sequence[str]
) -> Iterator[tuple[list[Contestant], dict[str, str]]]:
    """FastAPI and Django over one PostgreSQL and one Valkey, which is emptied between turns."""
    with ExitStack() as stack:
        pg, url = stack.enter_context(database.postgres(folder / "postgres", SERVER_CORE))
        vk, socket = stack.enter_context(database.valkey(folder / "valkey", SERVER_CORE))
        store = redis.Redis(unix_socket_path=str(socket))
        database.fill(url, people)
        environ = {"BENCH_POSTGRES": url, "BENCH_REDIS": str(socket)}
        found = []
        for name, options, plan in (("fastapi", FASTAPI, fastapi_plan), ("django", DJANGO, django_plan)):
            if name in names:
                pid, port = stack.enter_context(granian(options, folder, name, SERVER_CORE, environ))
                roots = (pid, pg, vk)

                def fresh(plan: Any = plan, port: int = port) -> Plan:
                    made: Plan = plan(port, asked)
                    return made

                found.append(Contestant(name, roots, fresh, peer_judge(asked), lambda: bool(store.flushall())))
        yield found, {"postgresql": database.postgres_version(url), "valkey": database.valkey_version()}
