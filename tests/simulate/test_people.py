"""Synthetic people: documents that pass every check, and that nobody can have."""

import polars as pl
import pytest

from fangbang.core.errors import FangbangError
from fangbang.people.rules import DocumentType, check_document, check_name, normalise_name
from fangbang.simulate.names import CANARY_MARK, RARE, names
from fangbang.simulate.people import MOST_PERSONS, documents, require_room

FIRST_LAP, SECOND_LAP = 0, 10_000_000


def people(start: int, count: int, seed: int = 1) -> pl.DataFrame:
    frame = pl.DataFrame({"person": pl.int_range(start, start + count, dtype=pl.UInt64, eager=True)})
    person = pl.col("person")
    return frame.with_columns(
        names(person, seed).alias("name"), *[column.alias(key) for key, column in documents(person, seed).items()]
    )


@pytest.mark.parametrize("start", [FIRST_LAP, SECOND_LAP - 2_000, SECOND_LAP])
def test_every_document_passes_its_check(start: int) -> None:
    frame = people(start, 4_000)

    problems = [
        check_document(DocumentType(kind), number) for kind, number in frame.select("doc_type", "doc_number").rows()
    ]

    assert set(problems) == {None}
    assert set(frame["doc_type"]) == {"resident-id", "hmt-residence", "passport"}


def test_no_document_can_be_a_real_one() -> None:
    """89 is no division code; 8399 is no division; ZZ and XX are no states."""
    frame = people(FIRST_LAP, 20_000)

    starts = {
        kind: set(numbers.str.head(4 if kind == "hmt-residence" else 2))
        for kind, numbers in ((key[0], part["doc_number"]) for key, part in frame.group_by("doc_type"))
    }

    assert starts == {"resident-id": {"89"}, "hmt-residence": {"8399"}, "passport": {"ZZ"}}


def test_no_two_people_share_a_document() -> None:
    frame = pl.concat([people(FIRST_LAP, 150_000), people(SECOND_LAP - 1_000, 150_000)])

    assert frame["doc_number"].n_unique() == frame.height


def test_every_name_passes_its_check_and_stays_as_it_is() -> None:
    drawn = people(FIRST_LAP, 20_000)["name"].unique().to_list()

    assert {check_name(name) for name in drawn} == {None}
    assert [name for name in drawn if normalise_name(name) != name] == []


def test_names_hold_rare_characters_dots_and_canaries() -> None:
    drawn = people(FIRST_LAP, 20_000)["name"]

    assert drawn.str.contains("|".join(RARE)).sum() > 40
    assert drawn.str.contains("·").sum() > 100
    assert drawn.str.contains(CANARY_MARK).sum() == len(range(41, 20_000, 97))


def test_a_person_does_not_depend_on_the_slice() -> None:
    assert people(0, 1_000)[500:].equals(people(500, 500))


def test_more_people_than_documents_are_refused() -> None:
    require_room(MOST_PERSONS)
    with pytest.raises(FangbangError) as refused:
        require_room(MOST_PERSONS + 1)
    assert refused.value.code == "simulate.too-many"
