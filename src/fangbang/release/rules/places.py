"""Places that moved against the others. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from math import exp, log, sqrt
from statistics import mean, median

from fangbang.release.rules.comparing import moved_apart
from fangbang.release.rules.findings import (
    Finding,
    enough,
    judged,
    leanings_of,
    percent,
    provinces_of,
    usual_leanings,
)
from fangbang.release.rules.spreads import Marks, Moments, Spread, SubjectSpread
from fangbang.release.rules.thresholds import Thresholds, thresholds


def place_findings(marks: Marks) -> Iterator[Finding]:
    """A province or a city that moved against the others: in earlier years' terms, else in its other subjects'."""
    limits = thresholds()
    pairs = list(judged(marks))
    alone = len(pairs) == 1
    leanings = {now.paper.key: leanings_of(now, limits) for now, _ in pairs}
    for now, earlier in pairs:
        if earlier:
            yield from _moved_provinces(now, earlier, limits)
            continue
        yield Finding(False, ("places-without-earlier-year", now.paper.key))
        usual = {
            place: median(other[place] for key, other in leanings.items() if key != now.paper.key and place in other)
            for place in leanings[now.paper.key]
            if any(place in other for key, other in leanings.items() if key != now.paper.key)
        }
        least = limits.province_alone if alone else limits.province_mean_new
        yield from _outliers(now, provinces_of(now), usual, limits, least, "province-unlike-others")
    for now, earlier in pairs:
        yield from _moved_cities(now, earlier, leanings, limits)
        yield from _other_widths(now, earlier, limits)


def _moved_provinces(now: SubjectSpread, earlier: Sequence[SubjectSpread], limits: Thresholds) -> Iterator[Finding]:
    usual = usual_leanings(earlier, limits)
    yield from _outliers(now, provinces_of(now), usual, limits, limits.province_mean, "province-moved", earlier)
    for place, spread in sorted(now.provinces.items()):
        known = [one for one in earlier if enough(one.provinces.get(place, Spread()), limits.fewest_place)]
        if not known or not enough(spread, limits.fewest_place) or len(now.provinces) < 2:
            continue
        moved = min(_shape(now, place, before) for before in known)
        people = min(spread.moments.sat, *(one.provinces[place].moments.sat for one in known))
        if moved > limits.province_shape and moved * sqrt(people / 2) > _SHAPE_SURE:
            yield Finding(True, ("province-shape-moved", now.paper.key, place, percent(moved)))


_SHAPE_SURE = 2.6
"""Kolmogorov's statistic of two groups reaches this by chance once in 400,000 times."""


def _shape(now: SubjectSpread, place: str, before: SubjectSpread) -> float:
    paper = now.paper
    rest, rest_before = now.nation.without(now.provinces[place]), before.nation.without(before.provinces[place])
    return moved_apart(
        now.provinces[place].bins(paper), rest.bins(paper), before.provinces[place].bins(paper), rest_before.bins(paper)
    )


def _moved_cities(
    now: SubjectSpread,
    earlier: Sequence[SubjectSpread],
    leanings: Mapping[str, Mapping[str, float]],
    limits: Thresholds,
) -> Iterator[Finding]:
    if earlier:
        usual = usual_leanings(earlier, limits)
        yield from _outliers(now, now.cities, usual, limits, limits.city_mean, "city-moved", earlier)
        return
    others = [known for key, known in leanings.items() if key != now.paper.key]
    places = {place for known in others for place in known}
    usual = {place: median(known[place] for known in others if place in known) for place in places}
    least = limits.city_mean_new if others else limits.province_alone
    yield from _outliers(now, now.cities, usual, limits, least, "city-unlike-others")


def _outliers(
    now: SubjectSpread,
    places: Mapping[str, Moments],
    usual: Mapping[str, float],
    limits: Thresholds,
    least: float,
    code: str,
    earlier: Sequence[SubjectSpread] = (),
) -> Iterator[Finding]:
    """Places whose leaning is not what it usually is, beyond what all of them moved together."""
    leaning = leanings_of(now, limits)
    moved = {place: leaning[place] - usual.get(place, 0.0) for place in places if place in leaning}
    if len(moved) < 3:
        return
    middle = median(moved.values())
    for place, value in sorted(moved.items()):
        error = sqrt((1 + 1 / max(1, len(earlier))) / places[place].sat + limits.drift**2)
        if abs(value - middle) > least and abs(value - middle) / error > limits.sure:
            yield Finding(True, (code, now.paper.key, place, percent(value - middle)))


def _other_widths(now: SubjectSpread, earlier: Sequence[SubjectSpread], limits: Thresholds) -> Iterator[Finding]:
    """Cities whose marks lie much closer together, or much wider apart, than they did: answers marked with another
    form's key are all nearly alike, whatever their mean."""
    widths, past = _widths(now, limits), [_widths(one, limits) for one in earlier]
    moved = {
        place: width - mean([one[place] for one in past if place in one] or [0.0]) for place, width in widths.items()
    }
    least = limits.city_width if earlier else limits.city_width_new
    for place, value in sorted(moved.items()):
        error = sqrt((1 + 1 / max(1, len(earlier))) / now.cities[place].sat + limits.drift**2)
        if abs(value) > least and abs(value) / error > limits.sure:
            yield Finding(True, ("city-width-moved", now.paper.key, place, percent(exp(value))))


def _widths(now: SubjectSpread, limits: Thresholds) -> dict[str, float]:
    """City → logarithm of its standard deviation over the country's."""
    nation = now.nation.moments.deviation
    return {
        place: log(one.deviation / nation)
        for place, one in now.cities.items()
        if one.sat >= limits.fewest_place and one.deviation and nation
    }
