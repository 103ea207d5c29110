"""The process that does the office's jobs: one after another, taken durably. `fangbang office serve` starts it and ends
it; if it ends by itself it is started again, and what it was doing is taken up or told as failed."""

import ctypes
import fcntl
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from importlib import import_module
from typing import TYPE_CHECKING

import structlog

from fangbang.core.clock import Clock
from fangbang.core.errors import FangbangError
from fangbang.project.layout import Layout

if TYPE_CHECKING:
    from fangbang.jobs.queries import JobView

_PR_SET_PDEATHSIG = 1
_PAUSE = 0.3
"""Seconds between two looks for a job."""
_GRAIN = 0.5
"""Seconds between two writes of a job's progress."""
_AGAIN = 1.0
"""Seconds before a process that ended by itself is started again."""
_GRACE = 5.0
_ROUND = timedelta(hours=1)
"""Between two rounds that end what is over its time (`retention.keep_house`)."""

log = structlog.get_logger("jobs")


def do_jobs(layout: Layout, clock: Clock, ended: Callable[[], bool] = lambda: False) -> None:
    """Do jobs until `ended`. A second process waits until the first one is gone."""
    from django.conf import settings
    from django.db import close_old_connections

    from fangbang.jobs.actions.taking import take_next, take_up

    import_module(settings.JOBS)
    with _alone(layout):
        for job in take_up(clock):
            log.warning("job.taken-up", job=job)
        due = clock.now()
        while not ended():
            close_old_connections()
            if clock.now() >= due:
                keep_house(layout, clock)
                due = clock.now() + _ROUND
            job_view = take_next(clock)
            if job_view is None:
                time.sleep(_PAUSE)
            else:
                perform(job_view, clock)


def keep_house(layout: Layout, clock: Clock) -> None:
    """End what is over its time and waits for nobody. What cannot be ended now is told, and tried at the next round."""
    from django.conf import settings

    from fangbang.project import retention

    try:
        done = retention.keep_house(layout, retention.schedule(settings.RETENTION), clock=clock)
    except FangbangError as error:
        log.error("retention.failed", problem=error.code)
    except OSError as error:
        log.error("retention.failed", error=type(error).__name__)
    else:
        log.info("retention.done", **done.ended)
        for name, why in done.failed.items():
            log.error("retention.failed", of=name, problem=why)


def perform(job: "JobView", clock: Clock) -> None:
    """Do one job that was taken, and enter how it ended. Whatever a kind raises is an end; a crash is told by its type
    and place alone, since its text may hold what stood in a file."""
    from fangbang.accounts import queries as accounts
    from fangbang.audit.rules import SYSTEM, Actor
    from fangbang.jobs import actions
    from fangbang.jobs.problems import CRASHED
    from fangbang.jobs.rules import Work, kind_of

    log.info("job.taken", job=job.id, kind=job.kind, tries=job.tries)
    try:
        if job.actor != SYSTEM.id:
            accounts.acting(job.actor)  # who left since they asked does nothing any more
        work = Work(job.subject, job.arguments, Actor(job.actor, job.actor_name), clock, Meter(job.id))
        result = kind_of(job.kind).run(work)
    except FangbangError as error:
        log.info("job.failed", job=job.id, problem=error.code)
        actions.fail(job_id=job.id, error=error, clock=clock)
    except Exception as error:  # noqa: BLE001 - one broken job must not end those that wait behind it
        where = _place(error)
        log.error("job.crashed", job=job.id, error=type(error).__name__, where=where)
        told = FangbangError(CRASHED, error=type(error).__name__, where=where)
        actions.fail(job_id=job.id, error=told, clock=clock)
    else:
        log.info("job.done", job=job.id)
        actions.finish(job_id=job.id, result=result, clock=clock)


class Meter:
    """Keeps a job's progress: at once where the part changes, else a few times a second at most."""

    def __init__(self, job_id: str) -> None:
        self._job, self._note, self._written = job_id, "", 0.0

    def __call__(self, done: int, total: int = 0, note: str = "") -> None:
        from fangbang.jobs.actions.taking import note_progress

        now = time.monotonic()
        if note != self._note or now - self._written >= _GRAIN:
            self._note, self._written = note, now
            note_progress(self._job, done, total, note)


class Companion:
    """The process beside `fangbang office serve`: started, started again when it ends by itself, ended at the end."""

    def __init__(self, pause: float = _AGAIN) -> None:
        self._ending, self._pause = threading.Event(), pause
        self._child: subprocess.Popen[bytes] | None = None
        self._thread = threading.Thread(target=self._keep, daemon=True, name="companion")

    def __enter__(self) -> "Companion":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ending.set()
        self._thread.join()

    @property
    def pid(self) -> int | None:
        """The process that runs now."""
        return None if self._child is None or self._child.poll() is not None else self._child.pid

    def _keep(self) -> None:
        words = [sys.executable, "-m", "fangbang", "office", "work", "--parent", str(os.getpid())]
        while not self._ending.is_set():
            self._child = child = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=sys.stderr.fileno())
            while child.poll() is None and not self._ending.wait(0.1):
                pass
            if child.poll() is None:
                _end(child)
            else:
                log.error("jobs.ended", code=child.returncode)
                self._ending.wait(self._pause)


def end_with(parent: int) -> None:
    """End this process, however busy, when the one that started it ends: nobody else would start it again, and a job
    in the middle is taken up at the next start."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it ended before we asked
        raise SystemExit(0)


def _end(child: "subprocess.Popen[bytes]") -> None:
    child.terminate()
    with suppress(subprocess.TimeoutExpired):
        child.wait(_GRACE)
    child.kill()
    child.wait()


@contextmanager
def _alone(layout: Layout) -> Iterator[None]:
    """Be the only process that does jobs of this installation."""
    with (layout.office / "jobs.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _place(error: Exception) -> str:
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return "" if trace is None else f"{trace.tb_frame.f_globals.get('__name__')}:{trace.tb_lineno}"
