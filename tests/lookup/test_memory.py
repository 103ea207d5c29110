"""A worker's private memory is in no swap and in no core dump."""

import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from fangbang.lookup.memory import _own_regions
from tests.lookup.scene import Scene, node, people, wait
from tests.lookup.test_node import settle

MAY_LOCK = os.getuid() == 0 or resource.getrlimit(resource.RLIMIT_MEMLOCK)[1] == resource.RLIM_INFINITY
# Prints whether memory was locked, then the flags of the region in which a secret lies: before and after.
SECRET = """
import resource, sys
from fangbang.lookup.memory import keep_private
secret = bytes(range(256)) * 100
def flags():
    here = False
    for line in open("/proc/self/smaps"):
        if "-" in line.split()[0]:
            start, end = (int(edge, 16) for edge in line.split()[0].split("-"))
            here = start <= id(secret) < end
        elif here and line.startswith("VmFlags"):
            return [flag for flag in ("lo", "dd") if flag in line.split()]
before = flags()
if sys.argv[1] == "poor":
    resource.setrlimit(resource.RLIMIT_MEMLOCK, (0, 0))
    import ctypes, os
    if os.getuid() == 0:
        os.setuid(65534)
print(keep_private(), before, flags())
"""


def told(how: str) -> str:
    command = [sys.executable, "-c", SECRET, how]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


@pytest.mark.skipif(not MAY_LOCK, reason="this user may not lock memory")
def test_a_secret_is_locked_and_in_no_core() -> None:
    assert told("rich") == "True [] ['lo', 'dd']"


def test_without_the_right_to_lock_it_is_said_and_still_in_no_core() -> None:
    assert told("poor") == "False [] ['dd']"


def test_what_belongs_to_a_file_is_left_alone() -> None:
    maps = (
        "7f0000000000-7f0000001000 rw-p 00000000 00:00 0 \n"
        "7f0000001000-7f0000003000 rw-p 00000000 00:00 0                          [heap]\n"
        "7f0000003000-7f0000004000 r--p 00000000 00:00 0 \n"
        "7f0000004000-7f0000005000 rw-s 00000000 00:19 77 /dev/shm/limits\n"
        "7f0000005000-7f0000006000 rw-p 00000000 fe:00 9 /usr/lib/x y.so\n"
        "7f0000006000-7f0000007000 r--s 00000000 fe:00 9 /snapshots/records.bin\n"
        "7ffe00000000-7ffe00001000 rw-p 00000000 00:00 0                          [stack]\n"
    )

    assert list(_own_regions(maps)) == [(0x7F0000000000, 0x1000), (0x7F0000001000, 0x2000), (0x7FFE00000000, 0x1000)]


def test_a_worker_that_opened_a_sitting_is_kept(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    scene.seal(people())
    with node(scene, "--challenge-bits", "4") as running:
        scene.post("published")
        with running.client() as client:
            settle(scene, client, "published")
        worker = next(pid for pid in children(running.process.pid) if b"spawn_main" in cmdline(pid))

        wait(lambda: not MAY_LOCK or locked(worker) > 10_000, "locked memory")
        log = running.log.read_text()

    assert ("memory may be swapped out" in log) == (not MAY_LOCK)


def children(pid: int) -> list[int]:
    return [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def cmdline(pid: int) -> bytes:
    return Path(f"/proc/{pid}/cmdline").read_bytes()


def locked(pid: int) -> int:
    """Kilobytes of locked memory."""
    status = Path(f"/proc/{pid}/status").read_text()
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmLck"))
