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

from fangbang.cli.demo.office import STAFF
from fangbang.cli.demo.visitor import Visitor
from tests.demo.left import processes_of

pytestmark = pytest.mark.timeout(240)


def start(home: Path, *words: str, **environment: str) -> "subprocess.Popen[str]":
    """Without PYTHONPATH of the test run's making: the environment of a user, and a home that can be told apart."""
    return subprocess.Popen(
        [sys.executable, "-m", "fangbang", "--lang", "en", "demo", "--home", str(home), "--candidates", "3000", *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, **environment},
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
    assert facts["office"] == ["chen", "sun", "liu", "zhang", "wang", "zhao", "zhou", "wu", "zheng"]
    waiting = ["1-registrations.csv", "2-marks.csv", "red-marks.csv", "wrong-marks.csv"]
    assert facts["second"] == {"sitting": "pharmacist-2026", "files": waiting}
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


def test_a_stop_leaves_nothing_running(tmp_path: Path) -> None:
    home = tmp_path / "home"
    process = start(home)
    read_until(process, "The public query is up")
    before = processes_of(home)

    process.send_signal(signal.SIGTERM)
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


def test_the_office_is_told_with_everybody_in_it_and_ctrl_c_ends_it_too(tmp_path: Path) -> None:
    home = tmp_path / "home"
    process = start(home)
    told = read_until(process, "signing keys")

    address = next(line.split()[1] for line in told if line.startswith("Office "))
    members = [line.split()[0] for line in told if " TOTP " in line]
    answer = subprocess.run(
        [sys.executable, "-m", "fangbang", "--json", "demo", "code", "wang"],
        env={**os.environ, "FANGBANG_HOME": str(home)}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    code = json.loads(answer.stdout)
    visitor = Visitor(address.replace("localhost", "127.0.0.1"))
    visitor.get("/sign-in")
    visitor.post("/sign-in", operator="wang", password="demonstration only")
    status, page = visitor.post("/sign-in/second", code=code["next"])
    before = processes_of(home)
    process.send_signal(signal.SIGINT)
    out, _ = process.communicate(timeout=30)

    assert members == [member.id for member in STAFF]
    assert (status, 'class="who">王芳' in page) == (200, True)
    assert len(before) >= 5
    assert "no process is left" in out
    assert processes_of(home) == []


def test_what_is_set_for_another_installation_is_left_alone(tmp_path: Path) -> None:
    other = tmp_path / "other.sqlite3"
    home = tmp_path / "home"
    process = start(home, FANGBANG_DATABASE=f"sqlite:///{other}", FANGBANG_OPERATOR="somebody")
    told = read_until(process, "1/6 files")
    process.terminate()
    process.communicate()

    assert told[0] == "Not used for the demonstration: FANGBANG_DATABASE, FANGBANG_OPERATOR\n"
    assert told[-1].startswith("1/6 files")
    assert not other.exists()
    assert (home / "office" / "office.sqlite3").exists()


def test_another_custody_is_refused(tmp_path: Path) -> None:
    process = start(tmp_path / "home", FANGBANG_OFFICE_DEMO="x", FANGBANG_CUSTODY="vault")
    _, err = process.communicate(timeout=60)

    assert process.returncode != 0
    assert "core.bad-setting" in err
    assert not (tmp_path / "home").exists()


def test_a_code_is_asked_for_of_a_demonstration_only(tmp_path: Path) -> None:
    (tmp_path / "staff").mkdir()
    staff = {"staff": [{"id": "wang", "secret": "JBSWY3DPEHPK3PXP"}]}

    def ask(home: Path) -> "subprocess.CompletedProcess[str]":
        words = [sys.executable, "-m", "fangbang", "--json", "demo", "code", "nobody"]
        return subprocess.run(
            words, env={**os.environ, "FANGBANG_HOME": str(home)}, capture_output=True, text=True, check=False
        )

    elsewhere = ask(tmp_path)
    (tmp_path / "staff" / "office.json").write_text(json.dumps(staff))
    unknown = ask(tmp_path)

    assert json.loads(elsewhere.stderr)["code"] == "demo.no-office"
    assert json.loads(unknown.stderr)["params"] == {"operator": "nobody", "known": "wang"}


def test_a_folder_with_something_in_it_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("keep")

    code, out, err = run(tmp_path)

    assert (code, out) == (4, [])
    assert "demo.home-in-use" in err
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]
