"""The arithmetic of comparing spreads: what it must say of hand-made histograms, and what it must not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fangbang.release.rules.comparing import distance, moved_apart, share_score, teeth, too_alike, tooth_kind
from fangbang.release.rules.thresholds import thresholds

HILL = [200, 400, 800, 1600, 2400, 3000, 2600, 1800, 1000, 500, 200]
BINS = st.lists(st.integers(0, 5_000), min_size=11, max_size=11).filter(any)


@given(BINS, st.integers(2, 50))
def test_distance_does_not_grow_with_the_number_of_people(bins: list[int], times: int) -> None:
    assert distance(bins, [times * people for people in bins]) < 1e-9


@given(BINS, BINS)
def test_distance_is_symmetric_and_at_most_one(one: list[int], other: list[int]) -> None:
    assert distance(one, other) == distance(other, one)
    assert 0 <= distance(one, other) <= 1


def test_distance_of_nothing_is_the_largest() -> None:
    assert distance([0, 0], [1, 2]) == 1.0


def test_a_copy_and_a_thinned_copy_are_too_alike() -> None:
    assert too_alike(HILL, HILL) < 1e-9
    assert too_alike([people * 9 // 10 for people in HILL], HILL) < 1e-9


def test_another_year_is_not_too_alike() -> None:
    harder = [*HILL[1:], 100]

    assert too_alike(harder, HILL) > 0.99


def test_too_few_marks_are_never_too_alike() -> None:
    assert too_alike([500, 500], [500, 500]) == 1.0


@given(BINS, BINS)
def test_a_place_that_stands_as_before_did_not_move(one: list[int], rest: list[int]) -> None:
    assert moved_apart(one, rest, one, rest) == 0.0


def test_a_harder_paper_moves_no_place() -> None:
    place = [people // 4 for people in HILL]
    harder, harder_place = [0, 0, *HILL], [0, 0, *place]

    assert moved_apart(harder_place, harder, [*place, 0, 0], [*HILL, 0, 0]) < 0.01


def test_a_place_that_fell_behind_moved() -> None:
    fallen = [*HILL[2:], 0, 0]

    assert moved_apart(fallen, HILL, HILL, HILL) > 0.3


def test_a_missing_mark_is_a_negative_tooth_and_a_favourite_one_a_positive() -> None:
    odd = [*HILL]
    odd[3], odd[6] = 0, 8_000

    found = {tooth.place: tooth.ratio for tooth in teeth(odd, [HILL])}

    assert found[3] < -2
    assert found[6] > 0.8


def test_an_empty_mark_is_as_sure_as_the_people_that_it_lacks() -> None:
    """Half a person's logarithm has an error of 1.4: by that, no empty mark would ever be six errors away."""
    odd, few = [*HILL], [people // 200 for people in HILL]
    odd[5], few[5] = 0, 0

    sure, unsure = teeth(odd, [HILL, HILL, HILL])[4], teeth(few, [HILL, HILL, HILL])[4]

    assert (sure.place, unsure.place) == (5, 5)
    assert sure.score < -20
    assert -6 < unsure.score < -3
    assert abs(sure.z) < abs(sure.score) / 5


@pytest.mark.parametrize(("people", "kind"), [(150, ""), (3_000, "spike")])
def test_a_mark_that_nobody_had_elsewhere_may_be_new_unless_very_many_have_it(people: int, kind: str) -> None:
    before, now = [*HILL], [*HILL]
    before[5], now[5] = 0, people

    assert tooth_kind(teeth(now, [before])[4], now, 1, thresholds()) == kind


def test_a_favourite_mark_of_every_year_is_no_tooth() -> None:
    uneven = [people * (3 if place % 2 else 1) for place, people in enumerate(HILL)]

    assert {abs(tooth.ratio) < 0.01 for tooth in teeth([2 * people for people in uneven], [uneven])} == {True}


def test_a_harder_year_leaves_no_tooth() -> None:
    tilted = [round(people * 0.8**place * 10) for place, people in enumerate(HILL)]

    assert max(abs(tooth.ratio) for tooth in teeth(tilted, [HILL])) < 0.3


def test_a_share_is_scored_against_the_reference() -> None:
    assert abs(share_score(100, 1000, 0.1, 1000)) < 1e-6
    assert share_score(200, 1000, 0.1, 10_000) > 6
    assert share_score(0, 0, 0.1, 1000) == 0


def test_a_handful_of_people_is_no_certainty() -> None:
    """Four zeros in a small city, where the country has one in a thousand: a normal error would be ten away."""
    assert share_score(4, 384, 0.0008, 24_000) < 6
    assert share_score(40, 384, 0.0008, 24_000) > 12
    assert share_score(0, 384, 0.1, 24_000) < -6
