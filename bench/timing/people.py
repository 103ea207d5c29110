"""Who is asked for: people in the snapshot, people who are nowhere, and credentials that two records claim."""

import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from itertools import islice
from pathlib import Path

from bench import cohort
from bench.keeper import BenchKeeper, letter_for
from bench.snapshot import record_of, seal_cohort
from fangbang.exams.vocabulary import CredentialKind
from fangbang.snapshot.board import KeyLetter
from fangbang.snapshot.buckets import Item
from fangbang.snapshot.derive import Pepperer
from fangbang.snapshot.record import encode

TICKET, NAME = CredentialKind.TICKET_DOCUMENT, CredentialKind.DOCUMENT_NAME


@dataclass(frozen=True)
class Crowd:
    """`size` people of each sort; the same generator made them all, so that nothing else tells them apart."""

    there: list[cohort.Candidate]
    nowhere: list[cohort.Candidate]
    claimed_twice: list[cohort.Candidate]

    @staticmethod
    def draw(size: int) -> "Crowd":
        people = list(cohort.cohort(3 * size))
        return Crowd(people[::3], people[1::3], people[2::3])


@dataclass(frozen=True)
class CrowdSource:
    """Every record with its own pointer, and another that its neighbour claims too."""

    size: int
    pepper: bytes

    def items(self, share: int, shares: int) -> Iterator[Item]:
        """The records of a share."""
        crowd, pepperer = Crowd.draw(self.size), Pepperer(self.pepper, cohort.SITTING)
        for number, person in islice(enumerate(crowd.there), share, None, shares):
            claims = (crowd.claimed_twice[number], crowd.claimed_twice[number - 1])
            yield Item(
                pepperer.m(TICKET, person.ticket, person.document),
                encode(record_of(person)),
                tuple(pepperer.m(NAME, each.document, each.name) for each in (person, *claims)),
            )


@dataclass(frozen=True)
class Sealed:
    """The crowd's snapshot and its keys."""

    public: Path
    folder: Path
    letter: KeyLetter
    keeper: BenchKeeper


def sealed(folder: Path, crowd: Crowd, wait: float) -> Sealed:
    """Seal the crowd below `folder`; T is `wait` hours away (0: past)."""
    public = folder / "public"
    (public / "snapshots").mkdir(parents=True)
    release_key, pepper, snapshot_id = secrets.token_bytes(32), secrets.token_bytes(32), secrets.token_bytes(16)
    made = seal_cohort(public / "snapshots", CrowdSource(len(crowd.there), pepper), release_key, snapshot_id)
    letter = letter_for(snapshot_id, release_key, pepper, crowd.there)
    digest = sha256((made.folder / "header.json").read_bytes()).hexdigest()
    keeper = BenchKeeper(
        public, letter, digest, made.header.exam, timedelta(hours=wait) if wait else timedelta(minutes=-1)
    )
    (folder / "anchor.json").write_bytes(keeper.anchor)
    return Sealed(public, made.folder, letter, keeper)
