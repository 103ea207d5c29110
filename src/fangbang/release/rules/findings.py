"""What a finding is, which subjects are judged, and the few words about spreads that every question uses. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

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
            yield now, [one for one in known if one.paper.alike(now.paper) and enough(one.nation, limits.fewest)]


def leanings_of(now: SubjectSpread, limits: Thresholds) -> dict[str, float]:
    """Place → distance of its mean from the country's, in standard deviations of a candidate."""
    nation = now.nation.moments
    if not nation.deviation:
        return {}
    places = {**provinces_of(now), **now.cities}
    return {
        place: (one.mean - nation.mean) / nation.deviation
        for place, one in places.items()
        if one.sat >= limits.fewest_place
    }


def usual_leanings(earlier: Sequence[SubjectSpread], limits: Thresholds) -> dict[str, float]:
    """Place → its mean leaning over the earlier years."""
    known: dict[str, list[float]] = {}
    for one in earlier:
        for place, value in leanings_of(one, limits).items():
            known.setdefault(place, []).append(value)
    return {place: sum(values) / len(values) for place, values in known.items()}


def provinces_of(now: SubjectSpread) -> dict[str, Moments]:
    return {place: spread.moments for place, spread in now.provinces.items()}


def place_of(one: SubjectSpread, place: str) -> Moments:
    if place in one.provinces:
        return one.provinces[place].moments
    return one.cities.get(place, Moments())


def bins_of(one: SubjectSpread) -> list[int]:
    return one.nation.bins(one.paper)


def enough(spread: Spread, least: int) -> bool:
    return spread.moments.sat >= least


def highest(bins: Sequence[int]) -> int:
    return max((place for place, people in enumerate(bins) if people), default=0)


def percent(value: float) -> int:
    return round(100 * value)


def points(milli: int) -> str:
    whole, rest = divmod(milli, 1000)
    return f"{whole}.{rest:03d}".rstrip("0").rstrip(".")
