"""Books that do not fit together stop the run, each with its own problem; no problem names a person."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest

from fangbang.adjudication.assembly import Inputs
from fangbang.adjudication.calculation import Calculation
from fangbang.adjudication.problems import (
    BOOK_ORDER,
    DOUBLE_MARKS,
    MARKS_WITHOUT_REGISTRATION,
    MISSING_MARKS,
    UNKNOWN_RULES,
)
from fangbang.adjudication.published import HistoryBook
from fangbang.adjudication.rules import Pass
from fangbang.core.errors import FangbangError
from tests.adjudication.world import TRIAL, MemoryBooks, Person, books_of, mark, sat

Rows = list[dict[str, Any]]


def three() -> tuple[MemoryBooks, Inputs]:
    return books_of([Person(number, sat("w1", mark("a", 60), mark("b", 72))) for number in (1, 2, 3)])


def rows(books: MemoryBooks, inputs: Inputs, **options: Any) -> Rows:
    calculation = Calculation(books, inputs, TRIAL, **options)
    return [row for batch in calculation.batches() for row in batch.to_pylist()]


def change(books: MemoryBooks, name: str, edit: Callable[[Rows], Rows]) -> None:
    table = books.tables[name]
    books.tables[name] = pa.Table.from_pylist(edit(table.to_pylist()), schema=table.schema)


def _other_document(marks: Rows) -> Rows:
    return [marks[0] | {"doc_number": "D000000000"}, *marks[1:]]


def _other_ticket(marks: Rows) -> Rows:
    return [marks[0] | {"ticket": "T999"}, *marks[1:]]


def _other_subject(marks: Rows) -> Rows:
    return [marks[0] | {"subject": "c"}, *marks[1:]]


def _shifted_documents(marks: Rows) -> Rows:
    documents = [row["doc_number"] for row in marks]
    return [row | {"doc_number": number} for row, number in zip(marks, [documents[0], *documents[:-1]], strict=True)]


def _one_more_at_the_end(marks: Rows) -> Rows:
    return [*marks, marks[-1] | {"doc_number": "D999999999"}]


@pytest.mark.parametrize(
    "edit", [_other_document, _other_ticket, _other_subject, _shifted_documents, _one_more_at_the_end]
)
def test_a_mark_belongs_to_a_registration_by_ticket_document_and_subject(edit: Callable[[Rows], Rows]) -> None:
    books, inputs = three()
    change(books, "marks", edit)

    with pytest.raises(FangbangError) as caught:
        rows(books, inputs, withhold_missing=True)

    assert caught.value.problem is MARKS_WITHOUT_REGISTRATION


def test_a_mark_that_stands_twice_stops_the_run() -> None:
    books, inputs = three()
    change(books, "marks", lambda marks: [marks[0], marks[0] | {"mark": Decimal(99)}, *marks[1:]])

    with pytest.raises(FangbangError) as caught:
        rows(books, inputs)

    assert (caught.value.problem, caught.value.params) == (DOUBLE_MARKS, {"count": 1})


@pytest.mark.parametrize("book", ["registrations", "marks"])
def test_a_book_out_of_order_stops_the_run(book: str) -> None:
    books, inputs = three()
    change(books, book, lambda found: found[::-1])

    with pytest.raises(FangbangError) as caught:
        rows(books, inputs)

    assert (caught.value.problem, caught.value.params) == (BOOK_ORDER, {"book": book})


def test_a_book_out_of_order_between_batches_stops_the_run() -> None:
    books, inputs = books_of([Person(number, sat("w1", mark("a", 60))) for number in range(20)])
    change(books, "registrations", lambda found: [*found[7:14], *found[:7], *found[14:]])

    with pytest.raises(FangbangError) as caught:
        rows(books, inputs)

    assert caught.value.problem is BOOK_ORDER


def test_missing_marks_are_counted_over_everyone_and_stop_the_run() -> None:
    books, inputs = three()
    change(books, "marks", lambda marks: marks[1:-1])

    with pytest.raises(FangbangError) as caught:
        rows(books, inputs, chunk=1)

    assert (caught.value.problem, caught.value.params) == (MISSING_MARKS, {"count": 2})


def test_candidates_with_missing_marks_can_be_withheld_instead() -> None:
    books, inputs = three()
    change(books, "marks", lambda marks: marks[1:])

    outcomes = [row["outcome"] for row in rows(books, inputs, withhold_missing=True)]

    assert outcomes == ["withheld", "qualified", "qualified"]


@pytest.mark.parametrize(
    ("edit", "what"),
    [
        ({"level": "none"}, "none/w1"),
        ({"category": "w9"}, "main/w9"),
        ({"subjects": [], "subject_tickets": []}, "no subject"),
        ({"subjects": ["a", "z"]}, "main/z"),
    ],
)
def test_registrations_that_the_rules_do_not_know_stop_the_run(edit: dict[str, Any], what: str) -> None:
    books, inputs = three()
    change(books, "registrations", lambda found: [found[0] | edit, *found[1:]])

    with pytest.raises(FangbangError) as caught:
        rows(books, inputs)

    assert (caught.value.problem, caught.value.params) == (UNKNOWN_RULES, {"count": 1, "what": what})


def test_an_empty_marks_book_leaves_everyone_without_marks() -> None:
    books, inputs = three()
    change(books, "marks", lambda marks: [])

    outcomes = [row["outcome"] for row in rows(books, inputs, withhold_missing=True)]

    assert outcomes == ["withheld"] * 3


def test_two_registrations_of_one_document_stay_together_in_a_chunk() -> None:
    books, inputs = books_of([Person(1, sat("w1", mark("a", 60))), Person(2, sat("w1", mark("a", 59)))])
    essay = sat("full", mark("essay", 60), level="top")
    twin, _ = books_of([Person(1, essay)])
    for name in ("registrations", "marks"):
        both = books.tables[name].to_pylist() + twin.tables[name].to_pylist()
        change(books, name, lambda _, both=both: sorted(both, key=lambda row: row["doc_number"]))  # type: ignore[misc]

    outcomes = [(row["level"], row["outcome"]) for row in rows(books, inputs, chunk=1)]

    assert outcomes == [("main", "partly-passed"), ("top", "qualified"), ("main", "not-passed")]


def test_history_is_taken_only_from_the_year_of_its_own_book() -> None:
    """A pass that a later book merely repeats is gone when the sitting that gave it was superseded."""
    person = Person(1, sat("w2", mark("b", 80), mark("c", 50)), (Pass("a", 2025),))
    books, inputs = books_of([person])
    repeated = Inputs(
        inputs.registrations, inputs.marks, (HistoryBook("trial-2024", 2024, "outcomes-2025"),), inputs.prior
    )

    assert rows(books, inputs)[0]["outcome"] == "qualified"
    assert rows(books, repeated)[0]["outcome"] == "partly-passed"


def test_history_of_another_document_is_never_guessed() -> None:
    person = Person(1, sat("w2", mark("b", 80), mark("c", 50)), (Pass("a", 2025),))
    books, inputs = books_of([person])
    change(books, "outcomes-2025", lambda found: [found[0] | {"doc_type": "passport"}])

    assert rows(books, inputs)[0]["outcome"] == "partly-passed"


def test_a_withheld_ticket_shows_nothing() -> None:
    books, inputs = three()
    held = Inputs(inputs.registrations, inputs.marks, withheld=frozenset({"T000000002"}))

    told = rows(books, held)

    assert [row["outcome"] for row in told] == ["qualified", "withheld", "qualified"]
    assert [item["mark"] for item in told[1]["subjects"]] == [None, None]


def test_the_counts_add_up() -> None:
    books, inputs = three()
    done: list[int] = []
    calculation = Calculation(books, inputs, TRIAL, chunk=2, progress=done.append)

    list(calculation.batches())

    counts = calculation.tally.counts()
    assert counts["outcomes"] == {"qualified": 3}
    assert counts["provinces"] == {"110000": {"qualified": 3}}
    assert counts["subjects"] == {"main": {"a": {"passed": 3}, "b": {"passed": 3}}}
    assert (counts["candidates"], sum(done)) == (3, 3)
