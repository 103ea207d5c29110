"""What plots show of a report's marks: the same people, merged or kept back where they are few."""

from typing import Any

import pytest

from fangbang.release.rules.pictures import Bar, distribution, pictures
from fangbang.release.rules.spreads import Marks, Paper, Spread, SubjectSpread, YearSpread

LEAST, STEP = 10, 500
SHAPE = {mark: 20 + mark // 1_000 for mark in range(0, 20_001, STEP)}
FEW = dict.fromkeys(range(0, 3000, STEP), 1)


def subject(shape: dict[int, int], step: int = STEP, line: int = 12_000) -> SubjectSpread:
    places = {
        "110000": Spread(shape, {-1: 40}),
        "310000": Spread({**shape, 0: 90}, {-1: 30, -2: 3}),
        "540000": Spread(FEW),
    }
    return SubjectSpread(Paper("main", "law", 20_000, step), places, {}, (line, 11_000))


def report(now: SubjectSpread, *earlier: SubjectSpread, provinces: list[str] | None = None) -> dict[str, Any]:
    years = [YearSpread(2025 - at, {"main/law": one}) for at, one in enumerate(earlier)]
    marks = Marks(YearSpread(2026, {"main/law": now}), years).to_json()
    return {"scope": {"provinces": provinces or [], "levels": []}, "marks": marks}


def test_a_picture_has_all_who_sat_and_the_year_before_behind_them() -> None:
    [found] = pictures(report(subject(SHAPE), subject({**SHAPE, 5_000: 200})), LEAST)

    assert sum(bar.people or 0 for bar in found.bars) == subject(SHAPE).nation.moments.sat
    assert [bar.before for bar in found.bars if bar.low == 5_000] == [400]
    assert (found.year_before, found.line, found.lines) == (2025, 12_000, [12_000, 11_000])


def test_an_earlier_year_on_another_grid_is_no_background() -> None:
    coarse = subject({mark: people for mark, people in SHAPE.items() if mark % 1_000 == 0}, step=1_000)

    [found] = pictures(report(subject(SHAPE), coarse, subject(SHAPE)), LEAST)

    assert found.year_before == 2024


def test_near_the_line_are_twelve_steps_on_each_side() -> None:
    [found] = pictures(report(subject(SHAPE)), LEAST)

    assert (found.near[0].low, found.near[-1].high, len(found.near)) == (6_000, 18_000, 25)


@pytest.mark.parametrize(
    ("step", "full", "period", "teeth"),
    [(500, 20_000, 10_000, 20), (50, 10_000, 1_000, 20), (250, 10_000, 5_000, 20), (10, 10_000, 0, 0)],
)
def test_a_comb_goes_over_as_many_points_as_can_be_read(step: int, full: int, period: int, teeth: int) -> None:
    spread = Spread(dict.fromkeys(range(0, full + 1, step), 30))
    one = SubjectSpread(Paper("main", "law", full, step), {"110000": spread})

    [found] = pictures(report(one), LEAST)

    assert (found.period, len(found.comb)) == (period, teeth)


def test_places_are_compared_with_all_and_a_small_one_is_kept_back_with_another() -> None:
    [found] = pictures(report(subject(SHAPE)), LEAST)

    told = {place.code: place.sat for place in found.places}
    assert told["540000"] is None
    assert [*told.values()].count(None) == 2
    assert next(place for place in found.places if place.sat).apart is not None


def test_the_whole_nation_is_told_mark_by_mark_and_provinces_by_twentieths() -> None:
    whole = distribution(report(subject(SHAPE)), "main/law", [], LEAST)
    part = distribution(report(subject(SHAPE)), "main/law", ["110000"], LEAST)

    assert len(whole) == 41
    assert [(bar.low, bar.high) for bar in part[:2]] == [(0, 1_000), (1_000, 2_000)]
    assert part[10] == Bar(10_000, 11_000, 1, SHAPE[10_000] + SHAPE[10_500])


def test_a_province_of_few_people_hides_among_others() -> None:
    small = distribution(report(subject(SHAPE)), "main/law", ["540000"], LEAST)
    others = [distribution(report(subject(SHAPE)), "main/law", [code], LEAST) for code in ("110000", "310000")]

    assert [bar.people for bar in small[:3]] == [None, None, None]
    assert all(any(one[part].people is None for one in others) for part in range(3))


def test_nothing_is_shown_of_what_was_not_counted() -> None:
    empty: dict[str, Any] = {"scope": {"provinces": [], "levels": []}, "marks": None}

    assert pictures(empty, LEAST) == []
    assert distribution(empty, "main/law", [], LEAST) == []
    assert distribution(report(subject(SHAPE)), "main/other", [], LEAST) == []
    assert distribution(report(subject(SHAPE)), "main/law", ["650000"], LEAST) == []


def test_a_report_from_before_lines_were_kept_has_none() -> None:
    old = report(subject(SHAPE))
    del old["marks"]["now"]["subjects"]["main/law"]["lines"]

    [found] = pictures(old, LEAST)

    assert (found.line, found.near) == (None, [])
