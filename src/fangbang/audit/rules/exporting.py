"""An exported log as JSON lines, and how anybody checks one without this program's database.

The first line says what the file is: {"format", "whole", "head": {"seq", "hash"}}. Every further line is one entry
with all that its hash covers: {"seq", "at", "actor": {"id", "name"}, "event", "subject", "details", "previous",
"hash"}; `details` is the JSON text as it was hashed. The hash is SHA-256 over the RFC 8785 bytes of the entry without
`hash`, with "format": "fangbang-audit/1" added.

Rules that `check_export` holds a file to:
1. every entry's hash is right;
2. sequence numbers grow; an entry that follows the one before it without a gap carries its hash;
3. a whole log runs 1, 2, 3 … up to the head that the first line names;
4. every anchor that the reader brings (sequence number and hash from a signed report, a board, a notice) fits.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from fangbang.audit.rules.chain import EMPTY, Actor, Anchor, Entry, Finding, check
from fangbang.core.canonical import canonical_json
from fangbang.core.clock import from_wire, to_wire

EXPORT_FORMAT = "fangbang-audit-export/1"


@dataclass(frozen=True)
class ExportReport:
    """What a check of an exported log found. `missing` are anchors beyond what the file holds."""

    whole: bool
    entries: int
    head: Anchor
    findings: tuple[Finding, ...]


def export_head(head: Anchor, *, whole: bool) -> str:
    """The first line."""
    return _line({"format": EXPORT_FORMAT, "whole": whole, "head": {"seq": head.seq, "hash": head.hash}})


def export_line(entry: Entry) -> str:
    """The line of one entry."""
    return _line(
        {
            "seq": entry.seq,
            "at": to_wire(entry.at),
            "actor": {"id": entry.actor.id, "name": entry.actor.name},
            "event": entry.event,
            "subject": entry.subject,
            "details": entry.details,
            "previous": entry.previous,
            "hash": entry.hash,
        }
    )


def check_export(lines: Iterable[str], anchors: Sequence[Anchor] = ()) -> ExportReport:
    """Check a file line by line, in constant memory. ValueError if it is no exported log."""
    running = iter(lines)
    whole, head = _read_head(next(running, ""))
    if whole:
        walked = _Counted(map(_entry, running))
        found = check(walked, head, anchors)
        return ExportReport(whole, walked.count, head, tuple(found))
    return _check_part(map(_entry, running), head, anchors)


def _check_part(entries: Iterable[Entry], head: Anchor, anchors: Sequence[Anchor]) -> ExportReport:
    findings: list[Finding] = []
    wanted = {anchor.seq: anchor.hash for anchor in (*anchors, head)}
    last, count = EMPTY, 0
    for entry in entries:
        count += 1
        if entry.seq <= last.seq:
            findings.append(Finding(entry.seq, f"follows entry {last.seq}"))
        if entry.seq == last.seq + 1 and entry.previous != last.hash:
            findings.append(Finding(entry.seq, "does not carry the hash of the entry before it"))
        if entry.hash != entry.compute_hash():
            findings.append(Finding(entry.seq, "was altered: its hash does not match"))
        if wanted.get(entry.seq, entry.hash) != entry.hash:
            findings.append(Finding(entry.seq, "differs from an anchor kept elsewhere"))
        last = Anchor(entry.seq, entry.hash)
    return ExportReport(False, count, head, tuple(findings))


class _Counted:
    """An iterator that counts."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        self._entries = iter(entries)
        self.count = 0

    def __iter__(self) -> "_Counted":
        return self

    def __next__(self) -> Entry:
        entry = next(self._entries)
        self.count += 1
        return entry


def _read_head(line: str) -> tuple[bool, Anchor]:
    value = _object(line)
    try:
        if value["format"] != EXPORT_FORMAT:
            raise ValueError("another format")
        return bool(value["whole"]), Anchor(int(value["head"]["seq"]), str(value["head"]["hash"]))
    except (KeyError, TypeError) as error:
        raise ValueError("no exported log") from error


def _entry(line: str) -> Entry:
    value = _object(line)
    try:
        actor = Actor(value["actor"]["id"], value["actor"]["name"])
        texts = {name: str(value[name]) for name in ("event", "subject", "details", "previous", "hash")}
        return Entry(seq=int(value["seq"]), at=from_wire(value["at"]), actor=actor, **texts)
    except (KeyError, TypeError) as error:
        raise ValueError("a line is no entry") from error


def _object(line: str) -> dict[str, Any]:
    try:
        value = json.loads(line)
    except RecursionError as error:
        raise ValueError("a line is nested too deeply") from error
    if not isinstance(value, dict):
        raise ValueError("a line is no object")
    return value


def _line(value: dict[str, Any]) -> str:
    return canonical_json(value).decode() + "\n"
