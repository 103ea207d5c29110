"""The demonstration as a user starts it: a command, its output, its exit code, and nothing left behind."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.demo.left import processes_of

pytestmark = pytest.mark.timeout(240)


def start(home: Path, *words: str) -> "subprocess.Popen[str]":
    """Without PYTHONPATH of the test run's making: the environment of a user, and a home that can be told apart."""
    return subprocess.Popen(
        [sys.executable, "-m", "fangbang", "--lang", "en", "demo", "--home", str(home), "--candidates", "3000", *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ},
    )


def run(home: Path, *words: str) -> tuple[int, list[str], str]:
    process = start(home, *words)
    out, err = process.communicate(timeout=200)
    return process.returncode, out.strip().splitlines(), err


def read_until(process: "subprocess.Popen[str]", wanted: str, seconds: float = 90) -> list[str]:
    """Lines of output up to the first that has `wanted` in it."""
    assert process.stdout is not None
    lines: list[str] = []
    stopper = threading.Timer(seconds, process.kill)
    stopper.start()
    for line in process.stdout:
        lines.append(line)
        if wanted in line:
            break
    stopper.cancel()
    return lines


def test_check_goes_the_whole_way_and_says_so_in_one_json_object(tmp_path: Path) -> None:
    code, out, err = run(tmp_path / "home", "--check", "--queries", "150")

    facts = json.loads(out[-1])
    assert (code, facts["ok"], len(out)) == (0, True, 1), err
    assert (facts["files"], facts["planted"], facts["quarantined"]) == (4, 16, facts["quarantined_expected"])
    assert (facts["disagreements"], facts["approvals"]) == (0, 2)
    assert (facts["canaries_before"], facts["unsearched"]) == (0, 0)
    assert facts["canaries_after"] > 100
    assert (facts["early_state"], facts["released"], facts["verified"]) == ("not-released", "published", "valid")
    assert (facts["queried"], facts["mismatches"]) == (162, 0)
    assert [line[:3] for line in err.splitlines() if "/6 " in line[:4]] == ["1/6", "2/6", "3/6", "4/6", "5/6", "6/6"]
    assert processes_of(tmp_path / "home") == []


@pytest.mark.parametrize(
    ("how", "who"),
    [
        ("bit", ["fangbang verify", "the node, after T"]),
        ("header", ["fangbang verify", "the node, after T"]),
        ("early-key", ["the keeper, asked for the key", "the keeper, one signature", "the node, given a forged board"]),
    ],
)
def test_tampering_is_refused_by_everyone(tmp_path: Path, how: str, who: Sequence[str]) -> None:
    code, out, err = run(tmp_path / "home", "--tamper", how)

    said = [line.strip() for line in out if ": refused" in line]
    assert code == 0, err
    assert [line.partition(": refused")[0] for line in said] == list(who)
    assert processes_of(tmp_path / "home") == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_leaves_nothing_running(tmp_path: Path, number: signal.Signals) -> None:
    home = tmp_path / "home"
    process = start(home)
    read_until(process, "The public query is up")
    before = processes_of(home)

    process.send_signal(number)
    out, err = process.communicate(timeout=30)

    assert len(before) >= 4  # this command, the keeper, the node's supervisor and its workers
    assert process.returncode == 0, err
    assert "no process is left" in out
    assert processes_of(home) == []


def test_a_killed_demonstration_leaves_nothing_running(tmp_path: Path) -> None:
    home = tmp_path / "home"
    process = start(home)
    read_until(process, "The public query is up")

    process.kill()
    process.communicate()

    end = time.monotonic() + 20
    while processes_of(home) and time.monotonic() < end:
        time.sleep(0.1)
    assert processes_of(home) == []


def test_a_folder_with_something_in_it_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("keep")

    code, out, err = run(tmp_path)

    assert (code, out) == (4, [])
    assert "demo.home-in-use" in err
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]
