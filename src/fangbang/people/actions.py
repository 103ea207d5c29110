"""The only writers of this stage: one member of staff proposes, another one decides."""

from collections.abc import Callable, Sequence
from typing import Any

from django.db import transaction

from fangbang.audit.actions import in_turn, record
from fangbang.audit.events import AuditEvent
from fangbang.audit.rules import Actor
from fangbang.core.clock import Clock
from fangbang.core.errors import FangbangError
from fangbang.core.fold import fold_number
from fangbang.core.ids import new_id
from fangbang.people import queries
from fangbang.people.models import Document, Link, Merge, NameChange, Person, State, Undo
from fangbang.people.problems import (
    DECIDED_ALREADY,
    LINKED_ALREADY,
    NEEDS_MERGE,
    NO_BASIS,
    NO_PERSON,
    NOT_APPROVED,
    SAME_NAME,
    SAME_PERSON,
    SAME_STAFF,
    UNDO_MERGE_FIRST,
)
from fangbang.people.rules import DocumentType, check_document, check_name, normalise_name
from fangbang.people.rules.keys import Known
from fangbang.people.rules.vault import DocumentVault

__all__ = ["DocumentVault", "approve", "propose_link", "propose_merge", "propose_name", "propose_undo", "refuse"]

Proposal = Link | Merge | NameChange | Undo
Follow = Callable[[str, Known, Known], Sequence[str]]
"""Called in the decision's transaction with the proposal's id and what was known of people before and is after it: does
what follows elsewhere, and returns the sittings whose results the decision can change."""


def propose_link(
    *,
    actor: Actor,
    first: tuple[DocumentType, str],
    second: tuple[DocumentType, str],
    basis: str,
    vault: DocumentVault,
    clock: Clock,
) -> Link:
    """Ask that two documents be one person's. Nothing follows from it before `approve`."""
    _check_basis(basis)
    with transaction.atomic():
        one, other = _document(*first, vault), _document(*second, vault)
        if one == other:
            raise FangbangError(SAME_PERSON)
        _check_linkable(one, other)
        link = Link.objects.create(**_asked("lnk", actor, basis, clock), first=one, second=other)
        _told(AuditEvent.PERSON_PROPOSED, actor, link, clock)
    return link


def propose_merge(*, actor: Actor, kept: str, merged: str, basis: str, clock: Clock) -> Merge:
    """Ask that two persons be one. Nothing follows from it before `approve`."""
    _check_basis(basis)
    with transaction.atomic():
        if kept == merged:
            raise FangbangError(SAME_PERSON)
        if Person.objects.filter(pk__in=(kept, merged), merged_into=None).count() < 2:
            raise FangbangError(NO_PERSON)
        asked = _asked("mrg", actor, basis, clock)
        merge = Merge.objects.create(**asked, kept_id=kept, merged_id=merged)
        _told(AuditEvent.PERSON_PROPOSED, actor, merge, clock)
    return merge


def propose_name(
    *,
    actor: Actor,
    document: tuple[DocumentType, str],
    before: str,
    after: str,
    basis: str,
    vault: DocumentVault,
    clock: Clock,
) -> NameChange:
    """Ask that a document's holder may be called otherwise from now on. Nothing follows before `approve`."""
    _check_basis(basis)
    names = [normalise_name(before), normalise_name(after)]
    for name in names:
        problem = check_name(name)
        if problem is not None:
            raise FangbangError(problem)
    if names[0] == names[1]:
        raise FangbangError(SAME_NAME)
    with transaction.atomic():
        sealed = [vault.seal(name) for name in names]
        asked = _asked("nam", actor, basis, clock)
        change = NameChange.objects.create(
            **asked, document=_document(*document, vault), before=sealed[0], after=sealed[1]
        )
        _told(AuditEvent.PERSON_PROPOSED, actor, change, clock)
    return change


def propose_undo(*, actor: Actor, proposal_id: str, basis: str, clock: Clock) -> Undo:
    """Ask that a link, merge or change of name that was approved count no longer. Nothing follows before `approve`.

    STATE for anything that does not count now; a link inside a merged person waits until the merge is undone.
    """
    _check_basis(basis)
    with transaction.atomic():
        _check_undoable(queries.proposal(proposal_id))
        undo = Undo.objects.create(**_asked("und", actor, basis, clock), undoes=proposal_id)
        _told(AuditEvent.PERSON_PROPOSED, actor, undo, clock, undoes=proposal_id)
    return undo


def approve(*, actor: Actor, proposal_id: str, vault: DocumentVault, follow: Follow, clock: Clock) -> Proposal:
    """Let a proposal count from now on. SAME_STAFF for whoever proposed it; STATE if it was decided before.

    The audit entry names the sittings whose results it can change, as `follow` tells them, and for an undoing the
    persons whose documents are others' now. Nobody's act comes between the looking and the entry.
    """
    with transaction.atomic():
        in_turn()
        before = queries.known(vault)
        proposal = _decide(actor, proposal_id, State.APPROVED, clock)
        more: dict[str, Any] = {}
        if isinstance(proposal, Link):
            _link(proposal, clock)
        elif isinstance(proposal, Merge):
            _merge(proposal)
        elif isinstance(proposal, Undo):
            more = {"undoes": proposal.undoes, "persons": _undo(proposal, clock)}
        more["sittings"] = list(follow(proposal.id, before, queries.known(vault)))
        _told(AuditEvent.PERSON_APPROVED, actor, proposal, clock, **more)
    return proposal


