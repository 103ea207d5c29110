"""`python -m bench.timing.node FOLDER PORT SALTS DELAY`: one whole worker behind a door, without limits that end.

DELAY nanoseconds are added to the answers whose proof is the nonce 1: what a measurement must see. The nonces 0 and 1
are equally good proofs at a price of no bits.
"""

import asyncio
import gc
import sys
import time
from pathlib import Path

import uvloop

from bench.timing.limits import ENDLESS, SLOTS
from fangbang.core.clock import SystemClock
from fangbang.lookup.config import NodeConfig, NodeKeys
from fangbang.lookup.counters import Counters
from fangbang.lookup.counting import CountTable
from fangbang.lookup.door.connection import Door
from fangbang.lookup.door.sockets import worker_socket
from fangbang.lookup.images import ImagePool
from fangbang.lookup.worker import Worker

MARKED = b"1"


def spin(nanoseconds: int) -> None:
    """Be busy for so long."""
    until = time.perf_counter_ns() + nanoseconds
    while time.perf_counter_ns() < until:
        pass


class Delayed(Worker):
    """A worker that is slower for some."""

    delay = 0

    def hot(self, path: bytes, value: bytes | None, client: str) -> tuple[int, bytes]:
        """As `Worker.hot`."""
        if self.delay and value and value.split(b".")[1] == MARKED:
            spin(self.delay)
        return super().hot(path, value, client)


def configured(folder: Path, salts: bytes) -> NodeConfig:
    """A node whose salts the bench can issue itself."""
    shared = folder / "shared"
    shared.mkdir()
    drawn = NodeKeys.draw()
    config = NodeConfig(
        name="timing",
        public=folder / "public",
        keeper_socket=folder / "keeper.sock",
        trust=folder / "anchor.json",
        state=folder / "state",
        shared=shared,
        workers=1,
        keys=NodeKeys(salts, drawn.limits, drawn.images),
        budgets=ENDLESS,
        image_capacity=2,
        overload_seconds=3600.0,  # a busy machine must not turn answers into refusals
        limit_slots=SLOTS,
    )
    config.state.mkdir()
    Counters.create(config.counters_file)
    CountTable.create(config.limits_file, SLOTS)
    ImagePool.create(config.images_file, config.image_capacity)
    return config


async def serve(folder: Path, port: int, salts: bytes, delay: int) -> None:
    """Answer until the process is ended."""
    worker = Delayed(configured(folder, salts), SystemClock())
    worker.delay = delay
    worker.start()
    await Door(worker).listen(worker_socket("127.0.0.1", port))
    gc.collect()
    gc.freeze()
    await asyncio.Event().wait()


if __name__ == "__main__":
    uvloop.run(serve(Path(sys.argv[1]), int(sys.argv[2]), bytes.fromhex(sys.argv[3]), int(sys.argv[4])))
