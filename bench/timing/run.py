"""The comparisons, and what they need around them."""

import argparse
import json
import os
import secrets
import socket
import sys
import tempfile
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from bench import cohort, machine
from bench.contestants import CLIENT_CORE, SERVER_CORE
from bench.keeper import posting
from bench.processes import end, free_port, start, wait_for_port
from bench.results import record_timing
from bench.timing.limits import ENDLESS, SLOTS
from bench.timing.node import spin
from bench.timing.people import NAME, TICKET, Crowd, sealed
from bench.timing.welch import THRESHOLD, Ask, Verdict, compare
from fangbang.lookup.challenge import Salts
from fangbang.lookup.counting import CountTable
from fangbang.lookup.derivation import FoldedPepperer
from fangbang.lookup.express import Express
from fangbang.lookup.hotpath import Layer, OpenSitting
from fangbang.lookup.limits import Limits
from fangbang.snapshot.reader import Snapshot

PLANTED = 2_000
"""Nanoseconds that a measurement must see."""
_HEAD = f"POST /score/{cohort.SITTING} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 0\r\nFangbang-Query: ".encode()
_MISSING = b'"not-found"'
_SPREAD = 48271
"""A step through the crowd that meets everybody (it is prime)."""

Pairs = Sequence[tuple[bytes, bytes]]


class Pairings:
    """Queries that are to be told apart by nothing, two by two."""

    def __init__(self, crowd: Crowd, salts: Salts, now: int) -> None:
        self._crowd, self._salts, self._now = crowd, salts, now

    def header(self, number: int, *query: str) -> bytes:
        """A query's field: a salt without a price, so that any nonce proves the work."""
        coded = urlsafe_b64encode(json.dumps(query, ensure_ascii=False, separators=(",", ":")).encode()).rstrip(b"=")
        return b"%b.%d.%b" % (self._salts.issue(self._now, 0).encode(), number, coded)

    def _at(self, people: list[cohort.Candidate], number: int) -> cohort.Candidate:
        return people[number * _SPREAD % len(people)]

    def wrong_ticket(self, count: int) -> Pairs:
        """Nobody, and somebody who exists, with a ticket that is nobody's."""
        crowd, found = self._crowd, []
        for each in range(count):
            ticket = self._at(crowd.nowhere, each + 1).ticket
            documents = self._at(crowd.nowhere, each).document, self._at(crowd.there, each).document
            found.append(tuple(self.header(n, TICKET.value, ticket, item) for n, item in enumerate(documents)))
        return found  # type: ignore[return-value]  # tuples of two

    def ambiguous(self, count: int) -> Pairs:
        """Nobody, and a name and document that two records claim."""
        crowd, found = self._crowd, []
        for each in range(count):
            both = self._at(crowd.nowhere, each), self._at(crowd.claimed_twice, each)
            found.append(tuple(self.header(n, NAME.value, item.document, item.name) for n, item in enumerate(both)))
        return found  # type: ignore[return-value]

    def existing(self, count: int) -> Pairs:
        """Nobody, and somebody with the right ticket: for before T, and to show what the content tells after it."""
        crowd, found = self._crowd, []
        for each in range(count):
            both = self._at(crowd.nowhere, each), self._at(crowd.there, each)
            found.append(tuple(self.header(n, TICKET.value, item.ticket, item.document) for n, item in enumerate(both)))
        return found  # type: ignore[return-value]


def in_process(folder: Path, crowd: Crowd) -> tuple[Ask, Pairings]:
    """The query itself, without a server."""
    made = sealed(folder, crowd, 0)
    snapshot = Snapshot.open(made.folder).unlock(bytes.fromhex(made.letter.release_key))
    layer = Layer(snapshot, FoldedPepperer(bytes.fromhex(made.letter.pepper), cohort.SITTING), "2026-08-20T02:00:00Z")
    now, salts = int(time.time()), Salts(secrets.token_bytes(32))
    CountTable.create(folder / "limits", SLOTS)
    limits = Limits(CountTable(folder / "limits", SLOTS), ENDLESS, secrets.token_bytes(32))
    limits.tick(now)
    opened = OpenSitting(cohort.SITTING, frozenset({TICKET.value, NAME.value}), (layer,))
    query = Express(opened, salts, limits, bytearray(), now)
    return (lambda header: query.answer(header, "127.0.0.1")[1]), Pairings(crowd, salts, now)


@contextmanager
def over_loopback(folder: Path, crowd: Crowd, wait: float, delay: int = 0) -> Iterator[tuple[Ask, Pairings]]:
    """A worker in a process of its own, on a core of its own."""
    made, key, port = sealed(folder, crowd, wait), secrets.token_bytes(32), free_port()
    pairings = Pairings(crowd, Salts(key), int(time.time()))
    with posting(made.keeper, folder / "keeper.sock"):
        command = [sys.executable, "-m", "bench.timing.node", str(folder), str(port), key.hex(), str(delay)]
        root = Path(__file__).parents[2]
        environ = {"PYTHONPATH": f"{root}:{root / 'src'}"}
        process = start(command, core=SERVER_CORE, log=folder / "node.log", environ=environ)
        try:
            wait_for_port(port, process, folder / "node.log")
            with socket.create_connection(("127.0.0.1", port), timeout=10) as link:
                link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                ask = _asking(link)
                _settle(ask, pairings.existing(1)[0][1], b"not-released" if wait else b'"found"')
                yield ask, pairings
        finally:
            end(process)


