"""Whether two papers' marks stand under each other's name: the likelihood that decides it."""

from hypothesis import given
from hypothesis import strategies as st

from fangbang.release.rules.exchange import pattern_gains

EVENS = [30, 400, 90, 900, 200, 1500, 300, 1500, 200, 800, 60]
THIRDS = [300, 100, 110, 1200, 400, 420, 1500, 380, 390, 900, 20]
BINS = st.lists(st.integers(0, 5_000), min_size=11, max_size=11).filter(any)


def tilted(bins: list[int], factor: float) -> list[int]:
    """The same paper where people are weaker or stronger."""
    return [round(people * factor**place) for place, people in enumerate(bins)]


def test_exchanged_marks_are_likelier_under_the_other_paper() -> None:
    assert min(pattern_gains(THIRDS, EVENS, EVENS, THIRDS)) > 500
    assert max(pattern_gains(EVENS, THIRDS, EVENS, THIRDS)) < -500


def test_a_weak_or_strong_place_has_the_pattern_all_the_same() -> None:
    weak, strong = tilted(EVENS, 0.7), tilted(THIRDS, 1.3)

    assert max(pattern_gains(weak, strong, EVENS, THIRDS)) < -100
    assert min(pattern_gains(strong, weak, EVENS, THIRDS)) > 100


def test_one_subject_that_is_odd_alone_is_not_exchanged() -> None:
    """As if the other's marks had come under both names."""
    gains = pattern_gains(THIRDS, THIRDS, EVENS, THIRDS)

    assert gains[0] > 500
    assert gains[1] < -500


def test_papers_of_one_pattern_cannot_be_told_apart() -> None:
    assert max(abs(gain) for gain in pattern_gains(EVENS, tilted(EVENS, 0.8), EVENS, EVENS)) < 1e-6


def test_nobody_says_nothing() -> None:
    assert pattern_gains([0] * 11, [0] * 11, EVENS, THIRDS) == (0.0, 0.0)


@given(BINS, BINS, BINS, BINS)
def test_exchanging_the_marks_turns_the_answer_round(
    one: list[int], other: list[int], a: list[int], b: list[int]
) -> None:
    straight, crossed = pattern_gains(one, other, a, b), pattern_gains(other, one, a, b)

    assert all(
        abs(gain + back) <= 1e-6 * (1 + abs(gain)) for gain, back in zip(straight, reversed(crossed), strict=True)
    )


@given(st.integers(0, 10), st.sampled_from([EVENS, THIRDS]))
def test_marks_that_are_all_alike_have_a_likelihood_too(place: int, usual: list[int]) -> None:
    alike = [0] * 11
    alike[place] = 500

    assert pattern_gains(alike, alike, usual, usual) == (0.0, 0.0)
