"""What holds for every candidate: better marks, other orders, all windows against an oracle, all marks near a line."""

import random
from dataclasses import replace
from decimal import Decimal
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fangbang.adjudication.rules import Candidate, Entry, Lines, Pass, Standing, adjudicate
from fangbang.exams.model import SittingRules
from fangbang.exams.vocabulary import Outcome, SubjectStatus
from tests.adjudication.world import CATALOGUE, TRIAL, YEAR, candidates, histories, lines, mark, sat

_WORTH = {
    Outcome.NOT_PASSED: 0,
    Outcome.PARTLY_PASSED: 1,
    Outcome.LINE_NOT_ANNOUNCED: 1,
    Outcome.QUALIFIED_REGIONALLY: 2,
    Outcome.QUALIFIED: 3,
}


@given(candidate=candidates(), history=histories(), which=st.integers(0, 3), announced=st.booleans())
def test_raising_a_mark_never_worsens_the_outcome(
    candidate: Candidate, history: tuple[Pass, ...], which: int, announced: bool
) -> None:
    entry = candidate.entries[which % len(candidate.entries)]
    full = TRIAL.levels["main"].subjects[entry.subject].full
    known = lines() if announced else Lines(TRIAL)
    if entry.mark is None:
        return
    raised = [Entry(item.subject, mark=full) if item is entry else item for item in candidate.entries]

    before = adjudicate(candidate, TRIAL, history, known)
    after = adjudicate(replace(candidate, entries=tuple(raised)), TRIAL, history, known)

    if before.outcome in _WORTH:
        assert _WORTH[after.outcome] >= _WORTH[before.outcome]
    else:
        assert after.outcome is before.outcome
    assert {item.subject for item in after.passes} >= {item.subject for item in before.passes}


@given(candidate=candidates(gaps=True), history=histories(), seed=st.integers())
def test_the_order_of_rows_is_irrelevant(candidate: Candidate, history: tuple[Pass, ...], seed: int) -> None:
    shuffled, mixed = list(candidate.entries), list(history)
    random.Random(seed).shuffle(shuffled)
    random.Random(seed).shuffle(mixed)

    other = adjudicate(replace(candidate, entries=tuple(shuffled)), TRIAL, mixed, lines())

    assert other == adjudicate(candidate, TRIAL, history, lines())


def _brute_force(years: dict[str, set[int]], owes: tuple[str, ...], window: int, cancelled: set[int]) -> bool:
    """Try every choice of one pass a subject: are they all within `window` exam years that end with this one?"""
    exam_years = [year for year in range(YEAR, YEAR - 40, -1) if year not in cancelled][:window]
    return any(
        all(year >= exam_years[-1] for year in choice) for choice in product(*(sorted(years[item]) for item in owes))
    )


@given(
    category=st.sampled_from(["w1", "w2", "w3", "w4", "w5"]),
    earned=st.lists(st.tuples(st.sampled_from(["a", "b", "c", "d"]), st.integers(YEAR - 8, YEAR)), max_size=12),
    province=st.sampled_from(["110000", "310000"]),
)
def test_windows_of_one_to_five_years_against_a_brute_force_oracle(
    category: str, earned: list[tuple[str, int]], province: str
) -> None:
    owes, window = TRIAL.levels["main"].categories[category].owes, int(category[1])
    full = {item.id: item.full for item in TRIAL.levels["main"].subjects.values()}
    now = {subject for subject, year in earned if year == YEAR}
    entries = tuple(Entry(subject, mark=full[subject] if subject in now else Decimal(0)) for subject in full)
    history = [Pass(subject, year) for subject, year in earned if year < YEAR]
    years = {subject: {year for passed, year in earned if passed == subject} for subject in full}
    cancelled = {2022, 2024} if province == "310000" else {2022}

    result = adjudicate(Candidate(Standing("main", category, province), entries), TRIAL, history, lines())

    assert (result.outcome is Outcome.QUALIFIED) is _brute_force(years, owes, window, cancelled)


def _every_paper() -> list[tuple[SittingRules, str, str]]:
    found = []
    for exam in CATALOGUE.exams():
        if exam.selectable:
            rules = CATALOGUE.sitting(exam.id, YEAR)
            found += [(rules, level.id, subject) for level in rules.levels.values() for subject in level.subjects]
    return found


@pytest.mark.parametrize(
    ("rules", "level", "subject"), _every_paper(), ids=lambda item: item.id if isinstance(item, SittingRules) else item
)
def test_every_mark_at_the_line_and_one_step_beside_it(rules: SittingRules, level: str, subject: str) -> None:
    paper = rules.levels[level].subjects[subject]
    line = paper.line()
    category = next((item.id for item in rules.levels[level].categories.values() if subject in item.owes), "")
    if line is None:
        line = (paper.full * 6 / 10) // paper.step * paper.step

    def status(value: Decimal) -> SubjectStatus:
        candidate = Candidate(Standing(level, category, "110000"), (Entry(subject, mark=value),))
        return adjudicate(candidate, rules).subjects[0].status

    if paper.line() is None:
        assert status(line) is SubjectStatus.LINE_NOT_ANNOUNCED
    else:
        below = line - max(paper.step, paper.rounding.to if paper.rounding.mode != "none" else paper.step)
        assert [status(value) for value in (below, line, line + paper.step)] == [
            SubjectStatus.NOT_PASSED,
            SubjectStatus.PASSED,
            SubjectStatus.PASSED,
        ]


def test_the_oracle_knows_a_window_that_is_too_long() -> None:
    """Positive control: the oracle differs from a calculator that forgets to let passes lapse."""
    years = {"a": {2020}, "b": {2026}, "c": {2026}}

    assert not _brute_force(years, ("a", "b", "c"), 2, set())
    assert (
        adjudicate(sat("w2", mark("b", 80), mark("c", 50)), TRIAL, [Pass("a", 2020)]).outcome is not Outcome.QUALIFIED
    )
