"""Looks for candidates' data where none may be: in files and in the memory of running processes.

Every candidate of a synthetic cohort is a canary. Tickets and identity numbers of one cohort have a form of their own
(`Canaries.shapes`), so that one pass with a few patterns finds all of them: a match counts when it is a number of the
cohort. Names count through the planted ones: names with a character that no page and no library carries. Marks count
as what a record or an answer writes around a mark, whoever's it is.

Keys are looked for in the form in which a process works with them, too: after T a worker needs no key's bytes, only
the hash states made from them (`padstates`), and as long as it answers it must have those.

Text is looked for as UTF-8, GB18030, UTF-16 and UTF-32 of the machine: Python keeps strings in memory as Latin-1,
UCS-2 or UCS-4, and files and sockets carry the others.
"""

import os
import re
from base64 import b64encode
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from fangbang.simulate.names import CANARY_MARK
from fangbang.simulate.padstates import pad_states

ENCODINGS = ("utf-8", "gb18030", "utf-16-le", "utf-32-le")
_CHUNK = 8 << 20
_OVERLAP = 4096

TICKET = "tickets"
DOCUMENT = "documents"
NAME = "names"
MARK = "marks"
KEY = "keys"

_DOCUMENT_FORM = "8[39][0-9]{15}[0-9X]"


@dataclass(frozen=True)
class Canaries:
    """What to look for. `tickets` and `documents` are of everyone, `names` those with the planted character."""

    tickets: frozenset[str]
    documents: frozenset[str]
    names: tuple[str, ...]
    subjects: tuple[str, ...]
    """Subject ids: what stands before a mark in a record."""
    year: int
    secrets: tuple[bytes, ...] = ()
    """Release keys and peppers: looked for raw, in hex, in base64, and as the HMAC states that work in their place."""


@dataclass
class Findings:
    """What was found: kind → the different things found, and where (a file's name or a process id)."""

    found: dict[str, set[str]] = field(default_factory=dict)
    places: Counter[str] = field(default_factory=Counter)
    where: dict[str, set[str]] = field(default_factory=dict)
    """Kind → the places where it was found."""
    bytes_read: int = 0
    unreadable: list[str] = field(default_factory=list)
    """Processes whose memory could not be opened: they were NOT searched."""

    def add(self, kind: str, value: str, place: str) -> None:
        self.found.setdefault(kind, set()).add(value)
        self.places[place] += 1
        self.where.setdefault(kind, set()).add(place)

    @property
    def total(self) -> int:
        """Different canaries found, of every kind."""
        return sum(len(values) for values in self.found.values())

    def counts(self) -> dict[str, int]:
        """Kind → number of different canaries found."""
        return {kind: len(self.found.get(kind, ())) for kind in (TICKET, DOCUMENT, NAME, MARK, KEY)}


class Scanner:
    """Searches bytes for canaries; make one and use it for every place."""

    def __init__(self, canaries: Canaries) -> None:
        self._numbers = [
            (kind, encoding, _pattern(form, encoding), known)
            for kind, form, known in (
                (TICKET, f"{canaries.year % 100:02}" + "[0-9]{11}", canaries.tickets),
                (DOCUMENT, _DOCUMENT_FORM, canaries.documents),
            )
            for encoding in ("utf-8", "utf-16-le", "utf-32-le")
        ]
        self._names = {name.encode(encoding): name for name in canaries.names for encoding in ENCODINGS}
        self._planted = [re.compile(re.escape(CANARY_MARK.encode(encoding))) for encoding in ENCODINGS]
        self._reach = max(map(len, self._names), default=0)
        self._keys = {form: place for place, key in enumerate(canaries.secrets) for form in _key_forms(key)}
        self._marks = [re.compile(form) for form in _mark_forms(canaries.subjects)]

    def scan(self, data: bytes, place: str, findings: Findings) -> None:
        """Search one piece of bytes."""
        for kind, encoding, pattern, known in self._numbers:
            for found in _overlapping(pattern, data):
                number = found.decode(encoding)
                if number in known:
                    findings.add(kind, number, place)
        for planted in self._planted:
            for match in planted.finditer(data):
                around = data[max(0, match.start() - self._reach) : match.end() + self._reach]
                for spelled, name in self._names.items():
                    if spelled in around:
                        findings.add(NAME, name, place)
        for form, which in self._keys.items():
            if form in data:
                findings.add(KEY, f"key {which}", place)
        for pattern in self._marks:
            for match in pattern.finditer(data):
                findings.add(MARK, match.group().hex(), place)

    def scan_stream(self, pieces: Iterable[bytes], place: str, findings: Findings) -> None:
        """Search consecutive pieces; what lies across a border is found too."""
        tail = b""
        for piece in pieces:
            findings.bytes_read += len(piece)
            self.scan(tail + piece, place, findings)
            tail = (tail + piece)[-_OVERLAP:]


