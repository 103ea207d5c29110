"""What verbs, pages and jobs of the office read from: its books, its catalogue, what was decided of people."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from fangbang.project.layout import Layout

if TYPE_CHECKING:
    from fangbang.books.store import BookStore
    from fangbang.exams.catalogue import Catalogue


def book_store(layout: Layout) -> "BookStore":
    """The office's books, with the keys of demo custody."""
    from fangbang.books.keys import BookKeys
    from fangbang.books.store import BookStore

    return BookStore(layout.books, BookKeys.load(layout.book_keys))


def known_people(layout: Layout) -> dict[str, Any]:
    """What two members of staff decided of people, as runs take it: `people`, (document type, number) → person, and
    `names`, (document type, number, former name) → the name that counts."""
    from fangbang.books.keys import BookKeys
    from fangbang.people import queries
    from fangbang.people.rules.vault import DocumentVault

    vault = DocumentVault.of(BookKeys.load(layout.book_keys).derived("people"))
    return {"people": queries.person_table(vault).links(), "names": queries.corrected_names(vault)}


def exam_catalogue(overrides: Path | None) -> "Catalogue":
    """The shipped catalogue, with the authority's own exam files laid over it."""
    from fangbang.exams.catalogue import load_catalogue

    return load_catalogue(overrides)
