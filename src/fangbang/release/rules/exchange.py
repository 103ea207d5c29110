"""Whether the marks of two subjects stand under each other's name. Pure.

Two signs. Strength: places that were strong in one subject are now strong in the other. Pattern: each mark is as
frequent as it is in the other subject; what makes a place weaker or a year harder tilts all marks smoothly and is taken
out first, so that what is left is how the paper itself was made: how its questions add up.
"""

from collections.abc import Iterator, Sequence
from itertools import combinations
from math import exp, log

from fangbang.release.rules.comparing import distance
from fangbang.release.rules.findings import Finding, bins_of, enough, leanings_of, usual_leanings
from fangbang.release.rules.spreads import SubjectSpread
from fangbang.release.rules.thresholds import Thresholds

_HALF = 0.5
"""Added to a count before its logarithm is taken."""
_TURNS, _LONGEST, _NEAR = 40, 30.0, 1e-9
"""Of Newton's steps: how many at most, how long one may be, and below which length it is the last."""


def pattern_gains(
    one: Sequence[int], other: Sequence[int], usual: Sequence[int], usual_other: Sequence[int]
) -> tuple[float, float]:
    """How much likelier the marks of each of two subjects are as the other's, as logarithms (nats): `one` and `other`
    now, against what each `usual`ly looks like, tilted to their mean. Both above 0: they are exchanged. One alone: that
    subject is odd in some other way."""
    return (
        _likelihood(one, usual_other) - _likelihood(one, usual),
        _likelihood(other, usual) - _likelihood(other, usual_other),
    )


def _likelihood(bins: Sequence[int], reference: Sequence[int]) -> float:
    """Logarithm of the likelihood of `bins` under the reference's shares q, tilted: q·exp(t·mark) has their mean."""
    people = sum(bins)
    if not people:
        return 0.0
    weights = [log(count + _HALF) for count in reference]
    top = max(1, len(bins) - 1)
    tilt = _tilt(weights, sum(place * count for place, count in enumerate(bins)) / people / top)
    told = sum(count * (weights[place] + tilt * place / top) for place, count in enumerate(bins))
    return told - people * _moments(weights, tilt)[0]


def _tilt(weights: Sequence[float], mean: float) -> float:
    """The tilt at which the weights (logarithms, at 0 … 1) have this mean, by Newton's steps."""
    tilt = 0.0
    for _ in range(_TURNS):
        _, first, second = _moments(weights, tilt)
        step = (mean - first) / max(second - first * first, _NEAR)
        tilt += max(-_LONGEST, min(_LONGEST, step))
        if abs(step) < _NEAR:
            break
    return tilt


def _moments(weights: Sequence[float], tilt: float) -> tuple[float, float, float]:
    """Logarithm of the sum of the tilted weights, and the mean and mean square of the places (0 … 1) under them."""
    top = max(1, len(weights) - 1)
    tilted = [weight + tilt * place / top for place, weight in enumerate(weights)]
    highest = max(tilted)
    parts = [exp(one - highest) for one in tilted]
    total = sum(parts)
    first = sum(part * place for place, part in enumerate(parts)) / top / total
    second = sum(part * place * place for place, part in enumerate(parts)) / top**2 / total
    return highest + log(total), first, second


def exchange_findings(
    pairs: Sequence[tuple[SubjectSpread, Sequence[SubjectSpread]]], limits: Thresholds
) -> Iterator[Finding]:
    """Any two subjects of a level, each with its earlier years: exchanged in the country, else in a province."""
    for (one, ones), (other, others) in combinations(pairs, 2):
        if one.paper.level != other.paper.level:
            continue
        if ones and others and _exchanged(one, ones, other, others, limits):
            yield Finding(True, ("looks-exchanged", one.paper.key, other.paper.key))
        elif one.paper.alike(other.paper):
            for place in sorted(one.provinces.keys() & other.provinces.keys()):
                if _exchanged_in_place(one, other, place, limits):
                    yield Finding(True, ("looks-exchanged-in-place", one.paper.key, other.paper.key, place))


def _exchanged(
    one: SubjectSpread,
    ones: Sequence[SubjectSpread],
    other: SubjectSpread,
    others: Sequence[SubjectSpread],
    limits: Thresholds,
) -> bool:
    alike = one.paper.alike(other.paper)
    return (alike and _shapes_crossed(one, ones, other, others, limits)) or _places_crossed(
        one, ones, other, others, limits
    )


def _exchanged_in_place(one: SubjectSpread, other: SubjectSpread, place: str, limits: Thresholds) -> bool:
    """A province's marks follow the pattern that the rest of the country has in the other subject. Earlier years are
    not asked: all provinces sat the same papers."""
    here, there = one.provinces[place], other.provinces[place]
    if not (enough(here, limits.fewest_place) and enough(there, limits.fewest_place)):
        return False
    rest, rest_there = one.nation.without(here), other.nation.without(there)
    if not (enough(rest, limits.fewest_place) and enough(rest_there, limits.fewest_place)):
        return False
    gains = pattern_gains(
        here.bins(one.paper), there.bins(other.paper), rest.bins(one.paper), rest_there.bins(other.paper)
    )
    marks = here.moments.sat + there.moments.sat
    return min(gains) > 0 and sum(gains) > max(limits.swapped_sure, limits.swapped_pattern * marks)


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
    now, theirs = leanings_of(one, limits), leanings_of(other, limits)
    usual, usual_theirs = usual_leanings(ones, limits), usual_leanings(others, limits)
    gain = 0.0
    for place in one.provinces.keys() & now.keys() & theirs.keys() & usual.keys() & usual_theirs.keys():
        people = min(one.provinces[place].moments.sat, other.provinces[place].moments.sat)
        error = (1 + 1 / min(len(ones), len(others))) / people + limits.drift**2
        straight = (now[place] - usual[place]) ** 2 + (theirs[place] - usual_theirs[place]) ** 2
        crossed = (now[place] - usual_theirs[place]) ** 2 + (theirs[place] - usual[place]) ** 2
        gain += (straight - crossed) / error
    return gain > limits.swapped_places


def _nearest(now: SubjectSpread, earlier: Sequence[SubjectSpread]) -> float:
    return min(distance(bins_of(now), bins_of(one)) for one in earlier)
