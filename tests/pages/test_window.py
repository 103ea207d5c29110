"""The picture of the window."""

from collections.abc import Sequence
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from fangbang.pages.window import MOST_YEARS, Strip, strips


def draw(*statements: Sequence[Any], year: int = 2026) -> tuple[Strip, ...]:
    return strips(statements, year, str.upper, lambda item: f"<{item[0]}>")


def test_a_pass_counts_until_its_window_closes() -> None:
    assert draw(["window.earned", "a", 2025, 2027]) == (
        Strip("A", "<window.earned>", ((2025, "passed"), (2026, "counts"), (2027, "counts"))),
    )


def test_what_is_owed_can_be_taken_in_the_years_to_come() -> None:
    passed, owed = draw(["window.earned", "a", 2026, 2027], ["window.owed", "b"])

    assert owed.years == ((2026, "none"), (2027, "open"))
    assert passed.years == ((2026, "passed"), (2027, "counts"))


def test_a_pass_that_is_not_kept_is_to_be_earned_again_as_long_as_something_is_owed() -> None:
    passed, owed = draw(["window.earned", "a", 2026, 2026], ["window.owed", "b"])
    (through,) = draw(["window.earned", "a", 2025, 2025])

    assert passed.years == ((2026, "passed"), (2027, "open"))
    assert owed.years == ((2026, "none"), (2027, "open"))
    assert through.years == ((2025, "passed"), (2026, "none"))


def test_a_subject_that_lapsed_and_is_owed_again_is_one_strip() -> None:
    assert draw(["window.lapsed", "a", 2024], ["window.owed", "a"]) == (
        Strip("A", "<window.lapsed> <window.owed>", ((2024, "lapsed"), (2025, "none"), (2026, "none"), (2027, "open"))),
    )


def test_the_year_of_the_sitting_is_always_there() -> None:
    assert draw(["window.lapsed", "a", 2023])[0].years[-1] == (2026, "none")


def test_nothing_is_drawn_without_a_pass_or_without_rules() -> None:
    assert draw(["window.owed", "a"], ["window.rule", 2, 0], ["next.review", 30]) == ()
    assert draw(["window.earned", "a", 2025, 2026], year=0) == ()


def test_a_long_history_keeps_its_last_years() -> None:
    years = draw(["window.lapsed", "a", 2001], ["window.earned", "b", 2026, 2029])[0].years

    assert [year for year, _ in years] == list(range(2022, 2030))


@given(
    st.lists(
        st.one_of(
            st.tuples(
                st.just("window.earned"), st.sampled_from("abc"), st.integers(2015, 2026), st.integers(2026, 2032)
            ),
            st.tuples(st.just("window.lapsed"), st.sampled_from("abc"), st.integers(2000, 2025)),
            st.tuples(st.just("window.owed"), st.sampled_from("abc")),
        )
    )
)
def test_every_strip_shows_the_same_years(statements: list[tuple[Any, ...]]) -> None:
    found = draw(*statements)

    assert len({tuple(year for year, _ in strip.years) for strip in found}) <= 1
    assert all(1 <= len(strip.years) <= MOST_YEARS for strip in found)
    assert all(year > 2026 for strip in found for year, state in strip.years if state == "open")
