"""Cases beside the straight way, each decided by both calculators over real books (docs/reference/adjudication.md)."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from itertools import product
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from fangbang.adjudication.calculation import Calculation
from fangbang.adjudication.rules import AnnouncedLine, Candidate, Entry, Pass, Standing
from fangbang.books.schemas import MARKS, REGISTRATIONS
from fangbang.exams.catalogue import load_catalogue
from fangbang.exams.model import SittingRules
from tests.adjudication.world import (
    BEIJING,
    FOLDER,
    TIBET,
    TRIAL,
    Person,
    books_of,
    code,
    mark,
    mark_rows,
    registration_row,
    sat,
)

Rows = list[dict[str, Any]]


def decide(
    people: Sequence[Person], rules: SittingRules = TRIAL, announced: Sequence[AnnouncedLine] = (), **options: Any
) -> Rows:
    """Both calculators; a disagreement raises."""
    books, inputs = books_of(people)
    calculation = Calculation(books, replace(inputs, **options), rules, announced, withhold_missing=True)
    return [row for batch in calculation.batches() for row in batch.to_pylist()]


def one(candidate: Candidate, *history: Pass, **options: Any) -> dict[str, Any]:
    (row,) = decide([Person(1, candidate, history)], **options)
    return row


def statuses(row: dict[str, Any]) -> list[str]:
    return [item["status"] for item in row["subjects"]]


def changed(tmp_path: Path, before: str, after: str, *more: tuple[str, str]) -> SittingRules:
    """The trial exam with its file edited."""
    text = (FOLDER / "trial.toml").read_text()
    for old, new in ((before, after), *more):
        assert old in text
        text = text.replace(old, new)
    (tmp_path / "trial.toml").write_text(text)
    return load_catalogue(tmp_path).sitting("trial", 2026)


# --------------------------------------------------------------------------------------------------------- lines


def test_a_regional_line_that_is_not_below_the_full_one_says_nothing() -> None:
    """The full line was lowered after the regional one had been announced."""
    announced = [
        AnnouncedLine("main", "a", Decimal(55), TIBET, regional=True),
        AnnouncedLine("main", "a", Decimal(52), TIBET),
    ]

    passed = one(sat("w1", mark("a", 53), province=TIBET), announced=announced)
    failed = one(sat("w1", mark("a", 51), province=TIBET), announced=announced)

    assert [(statuses(row), row["subjects"][0]["line"]) for row in (passed, failed)] == [
        (["passed"], Decimal(52)),
        (["not-passed"], Decimal(52)),
    ]


def test_a_regional_line_before_the_full_one_waits_for_it() -> None:
    announced = [AnnouncedLine("main", "d", Decimal(4), TIBET, regional=True)]

    row = one(sat("w4", mark("d", 9), province=TIBET), announced=announced)

    assert (row["outcome"], statuses(row)) == ("line-not-announced", ["line-not-announced"])


# --------------------------------------------------------------------------------------------------------- codes


def test_how_far_minus_four_reaches_is_the_exam_files_word(tmp_path: Path) -> None:
    rules = changed(tmp_path, 'scope = "subject"', 'scope = "sitting"')
    candidate = sat("w2", code("a", -4), mark("b", 80), mark("c", 50))

    of_subject, of_sitting = one(candidate), one(candidate, rules=rules)

    assert (of_subject["outcome"], statuses(of_subject)) == ("partly-passed", ["invalid", "passed", "passed"])
    assert (of_sitting["outcome"], statuses(of_sitting)) == ("void", ["invalid", "void", "void"])


@pytest.mark.parametrize(
    ("effect", "scope"), list(product(["absent", "violation", "invalid"], ["none", "subject", "sitting"]))
)
def test_every_effect_with_every_scope(tmp_path: Path, effect: str, scope: str) -> None:
    """The effect is what the subject is called, the scope what else is lost."""
    old = 'scope = "subject"\neffect = "invalid"'
    rules = changed(tmp_path, old, f'scope = "{scope}"\neffect = "{effect}"')

    beside = one(sat("w1", code("a", -4), mark("b", 80)), rules=rules)
    alone = one(sat("w1", code("a", -4)), rules=rules)

    reaches = scope == "sitting"
    assert statuses(beside) == [effect, "void" if reaches else "passed"]
    assert beside["outcome"] == ("void" if reaches else "partly-passed")
    assert alone["outcome"] == ("void" if reaches else "absent" if effect == "absent" else "not-passed")


def test_a_defined_code_loses_its_meaning_where_no_rule_defines_it(tmp_path: Path) -> None:
    rules = changed(tmp_path, "code = -2", "code = -2\nuntil = 2025")

    row = one(sat("w1", code("a", -2), mark("b", 80)), rules=rules)

    assert (row["outcome"], statuses(row)) == ("partly-passed", ["undefined-code", "passed"])


def two_levels(first: Candidate, second: Candidate, history: tuple[Pass, ...] = ()) -> Rows:
    """One document, two registrations in one sitting."""
    one, other = Person(1, first, history), Person(1, second)
    books, inputs = books_of([one])
    registrations = [registration_row(one), registration_row(other) | {"ticket": "T2", "subject_tickets": ["T2"]}]
    marks = [*mark_rows(one), *(row | {"ticket": "T2"} for row in mark_rows(other))]
    books.tables |= {
        "registrations": pa.Table.from_pylist(registrations, schema=REGISTRATIONS),
        "marks": pa.Table.from_pylist(sorted(marks, key=lambda row: str(row["ticket"])), schema=MARKS),
    }
    calculation = Calculation(books, inputs, TRIAL, withhold_missing=True)
    return [row for batch in calculation.batches() for row in batch.to_pylist()]


def test_a_violation_at_one_level_voids_the_persons_other_level_of_the_sitting() -> None:
    essay = sat("full", mark("essay", 90), level="top")

    rows = two_levels(sat("w1", mark("a", 90), code("b", -2)), essay, (Pass("b", 2025),))
    sound = two_levels(sat("w1", mark("a", 90), code("b", -1)), essay)

    assert [(row["level"], row["outcome"], statuses(row)) for row in rows] == [
        ("main", "void", ["void", "violation"]),
        ("top", "void", ["void"]),
    ]
    assert [row["outcome"] for row in sound] == ["partly-passed", "qualified"]


def test_a_violation_does_not_reach_another_document_with_the_same_number() -> None:
    """Two documents of different types may have one number: nobody guesses that they are one person's."""
    void, other = Person(1, sat("w1", code("a", -2))), Person(1, sat("w1", mark("a", 90), mark("b", 90)))
    books, inputs = books_of([void])
    alien = registration_row(other) | {"ticket": "T2", "doc_type": "passport", "subject_tickets": ["T2", "T2"]}
    marks = [*mark_rows(void), *(row | {"ticket": "T2"} for row in mark_rows(other))]
    books.tables |= {
        "registrations": pa.Table.from_pylist([registration_row(void), alien], schema=REGISTRATIONS),
        "marks": pa.Table.from_pylist(marks, schema=MARKS),
    }

    rows = [row for batch in Calculation(books, inputs, TRIAL).batches() for row in batch.to_pylist()]

    assert [row["outcome"] for row in rows] == ["void", "qualified"]


