"""Run a command and say how long it took, how much memory it and its children had at most, and what CPU they used."""

import os
import resource
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.processes import family, memory

POLL_SECONDS = 0.05


class StageFailedError(Exception):
    """A watched command failed: its figures would mean nothing."""


@dataclass(frozen=True)
class Watched:
    """Wall seconds, CPU seconds of all processes, and the highest sums of their memory in bytes: anonymous + shared,
    and pages of mapped files."""

    seconds: float
    cpu_seconds: float
    peak_bytes: int
    output: str
    peak_mapped_bytes: int = 0


def watch(command: Sequence[str], log: Path, environ: Mapping[str, str] | None = None) -> Watched:
    """Run to the end; raises StageFailedError with the log's end on an exit code other than 0.

    Memory is polled every 50 ms, summed over the command and its descendants, file mappings apart.
    """
    before = _children_cpu()
    began = time.perf_counter()
    out = log.with_suffix(".out")
    with log.open("wb") as errors, out.open("wb") as stream:
        process = subprocess.Popen(
            list(command), stdout=stream, stderr=errors, stdin=subprocess.DEVNULL, env={**os.environ, **(environ or {})}
        )
        peak = mapped = 0
        while process.poll() is None:
            held = memory(family([process.pid]))
            peak, mapped = max(peak, held.own), max(mapped, held.mapped)
            time.sleep(POLL_SECONDS)
    took = time.perf_counter() - began
    if process.returncode != 0:
        said = log.read_text(errors="replace")[-3000:] + out.read_text(errors="replace")[-1000:]
        raise StageFailedError(f"{' '.join(command)} ended with {process.returncode}\n{said}")
    return Watched(took, _children_cpu() - before, peak, out.read_text(errors="replace"), mapped)


def _children_cpu() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime
