"""What officers did at this keeper, line by line: each entry authenticates itself and all before it.

The office's audit log cannot hold these acts, since the keeper has no database and the office no key. The last entry's
number stands in the keeper's state, so that a journal cut short shows as well.
"""

import hmac
import os
from collections.abc import Sequence
from pathlib import Path

import msgspec

from fangbang.core.canonical import canonical_json
from fangbang.core.errors import FangbangError
from fangbang.core.files import sync_folder
from fangbang.keeper.problems import JOURNAL_BROKEN


class Entry(msgspec.Struct, frozen=True):
    """One act: its number, when (`core.clock.to_wire`), what, by whom; HMAC-SHA-256 over it and the last one's."""

    number: int
    at: str
    act: str
    officers: tuple[str, ...]
    mac: str = ""


class Journal:
    """The acts of one keeper folder. `key`: the one that authenticates its state."""

    def __init__(self, path: Path, key: bytes) -> None:
        self._path, self._key = path, key

    def entries(self, least: int = 0) -> list[Entry]:
        """All acts, oldest first; INTEGRITY if one was changed, taken out or put in, or if there are fewer than
        `least`."""
        found: list[Entry] = []
        previous = ""
        try:
            for line in self._path.read_bytes().splitlines() if self._path.exists() else []:
                entry = msgspec.json.decode(line, type=Entry)
                sound = hmac.compare_digest(entry.mac, self._mac(entry, previous))
                if not sound or entry.number != len(found) + 1:
                    raise FangbangError(JOURNAL_BROKEN, number=len(found) + 1)
                found.append(entry)
                previous = entry.mac
        except (msgspec.MsgspecError, ValueError) as error:
            raise FangbangError(JOURNAL_BROKEN, number=len(found) + 1) from error
        if len(found) < least:
            raise FangbangError(JOURNAL_BROKEN, number=len(found) + 1)
        return found

    def add(self, at: str, act: str, officers: Sequence[str], least: int = 0) -> int:
        """Enter an act durably; its number. A line that a crash left half-written is taken away first."""
        self._mend()
        known = self.entries(least)
        entry = Entry(len(known) + 1, at, act, tuple(sorted(officers)))
        entry = msgspec.structs.replace(entry, mac=self._mac(entry, known[-1].mac if known else ""))
        descriptor = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            os.write(descriptor, msgspec.json.encode(entry) + b"\n")
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        sync_folder(self._path.parent)
        return entry.number

    def _mend(self) -> None:
        if self._path.exists() and not (content := self._path.read_bytes()).endswith(b"\n") and content:
            os.truncate(self._path, content.rfind(b"\n") + 1)

    def _mac(self, entry: Entry, previous: str) -> str:
        told = [entry.number, entry.at, entry.act, list(entry.officers), previous]
        return hmac.digest(self._key, canonical_json(told), "sha256").hex()
