"""What runs in each worker process: one loop, one `Worker`, one `Door`."""

import asyncio
import gc
import resource
import signal
import sys
from multiprocessing.connection import Connection
from pathlib import Path

import structlog
import uvloop

from fangbang.core.clock import SystemClock
from fangbang.lookup.config import NodeConfig
from fangbang.lookup.door.connection import Door, Patience
from fangbang.lookup.door.crew import READY, REPLACE
from fangbang.lookup.door.sockets import tls_context, worker_socket
from fangbang.lookup.door.wire import HSTS
from fangbang.lookup.memory import keep_private
from fangbang.lookup.worker import Worker

SETTLE_SECONDS = 10.0
"""So long a replacement waits for its sittings to open before it takes connections, while others answer."""
_SPARE_FILES = 256
"""Open files left for snapshots, logs and pipes."""


def serve(
    config: NodeConfig, host: str, port: int, tls: tuple[Path, Path] | None, line: Connection, replaces: bool
) -> None:
    """Answer until SIGTERM, or until the supervisor is gone. `replaces`: other workers answer meanwhile."""
    structlog.configure(
        processors=[structlog.processors.add_log_level, structlog.processors.JSONRenderer()],
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    uvloop.run(_serve(config, host, port, tls, line, replaces))


async def _serve(
    config: NodeConfig, host: str, port: int, tls: tuple[Path, Path] | None, line: Connection, replaces: bool
) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, stop.set)
    # The supervisor never writes: the line is readable when it is gone.
    loop.add_reader(line.fileno(), stop.set)
    context = tls_context(*tls) if tls else None
    worker = Worker(config, SystemClock(), lambda: line.send_bytes(REPLACE), keep_private)
    worker.start()
    door = Door(worker, Patience(connections=_connections()), always=(HSTS,) if tls else ())
    if replaces:
        await _settled(worker, stop)
    await door.listen(worker_socket(host, port), context)
    # What was made so far stays: the collector need not walk through it again and again.
    gc.collect()
    gc.freeze()
    line.send_bytes(READY)
    await stop.wait()
    loop.remove_reader(line.fileno())
    await door.close()
    worker.stop()


async def _settled(worker: Worker, stop: asyncio.Event) -> None:
    until = asyncio.get_running_loop().time() + SETTLE_SECONDS
    while not (worker.settled or stop.is_set()) and asyncio.get_running_loop().time() < until:
        await asyncio.sleep(0.05)


def _connections() -> int:
    """As many connections as open files allow."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    return max(64, min(Patience.connections, most - _SPARE_FILES))