# ----------------------------------------------------------------------------------------------- odd categories


def test_whoever_owes_nothing_any_more_is_qualified_whatever_was_sat() -> None:
    """Every owed subject was exempted: a mark cannot take that away, a violation voids it, an absence hides it."""
    exempt = (Pass("a", 2026, exempt=True), Pass("b", 2026, exempt=True))

    rows = [one(sat("w1", entry), *exempt) for entry in (mark("a", 0), code("a", -3), code("a", -2), code("a", -1))]

    assert [row["outcome"] for row in rows] == ["qualified", "qualified", "void", "absent"]


def test_an_exemption_in_a_subject_by_specialty_is_one_of_its_specialty() -> None:
    candidate = sat("w3", mark("a", 80), specialty="road")

    here = one(candidate, Pass("c", 2026, specialty="road", exempt=True))
    there = one(candidate, Pass("c", 2026, specialty="civil", exempt=True))

    assert [row["outcome"] for row in (here, there)] == ["qualified", "partly-passed"]


def test_a_pass_without_a_specialty_is_of_no_specialty() -> None:
    """No guess: a pass of a time when nobody wrote the specialty down has to be entered again with it."""
    unknown = one(sat("w3", mark("a", 80), specialty="road"), Pass("c", 2025))
    neither = one(sat("w3", mark("a", 80)), Pass("c", 2025))

    assert [row["outcome"] for row in (unknown, neither)] == ["partly-passed", "qualified"]


def test_a_pass_not_owed_is_told_but_nothing_has_to_be_saved_of_it() -> None:
    row = one(sat("w3", mark("b", 80), mark("a", 80)))

    assert '["window.earned","b",2026,2028]' in row["statements"]
    assert '["window.saves",2028,"a"]' in row["statements"]


# -------------------------------------------------------------------------------------------------- review


@pytest.mark.parametrize(
    ("entries", "reviewed"),
    [
        ((mark("a", 59),), []),
        ((mark("a", 0),), ["a"]),
        ((code("a", -1),), ["a"]),
        ((code("a", -2),), ["a"]),
        ((code("a", -4),), ["a"]),
        ((code("a", -3),), []),
        ((mark("b", 1), mark("c", 1), mark("a", 1)), ["b", "c"]),
    ],
)
def test_an_objective_paper_is_reviewed_only_for_zero_absent_violation_and_invalid(
    entries: tuple[Entry, ...], reviewed: list[str]
) -> None:
    said = ",".join(f'"{subject}"' for subject in reviewed)

    row = one(sat("w2", *entries))

    assert (f'["next.review",30,{said}]' in row["statements"]) == bool(reviewed)
    assert ("next.review" in row["statements"]) == bool(reviewed)


# ------------------------------------------------------------------------------------------------ withheld


def test_a_withheld_year_earns_nothing_until_it_is_released() -> None:
    person = Person(1, sat("w1", mark("a", 90), mark("b", 90)), (Pass("a", 2025),))

    (held,) = decide([person], withheld=frozenset({person.ticket}))
    (free,) = decide([person])

    assert (held["outcome"], held["passes"], held["statements"]) == ("withheld", [], "[]")
    assert [item["subject"] for item in free["passes"]] == ["a", "b"]


def test_withheld_is_told_before_void() -> None:
    person = Person(1, sat("w1", code("a", -2), mark("b", 90)))

    (held,) = decide([person], withheld=frozenset({person.ticket}))

    assert (held["outcome"], statuses(held)) == ("withheld", ["withheld", "withheld"])


# ------------------------------------------------------------------------------------- a dated proof of passing


def test_the_validity_of_a_proof_is_a_dated_rule(tmp_path: Path) -> None:
    panel = "[[levels.panel]]\nyears = 3"
    both = f"{panel}\nuntil = 2025\n" + 'status = "seen"\nsource = ["made-up"]\n\n[[levels.panel]]\nfrom = 2026'
    rules = changed(tmp_path, panel, both)
    essay = Candidate(Standing("top", "full", BEIJING), (mark("essay", 60),))

    assert '["next.panel",3]' in one(essay)["statements"]
    assert '["next.panel",0]' in one(essay, rules=rules)["statements"]
