"""A memory cgroup of the bench's own, of either version."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

_UNLIMITED = {"cgroup": "-1", "cgroup2": "max"}
LIMIT = {"cgroup": "memory.limit_in_bytes", "cgroup2": "memory.max"}
"""The file of a group that says how much it may use."""
_PROCESSES = "cgroup.procs"
_PATIENCE = 10.0


class MissingError(Exception):
    """This machine has no memory cgroups, or not for this user."""


@dataclass(frozen=True)
class Group:
    """A cgroup; `version` as file systems are named: cgroup (the first), cgroup2."""

    folder: Path
    version: str
    before: Path
    """Where this process came from."""

    @contextmanager
    def inside(self) -> Iterator[None]:
        """Processes that are started meanwhile belong to the group, with every page that they are the first to read."""
        enter(self.folder)
        try:
            yield
        finally:
            enter(self.before)

    def limit(self, most: int | None) -> None:
        """Bytes that the group may use from now on; what is above it is given back at once. None: any number."""
        value = _UNLIMITED[self.version] if most is None else str(most)
        (self.folder / LIMIT[self.version]).write_text(value)


def enter(folder: Path) -> None:
    """Move this process."""
    (folder / _PROCESSES).write_text(str(os.getpid()))


def places(mounts: str, own: str) -> Iterator[tuple[str, Path, Path]]:
    """(version, folder of new groups, folder of this process) of hierarchies that may count memory, as /proc/mounts and
    /proc/self/cgroup tell."""
    paths = {tuple(line.split(":", 2)[1].split(",")): line.split(":", 2)[2] for line in own.splitlines()}
    for device, point, version, options, *_ in (line.split() for line in mounts.splitlines()):
        if version == "cgroup" and "memory" in options.split(","):
            path = next((path for names, path in paths.items() if "memory" in names), "/")
            yield version, Path(point), Path(point + path)
        elif version == "cgroup2" and device:
            path = paths.get(("",), "/")
            yield version, Path(point), Path(point + path)


@contextmanager
def group() -> Iterator[Group]:
    """A new group, removed at the end. MissingError says what there is none for."""
    made = _made()
    try:
        yield made
    finally:
        until = time.monotonic() + _PATIENCE
        # Its last process may still be ending.
        while (made.folder / _PROCESSES).read_text() and time.monotonic() < until:
            time.sleep(0.1)
        made.folder.rmdir()


def _made() -> Group:
    reasons = []
    for version, parent, before in places(Path("/proc/mounts").read_text(), Path("/proc/self/cgroup").read_text()):
        folder = parent / f"fangbang-bench-{os.getpid()}"
        try:
            folder.mkdir()
        except OSError as error:
            reasons.append(f"{parent}: {error.strerror}")
            continue
        if (folder / LIMIT[version]).exists():
            return Group(folder, version, before)
        folder.rmdir()
        reasons.append(f"{parent}: the memory controller is off for groups below")
    raise MissingError("no memory cgroup can be made (needs root): " + ("; ".join(reasons) or "none is mounted"))
