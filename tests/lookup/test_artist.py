"""The drawing process: it fills the pool, is replaced when it dies, and ends with its supervisor."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from fangbang.lookup.artist import NICENESS, Artist
from fangbang.lookup.images import MOST_ISSUES, ImagePool
from tests.lookup.scene import wait

CAPACITY = 24
KEY = b"k" * 32


@pytest.fixture
def said() -> list[dict[str, Any]]:
    return []


@pytest.fixture
def artist(tmp_path: Path, said: list[dict[str, Any]]) -> Iterator[Artist]:
    ImagePool.create(tmp_path / "images", CAPACITY)
    made = Artist(tmp_path / "images", CAPACITY, KEY, lambda event, **facts: said.append({"event": event, **facts}))
    made.start()
    yield made
    made.stop()


def test_the_pool_is_filled_by_another_process_of_low_priority(artist: Artist, tmp_path: Path) -> None:
    pool = ImagePool(tmp_path / "images", CAPACITY, KEY)

    wait(lambda: pool.ready == CAPACITY, "the pool to be full", 60)

    assert artist.process is not None
    assert os.getpriority(os.PRIO_PROCESS, artist.process.pid or 0) >= min(19, NICENESS)


def test_a_killed_artist_is_followed_by_another(artist: Artist, tmp_path: Path, said: list[dict[str, Any]]) -> None:
    pool = ImagePool(tmp_path / "images", CAPACITY, KEY)
    wait(lambda: pool.ready > 0, "the first image", 60)
    first = artist.process
    assert first is not None
    os.kill(first.pid or 0, signal.SIGKILL)

    wait(lambda: pool.ready == CAPACITY and artist.process is not first, "another artist", 60)

    assert said == [{"event": "artist ended unasked", "code": -9}]
    shown = [pool.pick(0)[1] for _ in range(CAPACITY * MOST_ISSUES)]
    assert set(shown) == set(range(CAPACITY)), "every place is in use"


def test_a_stopped_artist_is_gone(tmp_path: Path) -> None:
    ImagePool.create(tmp_path / "images", 1)
    made = Artist(tmp_path / "images", 1, KEY, lambda *_, **__: None)
    made.start()
    wait(lambda: made.process is not None and made.process.is_alive(), "the artist", 30)

    made.stop()

    assert made.process is not None
    assert made.process.exitcode is not None
