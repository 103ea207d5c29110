"""Kinds of jobs for tests, entered by importing this module."""

import os
import time
from pathlib import Path

from fangbang.core.errors import FangbangError
from fangbang.jobs.problems import UNKNOWN_JOB as REFUSED
from fangbang.jobs.rules import Result, Work, job


@job("test-count", again=True)
def count(work: Work) -> Result:
    """Counts to `to`."""
    for done in range(int(work.arguments["to"])):
        work.progress(done, work.arguments["to"], f"part-{done}")
    return {"counted": work.arguments["to"], "by": work.actor.id}


@job("test-refuse", again=True)
def refuse(work: Work) -> Result:
    # One of our own problems: a new one would stand in the list that guards compare.
    raise FangbangError(REFUSED, job=work.subject)


@job("test-crash", again=True)
def crash(work: Work) -> Result:
    raise RuntimeError("110101199003070000 must be told to nobody")


@job("test-slow", again=True)
def slow(work: Work) -> Result:
    """Says that it began, by a line of a file, and ends once another file is there."""
    return _until_allowed(work)


@job("test-once", again=False)
def once(work: Work) -> Result:
    """The same, but it must not be begun twice."""
    return _until_allowed(work)


def _until_allowed(work: Work) -> Result:
    folder = Path(work.arguments["folder"])
    with (folder / "begun").open("a") as lines:
        lines.write(f"{os.getpid()}\n")
    while not (folder / "go").exists():
        time.sleep(0.02)
    return {}
