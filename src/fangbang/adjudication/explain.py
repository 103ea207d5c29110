"""The explanation: what stands beside an outcome, as codes and arguments. Prose for each code stands in `pages`."""

from collections.abc import Iterator
from dataclasses import dataclass

from fangbang.exams.model import Category, LevelRules, ReviewCause, SittingRules
from fangbang.exams.vocabulary import Outcome, StatementCode

Statement = tuple[str | int, ...]
"""A `StatementCode` and its arguments."""

_DONE = (Outcome.QUALIFIED, Outcome.QUALIFIED_REGIONALLY)


@dataclass(frozen=True)
class Facts:
    """What the exact calculator found, ready to be told."""

    rules: SittingRules
    level: LevelRules
    category: Category
    outcome: Outcome
    owed: tuple[str, ...]
    """Subjects owed, without those exempted later."""
    coded: tuple[tuple[str, int], ...]
    """(subject, result code)"""
    passes: tuple[tuple[str, int, int, str], ...]
    """(subject, year, through, region), by subject."""
    lapsed: tuple[tuple[str, int], ...]
    """(subject, year) of passes outside the window."""
    causes: tuple[tuple[str, frozenset[ReviewCause]], ...]
    """(subject sat, what its result is that a review is always open for), by subject."""


def explain(facts: Facts) -> tuple[Statement, ...]:
    """Every statement: codes, what counts, what lapsed, what is owed, until when, by which rule, what comes next."""
    if facts.outcome is Outcome.WITHHELD:
        return ()
    return (
        *((StatementCode.RESULT_CODE.value, subject, code) for subject, code in facts.coded),
        *_exempt(facts),
        *_passes(facts),
        *_lapsed(facts),
        *_owed(facts),
        *_window(facts),
        *_next(facts),
    )


def _exempt(facts: Facts) -> Iterator[Statement]:
    for subject in facts.level.subjects:
        if subject not in facts.owed:
            yield (StatementCode.WINDOW_EXEMPT.value, subject)


def _passes(facts: Facts) -> Iterator[Statement]:
    for subject, year, through, region in facts.passes:
        if region:
            yield (StatementCode.WINDOW_EARNED_REGIONALLY.value, subject, year, through, region)
        else:
            yield (StatementCode.WINDOW_EARNED.value, subject, year, through)


def _lapsed(facts: Facts) -> Iterator[Statement]:
    counting = {subject for subject, *_ in facts.passes}
    for subject in facts.owed:
        years = [year for passed, year in facts.lapsed if passed == subject]
        if years and subject not in counting:
            yield (StatementCode.WINDOW_LAPSED.value, subject, max(years))


def _owed(facts: Facts) -> Iterator[Statement]:
    counting = {subject for subject, *_ in facts.passes}
    for subject in facts.owed:
        if subject not in counting:
            yield (StatementCode.WINDOW_OWED.value, subject)


def _window(facts: Facts) -> Iterator[Statement]:
    years = [year for subject, year, _, _ in facts.passes if subject in facts.owed]
    if facts.outcome in _DONE:
        if years:
            yield (StatementCode.WINDOW_COMPLETE.value, min(years), max(years))
    else:
        kept: dict[str, int] = {}  # of a subject passed twice, at the full and at a regional line, the longer one
        for subject, _, through, _ in facts.passes:
            if subject in facts.owed:
                kept[subject] = max(through, kept.get(subject, through))
        for last in sorted(set(kept.values())):  # this year's, too: what it does not complete is lost
            yield (StatementCode.WINDOW_SAVES.value, last, *(subject for subject in kept if kept[subject] == last))
    source = facts.rules.source_index(facts.category.source)
    yield (StatementCode.WINDOW_RULE.value, facts.category.window, source)


def _next(facts: Facts) -> Iterator[Statement]:
    panel = facts.level.panel
    if facts.outcome in _DONE and panel is not None:
        yield (StatementCode.NEXT_PANEL.value, panel.years or 0)
    elif facts.outcome in _DONE:
        yield (StatementCode.NEXT_CERTIFICATE.value,)
    elif facts.outcome is Outcome.LINE_NOT_ANNOUNCED:
        yield (StatementCode.NEXT_LINE.value,)
    else:
        yield (StatementCode.NEXT_RETAKE.value, facts.rules.year + 1)
    review, papers = facts.rules.review, facts.level.subjects
    reviewed = [subject for subject, causes in facts.causes if review.accepts(papers[subject].kind, causes)]
    if reviewed:
        yield (StatementCode.NEXT_REVIEW.value, review.days, *reviewed)
