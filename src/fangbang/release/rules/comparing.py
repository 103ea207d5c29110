"""The arithmetic of comparing spreads. Every measure is an effect size (it does not grow with the number of people);
significance is asked beside it, so that a small place does not alarm by chance.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from math import erfc, exp, log, sqrt

from fangbang.release.rules.thresholds import Thresholds

_HALF = 0.5
"""Added to a count before its logarithm is taken."""
_GRID = 20
"""Points of the curve that tells how a place leans."""


def distance(one: Sequence[int], other: Sequence[int]) -> float:
    """Kolmogorov-Smirnov: the largest difference of the two cumulative shares, 0 to 1. 1 where one is empty."""
    shares, others = _cumulative(one), _cumulative(other)
    if not shares or not others:
        return 1.0
    return max(abs(a - b) for a, b in zip(shares, others, strict=True))


def moved_apart(one: Sequence[int], rest: Sequence[int], before: Sequence[int], rest_before: Sequence[int]) -> float:
    """How much a place moved against the rest, as a share of its people: the largest difference of its two curves. 0
    where one of the four is empty."""
    now, then = _leaning(one, rest), _leaning(before, rest_before)
    return max((abs(a - b) for a, b in zip(now, then, strict=False)), default=0.0)


def _leaning(one: Sequence[int], rest: Sequence[int]) -> list[float]:
    """Which share of a place lies below the mark that 1/`_GRID`, 2/`_GRID` … of the rest lie below (interpolated). A
    harder paper moves both alike, so that the curve stays."""
    shares, others = _cumulative(one), _cumulative(rest)
    if not shares or not others:
        return []
    curve, place = [], 0
    for at in range(1, _GRID):
        wanted = at / _GRID
        while others[place] < wanted:
            place += 1
        low, below = (others[place - 1], shares[place - 1]) if place else (0.0, 0.0)
        part = (wanted - low) / (others[place] - low) if others[place] > low else 1.0
        curve.append(below + part * (shares[place] - below))
    return curve


def too_alike(one: Sequence[int], other: Sequence[int]) -> float:
    """The chance that two independent groups of one population would lie as near as these: the lower tail of the
    two-sample chi-square (Wilson and Hilferty's approximation). A copy gives 0. 1 where there is too little to say.
    """
    n, m = sum(one), sum(other)
    pairs = [(a, b) for a, b in zip(one, other, strict=True) if a + b >= 10]
    freedom = len(pairs) - 1
    if freedom < 8 or not n or not m:
        return 1.0
    first, second = sqrt(m / n), sqrt(n / m)
    chi = sum((first * a - second * b) ** 2 / (a + b) for a, b in pairs)
    spread = 2 / (9 * freedom)
    z = ((chi / freedom) ** (1 / 3) - (1 - spread)) / sqrt(spread)
    return 0.5 * erfc(-z / sqrt(2))


@dataclass(frozen=True)
class Tooth:
    """How one mark stands out from its neighbours beyond what it did elsewhere: `ratio` is the logarithm of the
    excess (below 0: fewer), `usual` of how it stood out elsewhere already, `z` the excess in standard errors of that
    logarithm, `score` in those of the count (`_score`)."""

    place: int
    ratio: float
    usual: float
    z: float
    score: float


def teeth(bins: Sequence[int], references: Sequence[Sequence[int]]) -> list[Tooth]:
    """For each mark between the ends: its people against its neighbours', and that against the nearest of the
    references'. A paper that favours some marks favours them in each year and place, so that only news is left; a
    harder or easier year tilts all neighbours alike, so that it leaves nearly nothing."""
    places = range(1, len(bins) - 1)
    own = [_standing(bins, place) for place in places]
    others = [[_standing(reference, place) for place in places] for reference in references]
    found = []
    for at, (ratio, variance) in enumerate(own):
        known = [reference[at] for reference in others]
        low, high = min(known), max(known)
        nearest = low if ratio < low[0] else high if ratio > high[0] else (ratio, 0.0)
        gap, unsure = ratio - nearest[0], variance + nearest[1]
        found.append(Tooth(at + 1, gap, nearest[0], gap / sqrt(unsure), _score(bins[at + 1] + _HALF, gap, unsure)))
    return found


def _score(count: float, ratio: float, unsure: float) -> float:
    """Standard errors between a count and what was expected of it: the signed root of the Poisson deviance, beside what
    is unknown of the expectation. An empty mark where hundreds were expected is sure by it; the error of a logarithm
    is there that of half a person's, 1.4, and leaves it in doubt."""
    expected = count * exp(-ratio)
    deviance = max(0.0, 2 * (count * ratio - (count - expected)))
    size = sqrt(deviance / (1 + expected * max(0.0, unsure - 1 / count)))
    return size if ratio > 0 else -size


def tooth_kind(tooth: Tooth, bins: Sequence[int], references: int, limits: Thresholds) -> str:
    """`spike`, `gap` or nothing. Where a mark always stands out, more is allowed, unless very many people have it; a
    mark that nobody had elsewhere may be new to a paper, unless very many have it."""
    usual = abs(tooth.usual) * (limits.tooth_usual if references > 1 else 1)
    many = excess(tooth, bins) > limits.spike_share
    if tooth.ratio > log(limits.tooth) + (0.0 if many else usual):
        return "spike" if (tooth.score if many else tooth.z) > limits.sure else ""
    return "gap" if tooth.ratio < -log(limits.gap) - usual and tooth.score < -limits.sure else ""


def sure_alone(tooth: Tooth, bins: Sequence[int], limits: Thresholds) -> bool:
    """Whether a tooth blocks although one reference only is known: papers change their patterns from year to year."""
    if tooth.ratio > 0:
        return excess(tooth, bins) > limits.single_share
    return tooth.ratio < -log(limits.single_gap) and -excess(tooth, bins) > limits.single_gap_share


def excess(tooth: Tooth, bins: Sequence[int]) -> float:
    """Share of all people whom a mark has beyond what was to be expected; below 0 where it has fewer."""
    own = bins[tooth.place] + _HALF
    return (own - own * exp(-tooth.ratio)) / sum(bins)


def coarser(bins: Sequence[int]) -> int:
    """How many steps lie between the marks that occur, if practically all marks leave the steps between them out; 0."""
    everyone = sum(bins)
    grids = [steps for steps in range(2, 1 + len(bins) // 4) if sum(bins[::steps]) >= _ALL * everyone]
    return max(grids, default=0)


_ALL = 0.995
"""Practically all marks: a few may have been entered by hand."""


def share_score(count: int, people: int, other: float, other_people: int) -> float:
    """Standard errors between a share and a reference share: the signed root of the binomial deviance under their
    common share, which holds for a handful of people too; 0 where either is empty."""
    if not people or not other_people:
        return 0.0
    pooled = (count + other * other_people) / (people + other_people)
    parts = ((count, people), (other * other_people, other_people))
    deviance = 2 * sum(
        _surprise(had, total * pooled) + _surprise(total - had, total * (1 - pooled)) for had, total in parts
    )
    size = sqrt(max(0.0, deviance))
    return size if count / people > other else -size


def _surprise(count: float, expected: float) -> float:
    return count * log(count / expected) if count > 0 and expected > 0 else 0.0


def _standing(bins: Sequence[int], place: int) -> tuple[float, float]:
    """Logarithm of a mark's people over the mean of its neighbours' (as many on each side, up to a twentieth of the
    paper), and its variance under Poisson counts."""
    reach = min(max(2, len(bins) // 20), place, len(bins) - 1 - place)
    around = sum(bins[place - reach : place + reach + 1]) - bins[place] + _HALF
    own = bins[place] + _HALF
    return log(own * 2 * reach / around), 1 / own + 1 / around


def _cumulative(bins: Sequence[int]) -> list[float]:
    total = sum(bins)
    return [part / total for part in accumulate(bins)] if total else []
