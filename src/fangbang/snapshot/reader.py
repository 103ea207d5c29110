"""Reading a snapshot: mmap, a prefix table in memory, misses answered only after their block's hash matched.

"Not found" has three causes (nobody, an ambiguous credential, a withdrawn record), and each finds something else on its
way. `consult` says which searches it left out, and `repay` takes them: by the same steps, so that all three cost the
same (see `_Search`; a test counts every instruction of the interpreter).

Safe for many readers in many processes: nothing here writes. A hit is authenticated by GCM when it is opened; a miss by
the hashes of the blocks that hold its two neighbours.
"""

import hashlib
import mmap
import os
import sys
from array import array
from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import accumulate
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from fangbang.core.errors import FangbangError, Phrase
from fangbang.snapshot import layout
from fangbang.snapshot.derive import Deriver, key_check
from fangbang.snapshot.header import EntryFileInfo, Header, parse_header
from fangbang.snapshot.problems import BAD_FILE, BAD_HEADER, CORRUPT, UNREADABLE_ENTRY, WRONG_KEY
from fangbang.snapshot.record import unpad

TOMBSTONE = b""
_KNOWN = 4096
"""Addresses of each file that are known to be there, to find one of them at no other cost than finding it."""
_DONE, _SPARE, _ASKED = range(3)
"""Sorts of searches: the end of all, one that was left out, one that looks for the answer."""
_MISSED, _LED, _DENIED = range(3)
"""What a search comes to: nothing lies there; a record, or the way to one; what lies there says "not found"."""
_TABLE_BITS = {layout.RECORDS_FILE: 24, layout.POINTERS_FILE: 21}
"""Most bits of a prefix that a table tells apart: 64 MiB and 8 MiB of memory, however many entries there are."""


