"""The office's watch over its own database: finds what was edited behind the application's back, and says so.

A thread of the office looks every OFFICE_WATCH_SECONDS (so that an edit shows within a minute as long as a look itself
takes less than the rest of it), `fangbang audit check` when it is called. What was seen last is kept
in a file beside the database, so that an older database in the place of the newer one shows after a restart too.
"""

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
import structlog
from django.conf import settings
from django.db import Error, connection
from prometheus_client import CollectorRegistry, Gauge, start_http_server

from fangbang.audit import actions, queries
from fangbang.audit.queries import Edit
from fangbang.core.clock import Clock
from fangbang.core.errors import FangbangError
from fangbang.core.files import write_durably

_SEEN = "seen.json"

log = structlog.get_logger("office")


class Seen(msgspec.Struct, frozen=True):
    """How far the database had come when it was looked at last."""

    revision: int = 0


@dataclass(frozen=True)
class Standing:
    """What one look found. `at` None: nobody has looked yet."""

    at: datetime | None = None
    edits: tuple[Edit, ...] = ()
    failed: bool = False


@dataclass
class Watch:
    """The watch over one office folder. `registry` is what a monitor reads; `speaks`: findings are logged too."""

    office: Path
    clock: Clock
    registry: CollectorRegistry = field(default_factory=CollectorRegistry)
    standing: Standing = Standing()
    speaks: bool = True

    def __post_init__(self) -> None:
        self._stop = threading.Event()
        self._edits = Gauge("office_edits_found", "Edits behind the application's back.", registry=self.registry)
        self._looked = Gauge("office_looked_at_seconds", "When the watch looked last.", registry=self.registry)

    def look(self) -> Standing:
        """Compare everything once; new findings are logged and entered into the audit log."""
        seen = load_seen(self.office)
        revision, found = queries.edits(settings.SEAL_KEY, seen.revision)
        known = set(self.standing.edits)
        self.standing = Standing(self.clock.now(), tuple(found))
        self._edits.set(len(found))
        self._looked.set(self.clock.now().timestamp())
        fresh = [edit for edit in found if edit not in known]
        if fresh:
            self._enter(fresh)
        elif not found and revision > seen.revision:
            write_durably(self.office / _SEEN, msgspec.json.encode(Seen(revision)), mode=0o600)
        return self.standing

    def _enter(self, fresh: Sequence[Edit]) -> None:
        """The audit log says what was found, unless the edit was to the log itself: then nothing is built on it."""
        try:
            actions.enter_edits(edits=fresh, clock=self.clock)
        except FangbangError as error:
            if self.speaks:
                log.error("cannot-enter-edits", code=error.code)
        for edit in fresh if self.speaks else ():
            log.error("edited-behind-the-application", table=edit.table, row=edit.row, what=edit.what)

    def start(self) -> None:
        """Look again and again, in a thread that ends with the process."""
        threading.Thread(target=self._run, name="watch", daemon=True).start()

    def stop(self) -> None:
        self._stop.set()

    def serve_metrics(self, port: int) -> int:
        """Numbers for a monitor on this machine (127.0.0.1); returns the port."""
        server, _ = start_http_server(port, addr="127.0.0.1", registry=self.registry)
        return int(server.server_port)

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                self.look()
            except (Error, OSError, FangbangError) as error:
                # The database is away, or locked by an upgrade: that is no edit, and the next look will tell.
                self.standing = Standing(self.standing.at, self.standing.edits, failed=True)
                log.error("watch-failed", error=type(error).__name__)
            finally:
                connection.close()
            self._stop.wait(settings.WATCH_SECONDS)


def load_seen(office: Path) -> Seen:
    """What was seen last; nothing if the file is missing or not ours."""
    try:
        return msgspec.json.decode((office / _SEEN).read_bytes(), type=Seen)
    except (FileNotFoundError, msgspec.MsgspecError):
        return Seen()


_current: dict[str, Watch] = {}


def begin(clock: Clock) -> Watch:
    """Start the watch of this process."""
    watch = Watch(settings.LAYOUT.office, clock)
    _current["watch"] = watch
    watch.start()
    return watch


def standing() -> Standing:
    """What the watch of this process found last."""
    watch = _current.get("watch")
    return Standing() if watch is None else watch.standing


def told(standing: Standing) -> Sequence[Mapping[str, Any]]:
    """The findings as JSON."""
    return [{"table": edit.table, "row": edit.row, "what": edit.what} for edit in standing.edits]
