"""Who is who: reads that other stages use."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from fangbang.core.errors import FangbangError
from fangbang.people.models import Document, Link, Merge, NameChange, Person, State, Undo
from fangbang.people.problems import NO_PERSON, NO_PROPOSAL
from fangbang.people.rules import mask_document
from fangbang.people.rules.keys import Known, PersonTable
from fangbang.people.rules.vault import DocumentVault

KINDS: tuple[type[Link] | type[Merge] | type[NameChange] | type[Undo], ...] = (Link, Merge, NameChange, Undo)


@dataclass(frozen=True)
class Shown:
    """A person as a member of staff sees one: numbers are masked."""

    id: str
    documents: tuple[tuple[str, str], ...]
    """Type and masked number."""


def person_table(vault: DocumentVault) -> PersonTable:
    """Every linked document with the person that it belongs to in the end, merges followed."""
    ends = _ends()
    linked = Document.objects.filter(person__isnull=False)
    rows = [(item.doc_type, vault.open(item.sealed), _end(ends, item.person_id or "")) for item in linked]
    return PersonTable(rows)


def known(vault: DocumentVault) -> Known:
    """What is decided of people now."""
    return Known(person_table(vault).links(), corrected_names(vault))


def shown(person_id: str, vault: DocumentVault) -> Shown:
    """A person with the documents of everyone merged into them; NO_PERSON when not known."""
    ends = _ends()
    if person_id not in ends:
        raise FangbangError(NO_PERSON)
    end = _end(ends, person_id)
    everyone = [one for one in ends if _end(ends, one) == end]
    found = Document.objects.filter(person_id__in=everyone).order_by("doc_type", "digest")
    return Shown(end, tuple((item.doc_type, mask_document(vault.open(item.sealed))) for item in found))


def persons() -> Sequence[str]:
    """Ids of everyone who has several documents now, in order."""
    ends = _ends()
    return sorted({_end(ends, item.person_id or "") for item in Document.objects.filter(person__isnull=False)})


def end_of(person_id: str) -> str:
    """Who this person is in the end, merges followed."""
    return _end(_ends(), person_id)


def open_proposals() -> Sequence[Link | Merge | NameChange | Undo]:
    """What waits for a second member of staff, the oldest first."""
    found = [item for kind in KINDS for item in kind.objects.filter(state=State.ASKED)]
    return sorted(found, key=lambda item: (item.asked_at, item.id))


def proposal(proposal_id: str) -> Link | Merge | NameChange | Undo:
    """One proposal; NO_PROPOSAL when not known."""
    for kind in KINDS:
        found = kind.objects.filter(pk=proposal_id).first()
        if found is not None:
            return found
    raise FangbangError(NO_PROPOSAL)


def concerned(asked: Link | Merge | NameChange | Undo, vault: DocumentVault) -> Mapping[str, str]:
    """Whom a proposal concerns and how, for a signature: persons by their ids, numbers and names as keyed digests."""
    if isinstance(asked, Link):
        return {"first": _keyed(asked.first, vault), "second": _keyed(asked.second, vault)}
    if isinstance(asked, Merge):
        return {"kept": asked.kept_id, "merged": asked.merged_id}
    if isinstance(asked, NameChange):
        names = {name: vault.digest(name, vault.open(getattr(asked, name))) for name in ("before", "after")}
        return {"document": _keyed(asked.document, vault), **names}
    return {"undoes": asked.undoes}


def decided() -> Sequence[Link | Merge | NameChange | Undo]:
    """Every proposal that was decided, the latest decision first."""
    found = [item for kind in KINDS for item in kind.objects.exclude(state=State.ASKED)]
    return sorted(found, key=lambda item: (item.decided_at, item.id), reverse=True)


def corrected_names(vault: DocumentVault) -> Mapping[tuple[str, str, str], str]:
    """(document type, number, a former name) → the name that counts now, changes followed in the order of approval."""
    found: dict[tuple[str, str, str], str] = {}
    changes = NameChange.objects.filter(state=State.APPROVED).select_related("document").order_by("decided_at", "id")
    for change in changes:
        document = (change.document.doc_type, vault.open(change.document.sealed))
        before, after = vault.open(change.before), vault.open(change.after)
        found |= {key: after for key, name in found.items() if key[:2] == document and name == before}
        found[*document, before] = after
    return {key: name for key, name in found.items() if key[2] != name}


def _keyed(document: Document, vault: DocumentVault) -> str:
    return vault.digest(document.doc_type, vault.open(document.sealed))


def _ends() -> dict[str, str | None]:
    return {person.id: person.merged_into_id for person in Person.objects.all()}


def _end(ends: Mapping[str, str | None], person_id: str) -> str:
    while (into := ends[person_id]) is not None:
        person_id = into
    return person_id
