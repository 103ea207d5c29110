"""Numbers about few people: none is told, and none follows from what is told by taking away."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fangbang.release.rules.cells import Cell, merged, protected, protected_row

LEAST = 10
TABLES = st.integers(1, 5).flatmap(
    lambda width: st.lists(st.lists(st.integers(0, 40), min_size=width, max_size=width), min_size=1, max_size=8)
)


def lines(table: list[list[int | None]]) -> list[list[int | None]]:
    return [*table, *(list(column) for column in zip(*table, strict=True))]


def test_a_table_without_small_cells_is_told_whole() -> None:
    assert protected([[10, 0], [20, 30]], LEAST) == [[10, 0, 10], [20, 30, 50], [30, 30, 60]]


def test_a_small_cell_takes_others_with_it_in_its_row_and_its_column() -> None:
    found = protected([[3, 50, 60], [70, 20, 90], [80, 85, 95]], LEAST)

    assert found == [[None, None, 60, 113], [None, None, 90, 180], [80, 85, 95, 260], [153, 155, 245, 553]]


def test_two_small_cells_whose_sum_is_small_take_a_third() -> None:
    assert protected_row([2, 3, 40, 90], LEAST) == [None, None, None, 90]


def test_of_few_people_nothing_is_told() -> None:
    assert protected([[3, 4]], LEAST) == [[None, None, None], [None, None, None]]


@given(TABLES)
def test_no_small_cell_is_told(table: list[list[int]]) -> None:
    told = [count for row in protected(table, LEAST) for count in row if count is not None]

    assert [count for count in told if 0 < count < LEAST] == []


@given(TABLES)
def test_no_line_tells_one_cell_by_taking_away(table: list[list[int]]) -> None:
    assert [line for line in lines(protected(table, LEAST)) if line.count(None) == 1] == []


@given(TABLES)
def test_what_is_told_is_right(table: list[list[int]]) -> None:
    found = protected(table, LEAST)

    assert all(told in (count, None) for row, told_row in zip(table, found, strict=False) for count, told in
               zip(row, told_row, strict=False))  # fmt: skip


@pytest.mark.parametrize("least", [1, 0])
def test_without_a_least_number_everything_is_told(least: int) -> None:
    assert protected([[1, 2], [3, 4]], least) == [[1, 2, 3], [3, 4, 7], [4, 6, 10]]


def test_neighbouring_bins_are_merged_until_there_are_enough() -> None:
    assert merged([[1, 2, 7, 20, 0, 12, 3]], LEAST) == [Cell(0, 2, (10,)), Cell(3, 3, (20,)), Cell(4, 6, (15,))]


def test_two_years_are_merged_over_the_same_bins() -> None:
    assert merged([[10, 10, 10], [10, 4, 6]], LEAST) == [Cell(0, 0, (10, 10)), Cell(1, 2, (20, 10))]


def test_a_year_of_few_people_is_told_as_nobody() -> None:
    assert merged([[10, 10], [3, 0]], LEAST) == [Cell(0, 0, (10, 0)), Cell(1, 1, (10, 0))]
    assert merged([[3, 0]], LEAST) == []


@given(st.lists(st.tuples(st.integers(0, 25), st.integers(0, 25)), min_size=1, max_size=40))
def test_merging_loses_nobody_and_leaves_nothing_small(bins: list[tuple[int, int]]) -> None:
    now, before = [one for one, _ in bins], [other for _, other in bins]

    cells = merged([now, before], LEAST)

    for at, histogram in enumerate((now, before)):
        told = [cell.people[at] for cell in cells]
        assert sum(told) == (sum(histogram) if sum(histogram) >= LEAST else 0)
        assert [count for count in told if 0 < count < LEAST] == []
    assert [one.last + 1 - other.first for one, other in pairwise(cells)] == [0] * (len(cells) - 1 if cells else 0)
