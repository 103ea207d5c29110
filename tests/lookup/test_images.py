"""The pool of images: each shown a bounded number of times, drawn over after a rest, claimed once."""

import io
from collections import Counter
from multiprocessing import get_context
from pathlib import Path

import pytest
from PIL import Image

from fangbang.lookup.drawing import HEIGHT, LENGTH, LETTERS, WIDTH
from fangbang.lookup.images import IMAGE_BYTES, LIFETIME, MOST_ISSUES, ImagePool

NOW = 1_790_000_000
KEY = b"k" * 32


def pool_at(folder: Path, capacity: int = 8, drawn: int = 3) -> ImagePool:
    ImagePool.create(folder / "images", capacity)
    made = ImagePool(folder / "images", capacity, KEY)
    made.draw(drawn, NOW)
    return made


def places(pool: ImagePool, count: int, now: int = NOW) -> list[int | None]:
    return [pool.pick(now)[1] for _ in range(count)]


def test_a_picture_is_small_and_shows_five_digits(tmp_path: Path) -> None:
    pool = pool_at(tmp_path)
    place = pool.pick(NOW)[1]
    assert place is not None

    picture = pool.picture(place)

    assert Image.open(io.BytesIO(picture)).size == (WIDTH, HEIGHT)
    assert len(picture) <= IMAGE_BYTES
    answer = pool.answer(place).decode()
    assert (len(answer), set(answer) <= set(LETTERS)) == (LENGTH, True)


def test_an_image_is_shown_a_bounded_number_of_times(tmp_path: Path) -> None:
    pool = pool_at(tmp_path)

    shown = Counter(places(pool, 3 * MOST_ISSUES + 5))

    assert shown.pop(None) == 5
    assert [*shown.values()] == [MOST_ISSUES] * 3


def test_an_image_that_rests_can_still_be_seen_until_its_last_challenge_lapses(tmp_path: Path) -> None:
    pool = pool_at(tmp_path, capacity=1, drawn=1)
    places(pool, MOST_ISSUES)
    seen = pool.picture(0)

    assert (pool.draw(1, NOW + LIFETIME), pool.picture(0)) == (0, seen)
    assert pool.draw(1, NOW + LIFETIME + 1) == 1
    assert pool.picture(0) != seen
    assert places(pool, MOST_ISSUES + 1) == [0] * MOST_ISSUES + [None]


def test_the_pool_grows_back_while_it_is_used(tmp_path: Path) -> None:
    pool, now, starved = pool_at(tmp_path, capacity=6, drawn=6), NOW, 0
    for _ in range(60):
        starved += places(pool, 2, now).count(None)
        now += LIFETIME // 10
        pool.draw(6, now)

    assert starved == 0


def test_images_come_to_rest_one_after_another(tmp_path: Path) -> None:
    pool = pool_at(tmp_path, capacity=200, drawn=0)
    pool._artist.draw = lambda answer: answer.encode()  # type: ignore[method-assign]
    pool.draw(200, NOW)

    places(pool, 200 * MOST_ISSUES // 2)

    assert 60 < pool.ready < 160, "half of all issues used; picked evenly, nearly all 200 would still be ready"


def test_the_pool_stops_at_its_capacity(tmp_path: Path) -> None:
    pool = pool_at(tmp_path)

    assert (pool.draw(20, NOW), pool.ready) == (5, 8)


def test_nothing_is_picked_before_anything_is_drawn(tmp_path: Path) -> None:
    assert pool_at(tmp_path, drawn=0).pick(NOW) == (0, None)


def test_no_answer_lies_in_the_file_in_clear(tmp_path: Path) -> None:
    pool = pool_at(tmp_path, capacity=40, drawn=40)
    answers = [pool.answer(place) for place in range(40)]

    content = (tmp_path / "images").read_bytes()

    pool._map[0:5] = answers[0]
    assert answers[0] in (tmp_path / "images").read_bytes(), "positive control: an answer in clear is found"
    assert [answer for answer in answers if answer in content] == []


def test_the_same_answer_is_veiled_differently_each_time(tmp_path: Path) -> None:
    pool = pool_at(tmp_path)

    veiled = {pool._veiled(place, drawing, b"22222") for place in range(8) for drawing in range(8)}

    assert len(veiled) == 64


def test_what_a_killed_artist_left_out_is_offered_again(tmp_path: Path) -> None:
    pool = pool_at(tmp_path)
    serial, ready = pool._head()
    pool._set_head(serial, ready - 1)

    assert (pool.mend(), pool.ready) == (1, 3)
    assert Counter(places(pool, 3 * MOST_ISSUES)) == {0: MOST_ISSUES, 1: MOST_ISSUES, 2: MOST_ISSUES}


def test_a_killed_worker_does_not_let_an_image_be_shown_more_often(tmp_path: Path) -> None:
    pool = pool_at(tmp_path)
    places(pool, 3 * MOST_ISSUES)
    # As if it had died before it wrote how many are left.
    serial, _ = pool._head()
    pool._set_head(serial, 3)

    assert places(pool, 5) == [None] * 5
    assert pool.ready == 0


def test_a_serial_is_claimed_once_and_only_if_it_was_given_out(tmp_path: Path) -> None:
    pool = pool_at(tmp_path)
    serial, _ = pool.pick(NOW)

    assert [pool.claim(serial), pool.claim(serial), pool.claim(serial + 1)] == [True, False, False]


def _claim(path: str, serial: int) -> bool:
    return ImagePool(Path(path), 8, KEY).claim(serial)


def test_of_many_processes_exactly_one_claims_a_serial(tmp_path: Path) -> None:
    serial, _ = pool_at(tmp_path).pick(NOW)

    with get_context("fork").Pool(4) as workers:
        won = workers.starmap(_claim, [(str(tmp_path / "images"), serial)] * 24)

    assert sum(won) == 1


def _pick(path: str, count: int) -> list[tuple[int, int | None]]:
    pool = ImagePool(Path(path), 8, KEY)
    return [pool.pick(NOW) for _ in range(count)]


def test_of_many_processes_none_shows_an_image_too_often(tmp_path: Path) -> None:
    pool_at(tmp_path, drawn=8)

    with get_context("fork").Pool(4) as workers:
        picked = [item for part in workers.starmap(_pick, [(str(tmp_path / "images"), 50)] * 4) for item in part]

    shown = Counter(place for _, place in picked if place is not None)
    assert len({serial for serial, _ in picked}) == 200
    assert [*shown.values()] == [MOST_ISSUES] * 8


@pytest.mark.parametrize("capacity", [1, 8])
def test_the_file_is_for_its_owner_alone(tmp_path: Path, capacity: int) -> None:
    pool_at(tmp_path, capacity=capacity, drawn=0)

    assert (tmp_path / "images").stat().st_mode & 0o777 == 0o600
