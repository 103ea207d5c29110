"""The drop folder: files that appear there, with size and SHA-256, for a person to take in.

A large file is not read again on every look: what was computed is kept for as long as size, time and inode stay, and a
look reads only so many bytes, so that a page never waits for gigabytes. What is still being written is said to be. The
marking centre's manifest of `marks.csv` may lie beside it: it comes in with its file. It is called
`marks.csv.manifest.json`, or `marks.manifest.json` where no other file could mean that (`marks.xlsx`).
"""

import hashlib
from collections import OrderedDict
from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from threading import Lock
from typing import Any

from fangbang.core.clock import AUTHORITY_ZONE
from fangbang.core.errors import FangbangError
from fangbang.intake.problems import MANIFEST_SHARED
from fangbang.intake.source import stamp_of

SETTLED = timedelta(seconds=10)
"""A file that was written to more lately is still arriving."""
_A_LOOK = 1 << 30
_CHUNK = 1 << 20
_MOST_FILES = 200
_MANIFEST = ".manifest.json"


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


def manifest_beside(path: Path) -> Path | None:
    """The manifest that lies beside a file, if one does. MANIFEST_SHARED if another file could mean it as well."""
    return _manifest(path, {other for other in path.parent.iterdir() if _plain(other)})


def _manifest(path: Path, files: Collection[Path]) -> Path | None:
    own, short = path.with_name(path.name + _MANIFEST), path.with_suffix(_MANIFEST)
    if own in files:
        return own
    if short not in files:
        return None
    for other in files:
        if other.name + _MANIFEST == short.name:
            return None  # it is that one's own
        if other != path and other.with_suffix(_MANIFEST) == short:
            raise FangbangError(MANIFEST_SHARED, file=path.name, other=other.name, manifest=short.name)
    return short


def _unshared(path: Path, files: Collection[Path]) -> Path | None:
    """The manifest beside a file; one that nobody can tell whose it is, is none."""
    with suppress(FangbangError):
        return _manifest(path, files)
    return None


def listed(folder: Path, now: datetime) -> list[Dropped]:
    """The plain files of the folder by name, 200 at most; hidden ones, links, folders, and manifests that lie beside
    their file are left out (not one that several files could mean)."""
    if not folder.is_dir():
        return []
    found = {path for path in folder.iterdir() if _plain(path)}
    manifests = {path: beside for path in found if (beside := _unshared(path, found)) is not None}
    left, told = _A_LOOK, []
    for path in sorted(found.difference(manifests.values()))[:_MOST_FILES]:
        size, changed, _ = stamp_of(path)
        at = datetime.fromtimestamp(changed / 1_000_000_000, AUTHORITY_ZONE)
        arriving = now - at < SETTLED
        sha256, percent, used = ("", 0, 0) if arriving else _digest(path, left)
        left -= used
        told.append(Dropped(path.name, size, at, arriving, sha256, percent, path in manifests))
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
