"""What a candidate is told of a later version: its number and why, from the rows alone; which history counts."""

from collections import Counter
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest

from fangbang.adjudication.assembly import Inputs
from fangbang.adjudication.calculation import Calculation
from fangbang.adjudication.published import HistoryBook, standing
from fangbang.adjudication.rules import AnnouncedLine, Pass
from fangbang.books.schemas import OUTCOMES
from tests.adjudication.world import (
    BEIJING,
    SHANGHAI,
    TIBET,
    TRIAL,
    YEAR,
    MemoryBooks,
    Person,
    books_of,
    code,
    mark,
    sat,
)

Rows = list[dict[str, Any]]
SHOWN = HistoryBook("trial-2026", YEAR, "shown", "rel-1")
PEOPLE = [
    Person(1, sat("w2", mark("a", 60), mark("b", 72))),
    Person(2, sat("w2", mark("a", 50), code("b", -1), province=TIBET)),
    Person(3, sat("w2", mark("a", 60)), (Pass("b", 2025),)),
]


def decide(
    people: list[Person], shown: Rows | None = None, announced: tuple[AnnouncedLine, ...] = (), **changes: Any
) -> tuple[Rows, dict[str, int]]:
    books, inputs = books_of(people)
    if shown is not None:
        books.tables["shown"] = pa.Table.from_pylist(shown, schema=OUTCOMES)
        inputs = replace(inputs, before=(SHOWN,))
    calculation = Calculation(books, replace(inputs, **changes), TRIAL, announced, chunk=2)
    rows = [row for batch in calculation.batches() for row in batch.to_pylist()]
    return rows, calculation.tally.counts()["changes"]


def versions(rows: Rows) -> list[tuple[int, str]]:
    return [(row["version"], row["reason"]) for row in rows]


def test_what_is_published_first_is_version_one_without_a_reason() -> None:
    rows, changes = decide(PEOPLE)

    assert versions(rows) == [(1, "")] * 3
    assert changes == {}


def test_the_same_results_keep_their_version_and_reasons() -> None:
    first, _ = decide(PEOPLE)
    shown = [{**row, "version": 3, "reason": "mark"} for row in first]

    rows, changes = decide(PEOPLE, shown)

    assert rows == shown
    assert changes == {}


def person(number: int, **changes: Any) -> list[Person]:
    return [replace(item, **changes) if item.number == number else item for item in PEOPLE]


@pytest.mark.parametrize(
    ("people", "options", "told"),
    [
        (person(1, candidate=sat("w2", mark("a", 61), mark("b", 72))), {}, [(2, "mark"), (1, ""), (1, "")]),
        (
            person(2, candidate=sat("w2", mark("a", 50), mark("b", 72), province=TIBET)),
            {},
            [(1, ""), (2, "mark"), (1, "")],
        ),
        (
            PEOPLE,
            {"announced": (AnnouncedLine("main", "a", Decimal(45), TIBET, regional=True),)},
            [(1, ""), (2, "line"), (1, "")],
        ),
        (PEOPLE, {"withheld": frozenset({PEOPLE[0].ticket})}, [(2, "withheld"), (1, ""), (1, "")]),
        (person(3, history=()), {}, [(1, ""), (1, ""), (2, "history")]),
        (person(3, candidate=sat("w3", mark("a", 60))), {}, [(1, ""), (1, ""), (2, "details")]),
        (
            person(1, candidate=sat("w4", mark("a", 58), mark("b", 72))),
            {"announced": (AnnouncedLine("main", "b", Decimal(70)),)},
            [(2, "mark line details"), (2, "line"), (1, "")],
        ),
        ([*PEOPLE, Person(4, sat("w2", mark("a", 60)))], {}, [(1, ""), (1, ""), (1, ""), (1, "added")]),
    ],
    ids=["a mark", "a code", "regional line", "withheld", "history", "registration", "several", "added"],
)
def test_other_results_are_the_next_version_with_every_reason(
    people: list[Person], options: dict[str, Any], told: list[tuple[int, str]]
) -> None:
    shown, _ = decide(PEOPLE)

    rows, changes = decide(people, shown, **options)

    assert versions(rows) == told
    assert changes == dict(Counter(reason for _, reason in told if reason))


def test_a_withheld_result_that_is_released_says_so_and_nothing_else() -> None:
    shown, _ = decide(PEOPLE, withheld=frozenset({PEOPLE[0].ticket}))

    rows, _ = decide(PEOPLE, shown)

    assert versions(rows) == [(2, "released"), (1, ""), (1, "")]


def test_a_statement_that_changed_alone_is_recomputed() -> None:
    first, _ = decide(PEOPLE)
    shown = [{**first[0], "statements": "[]"}, *first[1:]]

    rows, _ = decide(PEOPLE, shown)

    assert versions(rows)[0] == (2, "recomputed")


