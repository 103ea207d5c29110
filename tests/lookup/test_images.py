"""Image challenges: right once, wrong once, never twice."""

import io
from multiprocessing import get_context
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from fangbang.lookup.images import LENGTH, LETTERS, LIFETIME, ImagePool

NOW = 1_790_000_000
KEY = b"k" * 32


@pytest.fixture
def pool(tmp_path: Path) -> ImagePool:
    ImagePool.create(tmp_path / "images", 8)
    made = ImagePool(tmp_path / "images", 8, KEY, b"n1")
    made.draw(3)
    return made


def answer_of(pool: ImagePool, token: str) -> str:
    """What the picture says: read from the pool's own memory."""
    parts = pool._parts(token)
    assert parts is not None
    return pool._answer(parts[2]).rstrip(b"\0").decode()


def test_a_picture_is_drawn(pool: ImagePool) -> None:
    token = pool.issue(NOW)
    picture = pool.picture(token)

    assert picture is not None
    assert Image.open(io.BytesIO(picture)).size == (180, 64)
    assert set(answer_of(pool, token)) <= set(LETTERS)
    assert len(answer_of(pool, token)) == LENGTH


def test_the_right_answer_counts_once(pool: ImagePool) -> None:
    token = pool.issue(NOW)
    answer = answer_of(pool, token)

    assert [pool.spend(token, answer, NOW) for _ in range(3)] == [True, False, False]


def test_a_wrong_answer_spends_the_token(pool: ImagePool) -> None:
    token = pool.issue(NOW)

    assert not pool.spend(token, "00000", NOW)
    assert not pool.spend(token, answer_of(pool, token), NOW)


def test_a_token_lapses(pool: ImagePool) -> None:
    token = pool.issue(NOW)

    assert not pool.spend(token, answer_of(pool, token), NOW + LIFETIME)


def test_an_answer_is_not_replayed_with_another_token_of_the_same_picture(pool: ImagePool) -> None:
    tokens = [pool.issue(NOW) for _ in range(40)]

    spent = [pool.spend(token, answer_of(pool, token), NOW) for token in tokens]

    assert spent == [True] * 40
    assert not any(pool.spend(token, answer_of(pool, token), NOW) for token in tokens)


@settings(max_examples=50)
@given(place=st.integers(0, 34), letter=st.sampled_from("ABCxyz019-_"))
def test_no_character_of_a_token_can_be_changed(
    tmp_path_factory: pytest.TempPathFactory, place: int, letter: str
) -> None:
    folder = tmp_path_factory.mktemp("images")
    ImagePool.create(folder / "images", 1)
    pool = ImagePool(folder / "images", 1, KEY, b"n1")
    pool.draw(1)
    token = pool.issue(NOW)
    changed = token[:place] + letter + token[place + 1 :]

    assert (pool.picture(changed) is None) == (changed != token)


def test_another_nodes_token_is_not_ours(pool: ImagePool, tmp_path: Path) -> None:
    other = ImagePool(tmp_path / "images", 8, KEY, b"n2")

    assert other.picture(pool.issue(NOW)) is None


def test_nothing_is_issued_before_anything_is_drawn(tmp_path: Path) -> None:
    ImagePool.create(tmp_path / "empty", 8)

    assert ImagePool(tmp_path / "empty", 8, KEY, b"n1").issue(NOW) == ""


@pytest.mark.parametrize("token", ["", "AAAA", "é", "A" * 40, "=" * 35])
def test_what_is_no_token(pool: ImagePool, token: str) -> None:
    assert pool.picture(token) is None
    assert not pool.spend(token, "22222", NOW)


def test_the_pool_stops_at_its_capacity(pool: ImagePool) -> None:
    pool.draw(20)

    assert pool.drawn == 8


def _try(path: str, token: str, answer: str) -> bool:
    return ImagePool(Path(path), 8, KEY, b"n1").spend(token, answer, NOW)


def test_of_many_processes_exactly_one_spends_a_token(pool: ImagePool, tmp_path: Path) -> None:
    token = pool.issue(NOW)
    job = (str(tmp_path / "images"), token, answer_of(pool, token))

    with get_context("fork").Pool(4) as workers:
        won = workers.starmap(_try, [job] * 24)

    assert sum(won) == 1
