"""What is odd about the way marks lie. Pure; each finding is a code with arguments, as in the gate's other checks.

Four questions, each of one subject: does it lie as in earlier years (`years`), do its places lie together as they did
(`places`), are zeros, absences and full marks as many as elsewhere (`shares`), are single marks favoured or missing
(`combs`)? What is compared is chosen so that a hard year, a strong province and a paper with favourite marks are no
findings: ADR 0030.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import log, sqrt
from statistics import median

from fangbang.release.rules.comparing import (
    coarser,
    distance,
    excess,
    moved_apart,
    share_score,
    teeth,
    too_alike,
    tooth_kind,
)
from fangbang.release.rules.spreads import Marks, Moments, Spread, SubjectSpread
from fangbang.release.rules.thresholds import Thresholds, thresholds

Reason = tuple[str | int, ...]


@dataclass(frozen=True)
class Finding:
    """One reason, and whether it blocks."""

    red: bool
    reason: Reason


def judged(marks: Marks, limits: Thresholds | None = None) -> Iterator[tuple[SubjectSpread, list[SubjectSpread]]]:
    """The subjects with people enough, each with its earlier years on the same grid, the newest first."""
    limits = limits or thresholds()
    for key, now in sorted(marks.now.subjects.items()):
        if now.nation.moments.sat >= limits.fewest:
            known = [year.subjects[key] for year in marks.earlier if key in year.subjects]
            yield now, [one for one in known if one.paper.alike(now.paper) and _enough(one.nation, limits.fewest)]


def state_findings(marks: Marks) -> Iterator[Finding]:
    """States that cannot be, and rows that look like tests."""
    for kind, people in sorted(marks.impossible.items()):
        yield Finding(True, (f"impossible-{kind}", people))
    if marks.tests:
        yield Finding(True, ("test-rows", marks.tests))


def findings(marks: Marks) -> Iterator[Finding]:
    """All of them."""
    for part in (state_findings, year_findings, place_findings, share_findings, comb_findings):
        yield from part(marks)


# --- against earlier years --------------------------------------------------------------------------------------


def year_findings(marks: Marks) -> Iterator[Finding]:
    """Far from all earlier years, a copy of one, points missing at the top, two subjects exchanged."""
    limits = thresholds()
    pairs = list(judged(marks))
    for year_number in marks.unread:
        yield Finding(False, ("earlier-year-unread", year_number))
    for key in sorted({*marks.now.subjects} - {now.paper.key for now, _ in pairs}):
        yield Finding(False, ("too-few-to-judge", key))
    for now, earlier in pairs:
        key, bins = now.paper.key, now.nation.bins(now.paper)
        if not earlier:
            yield Finding(False, ("no-earlier-year", key))
            continue
        near = min(distance(bins, _bins(one)) for one in earlier)
        if near > limits.years_amber:
            yield Finding(near > limits.years_red, ("unlike-earlier-years", key, _percent(near)))
        yield from _copies(now, marks, limits)
        if _top_is_missing(bins, [_bins(one) for one in earlier], limits):
            yield Finding(True, ("nobody-at-the-top", key, _points(_highest(bins) * now.paper.step)))
    yield from _swapped(pairs, limits)


def _copies(now: SubjectSpread, marks: Marks, limits: Thresholds) -> Iterator[Finding]:
    for year in marks.earlier:
        before = year.subjects.get(now.paper.key)
        if before is None or not before.paper.alike(now.paper):
            continue
        if too_alike(_bins(now), _bins(before)) < limits.copied:
            yield Finding(True, ("same-as-earlier-year", now.paper.key, year.year))
        for place, spread in sorted(now.provinces.items()):
            old = before.provinces.get(place)
            if old and too_alike(spread.bins(now.paper), old.bins(now.paper)) < limits.copied:
                yield Finding(True, ("province-same-as-earlier-year", now.paper.key, place, year.year))


def _top_is_missing(bins: Sequence[int], references: Sequence[Sequence[int]], limits: Thresholds) -> bool:
    """Nobody above a mark that many reached in each of the references."""
    top = _highest(bins)
    shares = [sum(reference[top + 1 :]) / sum(reference) for reference in references if sum(reference)]
    return bool(shares) and min(shares) * sum(bins) >= limits.top_expected


def _swapped(pairs: Sequence[tuple[SubjectSpread, list[SubjectSpread]]], limits: Thresholds) -> Iterator[Finding]:
    for (one, ones), (other, others) in combinations(pairs, 2):
        if not (ones and others and one.paper.level == other.paper.level):
            continue
        alike = one.paper.alike(other.paper)
        if (alike and _shapes_crossed(one, ones, other, others, limits)) or _places_crossed(
            one, ones, other, others, limits
        ):
            yield Finding(True, ("looks-exchanged", one.paper.key, other.paper.key))


def _shapes_crossed(
    one: SubjectSpread,
    ones: Sequence[SubjectSpread],
    other: SubjectSpread,
    others: Sequence[SubjectSpread],
    limits: Thresholds,
) -> bool:
    """Each of two subjects lies as the other one did."""
    straight = _nearest(one, ones) + _nearest(other, others)
    crossed = [_nearest(one, others), _nearest(other, ones)]
    return straight - sum(crossed) > limits.swapped_gain and max(crossed) < limits.swapped_near


def _places_crossed(
    one: SubjectSpread,
    ones: Sequence[SubjectSpread],
    other: SubjectSpread,
    others: Sequence[SubjectSpread],
    limits: Thresholds,
) -> bool:
    """The provinces that were strong in one subject are now strong in the other, and the other way round: twice the
    logarithm of the likelihood ratio."""
    now, theirs = _leanings(one, limits), _leanings(other, limits)
    usual, usual_theirs = _usual(ones, limits), _usual(others, limits)
    gain = 0.0
    for place in one.provinces.keys() & now.keys() & theirs.keys() & usual.keys() & usual_theirs.keys():
        error = 2 / min(one.provinces[place].moments.sat, other.provinces[place].moments.sat) + limits.drift**2
        straight = (now[place] - usual[place]) ** 2 + (theirs[place] - usual_theirs[place]) ** 2
        crossed = (now[place] - usual_theirs[place]) ** 2 + (theirs[place] - usual[place]) ** 2
        gain += (straight - crossed) / error
    return gain > limits.swapped_places


def _nearest(now: SubjectSpread, earlier: Sequence[SubjectSpread]) -> float:
    return min(distance(_bins(now), _bins(one)) for one in earlier)


# --- between places ---------------------------------------------------------------------------------------------


def place_findings(marks: Marks) -> Iterator[Finding]:
    """A province or a city that moved against the others: in earlier years' terms, else in its other subjects'."""
    limits = thresholds()
    pairs = list(judged(marks))
    alone = len(pairs) == 1
    leanings = {now.paper.key: _leanings(now, limits) for now, _ in pairs}
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
        yield from _outliers(now, _provinces(now), usual, limits, least, "province-unlike-others")
    for now, earlier in pairs:
        yield from _moved_cities(now, earlier, leanings, limits)


def _moved_provinces(now: SubjectSpread, earlier: Sequence[SubjectSpread], limits: Thresholds) -> Iterator[Finding]:
    usual = _usual(earlier, limits)
    yield from _outliers(now, _provinces(now), usual, limits, limits.province_mean, "province-moved", earlier)
    for place, spread in sorted(now.provinces.items()):
        known = [one for one in earlier if _enough(one.provinces.get(place, Spread()), limits.fewest_place)]
        if not known or not _enough(spread, limits.fewest_place) or len(now.provinces) < 2:
            continue
        moved = min(_shape(now, place, before) for before in known)
        people = min(spread.moments.sat, *(one.provinces[place].moments.sat for one in known))
        if moved > limits.province_shape and moved * sqrt(people / 2) > _SHAPE_SURE:
            yield Finding(True, ("province-shape-moved", now.paper.key, place, _percent(moved)))


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
        usual = _usual(earlier, limits)
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
    leaning = _leanings(now, limits)
    moved = {place: leaning[place] - usual.get(place, 0.0) for place in places if place in leaning}
    if len(moved) < 3:
        return
    middle = median(moved.values())
    for place, value in sorted(moved.items()):
        error = sqrt((1 + 1 / max(1, len(earlier))) / places[place].sat + limits.drift**2)
        if abs(value - middle) > least and abs(value - middle) / error > limits.sure:
            yield Finding(True, (code, now.paper.key, place, _percent(value - middle)))


def _leanings(now: SubjectSpread, limits: Thresholds) -> dict[str, float]:
    """Place → distance of its mean from the country's, in standard deviations of a candidate."""
    nation = now.nation.moments
    if not nation.deviation:
        return {}
    places = {**_provinces(now), **now.cities}
    return {
        place: (one.mean - nation.mean) / nation.deviation
        for place, one in places.items()
        if one.sat >= limits.fewest_place
    }