def _asking(link: socket.socket) -> Ask:
    def ask(header: bytes) -> bytes:
        link.sendall(_HEAD + header + b"\r\n\r\n")
        answer = link.recv(65536)
        while b"\r\n\r\n" not in answer:
            answer += link.recv(65536)
        return answer

    return ask


def _settle(ask: Ask, header: bytes, wanted: bytes, patience: float = 60.0) -> None:
    until = time.monotonic() + patience
    while wanted not in ask(header):
        if time.monotonic() > until:
            raise RuntimeError("the worker does not answer")
        time.sleep(0.2)


def body(answer: bytes) -> bytes:
    """An answer without its date."""
    head, _, rest = answer.partition(b"\r\n\r\n")
    return head.partition(b"date:")[0] + head[-3:] + rest


def same(answer: bytes) -> bytes:
    return answer


def measured(folder: Path, pairs: int, people: int) -> Iterator[tuple[str, Verdict]]:
    """(what it is for, verdict) of every comparison."""
    crowd = Crowd.draw(people)
    places = iter(range(100))

    def place() -> Path:
        made = folder / str(next(places))
        made.mkdir()
        return made

    # A person at whom somebody failed lately is asked more of: each comparison has limits that know nobody yet.
    ask, queries = in_process(place(), crowd)
    wrong = queries.wrong_ticket(pairs)
    yield "must not tell", compare("in process", "nobody / wrong ticket", ask, wrong, same, wanted=_MISSING)
    ask, queries = in_process(place(), crowd)
    yield (
        "must not tell",
        compare("in process", "nobody / ambiguous", ask, queries.ambiguous(pairs), same, wanted=_MISSING),
    )
    ask, queries = in_process(place(), crowd)
    wrong = queries.wrong_ticket(pairs)
    marked = {second for _, second in wrong}

    def delayed(header: bytes) -> bytes:
        if header in marked:
            spin(PLANTED)
        return ask(header)

    yield "must tell", compare("in process", "2 µs planted", delayed, wrong, same, wanted=_MISSING)
    yield "tells by its content", compare("in process", "nobody / found", ask, queries.existing(pairs), lambda _: b"")
    makers: list[tuple[str, str, float, int, Callable[[Pairings], Pairs]]] = [
        ("must not tell", "nobody / wrong ticket", 0, 0, lambda each: each.wrong_ticket(pairs)),
        ("must not tell", "nobody / ambiguous", 0, 0, lambda each: each.ambiguous(pairs)),
        ("must not tell", "before T: nobody / existing", 1, 0, lambda each: each.existing(pairs)),
        ("must tell", "2 µs planted", 0, PLANTED, lambda each: each.wrong_ticket(pairs)),
    ]
    for purpose, what, wait, delay, make in makers:
        with over_loopback(place(), crowd, wait, delay) as (asked, paired):
            yield (
                purpose,
                compare("loopback", what, asked, make(paired), body, wanted=b'"not-released"' if wait else _MISSING),
            )


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """The options."""
    parser = argparse.ArgumentParser(prog="bench timing", description=__doc__)
    parser.add_argument("--json", action="store_true", help="one line instead of a table")
    parser.add_argument("--record", action="store_true", help="append a row a comparison to bench/RESULTS.md")
    parser.add_argument("--pairs", type=int, default=100_000)
    parser.add_argument("--people", type=int, default=30_000, help="people of each sort")
    return parser.parse_args(arguments)


def _as_expected(purpose: str, verdict: Verdict) -> bool:
    return {"must not tell": not verdict.told_apart, "must tell": verdict.seen}.get(purpose, True)


def main(arguments: Sequence[str]) -> int:
    """Run the bench; with `--json` the last line is one object."""
    options, before = parse(arguments), machine.load_average()
    os.sched_setaffinity(0, {CLIENT_CORE} & os.sched_getaffinity(0) or os.sched_getaffinity(0))
    found, ok = [], True
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        for purpose, verdict in measured(Path(folder), options.pairs, options.people):
            found.append({"purpose": purpose, **verdict.as_json()})
            ok &= _as_expected(purpose, verdict)
            print(
                f"{verdict.where:12s}{verdict.what:28s}t ={verdict.t:8.2f}, trimmed{verdict.t_trimmed:8.2f},"
                f" signs{verdict.signs:8.2f}, shift{verdict.shift:8.0f} ns  {purpose}",
                *verdict.odd,
                sep="\n",
                file=sys.stderr,
                flush=True,
            )
    told = {"ok": ok, "threshold": THRESHOLD, "comparisons": found, "machine": machine.describe()}
    told["load_average_before"] = round(before, 2)
    if options.record:
        record_timing(told)
    print(json.dumps(told, ensure_ascii=False) if options.json else json.dumps(told, indent=2, ensure_ascii=False))
    return 0 if ok else 1
