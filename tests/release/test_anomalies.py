"""What the gate calls odd: each kind of finding has its fault planted, and a sound sitting has none."""

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from math import exp
from pathlib import Path

import pytest

from fangbang.office import translations
from fangbang.release.rules import Light, anomalies, exchange, places, run_gate
from fangbang.release.rules.anomalies import findings
from fangbang.release.rules.spreads import Marks, Moments, Paper, Spread, SubjectSpread, YearSpread
from tests.release.people import FACTS

PROVINCES = ("110000", "130000", "310000", "440000", "510000", "650000")
STEP = 2_500
Shape = Mapping[int, int]


def hill(middle: float, people: int = 3_000, width: float = 16_000) -> dict[int, int]:
    """People by mark on a paper of 100 points in steps of 2.5."""
    heights = {mark: exp(-(((mark - middle) / width) ** 2) / 2) for mark in range(0, 100_001, STEP)}
    return {mark: round(people * height / sum(heights.values())) for mark, height in heights.items()}


def subject(
    name: str = "a",
    middle: float = 60_000,
    change: Callable[[str, dict[int, int]], Shape] = lambda _, marks: marks,
    absent: Callable[[str], int] = lambda _: 300,
    step: int = STEP,
) -> SubjectSpread:
    """A subject in all provinces, each one city, a little apart; `change` and `absent` tell what is odd where."""
    spreads = {
        place: Spread(change(place, hill(middle + 700 * at)), {-1: absent(place)} if absent(place) else {})
        for at, place in enumerate(PROVINCES)
    }
    cities = {f"{place}/{place[:4]}01": spread.moments for place, spread in spreads.items()}
    return SubjectSpread(Paper("main", name, 100_000, step), spreads, cities)


def marks(*now: SubjectSpread, earlier: tuple[SubjectSpread, ...] = ()) -> Marks:
    """This year, and last year (a harder paper) unless told otherwise."""
    earlier = earlier or (subject("a", 56_000), subject("b", 40_000))
    this, last = ({one.paper.key: one for one in year} for year in (now, earlier))
    return Marks(YearSpread(2026, this), [YearSpread(2025, last)])


def red(found: Marks) -> set[str]:
    """The codes that block."""
    return {str(one.reason[0]) for one in findings(found) if one.red}


def amber(found: Marks) -> set[str]:
    """The codes that only stand there."""
    return {str(one.reason[0]) for one in findings(found) if not one.red}


def in_one(odd: Callable[[dict[int, int]], Shape]) -> Callable[[str, dict[int, int]], Shape]:
    """The change in one province only."""
    return lambda place, marks: odd(marks) if place == "310000" else marks


def moved(by: int) -> Callable[[dict[int, int]], Shape]:
    """Every mark higher by so much, kept on the paper."""

    def change(marks: dict[int, int]) -> Shape:
        found: dict[int, int] = {}
        for mark, people in marks.items():
            place = min(100_000, max(0, mark + by))
            found[place] = found.get(place, 0) + people
        return found

    return change


def put(values: Mapping[int, int]) -> Callable[[dict[int, int]], Shape]:
    """So many people at some marks."""
    return lambda marks: {**marks, **values}


def everywhere(odd: Callable[[dict[int, int]], Shape]) -> Callable[[str, dict[int, int]], Shape]:
    """The change in all provinces."""
    return lambda _, marks: odd(marks)


def halved(marks: dict[int, int]) -> Shape:
    """Everybody on whole fives."""
    return {mark: marks.get(mark, 0) + marks.get(mark + STEP, 0) for mark in range(0, 100_001, 2 * STEP)}


