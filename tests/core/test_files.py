"""Durable files under faults: each step of a write is made to fail, or the process to die right there."""

import os
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from fangbang.core import files
from fangbang.core.files import durable_file, durable_folder, write_durably, write_once

STEPS = ("fsync", "rename")


class Died(BaseException):
    """The process is gone: no `except Exception` and no clean-up of ours may count on running."""


def record(monkeypatch: pytest.MonkeyPatch, fail: Callable[[str, int], BaseException | None]) -> list[str]:
    """Watch the system calls of a write; `fail(call, how many before)` may answer with what to raise instead."""
    seen: list[str] = []

    def wrap(name: str) -> None:
        real = getattr(os, name)

        def watched(*args: Any, **kwargs: Any) -> Any:
            label = name
            if name == "fsync":
                label = "fsync folder" if stat.S_ISDIR(os.fstat(args[0]).st_mode) else "fsync file"
            error = fail(name, sum(call.startswith(name) for call in seen))
            seen.append(label)
            if error is not None:
                raise error
            return real(*args, **kwargs)

        monkeypatch.setattr(os, name, watched)

    for name in STEPS:
        wrap(name)
    return seen


def nothing(call: str, before: int) -> None:
    return None


def test_the_file_is_synced_before_it_shows_and_the_folder_after(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = record(monkeypatch, nothing)

    write_durably(tmp_path / "board.json", b"new")

    assert seen == ["fsync file", "rename", "fsync folder"]
    assert (tmp_path / "board.json").read_bytes() == b"new"


@pytest.mark.parametrize("error", [OSError(5, "Input/output error"), Died()], ids=["fails", "dies"])
@pytest.mark.parametrize(
    ("call", "before", "shown"),
    [("fsync", 0, b"old"), ("rename", 0, b"old"), ("fsync", 1, b"new")],
    ids=["fsync file", "rename", "fsync folder"],
)
def test_a_write_that_fails_shows_the_old_bytes_or_the_new_and_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str, before: int, shown: bytes, error: BaseException
) -> None:
    target = tmp_path / "board.json"
    write_durably(target, b"old")
    seen = record(monkeypatch, lambda name, count: error if (name, count) == (call, before) else None)

    with pytest.raises(type(error)):
        write_durably(target, b"new")

    assert target.read_bytes() == shown
    assert [path.name for path in tmp_path.iterdir()] == ["board.json"]
    assert len(seen) == {b"old": {"fsync": 1, "rename": 2}.get(call), b"new": 3}[shown], "nothing is retried"


def test_a_write_whose_body_raises_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), durable_file(tmp_path / "records.bin") as stream:
        stream.write(b"half")
        raise ZeroDivisionError

    assert list(tmp_path.iterdir()) == []


def test_a_half_written_file_is_invisible_until_it_is_whole(tmp_path: Path) -> None:
    target = tmp_path / "records.bin"

    with durable_file(target) as stream:
        stream.write(b"half")
        stream.flush()
        assert not target.exists()

    assert target.read_bytes() == b"half"


def test_after_a_killed_write_the_same_command_finishes(tmp_path: Path) -> None:
    leftover = tmp_path / ".board.json.0011223344556677.tmp"
    leftover.write_bytes(b"ne")

    write_once(tmp_path / "board.json", b"new")

    assert (tmp_path / "board.json").read_bytes() == b"new"


def test_write_once_takes_the_same_bytes_again_without_touching_the_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_once(tmp_path / "header.json", b"one")
    seen = record(monkeypatch, nothing)

    write_once(tmp_path / "header.json", b"one")

    assert seen == []


def test_write_once_refuses_other_bytes_and_keeps_the_first(tmp_path: Path) -> None:
    write_once(tmp_path / "header.json", b"one")

    with pytest.raises(FileExistsError, match="other bytes"):
        write_once(tmp_path / "header.json", b"two")

    assert (tmp_path / "header.json").read_bytes() == b"one"


def test_a_secret_file_is_never_readable_by_others(tmp_path: Path) -> None:
    with durable_file(tmp_path / "key", mode=0o600) as stream:
        stream.write(b"secret")
        (temporary,) = tmp_path.iterdir()
        assert stat.S_IMODE(temporary.stat().st_mode) == 0o600

    assert stat.S_IMODE((tmp_path / "key").stat().st_mode) == 0o600


def test_every_new_folder_is_made_durable_in_its_parent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[Path] = []
    monkeypatch.setattr(files, "sync_folder", synced.append)

    made = durable_folder(tmp_path / "public" / "snapshots")
    again = durable_folder(tmp_path / "public" / "snapshots")

    assert made == again
    assert made.is_dir()
    assert synced == [tmp_path, tmp_path / "public"]