def _usual(earlier: Sequence[SubjectSpread], limits: Thresholds) -> dict[str, float]:
    """Place → its mean leaning over the earlier years."""
    known: dict[str, list[float]] = {}
    for one in earlier:
        for place, value in _leanings(one, limits).items():
            known.setdefault(place, []).append(value)
    return {place: sum(values) / len(values) for place, values in known.items()}


# --- zeros and absences -----------------------------------------------------------------------------------------


def share_findings(marks: Marks) -> Iterator[Finding]:
    """Zeros and absences: more than in any earlier year or, in a place, than in the rest; or no absence at all."""
    limits = thresholds()
    for now, earlier in judged(marks):
        nation = now.nation.moments
        before = [one.nation.moments for one in earlier]
        yield from _shares(now.paper.key, "", nation, before, limits)
        for place, own in sorted({**_provinces(now), **now.cities}.items()):
            if own.people >= limits.fewest_place and own.people * 2 <= nation.people:
                past = [_place(one, place) for one in earlier]
                known = [one for one in past if one.people >= limits.fewest_place]
                yield from _shares(now.paper.key, place, own, [nation - own, *known], limits)


def _shares(key: str, place: str, own: Moments, references: Sequence[Moments], limits: Thresholds) -> Iterator[Finding]:
    if not references:
        if own.absent == 0 and own.people >= limits.none_people:
            yield Finding(True, ("nobody-absent", key, own.people))
        return
    where: tuple[str, ...] = (key, place) if place else (key,)
    suffix = "-in-place" if place else ""
    zeros = [(one.zeros, one.sat) for one in references]
    if _too_many((own.zeros, own.sat), zeros, limits.zero_factor, limits.zero_floor, limits):
        yield Finding(True, (f"many-zeros{suffix}", *where, own.zeros, own.sat))
    absent = [(one.absent, one.people) for one in references]
    if _too_many((own.absent, own.people), absent, limits.absent_factor, limits.absent_floor, limits):
        yield Finding(True, (f"many-absent{suffix}", *where, own.absent, own.people))
    least = min(count / people if people else 0.0 for count, people in absent)
    if own.absent == 0 and least * own.people >= limits.none_expected:
        yield Finding(True, (f"nobody-absent{suffix}", *where, own.people))


