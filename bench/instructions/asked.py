"""`python -m bench.instructions.asked FOLDER COUNT`: what callgrind watches, part by part.

A worker with its door over the crowd that `bench.timing.people` sealed into FOLDER; what a connection writes ends in
memory. Every query was asked once before, at limits of its own, so that whatever a worker remembers of everybody's
texts is remembered. Standard output is one JSON object: the parts in turn.
"""

import asyncio
import gc
import json
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from bench import cohort
from bench.instructions.callgrind import mark
from bench.timing.limits import ENDLESS, SLOTS
from bench.timing.node import configured
from bench.timing.people import NAME, TICKET, Crowd
from bench.timing.run import Pairings
from fangbang.core.clock import SystemClock
from fangbang.lookup.answers import State
from fangbang.lookup.counting import CountTable
from fangbang.lookup.derivation import FoldedPepperer
from fangbang.lookup.door.connection import Connection, Door
from fangbang.lookup.express import Express
from fangbang.lookup.hotpath import Layer, OpenSitting
from fangbang.lookup.limits import Limits
from fangbang.lookup.worker import Worker
from fangbang.snapshot.reader import Snapshot

CLIENT = "127.0.0.1"
KEYS = "keys.json"
"""Of FOLDER: the throw-away crowd's `folder`, `release_key`, `pepper`, and the node's `salts`; keys in hex."""
PATH = b"/score/" + cohort.SITTING.encode()
HEAD = (
    b"POST %b HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: application/json\r\nContent-Length: 0\r\nFangbang-Query: " % PATH
)
Ask = Callable[[bytes], object]


class Part(NamedTuple):
    """Queries that are all answered alike."""

    name: str
    queries: Sequence[bytes]
    state: State


class Sink(asyncio.Transport):
    """The other end of a connection: takes what is written."""

    def write(self, data: Any) -> None:
        """Part of asyncio.WriteTransport."""

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        """Part of asyncio.BaseTransport."""
        return (CLIENT, 1)


class Scene:
    """A worker that answers from the crowd's snapshot."""

    def __init__(self, folder: Path, people: int) -> None:
        keys = json.loads((folder / KEYS).read_text())
        self._folder, self.now = folder, int(time.time())
        self.worker = Worker(configured(folder, bytes.fromhex(keys["salts"])), SystemClock())
        opened = Snapshot.open(Path(keys["folder"])).unlock(bytes.fromhex(keys["release_key"]))
        layer = Layer(opened, FoldedPepperer(bytes.fromhex(keys["pepper"]), cohort.SITTING), "2026-08-20T02:00:00Z")
        self._sitting = OpenSitting(cohort.SITTING, frozenset({TICKET.value, NAME.value}), (layer,))
        self.pairings = Pairings(Crowd.draw(people), self.worker.salts, self.now)

    def fresh(self) -> Express:
        """The query of a worker that has counted nobody yet; it is the worker's own from now on."""
        path = self._folder / "limits"
        CountTable.create(path, SLOTS)
        limits = Limits(CountTable(path, SLOTS), ENDLESS, b"k" * 32)
        limits.tick(self.now)
        made = Express(self._sitting, self.worker.salts, limits, bytearray(), self.now)
        self.worker.queries = {PATH: made}
        return made

    def parts(self, count: int) -> Iterator[Part]:
        """Somebody who is found, and everybody who is not, by cause."""
        yield Part("found", [second for _, second in self.pairings.existing(count)], State.FOUND)
        named = (
            (("nobody, with a ticket", "a wrong ticket"), self.pairings.wrong_ticket(count)),
            (("nobody, by name", "ambiguous"), self.pairings.ambiguous(count)),
        )
        for names, pairs in named:
            for name, queries in zip(names, zip(*pairs, strict=True), strict=True):
                yield Part(name, queries, State.NOT_FOUND)


def ask_all(worker: Worker, ask: Ask, requests: Sequence[bytes], state: State) -> None:
    """Ask them between two marks; RuntimeError if one was answered otherwise."""
    before = worker.counts[state]
    mark()
    for request in requests:
        ask(request)
    mark()
    if worker.counts[state] - before != len(requests):
        raise RuntimeError("not what was to be counted")


async def count_all(folder: Path, count: int, people: int) -> list[str]:
    """The names of the parts, in the order of the marks."""
    scene, names = Scene(folder, people), []
    worker, connection = scene.worker, Connection(Door(scene.worker))
    connection.connection_made(Sink())
    for part in scene.parts(count):
        requests = [HEAD + query + b"\r\n\r\n" for query in part.queries]
        scene.fresh()
        for request in requests:
            connection.data_received(request)
        scene.fresh()
        gc.collect()
        gc.freeze()
        turns = ("", ", asked again") if part.state is State.FOUND else ("",)
        for again in turns:
            ask_all(worker, connection.data_received, requests, part.state)
            names.append(part.name + again)
    return names


def main(folder: str, count: str, people: str) -> None:
    """Count, and say what."""
    print(json.dumps(asyncio.run(count_all(Path(folder), int(count), int(people)))))


if __name__ == "__main__":
    main(*sys.argv[1:])
