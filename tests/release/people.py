"""Operators with keys, and the facts of a small sitting, for the tests of this stage."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from fangbang.audit.rules import EMPTY, Actor
from fangbang.release.rules import (
    BatchFacts,
    Facts,
    Heading,
    ReleaseKind,
    RunFacts,
    Scope,
    SentinelFacts,
    TrustedKey,
    freeze_report,
)
from fangbang.release.rules.spreads import Marks, YearSpread

NOW = datetime(2026, 8, 20, 1, 0, tzinfo=UTC)
SITTING = "social-worker-2026"


@dataclass(frozen=True)
class Person:
    """An operator and their signing key (made from the name, so that failures repeat)."""

    id: str
    roles: frozenset[str] = frozenset({"approver"})

    @cached_property
    def key(self) -> Ed25519PrivateKey:
        return Ed25519PrivateKey.from_private_bytes(self.id.encode().ljust(32, b"."))

    @property
    def actor(self) -> Actor:
        return Actor(self.id, self.id.title())

    @property
    def trusted(self) -> TrustedKey:
        return TrustedKey(self.id, self.id.title(), self.key.public_key().public_bytes_raw(), self.roles)


WANG = Person("wang")
ZHAO = Person("zhao")
QIAN = Person("qian")
LIU = Person("liu", frozenset({"approver", "importer"}))
"""An importer who has the approver's role too: refused by name, whatever the roles say."""
CHEN = Person("chen", frozenset({"adjudicator"}))
PEOPLE = (WANG, ZHAO, QIAN, LIU, CHEN)
TRUSTED = {person.trusted.key_id: person.trusted for person in PEOPLE}

TOTALS = {"sha256": "ab" * 32, "rows": 30, "ability.sum": "1830.5"}
RUN = RunFacts(
    id="run-1",
    inputs={"registrations": "registrations-1", "marks": "marks-1"},
    outcomes="outcomes-1",
    rule_hash="cd" * 32,
    code="0.1.0",
    candidates=10,
    compared=10,
    disagreements=0,
    counts={"qualified": 3, "not-passed": 7},
    orphans=0,
)
FACTS = Facts(
    sitting=SITTING,
    exam="social-worker",
    catalogue="ef" * 32,
    rule_hash=RUN.rule_hash,
    run=RUN,
    batches=(
        BatchFacts("batch-1", "registrations", 10, 1, "12" * 32, "liu", {"rows": 11}, {"rows": 11}),
        BatchFacts("batch-2", "marks", 29, 1, "ab" * 32, "liu", TOTALS, TOTALS),
    ),
    inputs=RUN.inputs,
    books={"registrations-1": True, "marks-1": True, "outcomes-1": True},
    registered=10,
    sentinels=SentinelFacts(ran=3, right=3, in_books=0),
    marks=Marks(YearSpread(2026)),
)
RED_FACTS = replace(FACTS, run=replace(RUN, orphans=2))


def report(facts: Facts = FACTS) -> dict[str, Any]:
    """A frozen report of the whole sitting."""
    return freeze_report(Heading("rel-1", Scope(), ReleaseKind.BASE), facts, anchor=EMPTY, now=NOW)
