"""Sittings in the office's database with their books on disk, as intake leaves them."""

from collections.abc import Sequence

import pyarrow as pa

from fangbang.adjudication.actions import follow_decision
from fangbang.audit.rules import Actor
from fangbang.books.schemas import MARKS, REGISTRATIONS
from fangbang.books.store import BookStore
from fangbang.core.clock import ManualClock
from fangbang.intake.models import Batch, Sitting
from fangbang.people import actions as people
from fangbang.people.rules.keys import Known
from fangbang.people.rules.vault import DocumentVault
from tests.adjudication.world import Person, books_of

VAULT = DocumentVault.of(bytes(32))


def approve(store: BookStore, clock: ManualClock, proposal_id: str, vault: DocumentVault = VAULT) -> None:
    """What a second member of staff decides of people, with what follows for runs and releases."""

    def follow(cause: str, before: Known, after: Known) -> list[str]:
        return follow_decision(cause=cause, before=before, after=after, store=store, clock=clock)

    actor = Actor("wang", "王芳")
    people.approve(actor=actor, proposal_id=proposal_id, vault=vault, follow=follow, clock=clock)


def take_in(
    store: BookStore, clock: ManualClock, year: int, people: Sequence[Person], kind: str = "resident-id"
) -> str:
    """A sitting with its two books, as intake leaves them. `kind`: everybody's type of document."""
    sitting = Sitting.objects.create(
        id=f"trial-{year}", exam_id="trial", year=year, catalogue_version="", opened_by="li", opened_at=clock.now()
    )
    books, _ = books_of(people)
    rows = [row | {"doc_type": kind} for row in books.tables["registrations"].to_pylist()]
    books.tables["registrations"] = pa.Table.from_pylist(rows, schema=REGISTRATIONS)
    for name, schema in (("registrations", REGISTRATIONS), ("marks", MARKS)):
        book = store.write(name, schema, books.batches(name))
        Batch.objects.create(
            id=f"{name}-{year}",
            sitting=sitting,
            kind=name,
            number=1,
            file_name=f"{name}.csv",
            file_sha256="0" * 64,
            file_rows=book.rows,
            book=book.name,
            book_rows=book.rows,
            rows=book.rows,
            quarantined=0,
            totals={},
            findings={},
            importer="li",
            importer_name="李娜",
            at=clock.now(),
        )
    return sitting.id
