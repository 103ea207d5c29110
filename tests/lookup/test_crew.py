"""Worker processes: replaced when they die or ask for it, ended together, never left behind."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest

from fangbang.lookup.door.crew import FUTILE, Crew, Futile
from tests.lookup.crew_members import living, slow_successor, stubborn, worker
from tests.lookup.scene import wait


@contextmanager
def running(crew: Crew) -> Iterator[list[str]]:
    said: list[str] = []
    thread = threading.Thread(target=crew.run, args=(lambda: said.append("ready"),))
    thread.start()
    try:
        wait(lambda: said, "the crew to be ready", 20)
        yield said
    finally:
        crew.stop()
        thread.join(20)
        assert not thread.is_alive()


def crew_of(folder: Path, size: int, target: Callable[..., None] = worker, **options: float) -> Crew:
    return Crew(size, partial(target, folder), **options)  # type: ignore[arg-type]


def test_ready_is_said_once_when_all_are(tmp_path: Path) -> None:
    with running(crew_of(tmp_path, 2)) as said:
        assert (len(living(tmp_path)), said) == (2, ["ready"])

    assert living(tmp_path) == set()


def test_a_dead_worker_is_replaced_and_the_other_stays(tmp_path: Path) -> None:
    with running(crew_of(tmp_path, 2)):
        killed, kept = sorted(living(tmp_path))
        os.kill(killed, signal.SIGKILL)
        wait(lambda: len(living(tmp_path) - {killed}) == 2, "another worker", 20)

        assert kept in living(tmp_path)


def test_a_replacement_is_ready_before_the_old_worker_ends(tmp_path: Path) -> None:
    with running(crew_of(tmp_path, 1, overlap=20)):
        (old,) = living(tmp_path)
        (tmp_path / f"{old}.replace").touch()
        wait(lambda: old not in living(tmp_path), "the old worker to end", 20)

        (new,) = living(tmp_path)
        assert (tmp_path / str(new)).read_text() == "replaces"
        assert (tmp_path / "saw.txt").read_text() == "2", "what the old one saw when it ended: itself and the new one"


def test_a_worker_that_must_go_goes_even_without_a_successor(tmp_path: Path) -> None:
    with running(crew_of(tmp_path, 1, slow_successor, overlap=0.3)):
        (old,) = living(tmp_path)
        (tmp_path / f"{old}.replace").touch()

        wait(lambda: old not in living(tmp_path), "the old worker to end", 5)


def test_all_can_be_replaced(tmp_path: Path) -> None:
    crew = crew_of(tmp_path, 2)
    with running(crew):
        before = living(tmp_path)
        crew.replace_all()
        wait(lambda: len(living(tmp_path)) == 2 and not living(tmp_path) & before, "new workers", 20)


def test_workers_that_never_start_end_the_crew(tmp_path: Path) -> None:
    told: list[int] = []
    crew = Crew(1, partial(stubborn, tmp_path), lambda _, code, **__: told.append(code))

    with pytest.raises(Futile):
        crew.run(lambda: None)

    assert told == [3] * FUTILE


def test_workers_end_with_a_killed_supervisor(tmp_path: Path) -> None:
    script = (
        "import sys\nfrom functools import partial\nfrom pathlib import Path\n"
        "from fangbang.lookup.door.crew import Crew\nfrom tests.lookup.crew_members import worker\n"
        "if __name__ == '__main__':\n"
        "    Crew(2, partial(worker, Path(sys.argv[1]))).run(lambda: print('ready', flush=True))\n"
    )
    root = Path(__file__).parents[2]
    path = tmp_path / "supervise.py"
    path.write_text(script)
    folder = tmp_path / "marks"
    folder.mkdir()
    environ = {**os.environ, "PYTHONPATH": f"{root}/src:{root}"}
    command = [sys.executable, str(path), str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=environ, cwd=root) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        workers = living(folder)
        process.kill()

    wait(lambda: not living(folder), "the workers to end", 10)
    assert len(workers) == 2
