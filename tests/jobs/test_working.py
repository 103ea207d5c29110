"""The process that does jobs: how it ends them, and that a kill -9 in the middle loses none."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import django.db
import pytest

from fangbang.accounts import actions as accounts
from fangbang.accounts import queries as staff
from fangbang.accounts.models import Operator
from fangbang.audit import queries as audit
from fangbang.audit.rules import SYSTEM, Actor
from fangbang.core.clock import ManualClock
from fangbang.jobs import actions, queries
from fangbang.jobs.actions.taking import take_next
from fangbang.jobs.queries import JobView
from fangbang.jobs.rules import JobState
from fangbang.project import working
from fangbang.project.layout import Layout
from tests.conftest import ROOT
from tests.jobs import kinds
from tests.project.databases import environment_of

assert kinds


def done(clock: ManualClock, kind: str, actor: Actor = SYSTEM) -> JobView:
    """Asked for, taken and done here."""
    asked = actions.ask(actor=actor, kind=kind, subject="rel-1", arguments={"to": 3}, clock=clock)
    taken = take_next(clock)
    assert taken is not None
    working.perform(taken, clock)
    return queries.job(asked)


def test_a_job_is_done_for_who_asked(db: None, clock: ManualClock) -> None:
    accounts.add_operator(actor=SYSTEM, operator_id="wang", name="王芳", roles=["adjudicator"], clock=clock)

    over = done(clock, "test-count", Actor("wang", "王芳"))

    assert (over.state, over.result) == (JobState.DONE, {"counted": 3, "by": "wang"})
    assert [(entry.event, entry.actor.id) for entry in audit.entries(subject="rel-1")] == [
        ("jobs.asked", "wang"),
        ("jobs.done", "wang"),
    ]


def test_a_refusal_is_told_as_it_was_raised(db: None, clock: ManualClock) -> None:
    over = done(clock, "test-refuse")

    assert (over.state, over.problem, over.params) == (JobState.FAILED, "jobs.unknown", {"job": "rel-1"})


def test_a_crash_is_told_by_type_and_place_alone(
    db: None, clock: ManualClock, capfd: pytest.CaptureFixture[str]
) -> None:
    over = done(clock, "test-crash")

    told = json.dumps([over.params, [entry.details for entry in audit.entries()]]) + "".join(capfd.readouterr())
    assert (over.state, over.problem, over.params["error"]) == (JobState.FAILED, "jobs.crashed", "RuntimeError")
    assert str(over.params["where"]).startswith("tests.jobs.kinds:")
    assert "110101199003070000" not in told


def test_nothing_is_done_for_who_left_meanwhile(db: None, clock: ManualClock) -> None:
    accounts.add_operator(actor=SYSTEM, operator_id="wang", name="王芳", roles=["adjudicator"], clock=clock)
    accounts.retire_operator(actor=SYSTEM, operator_id="wang", clock=clock)

    assert done(clock, "test-count", Actor("wang", "王芳")).problem == "accounts.operator-retired"


# ---- real processes ----


def run(home: Path, *words: str) -> str:
    done = subprocess.run(
        [sys.executable, *words], env=environment(home), cwd=ROOT, check=True, capture_output=True, text=True
    )
    return done.stdout.strip()


def environment(home: Path) -> dict[str, str]:
    return {**os.environ, **environment_of(home)}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("jobs")
    run(folder, "-m", "fangbang", "init")
    return folder


@pytest.fixture
def start(home: Path) -> Iterator[Callable[..., "subprocess.Popen[bytes]"]]:
    begun: list[subprocess.Popen[bytes]] = []

    def begin(*words: str) -> "subprocess.Popen[bytes]":
        begun.append(subprocess.Popen([sys.executable, *words], env=environment(home), cwd=ROOT))
        return begun[-1]

    yield begin
    for process in begun:
        process.kill()
        process.wait()


def wait(condition: Callable[[], bool], what: str, seconds: float = 120) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, what
        time.sleep(0.05)


def begun(folder: Path) -> list[int]:
    file = folder / "begun"
    return [int(line) for line in file.read_text().split()] if file.exists() else []


@pytest.mark.parametrize(("kind", "state", "tries"), [("test-slow", "done", 2), ("test-once", "failed", 1)])
def test_killed_in_the_middle_a_job_is_run_again_or_told_as_failed(
    home: Path, tmp_path: Path, start: Callable[..., "subprocess.Popen[bytes]"], kind: str, state: str, tries: int
) -> None:
    asked = run(home, "-m", "tests.jobs.runner", "ask", str(tmp_path), kind)
    first = start("-m", "tests.jobs.runner")
    wait(lambda: bool(begun(tmp_path)), "the first try")
    first.kill()
    first.wait()
    (tmp_path / "go").touch()
    start("-m", "tests.jobs.runner")

    told: dict[str, object] = {}
    wait(lambda: over(told, run(home, "-m", "tests.jobs.runner", "show", asked)), "the end")

    assert (told["state"], told["tries"], len(begun(tmp_path))) == (state, tries, tries)


def over(told: dict[str, object], shown: str) -> bool:
    told |= json.loads(shown)
    return told["state"] in ("done", "failed")


def companion_of(process: "subprocess.Popen[bytes]") -> list[int]:
    """The children of a process, by the kernel's own list."""
    tasks = Path(f"/proc/{process.pid}/task")
    return [int(pid) for task in tasks.iterdir() for pid in (task / "children").read_text().split()]


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_the_companion_ends_with_the_office_however_it_ends(
    home: Path, start: Callable[..., "subprocess.Popen[bytes]"], number: signal.Signals
) -> None:
    office = start("-m", "fangbang", "office", "serve", "--port", "0")
    wait(lambda: bool(companion_of(office)), "the companion")
    [first] = companion_of(office)
    os.kill(first, signal.SIGKILL)
    wait(lambda: companion_of(office) not in ([], [first]), "another companion")
    [second] = companion_of(office)

    office.send_signal(number)
    office.wait()

    wait(lambda: not alive(second), "the companion's end")


def test_the_companion_disables_who_never_signs_in(
    db: None, clock: ManualClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At its start, and again an hour later; not in between."""
    # Django closes a connection that it finds inside a transaction. Here that is the test's own.
    monkeypatch.setattr(django.db, "close_old_connections", lambda: None)
    layout = Layout(tmp_path)
    layout.make()
    for operator, role in (("chen", "administrator"), ("wang", "approver"), ("liu", "approver")):
        accounts.add_operator(actor=SYSTEM, operator_id=operator, name=operator, roles=[role], clock=clock)
    Operator.objects.filter(pk__in=["chen", "wang"]).update(password="hash")
    clock.advance(timedelta(days=91))
    enrolled: list[list[str]] = []

    def ended() -> bool:
        enrolled.append([item.id for item in staff.operators() if item.enrolled])
        if len(enrolled) == 2:
            Operator.objects.filter(pk="liu").update(password="hash")
        if len(enrolled) == 3:
            clock.advance(timedelta(hours=1))
        return len(enrolled) == 4

    working.do_jobs(layout, clock, ended)

    assert enrolled == [["chen", "wang"], ["chen"], ["chen", "liu"], ["chen"]]
