"""What verbs, pages and jobs of the office read from: its books, its catalogue, what was decided of people."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from fangbang.core.clock import Clock
from fangbang.project.layout import Layout

if TYPE_CHECKING:
    from fangbang.audit.rules import Actor
    from fangbang.books.store import BookStore
    from fangbang.exams.catalogue import Catalogue
    from fangbang.people.actions import Proposal
    from fangbang.people.rules.keys import Known
    from fangbang.people.rules.vault import DocumentVault


def book_store(layout: Layout) -> "BookStore":
    """The office's books, with the keys of demo custody."""
    from fangbang.books.keys import BookKeys
    from fangbang.books.store import BookStore

    return BookStore(layout.books, BookKeys.load(layout.book_keys))


def known_people(layout: Layout) -> dict[str, Any]:
    """What two members of staff decided of people, as runs take it: `people`, (document type, number) → person, and
    `names`, (document type, number, former name) → the name that counts."""
    from fangbang.people import queries

    known = queries.known(document_vault(layout))
    return {"people": known.people, "names": known.names}


def document_vault(layout: Layout) -> "DocumentVault":
    """What opens the identity numbers that decisions about people name."""
    from fangbang.books.keys import BookKeys
    from fangbang.people.rules.vault import DocumentVault

    return DocumentVault.of(BookKeys.load(layout.book_keys).derived("people"))


def approve_of_people(layout: Layout, *, actor: "Actor", proposal_id: str, clock: Clock) -> "Proposal":
    """Let a decision about people count, with what follows from it for runs and releases."""
    from fangbang.adjudication.actions import follow_decision
    from fangbang.people import actions

    def follow(cause: str, before: "Known", after: "Known") -> list[str]:
        return follow_decision(cause=cause, before=before, after=after, store=book_store(layout), clock=clock)

    vault = document_vault(layout)
    return actions.approve(actor=actor, proposal_id=proposal_id, vault=vault, follow=follow, clock=clock)


def exam_catalogue(overrides: Path | None) -> "Catalogue":
    """The shipped catalogue, with the authority's own exam files laid over it."""
    from fangbang.exams.catalogue import load_catalogue

    return load_catalogue(overrides)
