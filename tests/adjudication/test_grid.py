"""C12: over the whole score grid of every paper, a mark passes exactly when the rounded mark is not below the line.

The rounding of the oracle is written with fractions from what the exam file says, not with either calculator's code.
"""

from decimal import Decimal
from fractions import Fraction
from math import floor

import pytest

from fangbang.adjudication.calculation import Calculation
from fangbang.adjudication.rules import AnnouncedLine
from fangbang.exams.model import SittingRules, SubjectRules
from tests.adjudication.world import CATALOGUE, YEAR, Person, books_of, mark, sat

EXAMS = [exam.id for exam in CATALOGUE.exams() if exam.selectable]


def rounded(value: Decimal, paper: SubjectRules) -> Fraction:
    exact, unit, mode = Fraction(value), Fraction(paper.rounding.to), paper.rounding.mode.value
    if mode == "none":
        return exact
    below, rest = floor(exact / unit), exact / unit % 1
    half_up = rest > Fraction(1, 2) or (rest == Fraction(1, 2) and (mode == "half-up" or below % 2 == 1))
    return (below + (mode != "down" and half_up)) * unit


def grid(paper: SubjectRules) -> list[Decimal]:
    """Every mark that the paper can have."""
    return [paper.step * place for place in range(int(paper.full / paper.step) + 1)]


def decide(rules: SittingRules, level: str, subject: str, lines: list[AnnouncedLine]) -> list[str]:
    """Both calculators over one candidate a mark; a disagreement raises."""
    category = next(item.id for item in rules.levels[level].categories.values() if subject in item.owes)
    marks = grid(rules.levels[level].subjects[subject])
    people = [
        Person(number, sat(category, mark(subject, f"{value:f}"), level=level)) for number, value in enumerate(marks)
    ]
    books, inputs = books_of(people)
    rows = [row for batch in Calculation(books, inputs, rules, lines).batches() for row in batch.to_pylist()]
    return [row["subjects"][0]["status"] for row in rows]


@pytest.mark.parametrize("exam", EXAMS)
def test_a_mark_passes_exactly_when_rounded_it_is_not_below_the_line(exam: str) -> None:
    rules = CATALOGUE.sitting(exam, YEAR)

    for level in rules.levels.values():
        for paper in level.subjects.values():
            line = paper.line()
            announced = []
            if line is None:
                line = paper.full * 55 / 100
                announced = [AnnouncedLine(level.id, paper.id, line, "110000")]

            statuses = decide(rules, level.id, paper.id, announced)

            assert statuses == [
                "passed" if rounded(value, paper) >= Fraction(line) else "not-passed" for value in grid(paper)
            ]


def test_the_grid_of_the_trial_exam_meets_every_rounding() -> None:
    papers = CATALOGUE.sitting("trial", YEAR).levels["main"].subjects.values()

    assert {paper.rounding.mode.value for paper in papers} == {"none", "half-up", "half-even", "down"}
    assert [len(grid(paper)) for paper in papers] == [101, 241, 301, 1001]
