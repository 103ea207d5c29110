"""`python -m bench hotpath`: where the microseconds of one answer go, step by step, without server and kernel.

The steps are those of `fangbang.lookup.hotpath`, each timed alone over many different candidates, best of several
turns. Inside a server they cost about a third more: the kernel and the server push them out of the caches.
"""

import argparse
import json
import mmap
import os
import random
import secrets
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bench import cohort, machine
from bench.ours import BITS, request_for
from bench.snapshot import CohortSource, seal_cohort
from fangbang.exams.vocabulary import CredentialKind
from fangbang.lookup.challenge import Salts, is_solved
from fangbang.lookup.counting import CountTable
from fangbang.lookup.derivation import FoldedPepperer
from fangbang.lookup.express import Express
from fangbang.lookup.formats import folded
from fangbang.lookup.hotpath import Layer, OpenSitting, Query
from fangbang.lookup.limits import Budgets, Limits
from fangbang.lookup.pieces import record_bytes
from fangbang.snapshot.derive import Deriver
from fangbang.snapshot.layout import RECORDS_FILE
from fangbang.snapshot.reader import OpenSnapshot, Snapshot

KIND = CredentialKind.TICKET_DOCUMENT.value
CLIENT = "127.0.0.1"
SLOTS = 1 << 20
TURNS = 5
COLD = 200
"""Lookups after the page cache was emptied: few, so that hardly two meet in one read."""


class Bench:
    """An opened sitting over a sealed cohort, and the headers of some of its people."""

    def __init__(self, folder: Path, candidates: int, asked: int) -> None:
        release_key, pepper, snapshot_id = secrets.token_bytes(32), secrets.token_bytes(32), secrets.token_bytes(16)
        sealed = seal_cohort(folder, CohortSource(candidates, pepper), release_key, snapshot_id)
        self.snapshot: OpenSnapshot = Snapshot.open(sealed.folder, verify=True).unlock(release_key)
        self.deriver = Deriver(release_key, snapshot_id)
        self.pepperer = FoldedPepperer(pepper, cohort.SITTING)
        layer = Layer(self.snapshot, self.pepperer, "2026-08-20T02:00:00.000000Z")
        self.now = int(time.time())
        self.salts = Salts(secrets.token_bytes(32))
        CountTable.create(folder / "limits", SLOTS)
        budgets = Budgets(bits=BITS, prefix_persons_soft=10**8, prefix_persons_hard=10**9)
        self.limits = Limits(CountTable(folder / "limits", SLOTS), budgets, secrets.token_bytes(32))
        self.limits.tick(self.now)
        opened = OpenSitting(cohort.SITTING, frozenset({KIND}), (layer,))
        self.query = Express(opened, self.salts, self.limits, bytearray(), self.now)
        self.people = random.Random(7).sample(list(cohort.cohort(candidates)), asked)
        self.headers = [self._header(person) for person in self.people]

    def _header(self, person: cohort.Candidate) -> bytes:
        request = request_for(person, self.salts.issue(self.now, BITS))
        return request.partition(b"Fangbang-Query: ")[2].strip()

    def steps(self) -> Iterator[tuple[str, Callable[[Any], Any], Sequence[Any]]]:
        """(name, what is timed, its arguments one by one) in the order of an answer."""
        yield "whole answer", lambda header: self.query.answer(header, CLIENT), self.headers
        yield "the long way", lambda header: Query.answer(self.query, header, CLIENT), self.headers
        fields = [[person.ticket, person.document] for person in self.people]
        parts = [header.decode().split(".") for header in self.headers]
        texts = [f"{cohort.SITTING}.{salt}.{coded}.{nonce}" for salt, nonce, coded in parts]
        yield "fold and check fields", lambda typed: folded(KIND, typed), fields
        yield "read salt", lambda part: self.salts.read(part[0], self.now), parts
        yield "proof of work", lambda text: is_solved(text, BITS), texts
        persons = [self.limits.person_of(document) for _, document in fields]
        yield "person's key", lambda field: self.limits.person_of(field[1]), fields
        yield "limit: worn salt", self.limits.is_worn, persons
        yield "limit: price", lambda person: self.limits.price(CLIENT, person), persons
        yield "limit: may ask", lambda person: self.limits.allows(CLIENT, person), persons
        seeds = [self.pepperer.m(KIND, field) for field in fields]
        yield "derive m", lambda field: self.pepperer.m(KIND, field), fields
        places = [self.deriver.place(seed) for seed in seeds]
        yield "derive place", self.deriver.place, seeds
        yield "find entry", lambda place: self.snapshot.snapshot.find(place.address), places
        wires = [self.snapshot.lookup(seed) for seed in seeds]
        yield "derive place, find, open", self.snapshot.lookup, seeds
        yield "encode the answer", record_bytes, wires

    def cold(self, advice: int) -> float:
        """Seconds of waiting for an answer whose page is not in memory, as with a snapshot larger than memory."""
        records = self.snapshot.snapshot.records
        seeds = [self.pepperer.m(KIND, [person.ticket, person.document]) for person in self.people[:COLD]]
        path = self.snapshot.snapshot.folder / RECORDS_FILE
        records.map.madvise(advice)
        records.map.madvise(mmap.MADV_DONTNEED)
        with path.open("rb") as stream:
            os.posix_fadvise(stream.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
        began = time.perf_counter()
        for seed in seeds:
            self.snapshot.lookup(seed)
        took = (time.perf_counter() - began) / len(seeds)
        records.map.madvise(mmap.MADV_NORMAL)
        return took


def microseconds(call: Callable[[Any], Any], arguments: Sequence[Any]) -> float:
    """CPU time of a call, best of `TURNS` passes over the arguments, the loop's own cost taken off."""
    return (best(call, arguments) - best(lambda _: None, arguments)) * 1e6


def best(call: Callable[[Any], Any], arguments: Sequence[Any]) -> float:
    """Seconds of CPU a call, the best of `TURNS` passes."""
    passes = []
    for _ in range(TURNS):
        began = time.process_time()
        for argument in arguments:
            call(argument)
        passes.append((time.process_time() - began) / len(arguments))
    return min(passes)


@contextmanager
def prepared(candidates: int, asked: int) -> Iterator[Bench]:
    """A bench in a temporary folder."""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        yield Bench(Path(folder), candidates, asked)


def main(arguments: Sequence[str]) -> int:
    """Run the bench; with `--json` the last line is one object."""
    parser = argparse.ArgumentParser(prog="bench hotpath", description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--candidates", type=int, default=50_000)
    parser.add_argument("--asked", type=int, default=10_000)
    options = parser.parse_args(arguments)
    with prepared(options.candidates, options.asked) as bench:
        steps = {name: round(microseconds(call, items), 2) for name, call, items in bench.steps()}
        for name, advice in (("page not in memory", mmap.MADV_NORMAL), ("the same, no read-ahead", mmap.MADV_RANDOM)):
            steps[name] = round(bench.cold(advice) * 1e6, 2)
    if options.json:
        print(json.dumps({"microseconds": steps, "machine": machine.describe()}))
    else:
        for name, cost in steps.items():
            print(f"{name:28s}{cost:8.2f} µs")
    return 0
