"""The bench's cohort as a sealed snapshot: the same people that stand in the peers' database."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from bench import cohort
from fangbang.exams.vocabulary import CredentialKind
from fangbang.snapshot.buckets import Item
from fangbang.snapshot.derive import Pepperer
from fangbang.snapshot.header import Text
from fangbang.snapshot.record import Record, SubjectLine, encode
from fangbang.snapshot.writer import SealResult, Source, Subject, seal


@dataclass(frozen=True)
class CohortSource:
    """Makes the snapshot's items: one record and one pointer (document + name) a candidate."""

    size: int
    pepper: bytes

    def items(self, share: int, shares: int) -> Iterator[Item]:
        """The candidates of a share."""
        pepperer = Pepperer(self.pepper, cohort.SITTING)
        for person in islice(cohort.cohort(self.size), share, None, shares):
            yield Item(
                pepperer.m(CredentialKind.TICKET_DOCUMENT, person.ticket, person.document),
                encode(record_of(person)),
                (pepperer.m(CredentialKind.DOCUMENT_NAME, person.document, person.name),),
            )


def record_of(person: cohort.Candidate) -> Record:
    """What the snapshot says about a candidate."""
    subjects = [SubjectLine(item.id, "", item.mark, None, "60", item.status) for item in person.subjects]
    return Record(
        name=person.name,
        document=person.masked,
        ticket=person.ticket,
        province=person.province,
        city="",
        level=cohort.LEVEL,
        category="full",
        specialty="",
        outcome=person.outcome,
        subjects=tuple(subjects),
        statements=tuple(tuple(item) for item in person.statements),
    )


def seal_cohort(parent: Path, source: Source, release_key: bytes, snapshot_id: bytes) -> SealResult:
    """Seal the cohort below `parent`."""
    subject = Subject(
        sitting=cohort.SITTING,
        exam_id="social-worker",
        exam=Text(zh="社会工作者职业资格考试", en="Social worker qualification examination"),
        year=2026,
        scope={},
        catalogue_version="0" * 64,
    )
    return seal(
        parent=parent,
        subject=subject,
        release_key=release_key,
        snapshot_id=snapshot_id,
        annex={},
        source=source,
        signer=Ed25519PrivateKey.generate(),
        workers=2,
    )
