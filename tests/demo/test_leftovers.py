"""Folders of killed demonstrations go at the next start; nothing else does."""

import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from fangbang.cli.demo.leftovers import MARK, PREFIX, clear_left_behind, temporary_folder

HOLDER = """
import time
from fangbang.cli.demo.leftovers import temporary_folder
with temporary_folder() as folder:
    (folder / "office").mkdir()
    (folder / "office" / "book").write_text("marks")
    print(folder, flush=True)
    time.sleep(60)
"""


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder for temporary files, for this process and those it starts."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", None)
    return tmp_path


def holder() -> tuple["subprocess.Popen[str]", Path]:
    """A process with a folder of its own."""
    process = subprocess.Popen([sys.executable, "-c", HOLDER], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    return process, Path(process.stdout.readline().strip())


def test_a_folder_is_gone_when_its_demonstration_ends(elsewhere: Path) -> None:
    with temporary_folder() as folder:
        (folder / "data").write_text("x")
        assert [path.name for path in elsewhere.iterdir()] == [folder.name]

    assert list(elsewhere.iterdir()) == []


def test_what_a_killed_one_left_goes_and_what_a_living_one_has_stays(elsewhere: Path) -> None:
    living, kept = holder()
    killed, left = holder()
    os.kill(killed.pid, signal.SIGKILL)
    killed.communicate()
    before = left.exists()

    cleared = clear_left_behind()

    living.kill()
    living.communicate()
    assert (before, cleared) == (True, 1)
    assert [path.name for path in elsewhere.iterdir()] == [kept.name]
    assert (kept / "office" / "book").read_text() == "marks"


def test_a_folder_without_our_mark_is_left_alone(elsewhere: Path) -> None:
    (elsewhere / f"{PREFIX}mine").mkdir()
    (elsewhere / f"{PREFIX}file").write_text("x")
    linked = elsewhere / "linked"
    linked.mkdir()
    (linked / MARK).touch()
    (elsewhere / f"{PREFIX}link").symlink_to(linked)
    pointing = elsewhere / f"{PREFIX}pointing"
    pointing.mkdir()
    (pointing / MARK).symlink_to(elsewhere / f"{PREFIX}file")

    assert clear_left_behind() == 0
    assert len(list(elsewhere.iterdir())) == 5


def test_a_link_in_a_left_folder_is_removed_and_what_it_names_is_not(elsewhere: Path) -> None:
    mine = elsewhere / "mine"
    mine.mkdir()
    (mine / "keep").write_text("x")
    left = elsewhere / f"{PREFIX}left"
    left.mkdir()
    (left / MARK).touch()
    (left / "link").symlink_to(mine)

    assert clear_left_behind() == 1
    assert [path.name for path in elsewhere.rglob("*")] == ["mine", "keep"]


def test_the_folder_of_another_user_is_left_alone(elsewhere: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    left = elsewhere / f"{PREFIX}left"
    left.mkdir()
    (left / MARK).touch()
    monkeypatch.setattr(os, "geteuid", lambda: left.stat().st_uid + 1)

    assert clear_left_behind() == 0
    assert left.exists()
