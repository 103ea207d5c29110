"""Statistics from a frozen report: what is counted as what, of whom, and what is kept back."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from fangbang.release.rules.figures import Figures, figures, of_place, outcomes, provinces_in

LEAST = 10
BEIJING = {"passed": 40, "passed-regionally": 10, "not-passed": 30, "absent": 15, "violation": 5}
SHANGHAI = {"passed": 20, "not-passed": 60, "absent": 20}


def report(
    tables: dict[str, Any], provinces: list[str] | None = None, levels: list[str] | None = None
) -> dict[str, Any]:
    return {"scope": {"provinces": provinces or [], "levels": levels or []}, "tables": tables}


def by_place(**places: dict[str, int]) -> dict[str, Any]:
    return {"provinces_subjects": {code[1:]: {"main": {"law": counts}} for code, counts in places.items()}}


TWO = by_place(p110000=BEIJING, p310000=SHANGHAI)


def test_the_whole_comes_first_and_then_each_province() -> None:
    assert figures(report(TWO), LEAST) == [
        Figures("main", "law", "", 70, 90, 40, 200),
        Figures("main", "law", "110000", 50, 30, 20, 100),
        Figures("main", "law", "310000", 20, 60, 20, 100),
    ]


def test_the_rate_is_of_those_who_sat() -> None:
    [beijing] = of_place(figures(report(TWO), LEAST), "110000")

    assert (beijing.sat, beijing.rate) == (80, 0.625)
    assert beijing.to_json()["pass_rate"] == "0.6250"


def test_a_release_of_some_provinces_and_levels_tells_of_no_other() -> None:
    tables = by_place(p110000=BEIJING, p310000=SHANGHAI)
    tables["provinces_subjects"]["110000"]["other"] = {"law": SHANGHAI}

    found = figures(report(tables, ["110000"], ["main"]), LEAST)

    assert provinces_in(report(tables, ["110000"])) == ["110000"]
    assert [(one.level, one.place, one.registered) for one in found] == [("main", "", 100), ("main", "110000", 100)]


def test_few_who_passed_are_kept_back_with_those_who_did_not() -> None:
    few = {"passed": 4, "not-passed": 60, "absent": 90}

    [_, one, other] = figures(report(by_place(p110000=few, p310000=SHANGHAI)), LEAST)

    assert (one.passed, one.failed, one.without, one.registered) == (None, None, 90, 154)
    assert (one.sat, one.rate) == (64, None)
    assert (other.passed, other.failed) == (None, None)


@given(st.lists(st.fixed_dictionaries({name: st.integers(0, 30) for name in SHANGHAI}), min_size=1, max_size=6))
def test_no_number_about_few_people_is_told_or_follows(places: list[dict[str, int]]) -> None:
    tables = {"provinces_subjects": {f"{110 + at}000": {"main": {"law": one}} for at, one in enumerate(places)}}

    found = figures(report(tables), LEAST)

    numbers = [(one.passed, one.failed, one.without, one.registered, one.sat) for one in found]
    assert [number for row in numbers for number in row if number is not None and 0 < number < LEAST] == []
    assert [row for row in numbers if row[:4].count(None) == 1] == []


def test_outcomes_are_told_of_the_whole_nation_only() -> None:
    tables = {"levels": {"main": {"qualified": 50, "void": 3, "not-passed": 40}}}

    assert outcomes(report(tables), LEAST) == {"main": {"not-passed": None, "qualified": 50, "void": None}}
    assert outcomes(report(tables, ["110000"]), LEAST) == {}
    assert outcomes(report({}), LEAST) == {}
