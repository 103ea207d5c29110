"""The node's supervisor: makes shared memory and keys, starts workers, draws images ahead, serves the metrics."""

import errno
import fcntl
import os
import resource
import shutil
import signal
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from socket import socket
from typing import Any

import structlog
from prometheus_client import start_http_server

from fangbang.core.clock import Clock
from fangbang.core.errors import FangbangError
from fangbang.core.files import durable_folder
from fangbang.lookup.background import background
from fangbang.lookup.config import NodeConfig
from fangbang.lookup.counters import Counters
from fangbang.lookup.counting import CountTable
from fangbang.lookup.door.crew import Crew, Futile
from fangbang.lookup.door.sockets import reserve, tls_context
from fangbang.lookup.images import ImagePool
from fangbang.lookup.metrics import registry
from fangbang.lookup.prober import Prober
from fangbang.lookup.problems import ADDRESS_TAKEN, BAD_OPTION, WORKERS_END
from fangbang.lookup.service import serve

FIRST_IMAGES = 24
"""Drawn before the first worker starts; the rest follow in the background."""
_LOCK = "lock"


@dataclass(frozen=True)
class Binding:
    """Where the node listens. Port 0 takes a free one."""

    host: str
    port: int
    metrics_host: str
    metrics_port: int
    tls: tuple[Path, Path] | None = None
    """Files of the certificate chain and its key (PEM); None for plain HTTP, behind a proxy that ends TLS."""


@contextmanager
def shared_folder(name: str) -> Iterator[Path]:
    """A fresh folder in memory, for the owner alone; the temporary folder where there is no /dev/shm.

    It holds a lock as long as it is in use; folders of killed nodes, whose locks are free, are removed first.
    """
    memory = Path("/dev/shm")  # noqa: S108 — the folder itself is made by mkdtemp
    parent = memory if memory.is_dir() and os.access(memory, os.W_OK) else Path(tempfile.gettempdir())
    for left in parent.glob("fangbang-*"):
        _sweep(left)
    made = Path(tempfile.mkdtemp(prefix=".fangbang-", dir=parent))
    with (made / _LOCK).open("wb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        # Under this name others look at it, and only from now on, since it is locked.
        made = made.rename(parent / f"fangbang-{name}-{made.name[-8:]}")
        try:
            yield made
        finally:
            shutil.rmtree(made, ignore_errors=True)


def _sweep(folder: Path) -> None:
    try:
        with (folder / _LOCK).open("r+b") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(folder, ignore_errors=True)
    except OSError:
        pass  # in use, another user's, or none of ours


def run(config: NodeConfig, binding: Binding, clock: Clock, ready: Callable[[dict[str, Any]], None]) -> None:
    """Serve until SIGINT or SIGTERM. `ready` gets the addresses once every worker takes connections.

    SIGHUP replaces the workers one by one (a renewed certificate is read then), without a moment unanswered.
    """
    durable_folder(config.state, 0o700)
    # A core dump after T would hold keys. The workers inherit this.
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    _check(binding)
    with shared_folder(config.name) as shared:
        _serve(replace(config, shared=shared), binding, clock, ready)


def _check(binding: Binding) -> None:
    """Certificate files that cannot be used are told at once, not by workers that end."""
    if binding.tls:
        try:
            tls_context(*binding.tls)
        except OSError as error:
            raise FangbangError(BAD_OPTION, name="--tls-cert/--tls-key", reason=type(error).__name__) from None


def _reserved(binding: Binding) -> socket:
    try:
        return reserve(binding.host, binding.port)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise FangbangError(ADDRESS_TAKEN, host=binding.host, port=binding.port) from None
        raise FangbangError(BAD_OPTION, name="--host/--port", reason=error.strerror or type(error).__name__) from None


def _serve(config: NodeConfig, binding: Binding, clock: Clock, ready: Callable[[dict[str, Any]], None]) -> None:
    Counters.create(config.counters_file)
    CountTable.create(config.limits_file, config.limit_slots)
    CountTable.create(config.others_file, config.limit_slots)
    ImagePool.create(config.images_file, config.image_capacity)
    pool = ImagePool(config.images_file, config.image_capacity, config.keys.images)
    pool.draw(min(FIRST_IMAGES, config.image_capacity), int(clock.now().timestamp()))
    reserved = _reserved(binding)
    port = int(reserved.getsockname()[1])
    counters = Counters(config.counters_file)
    log = _log(config)
    try:
        prober = Prober(binding.host, port, tls=binding.tls is not None)
        with background(config, clock, log, counters, pool, prober) as collector:
            metrics, _ = start_http_server(binding.metrics_port, binding.metrics_host, registry(collector))
            address = {"host": binding.host, "port": port, "metrics_port": metrics.server_port, "pid": os.getpid()}
            try:
                target = partial(serve, config, binding.host, port, binding.tls)
                _keep_crew(target, config, partial(ready, address), log)
            finally:
                metrics.shutdown()
                metrics.server_close()
    finally:
        reserved.close()


def _log(config: NodeConfig) -> Callable[..., Any]:
    """Says what is wrong, as one JSON object a line, on standard error."""
    logger = structlog.wrap_logger(
        structlog.PrintLogger(sys.stderr),
        processors=[structlog.processors.add_log_level, structlog.processors.JSONRenderer()],
    )
    bound = logger.bind(node=config.name)

    def said(event: str, **facts: Any) -> None:
        # Nobody reads, or the disk is full: what watches and draws goes on.
        with suppress(OSError):
            bound.error(event, **facts)

    return said


def _keep_crew(target: Any, config: NodeConfig, ready: Callable[[], None], log: Callable[..., Any]) -> None:
    crew = Crew(config.workers, target, log)
    before = {number: signal.signal(number, lambda *_: crew.stop()) for number in (signal.SIGINT, signal.SIGTERM)}
    before[signal.SIGHUP] = signal.signal(signal.SIGHUP, lambda *_: crew.replace_all())
    try:
        crew.run(ready)
    except Futile:
        raise FangbangError(WORKERS_END) from None
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
