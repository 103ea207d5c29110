"""What the demonstration looks at from outside: the node's metrics, its files and memory, the answers it gives."""

import re
import urllib.request
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from fangbang.simulate.canaries import (
    Canaries,
    Findings,
    Scanner,
    processes_below,
    scan_files,
    scan_memory,
)
from fangbang.simulate.names import CANARY_MARK
from fangbang.simulate.tryout import Person

_SHARED_MEMORY = Path("/dev/shm")  # noqa: S108  (read, not written)


def metric(metrics_port: int, name: str) -> float:
    """One figure of the node's metrics; 0 if it is not there."""
    with urllib.request.urlopen(f"http://127.0.0.1:{metrics_port}/metrics", timeout=5) as reply:
        found = re.search(rf"^{name} ([0-9.e+]+)$", reply.read().decode(), re.MULTILINE)
    return float(found.group(1)) if found else 0.0


@dataclass(frozen=True)
class PublicSide:
    """Everything that the public tier has: folders, and the process from which all others of the node descend."""

    folders: tuple[Path, ...]
    node: str
    pid: int

    def all_folders(self) -> list[Path]:
        """The folders, with the node's shared memory."""
        return [*self.folders, *_SHARED_MEMORY.glob(f"fangbang-{self.node}-*")]

    def scan(self, scanner: Scanner, published: Iterable[bytes] = ()) -> Findings:
        """Read every byte of disk and memory on the public side, and of what was served."""
        findings = Findings()
        scan_files(scanner, self.all_folders(), findings)
        scan_memory(scanner, processes_below(self.pid), findings)
        for body in published:
            scanner.scan_stream([body], "answers", findings)
        return findings


def keys_in(folder: Path) -> tuple[bytes, ...]:
    """Release keys and peppers of demo custody: what the public side must not have before T."""
    paths = [*sorted(folder.glob("release-*.key")), *sorted(folder.glob("pepper-*.key"))]
    return tuple(bytes.fromhex(path.read_text()) for path in paths)


def canaries_of(answers: Path, people: Sequence[Person], year: int, secrets: tuple[bytes, ...] = ()) -> Canaries:
    """Everyone in the answer key but the people to try, whose credentials the page shows by intent."""
    shown = [person.ticket for person in people]
    frame = pl.read_parquet(answers, columns=["ticket", "doc_number", "name", "subjects"]).filter(
        ~pl.col("ticket").is_in(shown)
    )
    planted = frame.filter(pl.col("name").str.contains(CANARY_MARK))["name"]
    subjects = frame["subjects"].explode().struct.field("subject").unique()
    return Canaries(
        tickets=frozenset(frame["ticket"]),
        documents=frozenset(frame["doc_number"]),
        names=tuple(sorted(set(planted))),
        subjects=tuple(sorted(subjects.drop_nulls())),
        year=year,
        secrets=secrets,
    )
