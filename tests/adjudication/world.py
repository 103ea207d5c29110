"""Candidates, books in memory and strategies for the tests of adjudication."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
from hypothesis import strategies as st

from fangbang.adjudication.assembly import Inputs
from fangbang.adjudication.published import HistoryBook
from fangbang.adjudication.rules import AnnouncedLine, Candidate, Entry, Lines, Pass, Standing
from fangbang.books.schemas import MARKS, OUTCOMES, PRIOR_PASSES, REGISTRATIONS
from fangbang.exams.catalogue import Catalogue, load_catalogue
from fangbang.exams.model import SittingRules

YEAR = 2026
FOLDER = Path(__file__).parent / "exams"
CATALOGUE: Catalogue = load_catalogue(FOLDER)
TRIAL: SittingRules = CATALOGUE.sitting("trial", YEAR)
D_LINE = AnnouncedLine("main", "d", Decimal(5))
BEIJING, SHANGHAI, TIBET, XINJIANG = "110000", "310000", "540000", "650000"


def mark(subject: str, value: str | int) -> Entry:
    """A subject with a mark."""
    return Entry(subject, mark=Decimal(value))


def code(subject: str, value: int) -> Entry:
    """A subject with a result code."""
    return Entry(subject, code=value)


def sat(category: str, *entries: Entry, province: str = BEIJING, specialty: str = "", level: str = "main") -> Candidate:
    """A candidate of the trial exam."""
    return Candidate(Standing(level, category, province, specialty), entries)


@dataclass(frozen=True)
class Person:
    """A candidate with a name in the books: document number, ticket, history."""

    number: int
    candidate: Candidate
    history: tuple[Pass, ...] = ()

    @property
    def document(self) -> str:
        return f"D{self.number:09d}"

    @property
    def ticket(self) -> str:
        return f"T{self.number:09d}"


@dataclass
class MemoryBooks:
    """A book store without files."""

    tables: dict[str, pa.Table] = field(default_factory=dict)

    def batches(
        self, name: str, columns: Sequence[str] | None = None, size: int = 7, **_: object
    ) -> Iterator[pa.RecordBatch]:
        table = self.tables[name]
        yield from (table.select(list(columns)) if columns else table).to_batches(max_chunksize=min(size, 7))


def registration_row(person: Person) -> dict[str, Any]:
    """The person's row of a registrations book."""
    standing = person.candidate.standing
    subjects = [entry.subject for entry in person.candidate.entries]
    return {
        "ticket": person.ticket,
        "archive": "",
        "name": "某人",
        "doc_type": "resident-id",
        "doc_number": person.document,
        "level": standing.level,
        "category": standing.category,
        "specialty": standing.specialty,
        "province": standing.province,
        "city": "",
        "subjects": subjects,
        "subject_tickets": [f"{person.ticket}-{subject}" for subject in subjects],
    }


def mark_rows(person: Person) -> list[dict[str, Any]]:
    """The person's rows of a marks book; a gap has none."""
    return [
        {
            "ticket": f"{person.ticket}-{entry.subject}",
            "doc_number": person.document,
            "subject": entry.subject,
            "mark": entry.mark,
            "code": entry.code,
        }
        for entry in sorted(person.candidate.entries, key=lambda entry: entry.subject)
        if entry.mark is not None or entry.code is not None
    ]


def outcome_row(person: Person, passes: Sequence[Pass]) -> dict[str, Any]:
    """A row of an earlier year's outcomes book: only what history reads is filled."""
    row: dict[str, Any] = dict.fromkeys(OUTCOMES.names, "")
    row |= {name: value for name, value in registration_row(person).items() if name in OUTCOMES.names}
    told = [{"subject": item.subject, "year": item.year, "through": 0, "region": item.region} for item in passes]
    return row | {"subjects": [], "passes": told, "version": 1, "specialty": passes[0].specialty}


def prior_row(person: Person, item: Pass) -> dict[str, Any]:
    """A row of a book of passes earned before this system."""
    return {
        "doc_type": "resident-id",
        "doc_number": person.document,
        "name": "某人",
        "level": person.candidate.standing.level,
        "subject": item.subject,
        "year": item.year,
        "through": item.through,
        "region": item.region,
        "specialty": item.specialty,
        "basis": "exemption" if item.exempt else "pass",
    }


