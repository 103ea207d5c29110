"""Both calculators over random candidates, with history, of every exam, level and category that ships."""

import random
from decimal import Decimal

import pytest

from fangbang.adjudication.calculation import Calculation
from fangbang.adjudication.rules import AnnouncedLine, Candidate, Entry, Pass, Standing
from fangbang.exams.model import LevelRules, SittingRules, SubjectRules
from tests.adjudication.world import BEIJING, CATALOGUE, TIBET, Person, books_of

YEAR = 2025
PEOPLE = 150
_SPECIALTIES = ["civil", "road", ""]


def _entry(rng: random.Random, subject: SubjectRules) -> Entry:
    if rng.random() < 0.15:
        return Entry(subject.id, code=rng.choice([-1, -1, -1, -2, -3, -4]))
    steps = int(subject.full / subject.step)
    near = int(steps * 0.6) + rng.randint(-8, 12)
    return Entry(subject.id, mark=max(0, min(steps, near)) * subject.step)


def _history(rng: random.Random, level: LevelRules) -> tuple[Pass, ...]:
    return tuple(
        Pass(subject, YEAR - rng.randint(1, 5), rng.choice(["", "", "", TIBET]), rng.choice(_SPECIALTIES))
        for subject in level.subjects
        if rng.random() < 0.4
    )


def _people(rng: random.Random, rules: SittingRules) -> list[Person]:
    found = []
    for number in range(PEOPLE):
        level = rng.choice(list(rules.levels.values()))
        category = rng.choice(list(level.categories.values()))
        sat = rng.sample(category.owes, rng.randint(1, len(category.owes)))
        standing = Standing(level.id, category.id, rng.choice([BEIJING, TIBET]), rng.choice(_SPECIALTIES))
        entries = tuple(_entry(rng, level.subjects[subject]) for subject in sat)
        found.append(Person(number, Candidate(standing, entries), _history(rng, level)))
    return found


def _announced(rules: SittingRules) -> list[AnnouncedLine]:
    """What later notices would bring: a full line where none is known, a regional one in Tibet."""
    found = []
    for level in rules.levels.values():
        for subject in level.subjects.values():
            if subject.line() is None:
                found.append(AnnouncedLine(level.id, subject.id, subject.full * Decimal("0.55"), BEIJING))
            found.append(AnnouncedLine(level.id, subject.id, subject.full / 2, TIBET, regional=True))
    return found


@pytest.mark.parametrize("exam", [item.id for item in CATALOGUE.exams() if item.selectable])
def test_two_calculators_agree_on_every_exam(exam: str) -> None:
    rules = CATALOGUE.sitting(exam, YEAR)
    books, inputs = books_of(_people(random.Random(exam), rules))

    calculation = Calculation(books, inputs, rules, _announced(rules))
    rows = sum(batch.num_rows for batch in calculation.batches())

    assert (rows, calculation.tally.disagreements) == (PEOPLE, 0)
    assert len(calculation.tally.counts()["outcomes"]) >= 4