def refuse(*, actor: Actor, proposal_id: str, clock: Clock) -> Proposal:
    """Decide that a proposal shall not count. SAME_STAFF for whoever proposed it; STATE if it was decided before."""
    with transaction.atomic():
        in_turn()  # as `approve` does, so that the two never wait for each other
        proposal = _decide(actor, proposal_id, State.REFUSED, clock)
        _told(AuditEvent.PERSON_REFUSED, actor, proposal, clock)
    return proposal


def _decide(actor: Actor, proposal_id: str, state: State, clock: Clock) -> Proposal:
    proposal = queries.proposal(proposal_id)
    if proposal.asked_by == actor.id:
        raise FangbangError(SAME_STAFF)
    changed = (
        type(proposal)
        .objects.filter(pk=proposal_id, state=State.ASKED)
        .update(state=state, decided_by=actor.id, decided_at=clock.now())
    )
    if changed != 1:
        raise FangbangError(DECIDED_ALREADY)
    proposal.refresh_from_db()
    return proposal


def _link(link: Link, clock: Clock) -> None:
    _check_linkable(link.first, link.second)
    person = link.first.person or link.second.person
    if person is None:
        person = Person.objects.create(id=new_id("per"), opened_at=clock.now())
    Document.objects.filter(pk__in=(link.first_id, link.second_id)).update(person=person)


def _merge(merge: Merge) -> None:
    changed = Person.objects.filter(pk=merge.merged_id, merged_into=None).update(merged_into=merge.kept)
    if changed != 1 or Person.objects.filter(pk=merge.kept_id, merged_into=None).count() != 1:
        raise FangbangError(NO_PERSON)


def _check_undoable(target: Proposal) -> None:
    if isinstance(target, Undo) or target.state != State.APPROVED:
        raise FangbangError(NOT_APPROVED)
    if isinstance(target, Link) and _is_merged(target.first.person):
        raise FangbangError(UNDO_MERGE_FIRST)


def _is_merged(person: Person | None) -> bool:
    return person is not None and (person.merged_into_id is not None or person.merged.exists())


def _undo(undo: Undo, clock: Clock) -> list[str]:
    """Take the decision back; the persons that it concerned, as runs knew them."""
    target = queries.proposal(undo.undoes)
    _check_undoable(target)
    type(target).objects.filter(pk=target.pk).update(state=State.UNDONE)
    if isinstance(target, Merge):
        known = queries.end_of(target.kept_id)
        changed = Person.objects.filter(pk=target.merged_id, merged_into=target.kept_id).update(merged_into=None)
        return [known] if changed else []
    return _part(target, clock) if isinstance(target, Link) else []


def _part(link: Link, clock: Clock) -> list[str]:
    """The documents of one person fall into those that are still linked with the first one, and the others.

    The side of more documents stays the person; a document alone is a person of its own, as before any link.
    """
    person = link.first.person
    if person is None:
        return []
    of_person = set(Document.objects.filter(person=person).values_list("pk", flat=True))
    first = _still_linked(link.first_id, of_person)
    stays, leaves = sorted((first, of_person - first), key=len, reverse=True)
    for side, owner in ((stays, person), (leaves, None)):
        if len(side) > 1:
            owner = owner or Person.objects.create(id=new_id("per"), opened_at=clock.now())
        Document.objects.filter(pk__in=side).update(person=owner if len(side) > 1 else None)
    return [person.pk]


def _still_linked(start: str, documents: set[str]) -> set[str]:
    """Every document that links in force lead to from this one."""
    pairs = list(Link.objects.filter(state=State.APPROVED, first__in=documents).values_list("first", "second"))
    found, size = {start}, 0
    while len(found) > size:
        size = len(found)
        found |= {document for pair in pairs if found.intersection(pair) for document in pair}
    return found


def _check_linkable(one: Document, other: Document) -> None:
    if one.person_id and one.person_id == other.person_id:
        raise FangbangError(LINKED_ALREADY)
    if one.person_id and other.person_id:
        raise FangbangError(NEEDS_MERGE)


def _check_basis(basis: str) -> None:
    if not basis.strip():
        raise FangbangError(NO_BASIS)


def _document(kind: DocumentType, number: str, vault: DocumentVault) -> Document:
    folded = fold_number(number)
    problem = check_document(kind, folded)
    if problem is not None:
        raise FangbangError(problem)
    document, _ = Document.objects.get_or_create(
        digest=vault.digest(kind, folded), defaults={"doc_type": kind.value, "sealed": vault.seal(folded)}
    )
    return document


def _asked(prefix: str, actor: Actor, basis: str, clock: Clock) -> dict[str, Any]:
    return {"id": new_id(prefix), "basis": basis.strip(), "asked_by": actor.id, "asked_at": clock.now()}


def _told(event: AuditEvent, actor: Actor, proposal: Proposal, clock: Clock, **more: Any) -> None:
    details = {"kind": type(proposal).__name__.lower(), "basis": proposal.basis, "asked_by": proposal.asked_by, **more}
    record(actor=actor, event=event, subject=proposal.id, details=details, clock=clock)
