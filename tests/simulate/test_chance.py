"""Chance that can be repeated: the same seed gives the same numbers, in whole or in part."""

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from fangbang.simulate.chance import below, linked, random_word, stream_key, uniform

MASK = (1 << 64) - 1


def splitmix(index: int, seed: int, stream: str) -> int:
    """The same generator in plain integers, from its published description."""
    state = ((index + 1) * 0x9E3779B97F4A7C15 + stream_key(seed, stream)) & MASK
    state = ((state ^ (state >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    state = ((state ^ (state >> 27)) * 0x94D049BB133111EB) & MASK
    return state ^ (state >> 31)


def column(size: int) -> pl.DataFrame:
    return pl.DataFrame({"i": pl.int_range(size, dtype=pl.UInt64, eager=True)})


@given(st.lists(st.integers(0, MASK), min_size=1, max_size=20), st.integers(0, 2**31), st.text(max_size=8))
def test_columns_equal_plain_integers(indexes: list[int], seed: int, stream: str) -> None:
    frame = pl.DataFrame({"i": pl.Series(indexes, dtype=pl.UInt64)})

    words = frame.select(random_word(pl.col("i"), seed, stream))["i"].to_list()

    assert words == [splitmix(index, seed, stream) for index in indexes]


def test_uniform_numbers_fill_the_unit_interval_evenly() -> None:
    drawn = column(100_000).select(uniform(pl.col("i"), 1, "test")).to_series()

    tenths = (drawn * 10).floor().value_counts()["count"]

    assert drawn.is_between(0, 1, closed="left").all()
    assert tenths.len() == 10
    assert all(9_700 < count < 10_300 for count in tenths)


def test_linked_marks_keep_their_curve_and_correlate() -> None:
    frame = column(100_000).select(
        shared=uniform(pl.col("i"), 1, "ability"), a=uniform(pl.col("i"), 1, "a"), b=uniform(pl.col("i"), 1, "b")
    )

    both = frame.select(a=linked(pl.col("shared"), pl.col("a")), b=linked(pl.col("shared"), pl.col("b")))

    tenths = (both["a"] * 10).floor().value_counts()["count"]
    assert all(9_700 < count < 10_300 for count in tenths)
    assert 0.4 < both.select(pl.corr("a", "b")).item() < 0.6


def test_streams_and_seeds_are_independent() -> None:
    frame = column(50_000).select(
        a=uniform(pl.col("i"), 1, "a"), b=uniform(pl.col("i"), 1, "b"), c=uniform(pl.col("i"), 2, "a")
    )

    assert abs(frame.select(pl.corr("a", "b")).item()) < 0.02
    assert abs(frame.select(pl.corr("a", "c")).item()) < 0.02


def test_below_stays_below() -> None:
    drawn = column(10_000).select(below(pl.col("i"), 1, "test", 7)).to_series()

    assert sorted(drawn.unique()) == list(range(7))
