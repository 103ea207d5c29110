"""Two members of staff, some documents, and what the tests of this room do with them again and again."""

from datetime import timedelta

from fangbang.audit.rules import Actor
from fangbang.core.clock import ManualClock
from fangbang.people import actions, models, queries
from fangbang.people.rules import DocumentType, resident_id_check_digit
from fangbang.people.rules.vault import DocumentVault

Document = tuple[DocumentType, str]

LI, WANG = Actor("li", "李雷"), Actor("wang", "王芳")
VAULT = DocumentVault.of(bytes(32))
PASSPORT, PERMIT = DocumentType.PASSPORT, DocumentType.HK_MACAO_PERMIT


def citizen(number: int) -> Document:
    body = f"99010119800101{number:03d}"
    return DocumentType.RESIDENT_ID, body + resident_id_check_digit(body)


ID, OLD, NEW = citizen(1), (PERMIT, "H1234567801"), (PERMIT, "H1234567802")


def approve(clock: ManualClock, proposal_id: str, actor: Actor = WANG) -> None:
    """Nothing follows elsewhere."""
    actions.approve(actor=actor, proposal_id=proposal_id, vault=VAULT, follow=lambda *_: [], clock=clock)


def link(clock: ManualClock, first: Document, second: Document) -> str:
    """Propose and approve; the person."""
    asked = actions.propose_link(actor=LI, first=first, second=second, basis="申请 1", vault=VAULT, clock=clock)
    clock.advance(timedelta(seconds=1))
    approve(clock, asked.id)
    return models.Document.objects.get(pk=VAULT.digest(*first)).person_id or ""


def keys(*documents: Document) -> list[str]:
    found = queries.person_table(VAULT).keys((kind.value, number) for kind, number in documents)
    return [found[kind.value, number] for kind, number in documents]
