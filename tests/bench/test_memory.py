"""The bench of a snapshot larger than memory: its cgroup, its arithmetic, and what it says where it cannot run."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from bench.load.plan import Tally
from bench.memory import group as groups
from bench.memory import run
from bench.memory.group import LIMIT, Group, MissingError, group, places
from bench.memory.run import Turn, forget, main, read_bytes, summed
from bench.results import record_memory

OLD = """\
tmpfs /sys/fs/cgroup tmpfs rw 0 0
cgroup /sys/fs/cgroup/cpu cgroup rw,relatime,cpu 0 0
cgroup /sys/fs/cgroup/memory cgroup rw,relatime,memory 0 0
cgroup2 /sys/fs/cgroup/unified cgroup2 rw,relatime 0 0
"""


def test_both_versions_of_cgroups_are_known() -> None:
    own = "5:cpu,cpuacct:/other\n4:memory:/session/1\n0::/scope\n"

    assert list(places(OLD, own)) == [
        ("cgroup", Path("/sys/fs/cgroup/memory"), Path("/sys/fs/cgroup/memory/session/1")),
        ("cgroup2", Path("/sys/fs/cgroup/unified"), Path("/sys/fs/cgroup/unified/scope")),
    ]


@pytest.mark.parametrize(
    ("version", "file", "none"), [("cgroup", "memory.limit_in_bytes", "-1"), ("cgroup2", "memory.max", "max")]
)
def test_a_limit_is_set_and_lifted(tmp_path: Path, version: str, file: str, none: str) -> None:
    made = Group(tmp_path, version, tmp_path)

    made.limit(4096)
    capped = (tmp_path / file).read_text()
    made.limit(None)

    assert (capped, (tmp_path / file).read_text()) == ("4096", none)


def test_what_is_started_inside_belongs_to_the_group() -> None:
    try:
        with group() as made:
            with made.inside():
                child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
            inside = (made.folder / "cgroup.procs").read_text().split()
            made.limit(50 << 20)
            limit = (made.folder / LIMIT[made.version]).read_text()
            child.communicate(b"\n")
    except MissingError as error:
        pytest.skip(str(error))

    assert inside == [str(child.pid)]
    assert int(limit) == 50 << 20
    assert not made.folder.exists()


def test_without_cgroups_it_says_what_is_missing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setattr(groups, "places", lambda *_: [("cgroup2", tmp_path, tmp_path)])

    assert main([]) == 69
    assert capsys.readouterr().err == (
        f"no memory cgroup can be made (needs root): {tmp_path}: the memory controller is off for groups below\n"
    )
    assert list(tmp_path.iterdir()) == []


def test_the_files_that_are_forgotten_are_counted(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "records.bin").write_bytes(bytes(1000))
    (tmp_path / "header.json").write_bytes(bytes(24))

    assert forget(tmp_path) == 1024


def test_what_the_disk_was_read_for_is_summed_over_the_processes(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(run, "family", lambda roots: [*roots, 8])
    for pid, read in ((7, 4096), (8, 512)):
        (tmp_path / str(pid)).mkdir()
        lines = f"rchar: 99\nread_bytes: {read}\ncancelled_write_bytes: 5\n"
        (tmp_path / str(pid) / "io").write_text(lines)

    assert read_bytes([7], tmp_path) == 4608


def outcome() -> dict[str, Any]:
    def turns(*rates: int) -> list[Turn]:
        return [Turn(Tally(rate * 2, 0, 2.0, 0.5, 1.0, False, b"", []), rate / 10) for rate in rates]

    sizes = {"snapshot_mb": 369.1, "own_mb": 104.4, "margin_mb": 62.9}
    facts = {"candidates": 600_000, "asked": 20_000, "rounds": 3, "machine": "a machine"}
    return {**summed({"free": turns(30_000, 10, 20_000), "capped": turns(4_000, 5_000, 6_000)}), **sizes, **facts}


def test_medians_speak_and_are_recorded(tmp_path: Path) -> None:
    results = tmp_path / "RESULTS.md"
    results.write_text("<!-- memory -->\n")

    record_memory(outcome(), results)

    row = results.read_text().splitlines()[0].split(" | ")[1:]
    assert row[:5] == ["600,000", "20,000", "369", "104", "62.9"]
    assert row[5:] == ["25", "20,000", "2,000", "100", "5,000", "500", "4", "3", "a machine |"]