def test_a_corrected_ticket_is_still_the_same_result() -> None:
    first, _ = decide(PEOPLE)
    shown = [{**first[0], "ticket": "T-OLD"}, *first[1:]]

    rows, _ = decide(PEOPLE, shown)

    assert versions(rows)[0] == (2, "details")


def test_a_province_that_is_published_later_begins_with_version_one() -> None:
    books, inputs = books_of(PEOPLE)
    books.tables["shown"] = pa.Table.from_pylist(decide(PEOPLE)[0], schema=OUTCOMES)
    only = replace(SHOWN, provinces=(BEIJING,))
    worse = person(2, candidate=sat("w2", mark("a", 10), province=TIBET))
    books.tables |= {name: table for name, table in books_of(worse)[0].tables.items() if name == "marks"}
    books.tables["registrations"] = books_of(worse)[0].tables["registrations"]

    calculation = Calculation(books, replace(inputs, before=(only,)), TRIAL)
    rows = [row for batch in calculation.batches() for row in batch.to_pylist()]

    assert versions(rows) == [(1, ""), (1, ""), (1, "")]


# ------------------------------------------------------------------------------------------ which history counts

BEFORE = "trial-2025"


def of_two_books(*history: HistoryBook) -> list[str]:
    """Three people in three provinces owe a, b and c; the book `old` has their pass in c, the book `new` has none."""
    provinces = (BEIJING, SHANGHAI, TIBET)
    people = [
        Person(number, sat("w2", mark("a", 60), mark("b", 72), province=place), (Pass("c", 2025),))
        for number, place in enumerate(provinces)
    ]
    books, inputs = books_of(people)
    old = books.tables["outcomes-2025"]
    none = [{**row, "passes": []} for row in old.to_pylist()]
    tables = {**books.tables, "old": old, "new": pa.Table.from_pylist(none, schema=OUTCOMES)}
    calculation = Calculation(MemoryBooks(tables), Inputs(inputs.registrations, inputs.marks, history), TRIAL)
    return [row["outcome"] for batch in calculation.batches() for row in batch.to_pylist()]


def book(name: str, *provinces: str) -> HistoryBook:
    return HistoryBook(BEFORE, 2025, name, f"rel-{name}", provinces)


YES, NO = "qualified", "partly-passed"


@pytest.mark.parametrize(
    ("history", "outcomes"),
    [
        ((), [NO, NO, NO]),
        ((book("old"),), [YES, YES, YES]),
        ((book("old"), book("new")), [NO, NO, NO]),
        ((book("new"), book("old")), [YES, YES, YES]),
        ((book("old", BEIJING), book("old", TIBET)), [YES, NO, YES]),
        ((book("old"), book("new", TIBET)), [YES, YES, NO]),
        ((book("old", BEIJING, TIBET), book("new", TIBET), book("old", SHANGHAI)), [YES, YES, NO]),
        ((replace(book("old"), levels=("top",)),), [NO, NO, NO]),
    ],
)
def test_of_several_releases_of_a_sitting_the_last_that_covers_a_row_counts(
    history: tuple[HistoryBook, ...], outcomes: list[str]
) -> None:
    assert of_two_books(*history) == outcomes


def test_a_release_that_a_later_one_covers_whole_is_not_read() -> None:
    narrow, whole = book("old", BEIJING), book("new")

    assert standing([narrow, whole]) == [whole]
    assert standing([whole, narrow]) == [whole, narrow]


# ------------------------------------------------------------------------------------- one person, several documents


def with_links(people: dict[tuple[str, str], str]) -> list[str]:
    """Person 1 sat last year under another document, which comes later in the order of the books."""
    now = [Person(1, sat("w2", mark("a", 60), mark("b", 72))), Person(2, sat("w2", mark("a", 60)))]
    earlier = Person(9, sat("w2"), (Pass("c", 2025),))
    books, inputs = books_of(now)
    books.tables["outcomes-2025"] = books_of([earlier])[0].tables["outcomes-2025"]
    inputs = replace(inputs, history=(HistoryBook(BEFORE, 2025, "outcomes-2025"),), people=people)
    calculation = Calculation(books, inputs, TRIAL, chunk=1)
    return [row["outcome"] for batch in calculation.batches() for row in batch.to_pylist()]


def test_passes_under_another_document_count_when_people_linked_the_two() -> None:
    one, nine = ("resident-id", "D000000001"), ("resident-id", "D000000009")

    assert with_links({}) == [NO, NO]
    assert with_links({one: "person-1", nine: "person-1"}) == [YES, NO]
    assert with_links({one: "person-1", nine: "person-2"}) == [NO, NO]
    assert with_links({("passport", "D000000001"): "person-1", nine: "person-1"}) == [NO, NO]
