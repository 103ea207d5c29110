"""The office as a server: Django behind waitress, one process with threads.

One process, since SQLite has one writer and staff are few; no thread waits for another process, and a stop ends it.
TLS is the authority's own proxy, which speaks for the client's address and scheme only if it is on this machine.
"""

import logging
import signal
import sys
import tempfile
from collections.abc import Callable
from functools import cache
from types import FrameType
from typing import Any

import structlog
from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler
from django.core.wsgi import get_wsgi_application
from waitress.channel import HTTPChannel
from waitress.server import create_server

from fangbang.core.clock import Clock
from fangbang.core.files import durable_folder
from fangbang.project import watching
from fangbang.project.bodies import LARGEST_BODY, Parser

THREADS = 8
RECEIVED_AT_ONCE = 1 << 16
"""Bytes that are read from a connection at once."""


def serve(
    host: str, port: int, ready: Callable[[str, int, int | None], None], clock: Clock, metrics_port: int | None = None
) -> None:
    """Serve until SIGTERM or Ctrl-C, and watch the database. `ready` is told the address, and the port of the metrics
    if they are served, once connections are taken."""
    configure_log()
    watch = watching.begin(clock)
    measured = None if metrics_port is None else watch.serve_metrics(metrics_port)
    # Bodies on their way, and files of forms, which are moved from there and never copied.
    tempfile.tempdir = str(durable_folder(settings.LAYOUT.uploads, mode=0o700))
    HTTPChannel.parser_class = Parser
    behind_proxy: dict[str, Any] = (
        {
            "trusted_proxy": "127.0.0.1",
            "trusted_proxy_headers": {"x-forwarded-for", "x-forwarded-proto"},
            "clear_untrusted_proxy_headers": True,
        }
        if settings.SECURE_ORIGIN
        else {}
    )
    server = create_server(
        application(),
        host=host,
        port=port,
        threads=THREADS,
        ident=None,
        max_request_body_size=LARGEST_BODY,
        recv_bytes=RECEIVED_AT_ONCE,
        expose_tracebacks=False,
        **behind_proxy,
    )

    def stop(number: int, frame: FrameType | None) -> None:
        raise SystemExit(0)

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    ready(server.effective_host, int(server.effective_port), measured)
    try:
        server.run()
    finally:
        watch.stop()
        server.close()


@cache
def application() -> WSGIHandler:
    """The application, made once."""
    return get_wsgi_application()


def configure_log() -> None:
    """One JSON object a line on stderr; what an event may hold is for its writer."""
    logging.getLogger("django").setLevel(logging.CRITICAL)  # it would name addresses; `office.middleware` tells instead
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(),
        ],
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
    )