class EntryFile:
    """One sorted file of fixed-size entries."""

    def __init__(self, folder: Path, name: str, hashes_name: str, info: EntryFileInfo) -> None:
        self.name = name
        self.entries = info.entries
        self.layout = layout.EntryLayout(info.entry_size)
        self._hashes = (folder / hashes_name).read_bytes()
        if hashlib.sha256(self._hashes).hexdigest() != info.hashes_sha256:
            raise FangbangError(BAD_FILE, file=hashes_name, reason=Phrase("hash", "哈希"))
        path = folder / name
        if path.stat().st_size != self.layout.file_size(self.entries):
            raise FangbangError(BAD_FILE, file=name, reason=Phrase("size", "长度"))
        if len(self._hashes) != 32 * self.layout.blocks(self.entries):
            raise FangbangError(BAD_FILE, file=hashes_name, reason=Phrase("size", "长度"))
        with path.open("rb") as stream:
            self.map = mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ)
        self.shift, self.table = self._prefix_table()

    def _prefix_table(self) -> tuple[int, "array[int]"]:
        """Slots by the first bits of an address: entries of slot s are table[s] … table[s + 1] - 1."""
        bits = max(1, min(_TABLE_BITS.get(self.name, 20), self.entries.bit_length()))
        shift = 32 - bits
        counts = array("I", bytes(4 * ((1 << bits) + 1)))
        size, per_block = self.layout.entry_size, self.layout.per_block
        with memoryview(self.map) as stream, stream.cast("I") as words:
            for first in range(per_block):
                # The first word of the n-th entry of every block, gathered by one strided copy.
                prefixes = array("I")
                prefixes.frombytes(words[first * size // 4 :: layout.BLOCK // 4].tobytes())
                if sys.byteorder == "little":
                    prefixes.byteswap()
                # The last block may hold fewer entries than fit.
                for prefix in prefixes[: -(-(self.entries - first) // per_block)]:
                    counts[(prefix >> shift) + 1] += 1
        return shift, array("I", accumulate(counts))

    def check_blocks(self) -> None:
        """Hash every block (touching each page once); raises at the first that differs."""
        for block in range(self.layout.blocks(self.entries)):
            self._check_block(block)

    def _check_block(self, block: int) -> None:
        start = block * layout.BLOCK
        digest = hashlib.sha256(self.map[start : start + layout.BLOCK]).digest()
        if digest != self._hashes[32 * block : 32 * block + 32]:
            raise FangbangError(CORRUPT, file=self.name, block=block)

    def address(self, index: int) -> bytes:
        offset = self.layout.offset(index)
        return self.map[offset : offset + layout.ADDRESS]

    def entry(self, index: int) -> bytes:
        """Address and value of the entry at `index`, in address order."""
        offset = self.layout.offset(index)
        return self.map[offset : offset + self.layout.entry_size]

    def find(self, address: bytes) -> bytes | None:
        """The value stored at `address`; None only if the intact neighbours prove that there is none."""
        slot = int.from_bytes(address[:4], "big") >> self.shift
        low, high = self.table[slot], self.table[slot + 1]
        stream, size, per_block = self.map, self.layout.entry_size, self.layout.per_block
        while low < high:
            middle = (low + high) >> 1
            offset = (middle // per_block) * 4096 + (middle % per_block) * size
            here = stream[offset : offset + 16]
            if here < address:
                low = middle + 1
            elif here == address:
                return stream[offset + 16 : offset + size]
            else:
                high = middle
        self._prove_absent(address, low)
        return None

    def _prove_absent(self, address: bytes, place: int) -> None:
        """The entries before and at `place` lie in intact blocks and enclose the address."""
        blocks = {near // self.layout.per_block for near in (place - 1, place) if 0 <= near < self.entries}
        for block in blocks:
            self._check_block(block)
        if place > 0 and self.address(place - 1) >= address:
            raise FangbangError(CORRUPT, file=self.name, block=(place - 1) // self.layout.per_block)
        if place < self.entries and self.address(place) <= address:
            raise FangbangError(CORRUPT, file=self.name, block=place // self.layout.per_block)

    def expect_queries(self) -> None:
        """From now on any page may be wanted, and not the next: where the file is larger than memory, a miss of the
        page cache reads that page alone, instead of as much ahead as the device is set to."""
        self.map.madvise(mmap.MADV_RANDOM)

    def close(self) -> None:
        self.map.close()


class Snapshot:
    """An opened snapshot folder. Ciphertext only, until `unlock`."""

    def __init__(self, folder: Path, header: Header, header_sha256: str) -> None:
        self.folder = folder
        self.header = header
        self.header_sha256 = header_sha256
        self.records = EntryFile(folder, layout.RECORDS_FILE, layout.RECORDS_HASHES, header.records)
        self.pointers = EntryFile(folder, layout.POINTERS_FILE, layout.POINTERS_HASHES, header.pointers)

    @classmethod
    def open(cls, folder: Path, verify: bool = True, header_sha256: str | None = None) -> "Snapshot":
        """Open a folder; `verify` hashes every block first. `header_sha256` (from the signed board) pins the header."""
        data = (folder / layout.HEADER_FILE).read_bytes()
        digest = hashlib.sha256(data).hexdigest()
        if header_sha256 is not None and digest != header_sha256:
            raise FangbangError(
                BAD_HEADER, reason=Phrase("not the header that the board names", "不是公告板所列的快照头")
            )
        snapshot = cls(folder, parse_header(data).header, digest)
        if verify:
            snapshot.records.check_blocks()
            snapshot.pointers.check_blocks()
        return snapshot

    def expect_queries(self) -> None:
        """What follows are single queries: see `EntryFile.expect_queries`."""
        self.records.expect_queries()
        self.pointers.expect_queries()

    def find(self, address: bytes) -> bytes | None:
        """The sealed value of a record; None is a proven miss, a corrupt block raises."""
        return self.records.find(address)

    def unlock(self, release_key: bytes) -> "OpenSnapshot":
        """The same snapshot with its release key; refuses a key that is not its own."""
        return OpenSnapshot(self, release_key)

    def lookup(self, release_key: bytes, m: bytes) -> bytes | None:
        """One query without keeping the key: see `OpenSnapshot.lookup`."""
        return OpenSnapshot(self, release_key).lookup(m)

    def close(self) -> None:
        self.records.close()
        self.pointers.close()


_Read = Callable[[bytes], tuple[bytes, int]]
"""Of an entry's text: the record, or the place of the record; and what the search comes to."""
_Sealed = tuple[bytes, bytes]
"""Address, key and nonce in one; the sealed value."""


@dataclass(eq=False, slots=True)
class _Search:
    """One search in one file, and what comes after it.

    A "not found" is always five searches: one in vain among the records and two among the pointers, and one in each
    file that finds an entry and opens it. The cause says in which order, and which of them nobody asked for. One loop
    takes them all; it never branches between causes but looks up what differs.

    The second one in vain is there for the order. After a search in vain the processor has forgotten how to open an
    entry, and the other way round: each change costs time. Nobody is "vain, vain, found, vain, found", an ambiguous
    credential "vain, found, vain, vain, found": as many changes of either sort (four searches have no such order).
    """

    sort: int
    entries: EntryFile
    read: _Read
    sample: _Sealed
    """What a spare search opens instead of somebody's entry."""
    place: int
    """Number of the place (address, key, nonce) among those of the walk."""
    after: "tuple[_Search, ...]"
    """What comes next, by what this one comes to."""
    says: bytes | None = None
    """The answer, where this is the first search left out."""
    promised: bool = False
    """A pointer leads there: nothing there is damage."""


def _searches(records: EntryFile, pointers: EntryFile, samples: tuple[_Sealed, _Sealed]) -> _Search:
    """The first search of every answer; the others come after it. Spare ones have places of their own."""
    record = records, _recorded, samples[0]
    pointer = pointers, _pointed, samples[1]
    done = _Search(_DONE, *record, 0, ())

    def spare(*kinds: tuple[EntryFile, _Read, _Sealed, int]) -> _Search:
        first = done
        for kind in reversed(kinds):
            first = _Search(_SPARE, *kind, (first,) * 3)
        return first

    no_record, no_pointer, another = (*record, 2), (*pointer, 3), (*pointer, 6)
    a_pointer, a_record = (*pointer, 4), (*record, 5)
    nobody = spare(a_pointer, another, a_record)
    ambiguous = replace(spare(no_pointer, another, a_record), says=TOMBSTONE)
    # Where a search asked for finds a record, no order of what is left has the same changes.
    withdrawn = replace(spare(no_record, no_pointer, another, a_pointer), says=TOMBSTONE)
    behind = replace(spare(no_pointer, another), says=TOMBSTONE)
    target = _Search(_ASKED, *record, 1, (done, done, behind), promised=True)
    return _Search(_ASKED, *record, 0, (_Search(_ASKED, *pointer, 0, (nobody, target, ambiguous)), done, withdrawn))


def _recorded(text: bytes) -> tuple[bytes, int]:
    """A record's wire bytes; none of them is a withdrawal."""
    wire = unpad(text)
    return wire, _LED + (not wire)


def _pointed(text: bytes) -> tuple[bytes, int]:
    """The place that a pointer leads to, if to one."""
    ambiguous = text == layout.AMBIGUOUS
    if ambiguous + (text[60:] == layout.TARGET) != 1:
        raise FangbangError(UNREADABLE_ENTRY)
    return text, _LED + ambiguous


class OpenSnapshot:
    """A snapshot and its release key: answers queries."""

    def __init__(self, snapshot: Snapshot, release_key: bytes) -> None:
        header = snapshot.header
        if key_check(release_key, header.id_bytes).hex() != header.key_check:
            raise FangbangError(WRONG_KEY)
        self.snapshot = snapshot
        self.id = header.id_bytes
        self.deriver = Deriver(release_key, self.id)
        records, pointers = snapshot.records, snapshot.pointers
        samples = self._sealed(bytes(records.layout.text_size)), self._sealed(layout.AMBIGUOUS)
        self._first = _searches(records, pointers, samples)
        self._known = [
            # More than the address, so that it is cut out of them as it is out of every other place.
            [entries.entry(place * entries.entries // _KNOWN)[: 2 * layout.ADDRESS] for place in range(_KNOWN)]
            for entries in (pointers, records)
        ]

    def lookup(self, m: bytes) -> bytes | None:
        """The record's wire bytes (`record.decode` reads them).

        None: this snapshot says nothing, ask the one below it. TOMBSTONE (empty): the credential is ambiguous or was
        withdrawn; stop, the answer is "not found". A damaged entry or block raises an integrity error.
        """
        return self.consult(m)[0]

    def consult(self, m: bytes) -> tuple[bytes | None, _Search]:
        """As `lookup`, and which searches a "not found" leaves out, for `repay` (none, for a record)."""
        text, left = self._walk(self._first, [self.deriver.expand(m), b""], _ASKED)
        return (text, left.says)[left.sort], left

    def repay(self, m: bytes, left: _Search) -> None:
        """Take the searches that `consult(m)` left out, at places that nobody asked for. A damaged block raises, as it
        does there."""
        spare = hashlib.sha512(m).digest()
        pointer = self._known[0][int.from_bytes(spare[32:34], "big") % _KNOWN]
        record = self._known[1][int.from_bytes(spare[34:36], "big") % _KNOWN]
        self._walk(left, [b"", b"", spare[:32], spare[16:], pointer, record, spare[36:]], _SPARE)

    def _walk(self, search: _Search, places: list[bytes], sort: int) -> tuple[bytes, _Search]:
        """Take searches as long as they are of one sort; the last one's text, and the first of another sort."""
        text = b""
        while search.sort == sort:
            text, came = self._take(search, places[search.place])
            places[1] = text
            search = search.after[came]
        return text, search

    def _take(self, search: _Search, place: bytes) -> tuple[bytes, int]:
        value = search.entries.find(place[:16])
        if value is None:
            if search.promised:
                raise FangbangError(UNREADABLE_ENTRY)
            return b"", _MISSED
        place, value = ((place, value), search.sample)[search.sort == _SPARE]
        return search.read(open_value(self.id, place[:16], place[16:48], place[48:60], value))

    def _sealed(self, text: bytes) -> _Sealed:
        """Something of one's own to open: as long as an entry, under a key of no entry."""
        place = os.urandom(60)
        return place, AESGCM(place[16:48]).encrypt(place[48:], text, self.id + place[:16])


def open_value(snapshot_id: bytes, address: bytes, key: bytes, nonce: bytes, value: bytes) -> bytes:
    """The padded plaintext of an entry; raises if one bit of anything differs."""
    try:
        return AESGCM(key).decrypt(nonce, value, snapshot_id + address)
    except InvalidTag:
        raise FangbangError(UNREADABLE_ENTRY) from None