def books_of(people: Sequence[Person]) -> tuple[MemoryBooks, Inputs]:
    """Books in their order for some people: passes of the years before in outcome books, the rest as prior passes."""
    people = sorted(people, key=lambda person: person.document)
    outcomes: dict[int, list[dict[str, Any]]] = {}
    prior = []
    for person in people:
        earned: dict[tuple[int, str], list[Pass]] = {}
        for item in person.history:
            if item.exempt or item.through is not None:
                prior.append(prior_row(person, item))
            else:
                earned.setdefault((item.year, item.specialty), []).append(item)
        for (year, _), items in earned.items():
            outcomes.setdefault(year, []).append(outcome_row(person, items))
    tables = {
        "registrations": _table([registration_row(person) for person in people], REGISTRATIONS),
        "marks": _table([row for person in people for row in mark_rows(person)], MARKS),
        "prior": _table(prior, PRIOR_PASSES),
        **{f"outcomes-{year}": _table(rows, OUTCOMES) for year, rows in outcomes.items()},
    }
    history = tuple(HistoryBook(f"trial-{year}", year, f"outcomes-{year}") for year in sorted(outcomes))
    return MemoryBooks(tables), Inputs("registrations", "marks", history, ("prior",))


def _table(rows: Sequence[Mapping[str, Any]], schema: pa.Schema) -> pa.Table:
    return pa.Table.from_pylist(list(rows), schema=schema)


def lines() -> Lines:
    """The trial's lines with subject d announced."""
    return Lines(TRIAL, [D_LINE])


# ------------------------------------------------------------------------------------------------ strategies

PROVINCES = st.sampled_from([BEIJING, SHANGHAI, TIBET, XINJIANG])
SPECIALTIES = st.sampled_from(["", "civil", "road"])
CODES = st.sampled_from([-1, -1, -2, -3, -4])
_STEPS = {subject.id: (subject.full, subject.step) for subject in TRIAL.levels["main"].subjects.values()}


@st.composite
def marks_of(draw: st.DrawFn, subject: str) -> Decimal:
    """Any mark on the step, most of them near the lines."""
    full, step = _STEPS[subject]
    line = int(full * 6 / 10 / step)
    top = int(full / step)
    near = st.integers(max(0, line - 25), min(top, line + 25))
    return draw(st.one_of(near, st.integers(0, top))) * step


@st.composite
def entries(draw: st.DrawFn, subject: str, gaps: bool = False) -> Entry:
    """A mark, now and then a code or a gap."""
    kind = draw(st.integers(0, 9))
    if kind == 0 and gaps:
        return Entry(subject)
    return Entry(subject, code=draw(CODES)) if kind < 2 else Entry(subject, mark=draw(marks_of(subject)))


@st.composite
def histories(draw: st.DrawFn, first: int = YEAR - 7, last: int = YEAR) -> tuple[Pass, ...]:
    """Passes, regional ones and exemptions of earlier years, some of them of no use."""
    passes = st.builds(
        Pass,
        subject=st.sampled_from(["a", "a-former", "b", "c", "d", "gone"]),
        year=st.integers(first, last),
        region=st.sampled_from(["", "", BEIJING, TIBET]),
        specialty=SPECIALTIES,
    )
    prior = st.builds(
        Pass,
        subject=st.sampled_from(["a", "b", "d"]),
        year=st.integers(first, last),
        specialty=SPECIALTIES,
        exempt=st.booleans(),
        through=st.one_of(st.none(), st.integers(YEAR - 2, YEAR + 2)),
    )
    return tuple(draw(st.lists(st.one_of(passes, prior.filter(_prior)), max_size=5)))


def _prior(item: Pass) -> bool:
    return item.exempt or item.through is not None


@st.composite
def candidates(draw: st.DrawFn, gaps: bool = False) -> Candidate:
    """A candidate of any category with any of its subjects, in any order."""
    category = draw(st.sampled_from(["", "w1", "w2", "w3", "w4", "w5"]))
    subjects = draw(st.lists(st.sampled_from(list(_STEPS)), min_size=1, unique=True))
    standing = Standing("main", category, draw(PROVINCES), draw(SPECIALTIES))
    return Candidate(standing, tuple(draw(entries(subject, gaps)) for subject in subjects))


@st.composite
def cohorts(draw: st.DrawFn, gaps: bool = False) -> list[Person]:
    """Up to a dozen people with history."""
    drawn = draw(st.lists(st.tuples(candidates(gaps), histories()), min_size=1, max_size=12))
    return [Person(number, candidate, history) for number, (candidate, history) in enumerate(drawn)]
