"""The drop folder: files that appear there, with size and SHA-256, for a person to take in.

A large file is not read again on every look: what was computed is kept for as long as size, time and inode stay, and a
look reads only so many bytes, so that a page never waits for gigabytes. What is still being written is said to be. The
marking centre's manifest of `marks.csv` may lie beside it as `marks.manifest.json`: it comes in with its file.
"""

import hashlib
from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from threading import Lock
from typing import Any

from fangbang.core.clock import AUTHORITY_ZONE
from fangbang.intake.source import stamp_of

SETTLED = timedelta(seconds=10)
"""A file that was written to more lately is still arriving."""
_A_LOOK = 1 << 30
_CHUNK = 1 << 20
_MOST_FILES = 200


@dataclass(frozen=True)
class Dropped:
    """A file of the folder. `sha256` "": not known yet, and `percent` of it was read.

    `manifest`: one lies beside it.
    """

    name: str
    size: int
    at: datetime
    arriving: bool
    sha256: str
    percent: int
    manifest: bool


@dataclass
class _Hashing:
    stamp: tuple[int, int, int]
    digest: Any = field(default_factory=hashlib.sha256)
    read: int = 0


_known: OrderedDict[Path, _Hashing] = OrderedDict()
_lock = Lock()


def manifest_beside(path: Path) -> Path:
    """Where a file's manifest lies: `marks.manifest.json` beside `marks.csv`."""
    return path.with_suffix(".manifest.json")


def listed(folder: Path, now: datetime) -> list[Dropped]:
    """The plain files of the folder by name, 200 at most; hidden ones, links, folders, and manifests that lie beside
    their file are left out."""
    if not folder.is_dir():
        return []
    found = {path for path in folder.iterdir() if _plain(path)}
    manifests = {manifest_beside(path) for path in found} & found
    left, told = _A_LOOK, []
    for path in sorted(found - manifests)[:_MOST_FILES]:
        size, changed, _ = stamp_of(path)
        at = datetime.fromtimestamp(changed / 1_000_000_000, AUTHORITY_ZONE)
        arriving = now - at < SETTLED
        sha256, percent, used = ("", 0, 0) if arriving else _digest(path, left)
        left -= used
        told.append(Dropped(path.name, size, at, arriving, sha256, percent, manifest_beside(path) in manifests))
    return told


def _plain(path: Path) -> bool:
    return not path.name.startswith(".") and not path.is_symlink() and path.is_file()


def _digest(path: Path, budget: int) -> tuple[str, int, int]:
    """SHA-256 if it is known after reading at most `budget` bytes more, how much of the file was read in per cent, and
    how many bytes were read now."""
    with _lock:
        stamp = stamp_of(path)
        item = _known.get(path)
        if item is None or item.stamp != stamp:
            item = _known[path] = _Hashing(stamp)
        _known.move_to_end(path)
        while len(_known) > _MOST_FILES:
            _known.popitem(last=False)
        before = item.read
        with path.open("rb") as stream:
            stream.seek(item.read)
            while item.read - before < budget and (chunk := stream.read(_CHUNK)):
                item.digest.update(chunk)
                item.read += len(chunk)
        whole = item.read >= stamp[0]
        sha256 = item.digest.hexdigest() if whole and stamp_of(path) == stamp else ""
        return sha256, 100 if whole else item.read * 100 // stamp[0], item.read - before
