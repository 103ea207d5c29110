"""Children are ended, all of them, however the parent ends."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from fangbang.cli.demo.processes import Child, Children, announced, wait_for
from fangbang.core.errors import FangbangError

PARENT = """
import sys, time
from pathlib import Path
from fangbang.cli.demo import processes
processes.sys.executable = sys.argv[1]
children = processes.Children(Path(sys.argv[2]), {})
print(children.start("sleeper", []).pid, flush=True)
time.sleep(60)
"""


def program(tmp_path: Path, text: str) -> str:
    """An executable that stands in for the interpreter: it is called with `-m fangbang ARGS` and runs `text`."""
    path = tmp_path / "program"
    path.write_text(f"#!{sys.executable}\nimport os, signal, subprocess, sys, time\n{text}\n")
    path.chmod(0o755)
    return str(path)


def started(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str) -> tuple[Children, Child]:
    monkeypatch.setattr(sys, "executable", program(tmp_path, text))
    children = Children(tmp_path / "logs", {"SAID": "hello"})
    return children, children.start("child", ["a", "b"])


def lives(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def gone(pid: int, seconds: float = 5) -> bool:
    end = time.monotonic() + seconds
    while lives(pid) and time.monotonic() < end:
        time.sleep(0.02)
    return not lives(pid)


def test_a_child_gets_its_words_and_environment_and_announces_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = "import json; print('log line'); print(json.dumps({'a': sys.argv[1:], 's': os.environ['SAID']}), flush=True)"
    children, child = started(tmp_path, monkeypatch, told + "\ntime.sleep(60)")

    try:
        answer = announced(child, 10)
    finally:
        children.stop()

    assert answer == {"a": ["-m", "fangbang", "a", "b"], "s": "hello"}
    assert child.log.read_text().splitlines()[0] == "log line"


def test_stop_ends_a_child_and_what_it_started(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = "p = subprocess.Popen(['sleep', '60']); print('{\"pid\": %d}' % p.pid, flush=True); time.sleep(60)"
    children, child = started(tmp_path, monkeypatch, text)
    grandchild = announced(child, 10)["pid"]

    children.stop()
    children.stop()

    assert gone(child.pid)
    assert gone(grandchild)
    assert children.running == []


def test_a_child_that_will_not_end_is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fangbang.cli.demo.processes._GRACE_SECONDS", 0.2)
    text = "signal.signal(signal.SIGTERM, signal.SIG_IGN); print('{}', flush=True); time.sleep(60)"
    children, child = started(tmp_path, monkeypatch, text)
    announced(child, 10)

    children.stop()

    assert gone(child.pid)


def test_a_child_does_not_outlive_a_killed_parent(tmp_path: Path) -> None:
    sleeper = program(tmp_path, "time.sleep(60)")
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, sleeper, str(tmp_path / "logs")], stdout=subprocess.PIPE, text=True
    )
    assert parent.stdout is not None
    child = int(parent.stdout.readline())
    assert lives(child)

    os.kill(parent.pid, signal.SIGKILL)
    parent.wait()

    assert gone(child)


def test_waiting_ends_when_the_child_does(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    children, child = started(tmp_path, monkeypatch, "print('what went wrong', file=sys.stderr); sys.exit(3)")

    with pytest.raises(FangbangError) as refused:
        wait_for(lambda: False, 10, child)

    children.stop()
    assert refused.value.code == "demo.child-died"
    assert refused.value.params == {"name": "child", "code": 3, "tail": "what went wrong"}


def test_what_a_child_said_in_json_is_told_as_its_text(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said = 'print(\'{"code": "x", "text": "the port is in use"}\', file=sys.stderr); sys.exit(3)'
    children, child = started(tmp_path, monkeypatch, said)

    with pytest.raises(FangbangError) as refused:
        wait_for(lambda: False, 10, child)

    children.stop()
    assert refused.value.params == {"name": "child", "code": 3, "tail": "the port is in use"}


def test_waiting_ends_in_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    children, child = started(tmp_path, monkeypatch, "time.sleep(60)")

    with pytest.raises(FangbangError) as refused:
        wait_for(lambda: False, 0.2, child)

    children.stop()
    assert refused.value.code == "demo.not-ready"