def _too_many(
    own: tuple[int, int], references: Sequence[tuple[int, int]], factor: float, floor: float, limits: Thresholds
) -> bool:
    known = [(count / people, people) for count, people in references if people]
    if not known or not own[1]:
        return False
    highest, people = max(known)
    share = own[0] / own[1]
    return share > factor * highest + floor and share_score(own[0], own[1], highest, people) > limits.sure


# --- single marks -----------------------------------------------------------------------------------------------


def comb_findings(marks: Marks) -> Iterator[Finding]:
    """Marks that stand out or are missing: in the country against earlier years, in a province against the rest."""
    limits = thresholds()
    for now, earlier in judged(marks):
        paper, key = now.paper, now.paper.key
        if off := now.nation.off_grid(paper):
            yield Finding(True, ("off-step", key, off))
        yield from _coarse(now, earlier)
        if earlier:
            yield from _combs(now, (key,), "", now.nation, [_bins(one) for one in earlier], limits)
        else:
            yield Finding(False, ("combs-without-earlier-year", key))
        for place, spread in sorted(now.provinces.items()):
            rest = now.nation.without(spread)
            if _enough(spread, limits.fewest_place) and spread.moments.sat <= rest.moments.sat:
                yield from _combs(now, (key, place), "-in-place", spread, [rest.bins(paper)], limits)
                if _top_is_missing(spread.bins(paper), [rest.bins(paper)], limits):
                    top = _points(_highest(spread.bins(paper)) * paper.step)
                    yield Finding(True, ("nobody-at-the-top-in-place", key, place, top))


def _coarse(now: SubjectSpread, earlier: Sequence[SubjectSpread]) -> Iterator[Finding]:
    """All marks on a coarser grid than the step: told where no earlier year is known, red where those were finer."""
    grid = coarser(_bins(now)) * now.paper.step
    before = [max(1, coarser(_bins(one))) * one.paper.step for one in earlier]
    if grid and all(grid > one for one in before):
        yield Finding(bool(before), ("coarser-than-step", now.paper.key, _points(grid)))


def _combs(
    now: SubjectSpread,
    where: tuple[str, ...],
    suffix: str,
    spread: Spread,
    references: Sequence[Sequence[int]],
    limits: Thresholds,
) -> Iterator[Finding]:
    bins = spread.bins(now.paper)
    found = teeth(bins, references)
    for tooth in found:
        code = tooth_kind(tooth, bins, len(references), limits)
        if code:
            single = len(references) == 1 and not suffix
            red = not single or abs(excess(tooth, bins)) > limits.single_share
            yield Finding(red, (f"{code}{suffix}", *where, _points(tooth.place * now.paper.step)))
    odd = [
        one
        for one in found
        if abs(one.ratio) > log(limits.comb_tooth) + abs(one.usual) and abs(one.z) > limits.comb_sure
    ]
    if len(odd) >= max(4, limits.comb_share * len(found)):
        yield Finding(True, (f"comb{suffix}", *where, len(odd), len(found)))


# --- small words ------------------------------------------------------------------------------------------------


def _provinces(now: SubjectSpread) -> dict[str, Moments]:
    return {place: spread.moments for place, spread in now.provinces.items()}


def _place(one: SubjectSpread, place: str) -> Moments:
    if place in one.provinces:
        return one.provinces[place].moments
    return one.cities.get(place, Moments())


def _bins(one: SubjectSpread) -> list[int]:
    return one.nation.bins(one.paper)


def _enough(spread: Spread, least: int) -> bool:
    return spread.moments.sat >= least


def _highest(bins: Sequence[int]) -> int:
    return max((place for place, people in enumerate(bins) if people), default=0)


def _percent(value: float) -> int:
    return round(100 * value)


def _points(milli: int) -> str:
    whole, rest = divmod(milli, 1000)
    return f"{whole}.{rest:03d}".rstrip("0").rstrip(".")