def uneven(marks: dict[int, int]) -> Shape:
    """Every other mark too frequent."""
    return {mark: people * (3 if mark // STEP % 2 else 1) for mark, people in marks.items()}


def patterned(marks: dict[int, int], every: int) -> Shape:
    """A paper that favours each second, third … mark."""
    return {mark: round(people * (1.5 if mark // STEP % every == 0 else 0.9)) for mark, people in marks.items()}


PLANTED: dict[str, Marks] = {
    "impossible-absent-and-passed": replace(marks(subject()), impossible={"absent-and-passed": 1}),
    "test-rows": replace(marks(subject()), tests=1),
    "unlike-earlier-years": marks(subject(middle=95_000), earlier=(subject(middle=15_000),)),
    "same-as-earlier-year": marks(subject(), earlier=(subject(),)),
    "province-same-as-earlier-year": marks(
        subject(change=lambda place, marks: hill(56_000 + 1_400) if place == "310000" else marks)
    ),
    "nobody-at-the-top": marks(subject(change=everywhere(lambda m: {k: n for k, n in m.items() if k <= 75_000}))),
    "nobody-at-the-top-in-place": marks(subject(change=in_one(lambda m: {k: n for k, n in m.items() if k <= 75_000}))),
    "looks-exchanged": marks(subject("a", 40_500), subject("b", 57_000)),
    "looks-exchanged-in-place": marks(
        subject("a", change=lambda place, marks: patterned(marks, 3 if place == "310000" else 2)),
        subject("b", change=lambda place, marks: patterned(marks, 2 if place == "310000" else 3)),
    ),
    "province-moved": marks(subject(change=in_one(moved(-7_500)))),
    "province-shape-moved": marks(subject(change=in_one(lambda _: hill(61_400, width=26_000)))),
    "city-moved": marks(subject(change=in_one(moved(-7_500)))),
    "city-width-moved": marks(subject(change=in_one(lambda _: hill(61_400, width=9_000)))),
    "province-unlike-others": marks(subject("c", change=in_one(moved(-12_500))), subject("d"), subject("e", 50_000)),
    "city-unlike-others": marks(subject("c", change=in_one(moved(-12_500))), subject("d"), subject("e", 50_000)),
    "many-zeros": marks(subject(change=everywhere(put({0: 200})))),
    "many-zeros-in-place": marks(subject(change=in_one(put({0: 200})))),
    "many-absent": marks(subject(absent=lambda _: 900)),
    "many-absent-in-place": marks(subject(absent=lambda place: 1_200 if place == "310000" else 300)),
    "nobody-absent": marks(subject(absent=lambda _: 0)),
    "nobody-absent-in-place": marks(subject(absent=lambda place: 0 if place == "310000" else 300)),
    "off-step": marks(subject(change=in_one(put({60_100: 1})))),
    "coarser-than-step": marks(subject(change=everywhere(halved))),
    "spike": marks(subject(change=everywhere(put({45_000: 900})))),
    "spike-in-place": marks(subject(change=in_one(put({45_000: 900})))),
    "gap": marks(subject(change=everywhere(put({45_000: 3})))),
    "gap-in-place": marks(subject(change=in_one(put({45_000: 3})))),
    "comb": marks(subject(change=everywhere(uneven))),
    "comb-in-place": marks(subject(change=in_one(uneven))),
}


@pytest.mark.parametrize("code", PLANTED)
def test_each_planted_fault_is_found(code: str) -> None:
    assert code in red(PLANTED[code])


def test_a_grid_that_nobody_saw_finer_is_only_told() -> None:
    """A paper may give coarser marks than its step allows, as the real sitting of nine thousand does."""
    first = marks(subject("c", change=everywhere(halved)))
    again = marks(subject(change=everywhere(halved)), earlier=(subject(middle=56_000, change=everywhere(halved)),))

    assert ("coarser-than-step" in red(first), "coarser-than-step" in amber(first)) == (False, True)
    assert "coarser-than-step" not in red(again) | amber(again)


def test_provinces_of_two_papers_alike_are_not_called_exchanged() -> None:
    """Strong and weak provinces, and two papers of one pattern: nothing tells them apart, and nothing is told."""
    sound = marks(subject("a", change=lambda _, m: patterned(m, 2)), subject("b", 59_000))

    assert red(sound) & {"looks-exchanged", "looks-exchanged-in-place"} == set()


def test_a_hard_paper_whose_marks_run_out_below_the_top_is_no_cut() -> None:
    hard, easy = subject(change=lambda _, __: hill(40_000, width=12_000)), subject(middle=75_000)
    top = max(mark for mark, people in hard.nation.marks.items() if people)

    assert top == 80_000
    assert "nobody-at-the-top" not in red(marks(hard, earlier=(easy,)))


@pytest.mark.parametrize(("people", "block"), [(3, True), (30, False)])
def test_with_one_earlier_year_only_an_empty_mark_blocks(people: int, block: bool) -> None:
    found = marks(subject(change=everywhere(put({45_000: people}))))

    assert ("gap" in red(found)) == block
    assert block or "gap" in amber(found)


def test_a_harder_year_is_no_finding() -> None:
    assert (red(marks(subject(), subject("b", 45_000))), amber(marks(subject(), subject("b", 45_000)))) == (
        set(),
        set(),
    )


def test_more_people_of_the_same_kind_are_no_finding() -> None:
    def many(place: str, _: dict[int, int]) -> Shape:
        return hill(60_000 + 700 * PROVINCES.index(place), people=1_200_000)

    found = marks(subject(change=many, absent=lambda _: 120_000), earlier=(subject(middle=56_000),))

    assert red(found) == set()


def test_without_an_earlier_year_it_is_said_and_places_are_still_compared() -> None:
    sound = marks(subject("c"), subject("d"))

    assert red(sound) == set()
    assert amber(sound) == {"no-earlier-year", "places-without-earlier-year", "combs-without-earlier-year"}


def test_a_paper_with_another_step_is_not_compared_with() -> None:
    found = marks(subject(), earlier=(replace(subject(), paper=Paper("main", "a", 100_000, 500)),))

    assert "no-earlier-year" in amber(found)


def test_a_distribution_that_moved_far_is_amber() -> None:
    assert "unlike-earlier-years" in amber(marks(subject(middle=72_000)))


def test_too_few_people_are_not_judged_and_it_is_said() -> None:
    few = SubjectSpread(Paper("main", "a", 100_000, STEP), {"110000": Spread({60_000: 150})})

    assert (red(marks(few)), amber(marks(few))) == (set(), {"too-few-to-judge"})


def test_a_year_that_cannot_be_read_is_told() -> None:
    assert "earlier-year-unread" in amber(replace(marks(subject()), unread=[2025]))


def test_a_red_finding_turns_its_check_red_and_others_stay() -> None:
    lights = {one.check: one.light for one in run_gate(replace(FACTS, marks=PLANTED["many-zeros"]))}

    assert {check for check, light in lights.items() if light is Light.RED} == {"shares"}


def test_marks_that_were_not_counted_are_amber() -> None:
    verdicts = [one for one in run_gate(replace(FACTS, marks=None)) if one.light is not Light.GREEN]

    assert {one.check for one in verdicts} == {"states", "years", "places", "shares", "combs"}
    assert {one.reasons for one in verdicts} == {(("marks-not-counted",),)}


def test_a_sitting_that_is_odd_everywhere_is_told_briefly() -> None:
    spreads = {f"{110_000 + number}": Spread({60_000: 100}, {-1: 900}) for number in range(60)}
    spreads["650000"] = Spread({60_000: 100_000})
    odd = SubjectSpread(Paper("main", "a", 100_000, STEP), spreads)

    shares = next(one for one in run_gate(replace(FACTS, marks=marks(odd))) if one.check == "shares")

    assert len(shares.reasons) == 41
    assert shares.reasons[-1][0] == "and-more"


def test_every_reason_has_its_words_in_both_languages() -> None:
    source = "".join(Path(str(room.__file__)).read_text("utf-8") for room in (anomalies, exchange, places))
    stems = set(re.findall(r'\(f?"([a-z][a-z-]+)(?:\{suffix\})?"', source)) - {"impossible-"}
    codes = {*stems, *PLANTED, "marks-not-counted", "and-more"}

    for language in ("zh", "en"):
        text = (Path(str(translations.__path__[0])) / f"{language}.po").read_text("utf-8")
        assert {code for code in codes if f'msgid "reason.{code}"' not in text} == set()


def test_a_report_keeps_the_country_by_step_and_provinces_in_twentieths() -> None:
    told = marks(subject()).to_json()

    kept = told["now"]["subjects"]["main/a"]
    assert len(kept["marks"]) == 41
    assert sum(kept["marks"]) == sum(place["sat"] for place in kept["provinces"].values())
    assert {len(place["parts"]) for place in kept["provinces"].values()} == {20}
    assert "provinces" not in told["earlier"][0]["subjects"]["main/a"]


def test_moments_of_a_part_and_the_rest_add_up() -> None:
    one, other = Spread({60_000: 3, 0: 1}, {-1: 2}).moments, Spread({40_000: 5}, {-2: 1}).moments

    assert one + other - other == one
    assert Moments().mean == Moments().deviation == 0.0
