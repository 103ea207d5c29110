"""A sitting whose marks lie as real ones do, big enough for plots and with a province of few people."""

from collections.abc import Mapping
from dataclasses import replace
from math import exp
from random import Random

from django.db import transaction

from fangbang.audit import queries as audit
from fangbang.audit.rules import SYSTEM
from fangbang.core.clock import Clock
from fangbang.release import actions
from fangbang.release.models import Release
from fangbang.release.rules import Facts, ReleaseKind, ReleaseState, Scope
from fangbang.release.rules.spreads import Marks, Paper, Spread, SubjectSpread, YearSpread
from tests.release.people import FACTS, RUN, SITTING

PLACES = {"110000": 4_000, "120000": 2_500, "310000": 3_000, "540000": 14}
"""Province → people; the last is small."""
_SUBJECTS = {"practice": 64_000, "ability": 58_000, "policy": 61_000}
STEP, FULL, LINE = 500, 100_000, 60_000


def hill(middle: float, people: int, draw: Random) -> dict[int, int]:
    """People by mark, as chance has it; whole points are favoured, and the line."""
    heights = {mark: exp(-(((mark - middle) / 13_000) ** 2) / 2) for mark in range(0, FULL + 1, STEP)}
    heights = {mark: height * (1.6 if mark % 1_000 == 0 else 1) for mark, height in heights.items()}
    heights[LINE] *= 2
    fair = {mark: people * height / sum(heights.values()) for mark, height in heights.items()}
    return {mark: max(0, round(draw.gauss(count, count**0.5))) for mark, count in fair.items()}


def _subject(name: str, middle: int, draw: Random) -> SubjectSpread:
    spreads = {
        place: Spread({**hill(middle + 900 * at, people, draw), 0: people // 400}, {-1: people // 9})
        for at, (place, people) in enumerate(PLACES.items())
    }
    return SubjectSpread(Paper("middle", name, FULL, STEP), spreads, {}, (LINE,))


def _year(year: int, harder: int = 0) -> YearSpread:
    draw = Random(year)
    return YearSpread(
        year, {f"middle/{name}": _subject(name, middle - harder, draw) for name, middle in _SUBJECTS.items()}
    )


def _tables(year: YearSpread) -> Mapping[str, object]:
    """As a run counts them; of the small province's people four passed."""
    by_place: dict[str, dict[str, dict[str, dict[str, int]]]] = {}
    for key, one in year.subjects.items():
        level, _, subject = key.partition("/")
        for place, spread in one.provinces.items():
            passed = sum(people for mark, people in spread.marks.items() if mark >= LINE)
            counts = {
                "passed": passed, "not-passed": spread.moments.sat - passed, "absent": spread.moments.absent,
                "violation": 1,
            }  # fmt: skip
            by_place.setdefault(place, {}).setdefault(level, {})[subject] = counts
    levels = {"middle": {"qualified": 4_000, "not-passed": 5_500, "void": 3}}
    return {"levels": levels, "provinces": {}, "subjects": {}, "provinces_subjects": by_place}


def facts_of(year: int = 2026, *, red: bool = False) -> Facts:
    """Facts of the year; `red`: a subject's zeros in one province are far too many."""
    now = _year(year)
    if red:
        odd = now.subjects["middle/policy"]
        spread = odd.provinces["310000"]
        shifted = Spread({**spread.marks, 0: 700}, spread.codes)
        changed = replace(odd, provinces={**odd.provinces, "310000": shifted})
        now = YearSpread(year, {**now.subjects, "middle/policy": changed})
    sitting = f"{SITTING.rpartition('-')[0]}-{year}"
    run = replace(RUN, tables=_tables(now))
    return replace(FACTS, sitting=sitting, run=run, marks=Marks(now, [_year(year - 1, 2_000)]))


def frozen(clock: Clock, facts: Facts, scope: Scope | None = None) -> str:
    """A release whose report is frozen."""
    opened = actions.open_release(
        actor=SYSTEM, sitting_id=facts.sitting, scope=scope or Scope(), kind=ReleaseKind.BASE, clock=clock
    )
    actions.freeze(actor=SYSTEM, release_id=opened, facts=replace(facts, seen=audit.head().seq), clock=clock)
    return opened


def published(clock: Clock, facts: Facts, scope: Scope | None = None) -> str:
    """The same, put into the state that the keeper's posting leads to."""
    opened = frozen(clock, facts, scope)
    put_into(opened, ReleaseState.PUBLISHED, clock)
    return opened


def put_into(release: str, state: ReleaseState, clock: Clock) -> None:
    """A state that the keeper leads to, with all that its row must have."""
    with transaction.atomic():
        Release.objects.filter(pk=release).update(
            state=state, t=clock.now(), published_at=clock.now(), snapshot=release, header="ab" * 32
        )
