"""What is odd about the way marks lie. Pure; each finding is a code with arguments, as in the gate's other checks.

Four questions, each of one subject: does it lie as in earlier years (`years`), do its places lie together as they did
(`places`), are zeros, absences and full marks as many as elsewhere (`shares`), are single marks favoured or missing
(`combs`)? What is compared is chosen so that a hard year, a strong province and a paper with favourite marks are no
findings: ADR 0030.
"""

from collections.abc import Iterator, Sequence
from math import log

from fangbang.release.rules.comparing import coarser, distance, share_score, sure_alone, teeth, too_alike, tooth_kind
from fangbang.release.rules.exchange import exchange_findings
from fangbang.release.rules.findings import (
    Finding,
    bins_of,
    enough,
    highest,
    judged,
    percent,
    place_of,
    points,
    provinces_of,
)
from fangbang.release.rules.places import place_findings
from fangbang.release.rules.spreads import Marks, Moments, Spread, SubjectSpread
from fangbang.release.rules.thresholds import Thresholds, thresholds


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
        near = min(distance(bins, bins_of(one)) for one in earlier)
        if near > limits.years_amber:
            yield Finding(near > limits.years_red, ("unlike-earlier-years", key, percent(near)))
        yield from _copies(now, marks, limits)
        if _top_is_missing(bins, [bins_of(one) for one in earlier], limits):
            yield Finding(True, ("nobody-at-the-top", key, points(highest(bins) * now.paper.step)))
    yield from exchange_findings(pairs, limits)


def _copies(now: SubjectSpread, marks: Marks, limits: Thresholds) -> Iterator[Finding]:
    for year in marks.earlier:
        before = year.subjects.get(now.paper.key)
        if before is None or not before.paper.alike(now.paper):
            continue
        if too_alike(bins_of(now), bins_of(before)) < limits.copied:
            yield Finding(True, ("same-as-earlier-year", now.paper.key, year.year))
        for place, spread in sorted(now.provinces.items()):
            old = before.provinces.get(place)
            if old and too_alike(spread.bins(now.paper), old.bins(now.paper)) < limits.copied:
                yield Finding(True, ("province-same-as-earlier-year", now.paper.key, place, year.year))


def _top_is_missing(bins: Sequence[int], references: Sequence[Sequence[int]], limits: Thresholds) -> bool:
    """Nobody above a mark that many reached in each of the references, though the marks below do not run out there:
    above a hard paper's highest mark there would have been few."""
    top = highest(bins)
    shares = [sum(reference[top + 1 :]) / sum(reference) for reference in references if sum(reference)]
    missing = len(bins) - 1 - top
    if not shares or min(shares) * sum(bins) < limits.top_expected or missing < limits.top_share * len(bins):
        return False
    reach = max(1, min(missing, (top + 1) // 3))
    third, second, last = (sum(bins[end - reach + 1 : end + 1]) for end in (top - 2 * reach, top - reach, top))
    return last**3 * third >= limits.top_expected * second**3  # falls off ever faster, as a bell does


# --- zeros and absences -----------------------------------------------------------------------------------------


def share_findings(marks: Marks) -> Iterator[Finding]:
    """Zeros and absences: more than in any earlier year or, in a place, than in the rest; or no absence at all."""
    limits = thresholds()
    for now, earlier in judged(marks):
        nation = now.nation.moments
        before = [one.nation.moments for one in earlier]
        yield from _shares(now.paper.key, "", nation, before, limits)
        for place, own in sorted({**provinces_of(now), **now.cities}.items()):
            if own.people >= limits.fewest_place and own.people * 2 <= nation.people:
                past = [place_of(one, place) for one in earlier]
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
            yield from _combs(now, (key,), "", now.nation, [bins_of(one) for one in earlier], limits)
        else:
            yield Finding(False, ("combs-without-earlier-year", key))
        for place, spread in sorted(now.provinces.items()):
            rest = now.nation.without(spread)
            if enough(spread, limits.fewest_place) and spread.moments.sat <= rest.moments.sat:
                yield from _combs(now, (key, place), "-in-place", spread, [rest.bins(paper)], limits)
                if _top_is_missing(spread.bins(paper), [rest.bins(paper)], limits):
                    top = points(highest(spread.bins(paper)) * paper.step)
                    yield Finding(True, ("nobody-at-the-top-in-place", key, place, top))


def _coarse(now: SubjectSpread, earlier: Sequence[SubjectSpread]) -> Iterator[Finding]:
    """All marks on a coarser grid than the step: told where no earlier year is known, red where those were finer."""
    grid = coarser(bins_of(now)) * now.paper.step
    before = [max(1, coarser(bins_of(one))) * one.paper.step for one in earlier]
    if grid and all(grid > one for one in before):
        yield Finding(bool(before), ("coarser-than-step", now.paper.key, points(grid)))


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
            red = not single or sure_alone(tooth, bins, limits)
            yield Finding(red, (f"{code}{suffix}", *where, points(tooth.place * now.paper.step)))
    odd = [
        one
        for one in found
        if abs(one.ratio) > log(limits.comb_tooth) + abs(one.usual) and abs(one.z) > limits.comb_sure
    ]
    if len(odd) >= max(4, limits.comb_share * len(found)):
        yield Finding(True, (f"comb{suffix}", *where, len(odd), len(found)))
