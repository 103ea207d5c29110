"""The longest record that the exact calculator can give, over every exam file: it fits its entry, as planned."""

from collections.abc import Iterator
from decimal import Decimal
from itertools import product

import pytest

from fangbang.adjudication.rules import (
    AnnouncedLine,
    Candidate,
    CandidateOutcome,
    Entry,
    Lines,
    Pass,
    Standing,
    adjudicate,
)
from fangbang.exams.catalogue import load_catalogue
from fangbang.exams.model import Category, LevelRules, SittingRules
from fangbang.keeper.rows import plain_mark
from fangbang.keeper.sizes import entry_size
from fangbang.snapshot.layout import EntryLayout
from fangbang.snapshot.record import LENGTH_BYTES, Record, SubjectLine, encode

YEAR, REGION, SPECIALTY = 2026, "650000", "水利水电工程"
CATALOGUE = load_catalogue()
EXAMS = [exam.id for exam in CATALOGUE.exams() if exam.selectable]
WAYS = ("regional beside national", "undefined code, lapsed", "passed now", "failed, lapsed", "zero, passed before")


def fate(way: str, subject: str, full: Decimal, window: int) -> tuple[Entry, list[Pass]]:
    """What became of one subject: the ways in which it has the most to say."""
    if way == WAYS[0]:
        return Entry(subject, mark=full * 55 // 100), [Pass(subject, max(YEAR - window + 1, YEAR - 1), "", SPECIALTY)]
    if way == WAYS[1]:
        return Entry(subject, code=-3), [Pass(subject, YEAR - 16, "", SPECIALTY)]
    if way == WAYS[2]:
        return Entry(subject, mark=full - Decimal("0.5")), []
    if way == WAYS[3]:
        return Entry(subject, mark=full // 10), [Pass(subject, YEAR - 16, "", SPECIALTY)]
    both = [Pass(subject, YEAR - 1, REGION, SPECIALTY), Pass(subject, YEAR - 2, "", SPECIALTY)]
    return Entry(subject, mark=Decimal(0)), both


def results(rules: SittingRules, level: LevelRules, category: Category) -> Iterator[CandidateOutcome]:
    papers = level.subjects
    announced = [AnnouncedLine(level.id, item.id, item.full * 6 // 10, REGION) for item in papers.values()]
    announced += [AnnouncedLine(level.id, item.id, item.full // 2, REGION, True) for item in papers.values()]
    lines, standing = Lines(rules, announced), Standing(level.id, category.id, REGION, SPECIALTY)
    for ways in product(WAYS, repeat=len(papers)):
        fates = [
            fate(way, item.id, item.full, category.window) for way, item in zip(ways, papers.values(), strict=True)
        ]
        history = [earned for _, passes in fates for earned in passes]
        yield adjudicate(Candidate(standing, tuple(entry for entry, _ in fates)), rules, history, lines)


def record(level: str, category: str, found: CandidateOutcome, ticket: str) -> Record:
    """As long as real ones are: a name of four characters, a city of eight, a ticket of its own for each subject."""
    subjects = tuple(
        SubjectLine(
            item.subject,
            f"{ticket}{place}",
            None if item.mark is None else plain_mark(f"{item.mark:.3f}"),
            item.code,
            None if item.line is None else plain_mark(f"{item.line:.3f}"),
            item.status.value,
        )
        for place, item in enumerate(found.subjects)
    )
    who = ("欧阳某某", "1101************34", ticket, REGION, "伊犁哈萨克自治州", level, category, SPECIALTY)
    return Record(*who, found.outcome.value, subjects, found.statements, 3, "mark history")


def longest(rules: SittingRules) -> int:
    return max(
        len(encode(record(level.id, category.id, found, "1" * 15)))
        for level in rules.levels.values()
        for category in level.categories.values()
        for found in results(rules, level, category)
    )


@pytest.mark.parametrize("exam", EXAMS)
def test_the_longest_record_fits_its_entry(exam: str) -> None:
    rules = CATALOGUE.sitting(exam, YEAR)

    assert longest(rules) + LENGTH_BYTES <= EntryLayout(entry_size(rules)).text_size


def test_four_subjects_need_the_larger_entry_and_three_do_not() -> None:
    """Positive control: with the small entry a level of four subjects would not always fit."""
    sizes = {exam: entry_size(CATALOGUE.sitting(exam, YEAR)) for exam in EXAMS}

    assert {exam for exam, size in sizes.items() if size == 512} == {
        "constructor-2",
        "economist",
        "fire-1",
        "social-worker",
        "soft",
    }
    assert longest(CATALOGUE.sitting("consulting", YEAR)) + LENGTH_BYTES > EntryLayout(512).text_size


def test_the_size_does_not_know_results() -> None:
    """It is a function of the exam file: the same before and after marks, for all passed and all failed."""
    assert entry_size(CATALOGUE.sitting("eia", 2018)) == entry_size(CATALOGUE.sitting("eia", YEAR)) == 1024
