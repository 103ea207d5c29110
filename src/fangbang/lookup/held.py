"""Which snapshots each worker holds, told to the supervisor in memory: what the metrics say of them.

A worker writes a small file when that changes; the files of workers that run no more are left out, and end with the
node's folder.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path

import msgspec

from fangbang.lookup.hotpath import OpenSitting
from fangbang.snapshot.reader import Snapshot


class Held(msgspec.Struct, frozen=True, order=True):
    """One verified snapshot. `header`: SHA-256 of its header file."""

    sitting: str
    snapshot: str
    header: str
    root: str


class _Told(msgspec.Struct):
    ready: list[Held]
    open: list[str]


class HeldNotes:
    """One worker's file in the node's shared folder."""

    def __init__(self, shared: Path, pid: int) -> None:
        self._path = _path(shared, pid)
        self._told = b""

    def tell(self, prepared: Mapping[str, Snapshot], opened: Mapping[str, OpenSitting]) -> None:
        """Write what changed: the snapshots whose every block was hashed, and the ids of those that answer."""
        ready = sorted(
            Held(item.header.sitting, item.header.snapshot_id, item.header_sha256, item.header.merkle_root)
            for item in prepared.values()
        )
        answering = sorted(
            layer.snapshot.snapshot.header.snapshot_id for item in opened.values() for layer in item.layers
        )
        said = msgspec.json.encode(_Told(ready, answering))
        if said != self._told:
            half = self._path.with_suffix(".new")
            half.write_bytes(said)
            half.replace(self._path)
            self._told = said


def held(shared: Path, pids: Iterable[int]) -> dict[Held, tuple[int, int]]:
    """Snapshot → (how many of these workers hold it, how many answer from it)."""
    ready: Counter[Held] = Counter()
    answering: Counter[str] = Counter()
    for pid in pids:
        try:
            told = msgspec.json.decode(_path(shared, pid).read_bytes(), type=_Told)
        except (OSError, msgspec.MsgspecError):
            continue  # it has not said anything yet
        ready.update(told.ready)
        answering.update(told.open)
    return {item: (count, answering[item.snapshot]) for item, count in sorted(ready.items())}


def _path(shared: Path, pid: int) -> Path:
    return shared / f"held-{pid}"
