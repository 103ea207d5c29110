"""The shadow cohort: people whom nobody can be, with results that are known before anything is calculated.

For every level, category and place there is one shadow for each thing that can befall a candidate: at the line and
around it, each code, a gap, held back, passes inside and outside the window, an exemption. What must come out is part
of the case and comes from neither calculator. Places: each province that the rules or a notice name, for whatever
reason, and one that stands for all others. Where a line is not announced, its marks must wait for it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from fangbang.adjudication.papers import Answer, Paper, paper_of
from fangbang.adjudication.rules import AnnouncedLine, Pass
from fangbang.books.schemas import SHADOW
from fangbang.exams.model import Category, Effect, LevelRules, Scope, SittingRules
from fangbang.exams.provinces import PROVINCES
from fangbang.exams.vocabulary import Outcome, SubjectStatus

_NOWHERE = "000000"

Counted = tuple[str, int, int, str]
"""A pass that counts: subject, year, the last year in which it does, region."""


@dataclass(frozen=True)
class Shadow:
    """One shadow. `case` says where and what, e.g. `middle/540000/full/just-below:policy`; `sitter`: the case whose
    document this is another registration of."""

    case: str
    place: "Place"
    answers: tuple[Answer, ...]
    outcome: Outcome
    passes: frozenset[Counted]
    earlier: tuple[Pass, ...] = ()
    withheld: bool = False
    sitter: str = ""


@dataclass(frozen=True)
class Place:
    """One category of one level in one province."""

    rules: SittingRules
    level: LevelRules
    category: Category
    province: str
    announced: Sequence[AnnouncedLine]

    @cached_property
    def papers(self) -> tuple[Paper, ...]:
        """What is owed."""
        subjects = [self.level.subjects[name] for name in self.category.owes]
        return tuple(paper_of(subject, self.level, self.province, self.announced) for subject in subjects)

    @property
    def specialty(self) -> str:
        return next(iter(self.level.specialties), "")

    def exam_year(self, place: int) -> int:
        """The exam year that lies so many exam years ahead (negative: back); years to come are taken as held unless the
        rules say otherwise."""
        year, step = self.rules.year, 1 if place > 0 else -1
        for _ in range(abs(place)):
            year += step
            while not self.rules.held(year, self.province):
                year += step
        return year

    def shadow(
        self,
        what: str,
        outcome: Outcome,
        answers: Sequence[Answer],
        *,
        earlier: Sequence[Pass] = (),
        counts: Sequence[Counted] = (),
        withheld: bool = False,
    ) -> Shadow:
        """A shadow with what was passed now and `counts` of before; a pass is a QUALIFIED less while a line waits."""
        waiting = any(answer.status is SubjectStatus.LINE_NOT_ANNOUNCED for answer in answers)
        if waiting and outcome not in (Outcome.ABSENT, Outcome.VOID, Outcome.WITHHELD):
            outcome = Outcome.LINE_NOT_ANNOUNCED
        year, through = self.rules.year, self.exam_year(self.category.window - 1)
        regions = {SubjectStatus.PASSED: "", SubjectStatus.PASSED_REGIONALLY: self.province}
        now = {
            (answer.subject, year, through, regions[answer.status]) for answer in answers if answer.status in regions
        }
        case = f"{self.level.id}/{self.province}/{self.category.id}/{what}"
        return Shadow(case, self, tuple(answers), outcome, frozenset({*now, *counts}), tuple(earlier), withheld)


def shadow_cohort(rules: SittingRules, announced: Sequence[AnnouncedLine]) -> tuple[Shadow, ...]:
    """Every shadow of a sitting, always in the same order."""
    found: list[Shadow] = []
    for level in rules.levels.values():
        for category in (one for one in level.categories.values() if one.owes):
            for province in _provinces(rules, level, announced):
                place = Place(rules, level, category, province, announced)
                for cases in (_at_lines, _coded, _held_back, _of_before):
                    found += cases(place)
    return (*found, *_at_two_levels(found))


def number_of(place: int) -> str:
    """The document number, or the ticket, of the shadow at this place."""
    return f"{SHADOW}{place:06d}"


def _provinces(rules: SittingRules, level: LevelRules, announced: Sequence[AnnouncedLine]) -> list[str]:
    named = {line.province for line in announced if line.level == level.id}
    for subject in level.subjects.values():
        named |= {*subject.own_lines, *subject.regional_lines}
    named |= {province for places in rules.not_held.values() for province in places}
    other = next((code for code in PROVINCES if code not in named and rules.held(rules.year, code)), _NOWHERE)
    return [province for province in (other, *sorted(named - {"", "*"})) if rules.held(rules.year, province)]


def _at_lines(place: Place) -> Iterator[Shadow]:
    usual = [paper.usual() for paper in place.papers]
    outcomes = {
        SubjectStatus.PASSED: Outcome.QUALIFIED,
        SubjectStatus.PASSED_REGIONALLY: Outcome.QUALIFIED_REGIONALLY,
        SubjectStatus.NOT_PASSED: _one_less(place),
    }
    yield place.shadow("at-the-lines", Outcome.QUALIFIED, usual)
    for at, paper in enumerate(place.papers):
        for name, answer in paper.near():
            answers = [*usual[:at], answer, *usual[at + 1 :]]
            yield place.shadow(f"{name}:{paper.id}", outcomes[answer.status], answers)
    failing = [low for paper in place.papers if (low := paper.failing()) is not None]
    if len(failing) == len(usual):
        yield place.shadow("below-all-lines", Outcome.NOT_PASSED, failing)


def _one_less(place: Place) -> Outcome:
    """What is left when one owed subject of all is not passed."""
    return Outcome.PARTLY_PASSED if len(place.papers) > 1 else Outcome.NOT_PASSED


def _coded(place: Place) -> Iterator[Shadow]:
    first, *others = place.papers
    usual = [paper.usual() for paper in others]
    for code in place.rules.codes.values():
        answer = first.coded(code.code, code)
        if code.scope is Scope.SITTING:
            yield place.shadow(f"code{code.code}", Outcome.VOID, [answer, *(other.voided() for other in usual)])
        elif code.effect is Effect.ABSENT:
            yield place.shadow(f"code{code.code}", _one_less(place) if others else Outcome.ABSENT, [answer, *usual])
            everywhere = [paper.coded(code.code, code) for paper in place.papers]
            yield place.shadow(f"code{code.code}:all", Outcome.ABSENT, everywhere)
        else:
            yield place.shadow(f"code{code.code}", _one_less(place), [answer, *usual])
    nameless = next(code for code in range(-3, -100, -1) if code not in place.rules.codes)
    yield place.shadow("undefined-code", _one_less(place), [first.coded(nameless, None), *usual])


def _held_back(place: Place) -> Iterator[Shadow]:
    first, *others = place.papers
    answers = [first.gap(), *(paper.usual().withheld() for paper in others)]
    yield place.shadow("no-mark", Outcome.WITHHELD, answers)
    answers = [paper.usual().withheld() for paper in place.papers]
    yield place.shadow("held-back", Outcome.WITHHELD, answers, withheld=True)


def _of_before(place: Place) -> Iterator[Shadow]:
    """One subject sat now, the others passed before; and an exemption."""
    *before, last = place.papers
    if not before or last.line is None:
        return
    window, now = place.category.window, [last.usual()]
    oldest, lapsed = place.exam_year(1 - window), place.exam_year(-window)

    def earned(year: int, region: str = "") -> list[Pass]:
        return [Pass(paper.id, year, region, place.specialty) for paper in before]

    def counting(region: str = "") -> list[Counted]:
        return [(paper.id, oldest, place.rules.year, region) for paper in before]

    yield place.shadow("outside-the-window", Outcome.PARTLY_PASSED, now, earlier=earned(lapsed))
    if window > 1:
        here = place.province
        inside, regional = (Outcome.QUALIFIED, Outcome.QUALIFIED_REGIONALLY)
        yield place.shadow("inside-the-window", inside, now, earlier=earned(oldest), counts=counting())
        yield place.shadow("regional-before", regional, now, earlier=earned(oldest, here), counts=counting(here))
        yield place.shadow("of-another-region", Outcome.PARTLY_PASSED, now, earlier=earned(oldest, _NOWHERE))
        former = [Pass((*paper.rules.succeeds, paper.id)[0], oldest, "", place.specialty) for paper in before]
        yield place.shadow("former-names", inside, now, earlier=former, counts=counting())
    exempt = Pass(before[0].id, place.rules.year, "", place.specialty, exempt=True)
    rest = [paper.usual() for paper in place.papers[1:]]
    yield place.shadow("exempt", Outcome.QUALIFIED, rest, earlier=[exempt])


def _at_two_levels(shadows: Sequence[Shadow]) -> Iterator[Shadow]:
    """At each further level a registration of somebody to whom a code at another level leaves nothing."""
    sitter = next((one for one in shadows if one.outcome is Outcome.VOID), None)
    if sitter is None:
        return
    places = {one.place.level.id: one.place for one in shadows if one.place.level.id != sitter.place.level.id}
    for place in places.values():
        voided = [paper.usual().voided() for paper in place.papers]
        yield replace(place.shadow("void-at-another-level", Outcome.VOID, voided), sitter=sitter.case)
