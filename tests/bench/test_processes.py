"""The figures from /proc are those of the right processes."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from bench import processes
from bench.watch import StageFailedError, watch

BUSY = "import time\nend = time.process_time() + 0.3\nwhile time.process_time() < end: pass"
PARENT = f"import subprocess, sys, time; subprocess.Popen([sys.executable, '-c', {BUSY!r}]); time.sleep(60)"


def test_cpu_of_a_child_counts(tmp_path: Path) -> None:
    parent = processes.start([sys.executable, "-c", PARENT], core=None, log=tmp_path / "log")

    deadline = time.monotonic() + 20
    used = 0.0
    while used < 0.25 and time.monotonic() < deadline:
        used = max(used, processes.cpu_seconds(processes.family([parent.pid])))
        time.sleep(0.01)
    processes.end(parent)

    assert used >= 0.25


def test_end_leaves_no_child_behind(tmp_path: Path) -> None:
    script = "import subprocess, time; subprocess.Popen(['sleep', '60']); time.sleep(60)"
    parent = processes.start([sys.executable, "-c", script], core=None, log=tmp_path / "log")
    deadline = time.monotonic() + 20
    while len(tree := processes.family([parent.pid])) < 2 and time.monotonic() < deadline:
        time.sleep(0.02)

    processes.end(parent)

    assert len(tree) == 2
    time.sleep(0.1)
    assert [pid for pid in processes.family(tree) if not is_zombie(pid)] == []


def is_zombie(pid: int) -> bool:
    return ") Z" in Path(f"/proc/{pid}/stat").read_text()


def test_a_process_starts_on_its_core_and_the_bench_stays_where_it_was() -> None:
    before = os.sched_getaffinity(0)
    core = min(before)

    with processes.on_core(core):
        said = subprocess.run(
            [sys.executable, "-c", "import os; print(os.sched_getaffinity(0))"],
            capture_output=True,
            text=True,
            check=True,
        )

    assert said.stdout.strip() == f"{{{core}}}"
    assert os.sched_getaffinity(0) == before


def test_peak_memory_includes_children(tmp_path: Path) -> None:
    child = "import time; held = bytearray(80_000_000); time.sleep(0.4)"
    script = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {child!r}])"

    seen = watch([sys.executable, "-c", script], tmp_path / "log")

    assert 80_000_000 < seen.peak_bytes < 200_000_000
    assert seen.seconds >= 0.4


def test_a_failed_stage_is_an_error_with_its_log(tmp_path: Path) -> None:
    with pytest.raises(StageFailedError, match="no such stage"):
        watch([sys.executable, "-c", "raise SystemExit('no such stage')"], tmp_path / "log")


def test_a_server_that_dies_at_start_is_an_error_with_its_log(tmp_path: Path) -> None:
    log = tmp_path / "log"
    process = processes.start([sys.executable, "-c", "raise SystemExit('port in use')"], core=None, log=log)

    with pytest.raises(RuntimeError, match="port in use"):
        processes.wait_for_port(processes.free_port(), process, log)


def test_processes_that_are_gone_count_nothing() -> None:
    process = subprocess.Popen(["true"])
    process.wait()

    assert processes.family([process.pid]) == []
    assert processes.cpu_seconds([process.pid]) == 0
    assert processes.resident_bytes([process.pid]) == 0
