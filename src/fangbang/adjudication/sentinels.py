"""Sentinels: the shadow cohort goes through the very code that decides real candidates, and each one's result is
compared with what it must be. It shows faults that both calculators share, which comparing the two cannot.

The shadows' books exist in memory only. They are no part of the run's books, nor of its counts.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

from fangbang.adjudication.assembly import Inputs
from fangbang.adjudication.calculation import Calculation
from fangbang.adjudication.papers import Answer
from fangbang.adjudication.rules import AnnouncedLine
from fangbang.adjudication.shadows import Shadow, number_of, shadow_cohort
from fangbang.books.schemas import MARKS, PRIOR_PASSES, REGISTRATIONS
from fangbang.core.errors import FangbangError
from fangbang.exams.model import SittingRules

SAMPLES = 20
_DOCUMENT_TYPE = "shadow"


@dataclass(frozen=True)
class Sentinels:
    """How many shadows ran, how many came out right, and the first cases that did not (or, if the calculation stopped
    before them, the code of its problem)."""

    ran: int
    right: int
    wrong: tuple[str, ...] = ()

    def told(self, in_books: int) -> dict[str, Any]:
        """As JSON, with the number of shadows among the rows of the run itself."""
        return {"ran": self.ran, "right": self.right, "in_books": in_books, "wrong": list(self.wrong)}


def run_sentinels(rules: SittingRules, announced: Sequence[AnnouncedLine]) -> Sentinels:
    """Run the shadow cohort of a sitting."""
    shadows = shadow_cohort(rules, announced)
    tickets = {number_of(place): shadow for place, shadow in enumerate(shadows)}
    books = _books(tickets)
    held = frozenset(ticket for ticket, shadow in tickets.items() if shadow.withheld)
    inputs = Inputs("registrations", "marks", prior=("prior",), withheld=held)
    found: dict[str, Any] = {}
    stopped: list[str] = []
    try:
        for batch in Calculation(books, inputs, rules, announced, withhold_missing=True).batches():
            found.update((row["ticket"], _came_out(row)) for row in batch.to_pylist())
    except FangbangError as error:
        stopped.append(error.problem.code)
    wrong = [shadow.case for ticket, shadow in tickets.items() if found.get(ticket) != _expected(shadow)]
    told = [*stopped, *wrong][:SAMPLES] if wrong else []
    return Sentinels(len(shadows), len(shadows) - len(wrong), tuple(told))


def _expected(shadow: Shadow) -> tuple[Any, ...]:
    answers = {answer.subject: (answer.status, answer.shown, answer.code, answer.line) for answer in shadow.answers}
    return shadow.outcome, answers, shadow.passes


def _came_out(row: Mapping[str, Any]) -> tuple[Any, ...]:
    """A row of the outcomes in the form of `_expected`; of a code the line is not asked."""
    answers = {
        item["subject"]: (item["status"], item["mark"], item["code"], None if item["mark"] is None else item["line"])
        for item in row["subjects"]
    }
    passes = frozenset((item["subject"], item["year"], item["through"], item["region"]) for item in row["passes"])
    return row["outcome"], answers, passes


@dataclass(frozen=True)
class _MemoryBooks:
    """The shadows' books, by kind."""

    tables: Mapping[str, pa.Table] = field(repr=False)

    def batches(
        self, name: str, columns: Sequence[str] | None = None, size: int = 65_536, **_: object
    ) -> Iterator[pa.RecordBatch]:
        table = self.tables[name]
        yield from (table if columns is None else table.select(list(columns))).to_batches(max_chunksize=size)


def _books(tickets: Mapping[str, Shadow]) -> _MemoryBooks:
    """The three books in their orders. A document is the ticket of its (first) registration."""
    own = {shadow.case: ticket for ticket, shadow in tickets.items()}
    documents = {ticket: own[shadow.sitter or shadow.case] for ticket, shadow in tickets.items()}
    registrations = [_registration(ticket, documents[ticket], shadow) for ticket, shadow in tickets.items()]
    marks = [
        _mark(ticket, documents[ticket], answer)
        for ticket, shadow in tickets.items()
        for answer in shadow.answers
        if answer.mark is not None or answer.code is not None
    ]
    prior = [row for ticket, shadow in tickets.items() for row in _prior(documents[ticket], shadow)]
    registrations.sort(key=lambda row: (row["doc_number"], row["level"], row["ticket"]))
    marks.sort(key=lambda row: (row["doc_number"], row["ticket"], row["subject"]))
    prior.sort(key=lambda row: (row["doc_number"], row["level"], row["subject"]))
    tables = {
        "registrations": pa.Table.from_pylist(registrations, schema=REGISTRATIONS),
        "marks": pa.Table.from_pylist(marks, schema=MARKS),
        "prior": pa.Table.from_pylist(prior, schema=PRIOR_PASSES),
    }
    return _MemoryBooks(tables)


def _registration(ticket: str, document: str, shadow: Shadow) -> dict[str, Any]:
    subjects = [answer.subject for answer in shadow.answers]
    return {
        "ticket": ticket,
        "archive": "",
        "name": "",
        "doc_type": _DOCUMENT_TYPE,
        "doc_number": document,
        "level": shadow.place.level.id,
        "category": shadow.place.category.id,
        "specialty": shadow.place.specialty,
        "province": shadow.place.province,
        "city": "",
        "subjects": subjects,
        "subject_tickets": [ticket] * len(subjects),
    }


def _mark(ticket: str, document: str, answer: Answer) -> dict[str, Any]:
    return {
        "ticket": ticket,
        "doc_number": document,
        "subject": answer.subject,
        "mark": answer.mark,
        "code": answer.code,
    }


def _prior(document: str, shadow: Shadow) -> Iterator[dict[str, Any]]:
    for item in shadow.earlier:
        yield {
            "doc_type": _DOCUMENT_TYPE,
            "doc_number": document,
            "name": "",
            "level": shadow.place.level.id,
            "subject": item.subject,
            "year": item.year,
            "through": None,
            "region": item.region,
            "specialty": item.specialty,
            "basis": "exemption" if item.exempt else "pass",
        }