def _pattern(form: str, encoding: str) -> re.Pattern[bytes]:
    """A pattern over text in an encoding of fixed width."""
    pad = b"\\x00" * {"utf-8": 0, "utf-16-le": 1, "utf-32-le": 3}[encoding]
    out = b""
    for unit, times in re.findall(r"(\[[^\]]+\]|[0-9])(\{\d+\})?", form):
        one = unit.encode() + pad
        out += b"(?:" + one + b")" + times.encode() if times else one
    return re.compile(out)


def _key_forms(key: bytes) -> tuple[bytes, ...]:
    return key, key.hex().encode(), key.hex().upper().encode(), b64encode(key).rstrip(b"="), *pad_states(key)


def _overlapping(pattern: re.Pattern[bytes], data: bytes) -> Iterator[bytes]:
    """Matches at every place, so that a number inside a longer run of digits is found as well.

    A look-ahead would do the same in one line but loses the search for the literal first characters: ten times slower.
    """
    match = pattern.search(data)
    while match:
        yield match.group()
        match = pattern.search(data, match.start() + 1)


def _mark_forms(subjects: Iterable[str]) -> list[bytes]:
    """A mark in a snapshot record (MessagePack) and in an answer (JSON)."""
    names = b"|".join(re.escape(name.encode()) for name in subjects)
    record = b"\\x96[\\xa0-\\xbf](?:" + names + b")\\xa0[\\xa1-\\xa7][0-9.]{1,7}\\xc0"
    answer = b'"subject":\\s*"(?:' + names + b')"[^{}]{0,120}"mark":\\s*"[0-9.]{1,7}"'
    return [record, answer]


def files_below(folders: Iterable[Path]) -> Iterator[Path]:
    """Every regular file below the folders, hidden and temporary ones too; symbolic links are not followed."""
    for folder in folders:
        for parent, _, names in os.walk(folder):
            for name in sorted(names):
                path = Path(parent) / name
                if path.is_file() and not path.is_symlink():
                    yield path


def scan_files(scanner: Scanner, folders: Iterable[Path], findings: Findings) -> int:
    """Search every byte of every file, and every file name; returns the number of files."""
    count = 0
    for path in files_below(folders):
        count += 1
        scanner.scan(os.fsencode(path.name), f"name of {path.name}", findings)
        try:
            with path.open("rb") as stream:
                scanner.scan_stream(iter(lambda: stream.read(_CHUNK), b""), path.name, findings)
        except FileNotFoundError:
            continue  # a temporary file that was renamed meanwhile: its new name is searched by the next scan
    return count


def memory_regions(pid: int) -> list[tuple[int, int, str]]:
    """Readable regions of a process as (start, end, name), shared memory and mapped files included."""
    regions = []
    for line in Path(f"/proc/{pid}/maps").read_text().splitlines():
        parts = line.split(maxsplit=5)
        name = parts[5] if len(parts) > 5 else ""
        if parts[1].startswith("r") and name not in ("[vvar]", "[vvar_vclock]", "[vsyscall]"):
            start, end = (int(value, 16) for value in parts[0].split("-"))
            regions.append((start, end, name))
    return regions


def scan_memory(scanner: Scanner, pids: Iterable[int], findings: Findings) -> None:
    """Search all readable memory of running processes; needs to be their parent, or root.

    A process that cannot be opened is listed in `findings.unreadable`: silence is no evidence.
    """
    for pid in pids:
        try:
            regions = memory_regions(pid)
            with Path(f"/proc/{pid}/mem").open("rb", buffering=0) as memory:
                for start, end, name in regions:
                    place = f"memory of process {pid}" + (f" ({Path(name).name})" if name.startswith("/") else "")
                    scanner.scan_stream(_region(memory.fileno(), start, end), place, findings)
        except (PermissionError, FileNotFoundError, ProcessLookupError):
            findings.unreadable.append(str(pid))


def _region(descriptor: int, start: int, end: int) -> Iterator[bytes]:
    """The region in pieces; pages that cannot be read (guard pages, a mapping that went away) end it."""
    while start < end:
        try:
            piece = os.pread(descriptor, min(_CHUNK, end - start), start)
        except OSError:
            return
        if not piece:
            return
        yield piece
        start += len(piece)


def processes_below(pid: int) -> list[int]:
    """A process and all its descendants, by the kernel's own lists."""
    found = [pid]
    for task in _tasks(pid):
        try:
            children = (task / "children").read_text().split()
        except FileNotFoundError:
            continue
        for child in children:
            found += processes_below(int(child))
    return sorted(set(found))


def _tasks(pid: int) -> list[Path]:
    try:
        return list(Path(f"/proc/{pid}/task").iterdir())
    except FileNotFoundError:
        return []
