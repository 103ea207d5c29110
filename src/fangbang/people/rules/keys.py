"""Who is who, over whole columns: document → person key. A document that nobody linked is a person of its own.

Nothing is guessed: only decisions that two people made are in the table.
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import polars as pl

from fangbang.core.canonical import canonical_json

DOCUMENT = ("doc_type", "doc_number")
PERSON = "person"


@dataclass(frozen=True)
class Known:
    """What is decided of people at one moment. `people`: (document type, number) → person, of everyone with several
    documents; `names`: (document type, number, former name) → the name that counts."""

    people: Mapping[tuple[str, str], str]
    names: Mapping[tuple[str, str, str], str]

    def of(self, persons: set[str], names: set[tuple[str, str, str]]) -> "Known":
        """The part about some persons and some former names."""
        people = {key: person for key, person in self.people.items() if person in persons}
        return Known(people, {key: name for key, name in self.names.items() if key in names})


def differing(before: Known, after: Known) -> tuple[Known, Known]:
    """Of two moments, what is about those persons, with all their documents, and names of whom something differs."""
    moved = {key for key in {*before.people, *after.people} if before.people.get(key) != after.people.get(key)}
    persons = {known.people[key] for known in (before, after) for key in moved if key in known.people}
    names = {key for key in {*before.names, *after.names} if before.names.get(key) != after.names.get(key)}
    return before.of(persons, names), after.of(persons, names)


class PersonTable:
    """The linked documents, few against millions that are not."""

    def __init__(self, rows: Iterable[tuple[str, str, str]]) -> None:
        """`rows`: document type, number and person key of every linked document."""
        known = sorted(set(rows))
        self._table = pl.DataFrame(known, schema=dict.fromkeys((*DOCUMENT, "_linked"), pl.String), orient="row")
        self.version = hashlib.sha256(canonical_json([list(row) for row in known])).hexdigest() if known else ""
        """Names the table's content, for whoever must say what a run was based on; "" = nothing is linked."""

    def __len__(self) -> int:
        return len(self._table)

    def links(self) -> dict[tuple[str, str], str]:
        """Every linked document → person key."""
        return {(kind, number): person for kind, number, person in self._table.iter_rows()}

    def resolve(self, frame: pl.DataFrame) -> pl.DataFrame:
        """The frame, in its order, with a column `person`. It must have the columns of `DOCUMENT`."""
        own = pl.concat_str(*DOCUMENT, separator=":")
        if not len(self._table):
            return frame.with_columns(own.alias(PERSON))
        joined = frame.join(self._table, on=list(DOCUMENT), how="left", maintain_order="left")
        return joined.with_columns(pl.coalesce("_linked", own).alias(PERSON)).drop("_linked")

    def keys(self, documents: Iterable[tuple[str, str]]) -> dict[tuple[str, str], str]:
        """Document → person key, for a few."""
        wanted = sorted(set(documents))
        frame = pl.DataFrame(wanted, schema=dict.fromkeys(DOCUMENT, pl.String), orient="row")
        return {(kind, number): person for kind, number, person in self.resolve(frame).iter_rows()}
