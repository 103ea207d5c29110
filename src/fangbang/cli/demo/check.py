"""Compares what the node answers with what the files say: the answer key is the only judge."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl

from fangbang.cli.demo.client import Ask
from fangbang.exams.vocabulary import CredentialKind
from fangbang.people.rules import mask_document


@dataclass(frozen=True)
class Expected:
    """One candidate of the answer key, and how they ask."""

    ask: Ask
    row: Mapping[str, Any]


@dataclass
class Comparison:
    """The outcome of many queries. `first` describes a few mismatches without identities."""

    queried: int = 0
    mismatches: int = 0
    states: dict[str, int] = field(default_factory=dict)
    first: list[str] = field(default_factory=list)

    def add(self, expected: Mapping[str, Any], answer: Mapping[str, Any]) -> None:
        """Count one answer."""
        self.queried += 1
        self.states[answer["state"]] = self.states.get(answer["state"], 0) + 1
        wrong = differences(expected, answer)
        if wrong:
            self.mismatches += 1
            if len(self.first) < 5:
                self.first.append(f"candidate {expected['person']}: {', '.join(wrong)}")


def differences(expected: Mapping[str, Any], answer: Mapping[str, Any]) -> list[str]:
    """Which parts of an answer differ from the key."""
    if answer["state"] != "found":
        return [f"state {answer['state']}"]
    record = answer["record"]
    names = ("ticket", "name", "level", "category", "province", "outcome")
    wrong = [name for name in names if record[name] != expected[name]]
    if record["document"] != mask_document(expected["doc_number"]):
        wrong.append("document")
    if [_subject(item) for item in record["subjects"]] != [_subject(item) for item in expected["subjects"]]:
        wrong.append("subjects")
    return wrong


def _subject(item: Mapping[str, Any]) -> tuple[str, Decimal | None, int | None, str]:
    mark = None if item["mark"] is None else Decimal(item["mark"])
    return item["subject"], mark, item["code"], item["status"]


def sample(answers: Path, number: int, seed: int, always: Sequence[str] = ()) -> list[Expected]:
    """`number` candidates of the key by chance, and those with these tickets first; ways of asking in turn."""
    frame = pl.read_parquet(answers)
    first = frame.filter(pl.col("ticket").is_in(list(always)))
    rest = frame.filter(~pl.col("ticket").is_in(list(always)))
    places = sorted(random.Random(seed).sample(range(rest.height), min(number, rest.height)))
    rows = [*first.to_dicts(), *rest[places].to_dicts()]
    return [Expected(way_of_asking(row, place), row) for place, row in enumerate(rows)]


def way_of_asking(row: Mapping[str, Any], place: int) -> Ask:
    """Ticket and document for most; the other ways that are open everywhere for some."""
    if place % 10 == 8:
        return Ask(CredentialKind.DOCUMENT_NAME.value, (row["doc_number"], row["name"]))
    if place % 10 == 9:
        return Ask(CredentialKind.ARCHIVE_DOCUMENT.value, (row["archive"], row["doc_number"]))
    return Ask(CredentialKind.TICKET_DOCUMENT.value, (row["ticket"], row["doc_number"]))
