"""Riddles, seen or heard: right once, wrong once, never twice, on their own node only."""

from collections import Counter
from collections.abc import Callable
from multiprocessing import get_context
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fangbang.lookup.images import LIFETIME, ImagePool
from fangbang.lookup.riddles import TOKEN, Riddles, Verdict, node_tag
from tests.lookup.ears import heard

NOW = 1_790_000_000
KEY = b"k" * 32
NODE = node_tag("node1")
RIGHT, WRONG, LAPSED = Verdict.RIGHT, Verdict.WRONG, Verdict.LAPSED
REPLAYS = 2_000

Make = Callable[[int], Riddles]


@pytest.fixture
def make(tmp_path: Path) -> Make:
    """Riddles over a pool with that many images; with none they can only be heard."""

    def made(drawn: int) -> Riddles:
        ImagePool.create(tmp_path / "images", 8)
        pool = ImagePool(tmp_path / "images", 8, KEY)
        pool.draw(drawn, NOW)
        return Riddles(pool, KEY, NODE)

    return made


def answer_of(riddles: Riddles, token: str) -> str:
    """The right answer: from the riddle's own key."""
    parts = riddles._parts(token)
    assert parts is not None
    return riddles._answer_of(parts).decode()


KINDS = pytest.mark.parametrize("drawn", [3, 0], ids=["seen", "heard"])


@KINDS
def test_the_right_answer_counts_once(make: Make, drawn: int) -> None:
    riddles = make(drawn)
    token = riddles.issue(NOW).token
    answer = answer_of(riddles, token)

    assert [riddles.spend(token, answer, NOW) for _ in range(3)] == [RIGHT, LAPSED, LAPSED]


@KINDS
def test_a_wrong_answer_spends_the_riddle(make: Make, drawn: int) -> None:
    riddles = make(drawn)
    token = riddles.issue(NOW).token

    assert riddles.spend(token, "00000", NOW) == WRONG
    assert riddles.spend(token, answer_of(riddles, token), NOW) == LAPSED


@KINDS
def test_a_riddle_lapses(make: Make, drawn: int) -> None:
    riddles = make(drawn)
    token = riddles.issue(NOW).token

    assert riddles.spend(token, answer_of(riddles, token), NOW + LIFETIME) == LAPSED
    assert (riddles.picture(token, NOW + LIFETIME), riddles.voice(token, NOW + LIFETIME)) == (None, None)


@KINDS
def test_an_answer_is_not_replayed_with_another_riddle(make: Make, drawn: int) -> None:
    riddles = make(drawn)
    tokens = [riddles.issue(NOW).token for _ in range(40)]

    assert [riddles.spend(token, answer_of(riddles, token), NOW) for token in tokens] == [RIGHT] * 40
    assert {riddles.spend(token, answer_of(riddles, token), NOW) for token in tokens} == {LAPSED}


def test_without_images_a_riddle_is_heard(make: Make) -> None:
    riddle = make(0).issue(NOW)

    assert riddle.seen is False


def test_a_riddle_without_image_has_no_picture(make: Make) -> None:
    riddles = make(0)

    assert riddles.picture(riddles.issue(NOW).token, NOW) is None


@KINDS
def test_the_voice_says_the_answer(make: Make, drawn: int) -> None:
    riddles = make(drawn)
    token = riddles.issue(NOW).token

    sound = riddles.voice(token, NOW)

    assert sound is not None
    assert heard(sound) == answer_of(riddles, token)
    assert riddles.voice(token, NOW) == sound, "the same when it is asked for again"


def test_spoken_answers_differ_from_riddle_to_riddle(make: Make) -> None:
    riddles = make(0)

    answers = {answer_of(riddles, riddles.issue(NOW).token) for _ in range(50)}

    assert len(answers) > 45


@settings(max_examples=60)
@given(place=st.integers(0, 34), letter=st.sampled_from("ABCxyz019-_"), drawn=st.sampled_from([0, 1]))
def test_no_character_of_a_riddle_can_be_changed(
    tmp_path_factory: pytest.TempPathFactory, place: int, letter: str, drawn: int
) -> None:
    folder = tmp_path_factory.mktemp("images")
    ImagePool.create(folder / "images", 1)
    pool = ImagePool(folder / "images", 1, KEY)
    pool.draw(drawn, NOW)
    riddles = Riddles(pool, KEY, NODE)
    token = riddles.issue(NOW).token
    changed = token[:place] + letter + token[place + 1 :]

    assert (riddles.voice(changed, NOW) is None) == (changed != token)


@pytest.mark.parametrize(("key", "node"), [(KEY, node_tag("node2")), (b"x" * 32, NODE)], ids=["node", "restart"])
def test_another_nodes_riddle_is_not_ours(make: Make, key: bytes, node: bytes) -> None:
    riddles = make(3)
    other = Riddles(riddles.pool, key, node)
    token = other.issue(NOW).token

    assert (riddles.picture(token, NOW), riddles.voice(token, NOW)) == (None, None)
    assert riddles.spend(token, answer_of(other, token), NOW) == LAPSED
    assert other.spend(token, answer_of(other, token), NOW) == RIGHT, "and was not spent by that"


@pytest.mark.parametrize("token", ["", "AAAA", "é", "A" * 35, "A" * 40, "=" * 35, "é" * 35])
def test_what_is_no_riddle(make: Make, token: str) -> None:
    riddles = make(3)

    assert (riddles.picture(token, NOW), riddles.voice(token, NOW)) == (None, None)
    assert riddles.spend(token, "22222", NOW) == LAPSED
    assert riddles.still(token, NOW) == ("", False)


def test_tokens_are_of_the_documented_size() -> None:
    assert TOKEN.size + 12 == 26


def _replay(path: str, token: str, answer: str, count: int) -> list[Verdict]:
    riddles = Riddles(ImagePool(Path(path), 8, KEY), KEY, NODE)
    return [riddles.spend(token, answer, NOW) for _ in range(count)]


@KINDS
def test_of_many_replays_in_four_processes_one_is_accepted(make: Make, tmp_path: Path, drawn: int) -> None:
    riddles = make(drawn)
    token = riddles.issue(NOW).token
    job = (str(tmp_path / "images"), token, answer_of(riddles, token), REPLAYS // 4)

    with get_context("fork").Pool(4) as workers:
        verdicts = Counter(item for part in workers.starmap(_replay, [job] * 4) for item in part)

    assert verdicts == {RIGHT: 1, LAPSED: REPLAYS - 1}
