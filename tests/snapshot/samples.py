"""Small snapshots with fixed keys: the same bytes on every machine."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from fangbang.exams.vocabulary import CredentialKind
from fangbang.snapshot.buckets import Item
from fangbang.snapshot.derive import Pepperer
from fangbang.snapshot.header import Text
from fangbang.snapshot.record import Record, SubjectLine, encode
from fangbang.snapshot.writer import SealResult, Subject, seal

SITTING = "social-worker-2026"
PEPPER = bytes(range(32))
RELEASE_KEY = bytes(range(32, 64))
SNAPSHOT_ID = bytes(range(64, 80))
OVERLAY_KEY = bytes(range(128, 160))
OVERLAY_ID = bytes(range(160, 176))
SIGNER = Ed25519PrivateKey.from_private_bytes(bytes(range(96, 128)))
SUBJECT = Subject(
    sitting=SITTING,
    exam_id="social-worker",
    exam=Text("社会工作者", "Social worker"),
    year=2026,
    scope={"provinces": [], "levels": []},
    catalogue_version="ab" * 32,
)
PEPPERER = Pepperer(PEPPER, SITTING)


@dataclass(frozen=True)
class Person:
    """A candidate who does not exist."""

    ticket: str
    document: str
    name: str
    further_tickets: tuple[str, ...] = ()
    mark: str = "61.5"

    @property
    def record(self) -> Record:
        subject = SubjectLine("ability", "", self.mark, None, "60", "passed")
        absent = SubjectLine("practice", "", None, -1, "60", "absent")
        earned = ("window.earned", "ability", 2026, 2027)
        masked = f"{self.document[:4]}************{self.document[-2:]}"
        return Record(
            name=self.name,
            document=masked,
            ticket=self.ticket,
            province="110000",
            city="110100",
            level="junior",
            category="full",
            specialty="",
            outcome="partly-passed",
            subjects=(subject, absent),
            statements=(earned, ("window.owed", "practice")),
        )

    @property
    def item(self) -> Item:
        m = PEPPERER.m
        named = m(CredentialKind.DOCUMENT_NAME, self.document, self.name)
        tickets = [m(CredentialKind.TICKET_DOCUMENT, ticket, self.document) for ticket in self.further_tickets]
        return Item(
            m(CredentialKind.TICKET_DOCUMENT, self.ticket, self.document), encode(self.record), (named, *tickets)
        )


ZHANG = Person("110600000001", "110101199001010010", "张三", ("110600000009",))
DIPEI = Person("110600000002", "11010119900101004X", "\U00020bb7田·一郎")
TWICE = (Person("110600000003", "110101199001010095", "李四"), Person("110600000004", "110101199001010095", "李四"))
PEOPLE = (ZHANG, DIPEI, *TWICE)


@dataclass(frozen=True)
class ListSource:
    """Items held in memory."""

    listed: tuple[Item, ...]

    def items(self, share: int, shares: int) -> Iterator[Item]:
        yield from self.listed[share::shares]


def seal_sample(
    parent: Path,
    items: tuple[Item, ...] | None = None,
    subject: Subject = SUBJECT,
    workers: int = 1,
    keys: tuple[bytes, bytes] = (RELEASE_KEY, SNAPSHOT_ID),
) -> SealResult:
    """Seal people (the four samples) under fixed keys: (release key, snapshot id)."""
    parent.mkdir(exist_ok=True)
    return seal(
        parent=parent,
        subject=subject,
        release_key=keys[0],
        snapshot_id=keys[1],
        annex={"format": "fangbang-annex/1", "report": {}, "approvals": [], "counts": {}},
        source=ListSource(tuple(person.item for person in PEOPLE) if items is None else items),
        signer=SIGNER,
        workers=workers,
    )


def seal_overlay(parent: Path) -> SealResult:
    """An overlay on the sample: a corrected mark for the first, a tombstone for the second."""
    subject = replace(SUBJECT, kind="overlay", base=SNAPSHOT_ID.hex())
    corrected = msgspec.structs.replace(replace(ZHANG, mark="59.5").record, version=2, reason="mark")
    items = (
        Item(ZHANG.item.m, encode(corrected), ZHANG.item.pointers),
        Item(DIPEI.item.m, b"", DIPEI.item.pointers),
    )
    return seal_sample(parent, items, subject, keys=(OVERLAY_KEY, OVERLAY_ID))
