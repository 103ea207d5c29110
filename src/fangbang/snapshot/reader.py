"""Reading a snapshot: mmap, a prefix table in memory, misses answered only after their block's hash matched.

"Not found" has three causes (nobody, an ambiguous credential, a withdrawn record), and each finds something else on its
way. `consult` says what was left out, and `repay` does it, so that all three cost the same.

Safe for many readers in many processes: nothing here writes. A hit is authenticated by GCM when it is opened; a miss by
the hashes of the blocks that hold its two neighbours.
"""

import hashlib
import mmap
import os
import sys
from array import array
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
_NO_RECORD, _NO_POINTER, _A_POINTER, _A_RECORD = 1, 2, 4, 8
"""Parts of the work of a "not found": each file searched in vain once, and one entry of each found and opened."""
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


class OpenSnapshot:
    """A snapshot and its release key: answers queries."""

    def __init__(self, snapshot: Snapshot, release_key: bytes) -> None:
        header = snapshot.header
        if key_check(release_key, header.id_bytes).hex() != header.key_check:
            raise FangbangError(WRONG_KEY)
        self.snapshot = snapshot
        self.id = header.id_bytes
        self.deriver = Deriver(release_key, self.id)
        self._records = snapshot.records
        self._pointers = snapshot.pointers
        sizes = layout.POINTER_TEXT, self._records.layout.text_size
        self._known = [
            [entries.address(place * entries.entries // _KNOWN) for place in range(_KNOWN)]
            for entries in (self._pointers, self._records)
        ]
        self._sample = [self._sealed(bytes(size)) for size in sizes]

    def lookup(self, m: bytes) -> bytes | None:
        """The record's wire bytes (`record.decode` reads them).

        None: this snapshot says nothing, ask the one below it. TOMBSTONE (empty): the credential is ambiguous or was
        withdrawn; stop, the answer is "not found". A damaged entry or block raises an integrity error.
        """
        return self.consult(m)[0]

    def consult(self, m: bytes) -> tuple[bytes | None, int]:
        """As `lookup`, and what a "not found" leaves out of the whole work, for `repay` (nothing, for a record)."""
        r = self.deriver.expand(m)
        address = r[:16]
        value = self._records.find(address)
        if value is not None:
            wire = self._open_record(address, r[16:48], r[48:60], value)
            return wire, 0 if wire else _NO_RECORD | _NO_POINTER | _A_POINTER
        value = self._pointers.find(address)
        if value is None:
            return None, _A_POINTER | _A_RECORD
        text = open_value(self.id, address, r[16:48], r[48:60], value)
        if text == layout.AMBIGUOUS:
            return TOMBSTONE, _NO_POINTER | _A_RECORD
        target = text[:16]
        value = self._records.find(target)
        if value is None or text[60:] != layout.TARGET:
            raise FangbangError(UNREADABLE_ENTRY)
        wire = self._open_record(target, text[16:48], text[48:60], value)
        return wire, 0 if wire else _NO_POINTER

    def repay(self, m: bytes, owed: int) -> None:
        """Do what `consult(m)` left out, at places that nobody asked for. A damaged block raises, as it does there."""
        spare = hashlib.sha512(m).digest()
        if owed & _NO_RECORD:
            self._records.find(spare[:16])
        if owed & _NO_POINTER:
            self._pointers.find(spare[16:32])
        if owed & _A_POINTER:
            self._pointers.find(self._known[0][int.from_bytes(spare[32:34], "big") % _KNOWN])
            open_value(self.id, *self._sample[0])
        if owed & _A_RECORD:
            self._records.find(self._known[1][int.from_bytes(spare[34:36], "big") % _KNOWN])
            self._open_record(*self._sample[1])

    def _sealed(self, text: bytes) -> tuple[bytes, bytes, bytes, bytes]:
        """Something of one's own to open: as long as an entry, under a key of no entry."""
        address, key, nonce = os.urandom(16), os.urandom(32), os.urandom(12)
        return address, key, nonce, AESGCM(key).encrypt(nonce, text, self.id + address)

    def _open_record(self, address: bytes, key: bytes, nonce: bytes, value: bytes) -> bytes:
        return unpad(open_value(self.id, address, key, nonce, value))


def open_value(snapshot_id: bytes, address: bytes, key: bytes, nonce: bytes, value: bytes) -> bytes:
    """The padded plaintext of an entry; raises if one bit of anything differs."""
    try:
        return AESGCM(key).decrypt(nonce, value, snapshot_id + address)
    except InvalidTag:
        raise FangbangError(UNREADABLE_ENTRY) from None
