"""A node tells the keeper which of its workers are gone: those alone, and until it was heard."""

import fcntl
import multiprocessing
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from fangbang.lookup.config import NodeConfig, NodeKeys
from fangbang.lookup.departures import Departures
from fangbang.lookup.presence import Presence
from tests.lookup.scene import Scene, registrar


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    return Scene(tmp_path / "scene")


@pytest.fixture
def config(scene: Scene, tmp_path: Path) -> NodeConfig:
    return NodeConfig(
        name="n1", public=scene.public, keeper_socket=scene.socket, trust=scene.trust, state=tmp_path / "state",
        shared=tmp_path, workers=1, keys=NodeKeys.draw(),
    )  # fmt: skip


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def departures(config: NodeConfig, said: list[str]) -> Departures:
    return Departures(config, lambda _, code: said.append(code))


def live(folder: Path, worker: str, line: "multiprocessing.connection.Connection") -> None:
    """What a worker's process does here."""
    presence = Presence(folder, worker)
    line.send(True)
    line.recv()
    del presence


@contextmanager
def living(folder: Path, worker: str) -> Iterator[multiprocessing.process.BaseProcess]:
    """A process that lives as the worker, until the end at the latest."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=live, args=(folder, worker, theirs))
    process.start()
    try:
        assert ours.recv()
        yield process
    finally:
        process.kill()
        process.join()


def test_a_killed_worker_is_told_and_a_living_one_is_not(
    scene: Scene, config: NodeConfig, departures: Departures
) -> None:
    with registrar(scene), living(config.presence, "n1/other"), living(config.presence, "n1/killed") as killed:
        before = (departures.look(), list(scene.left))
        killed.kill()
        killed.join()

        after = (departures.look(), departures.look(), scene.left)

    assert before == (True, [])
    assert after == (True, True, ["n1/killed"])


def test_what_no_keeper_heard_is_told_again_and_logged_once(
    scene: Scene, config: NodeConfig, departures: Departures, said: list[str]
) -> None:
    gone(config, "dead")

    silent = [departures.look() for _ in range(3)]
    with registrar(scene):
        told = departures.look()

    assert (silent, said) == ([False] * 3, ["snapshot.keeper-unreachable"])
    assert (told, scene.left, list(config.presence.iterdir())) == (True, ["n1/dead"], [])


def test_the_dead_of_a_node_that_lost_its_power_are_told_at_its_next_start_and_stop(
    scene: Scene, config: NodeConfig, departures: Departures
) -> None:
    gone(config, "dead")
    with registrar(scene):
        departures.start()
        departures.stop()

    assert scene.left == ["n1/dead"]


def test_a_disk_that_refuses_is_logged_and_ends_nothing(
    config: NodeConfig, departures: Departures, said: list[str]
) -> None:
    config.presence.mkdir(parents=True)
    (config.presence / "folder").mkdir()

    assert (departures.look(), said) == (False, ["IsADirectoryError"])


def test_a_sign_of_life_that_was_taken_away_unlocked_is_made_anew(config: NodeConfig) -> None:
    gone(config, "new")
    path = config.presence / "new"
    first = path.open("r+b")
    fcntl.flock(first, fcntl.LOCK_EX)
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=live, args=(config.presence, "n1/new", theirs))
    process.start()
    waits = not ours.poll(1)
    path.unlink()
    first.close()
    locked = ours.poll(60)
    try:
        with path.open("r+b") as stream, pytest.raises(BlockingIOError):
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
    finally:
        process.kill()
        process.join()

    assert (waits, locked) == (True, True)


def gone(config: NodeConfig, name: str) -> None:
    """What a process that is gone leaves."""
    config.presence.mkdir(parents=True, exist_ok=True)
    (config.presence / name).touch()
