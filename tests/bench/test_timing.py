"""The timing bench: its statistic, and that it sees what it must see."""

import random
import statistics
import time
from dataclasses import asdict
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.timing.limits import ENDLESS, NEVER
from bench.timing.node import spin
from bench.timing.people import Crowd
from bench.timing.run import in_process
from bench.timing.welch import LEAST_SHIFT, compare, signed, trimmed, welch

TIMES = st.lists(st.integers(0, 10**6), min_size=3, max_size=50)


def test_the_statistic_of_a_worked_example() -> None:
    # Means 3 and 6, variances 2.5 and 10, five of each: -3 / sqrt(0.5 + 2).
    assert welch([1, 2, 3, 4, 5], [2, 4, 6, 8, 10]) == pytest.approx(-3 / 2.5**0.5)


@given(TIMES, TIMES)
def test_the_order_of_samples_only_turns_the_sign(first: list[int], second: list[int]) -> None:
    assert welch(first, second) == -welch(second, first) or welch(first, second) == float("inf")
    assert (welch(first, second) == 0) == (statistics.fmean(first) == statistics.fmean(second))


@pytest.mark.parametrize(("delay", "said", "told"), [(0, b"a", False), (2, b"a", True), (0, b"b", True)])
def test_what_differs_is_told_apart(delay: int, said: bytes, told: bool) -> None:
    now, noise = [0], random.Random(1)

    def ask(request: bytes) -> bytes:
        now[0] += noise.randrange(20, 30) + (delay if request == b"2" else 0)
        return said if request == b"2" else b"a"

    verdict = compare("here", "a test", ask, [(b"1", b"2")] * 1000, lambda answer: answer, lambda: now[0])

    assert verdict.told_apart == told


def test_a_planted_delay_lasts_as_long_as_it_says() -> None:
    began = time.perf_counter_ns()

    spin(300_000)

    assert time.perf_counter_ns() - began >= 300_000


def test_the_bench_asks_what_it_says(tmp_path: Path) -> None:
    ask, queries = in_process(tmp_path, Crowd.draw(50))
    asked = {"wrong": queries.wrong_ticket(20), "ambiguous": queries.ambiguous(20), "found": queries.existing(20)}

    states = {
        what: [{ask(each)[:20] for each in side} for side in zip(*pairs, strict=True)] for what, pairs in asked.items()
    }

    assert states["wrong"] == states["ambiguous"] == [{b'{"state":"not-found"'}] * 2
    assert states["found"] == [{b'{"state":"not-found"'}, {b'{"state":"found","sit'[:20]}]


def test_trimming_takes_the_slowest_tenth_of_both() -> None:
    assert trimmed([1, 2, 3, 100, 5], [6, 7, 8, 9, 10]) == ([1, 2, 3, 5], [6, 7, 8, 9, 10])


def test_the_sign_test_of_a_worked_example() -> None:
    # Ninety above, ten below, equal pairs left out: 80 / sqrt(100).
    assert signed([7] * 90 + [-1000] * 10 + [0] * 50) == 8.0


@given(st.lists(st.integers(-100, 100)))
def test_turned_pairs_turn_the_sign_test(differences: list[int]) -> None:
    assert signed(differences) == -signed([-each for each in differences])


@pytest.mark.parametrize(("delay", "told"), [(0, False), (LEAST_SHIFT // 2, False), (2_000, True), (-2_000, True)])
def test_signs_see_in_a_noise_that_hides_it_from_means(delay: int, told: bool) -> None:
    now, noise = [0], random.Random(1)

    def ask(request: bytes) -> bytes:
        # Now and then the machine does something else for a long time: means and variances are made of that.
        now[0] += 100_000 + noise.randrange(8_000) + (noise.random() < 0.01) * noise.randrange(50_000_000)
        now[0] += delay if request == b"2" else 0
        return b"a"

    verdict = compare("here", "a test", ask, [(b"1", b"2")] * 5000, lambda answer: answer, lambda: now[0])

    assert abs(verdict.t) < 4.5
    assert verdict.told_apart == told
    assert verdict.seen == told


def test_another_answer_is_shown_and_is_no_seen_delay() -> None:
    answers = iter([b"a"] * 30 + [b"b"] + [b"a"] * 500)
    clock = iter(range(10_000))

    verdict = compare(
        "here", "a test", lambda _: next(answers), [(b"1", b"2")] * 100, lambda each: each, clock.__next__
    )

    assert verdict.odd == ("1 × b",)
    assert (verdict.told_apart, verdict.seen) == (True, False)


def test_another_answer_than_was_to_be_measured_ends_the_bench() -> None:
    pairs = [(b"1", b"2")] * 20

    with pytest.raises(RuntimeError, match="limited"):
        compare("here", "a test", lambda _: b'{"state":"limited"}', pairs, lambda each: each, wanted=b"not-found")


def test_no_limit_ends_the_bench() -> None:
    ends = {
        name: value for name, value in asdict(ENDLESS).items() if name.endswith(("persons_soft", "_hard", "failures"))
    }

    assert set(ends.values()) == {NEVER}
    assert len(ends) == 7
