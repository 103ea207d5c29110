"""The timing bench: its statistic, and that it sees what it must see."""

import random
import statistics
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.timing.node import spin
from bench.timing.people import Crowd
from bench.timing.run import in_process
from bench.timing.welch import compare, trimmed, welch

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
