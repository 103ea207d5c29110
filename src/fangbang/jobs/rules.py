"""Kinds of jobs, and what may follow on a process that ended in the middle of one. No Django, no IO."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol

from fangbang.audit.rules import Actor
from fangbang.core.clock import Clock
from fangbang.core.errors import FangbangError
from fangbang.jobs.problems import UNKNOWN_KIND

MOST_TRIES = 3
"""A job that ended its process so often is not tried again: it may be what ends it."""


class JobState(StrEnum):
    """Where a job stands."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"

    @property
    def open(self) -> bool:
        return self in (JobState.QUEUED, JobState.RUNNING)


class Progress(Protocol):
    """Says how far a job is: `done` of `total` (0: nobody knows), and at which part, a key of texts below `note.`.
    Cheap: most calls write nothing. Call it outside of transactions, or it shows only with their end."""

    def __call__(self, done: int, total: int = 0, note: str = "") -> None: ...


@dataclass(frozen=True)
class Work:
    """What the function of a kind is given."""

    subject: str
    """The id of the thing that the job is about."""
    arguments: Mapping[str, Any]
    actor: Actor
    """Who asked for it: acts are theirs."""
    clock: Clock
    progress: Progress


Result = Mapping[str, Any]
"""What a job found, as JSON without floats and without anything of a person."""
Run = Callable[[Work], Result]


@dataclass(frozen=True)
class Kind:
    """One kind of job. `again`: its function may run a second time after it ended anywhere, and then finishes."""

    name: str
    run: Run
    again: bool


KINDS: dict[str, Kind] = {}


def job(name: str, *, again: bool) -> Callable[[Run], Run]:
    """Enter a function as a kind of job."""

    def enter(run: Run) -> Run:
        declared = Kind(name, run, again)
        if KINDS.setdefault(name, declared) != declared:
            raise ValueError(f"two kinds of job are called {name}")
        return run

    return enter


def kind_of(name: str) -> Kind:
    """The kind, or INPUT."""
    if name not in KINDS:
        raise FangbangError(UNKNOWN_KIND, kind=name)
    return KINDS[name]


def tried_again(kind: str, tries: int) -> bool:
    """Whether a job that was found running, with nobody who runs it, is run once more."""
    return kind in KINDS and KINDS[kind].again and tries < MOST_TRIES
