"""What a run says of its records' lengths is what sealing will write; whom a record cannot hold is told by the run."""

from dataclasses import replace

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fangbang.adjudication.calculation import Calculation
from fangbang.adjudication.lengths import record_lengths
from fangbang.adjudication.problems import RECORD_TOO_LONG
from fangbang.books.schemas import OUTCOMES, REGISTRATIONS
from fangbang.core.errors import FangbangError
from fangbang.exams.room import LARGE, record_room
from fangbang.exams.vocabulary import CredentialKind
from fangbang.keeper.rows import RowReader
from tests.adjudication.world import TRIAL, MemoryBooks, Person, books_of, cohorts, mark, sat

KINDS: dict[str, tuple[CredentialKind, ...]] = {"": (CredentialKind.TICKET_DOCUMENT,)}


def decide(people: list[Person], **columns: str) -> pa.Table:
    books, inputs = books_of(people)
    rows = [row | columns for row in books.tables["registrations"].to_pylist()]
    tables = books.tables | {"registrations": pa.Table.from_pylist(rows, schema=REGISTRATIONS)}
    calculation = Calculation(MemoryBooks(tables), inputs, TRIAL, withhold_missing=True)
    return pa.Table.from_batches(list(calculation.batches()), schema=OUTCOMES)


def written(table: pa.Table) -> list[int]:
    reader = RowReader(KINDS)
    return [len(row.wire) for batch in table.to_batches() for row in reader.rows(batch)]


@settings(max_examples=30)
@given(
    people=cohorts(gaps=True), name=st.sampled_from(["某", "某" * 11, "某" * 60]), city=st.sampled_from(["", "x" * 99])
)
def test_the_lengths_are_those_that_are_written(people: list[Person], name: str, city: str) -> None:
    table = decide(people, name=name, city=city)

    assert record_lengths(table).to_list() == written(table)


@pytest.mark.parametrize("version", [1, 127, 128, 255, 256, 30000])
def test_every_version_and_reason_is_counted(version: int) -> None:
    rows = decide([Person(1, sat("w1", mark("a", 60)))]).to_pylist()
    table = pa.Table.from_pylist([rows[0] | {"version": version, "reason": "mark line history"}], schema=OUTCOMES)

    assert record_lengths(table).to_list() == written(table)


def test_a_result_that_its_record_cannot_hold_stops_the_run_and_names_nobody() -> None:
    people = [replace(Person(number, sat("w1", mark("a", 60))), number=number) for number in (1, 2)]

    with pytest.raises(FangbangError) as caught:
        decide(people, city="某" * 300)

    assert caught.value.problem is RECORD_TOO_LONG
    assert (caught.value.params["count"], caught.value.params["room"]) == (2, LARGE)
    assert record_room(TRIAL) == LARGE


def test_a_result_that_just_fits_is_taken() -> None:
    people = [Person(1, sat("w1", mark("a", 60)))]
    (length,) = record_lengths(decide(people, city="x" * 300)).to_list()

    (most,) = record_lengths(decide(people, city="x" * (300 + LARGE - length))).to_list()
    with pytest.raises(FangbangError):
        decide(people, city="x" * (301 + LARGE - length))

    assert most == LARGE
