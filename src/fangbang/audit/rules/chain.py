"""The chain: what an entry's hash covers, and how any change to a stored chain shows. No Django, no IO.

Rules that `check` holds a chain to:
1. sequence numbers run 1, 2, 3 … without a gap;
2. each entry's hash is SHA-256 over the RFC 8785 bytes of all its other columns;
3. each entry carries the hash of the one before it (the first one 64 zeros);
4. the last entry is the one that the stored head names;
5. every anchor (sequence number and hash kept elsewhere, for instance in a signed report) is found in the chain.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from fangbang.core.canonical import canonical_json, content_hash
from fangbang.core.clock import to_wire

FORMAT = "fangbang-audit/1"
NO_HASH = "0" * 64


@dataclass(frozen=True)
class Actor:
    """Who acts: an operator's id and name, or a process (`Actor("keeper", "Keeper")`)."""

    id: str
    name: str


SYSTEM = Actor("system", "System")
"""The program itself, for acts that nobody asked for (a voided approval, a posted key)."""


@dataclass(frozen=True)
class Entry:
    """One audit event as stored. `details` is canonical JSON text; `previous` and `hash` are hex SHA-256."""

    seq: int
    at: datetime
    actor: Actor
    event: str
    subject: str
    details: str
    previous: str
    hash: str = ""

    def sealed(self) -> "Entry":
        """The same entry with its hash."""
        return replace(self, hash=self.compute_hash())

    def compute_hash(self) -> str:
        """SHA-256 (hex) over everything but the hash itself."""
        return content_hash(
            {
                "format": FORMAT,
                "seq": self.seq,
                "at": to_wire(self.at),
                "actor": {"id": self.actor.id, "name": self.actor.name},
                "event": self.event,
                "subject": self.subject,
                "details": self.details,
                "previous": self.previous,
            }
        )


@dataclass(frozen=True)
class Anchor:
    """A place in the chain that was written down somewhere else. `seq` 0 is the empty chain."""

    seq: int
    hash: str


EMPTY = Anchor(0, NO_HASH)


@dataclass(frozen=True)
class Finding:
    """One place where a stored chain breaks a rule."""

    seq: int
    what: str


def encode_details(details: Mapping[str, Any]) -> str:
    """Canonical JSON text of an event's details; floats are refused with TypeError."""
    return canonical_json(dict(details)).decode()


def decode_details(text: str) -> dict[str, Any]:
    """Inverse of `encode_details`."""
    decoded: dict[str, Any] = json.loads(text)
    return decoded


def check(entries: Iterable[Entry], head: Anchor | None, anchors: Sequence[Anchor] = ()) -> list[Finding]:
    """Walk a chain in the order of its sequence numbers; an empty list means that it holds. See the module's rules."""
    findings: list[Finding] = []
    wanted = {anchor.seq: anchor for anchor in anchors if anchor.seq}
    last = EMPTY
    for entry in entries:
        findings += _check_entry(entry, last)
        anchor = wanted.pop(entry.seq, None)
        if anchor is not None and anchor.hash != entry.hash:
            findings.append(Finding(entry.seq, "differs from an anchor kept elsewhere"))
        last = Anchor(entry.seq, entry.hash)
    findings += [Finding(seq, "missing, though an anchor kept elsewhere names it") for seq in sorted(wanted)]
    if head is None:
        findings.append(Finding(last.seq, "the head is missing"))
    elif head != last:
        findings.append(Finding(last.seq, f"the head names entry {head.seq}, the chain ends elsewhere"))
    return findings


def _check_entry(entry: Entry, last: Anchor) -> list[Finding]:
    findings = []
    if entry.seq != last.seq + 1:
        findings.append(Finding(entry.seq, f"follows entry {last.seq}"))
    if entry.previous != last.hash:
        findings.append(Finding(entry.seq, "does not carry the hash of the entry before it"))
    if entry.hash != entry.compute_hash():
        findings.append(Finding(entry.seq, "was altered: its hash does not match"))
    return findings
