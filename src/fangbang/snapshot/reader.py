"""Reading a snapshot: mmap, a prefix table in memory, misses answered only after their block's hash matched.

Safe for many readers in many processes: nothing here writes. A hit is authenticated by GCM when it is opened; a miss by
the hashes of the blocks that hold its two neighbours.
"""

import hashlib
import mmap
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

    def lookup(self, m: bytes) -> bytes | None:
        """The record's wire bytes (`record.decode` reads them).

        None: this snapshot says nothing, ask the one below it. TOMBSTONE (empty): the credential is ambiguous or was
        withdrawn; stop, the answer is "not found". A damaged entry or block raises an integrity error.
        """
        r = self.deriver.expand(m)
        address = r[:16]
        value = self._records.find(address)
        if value is not None:
            return self._open_record(address, r[16:48], r[48:60], value)
        value = self._pointers.find(address)
        if value is None:
            return None
        text = open_value(self.id, address, r[16:48], r[48:60], value)
        if text == layout.AMBIGUOUS:
            return TOMBSTONE
        target = text[:16]
        value = self._records.find(target)
        if value is None or text[60:] != layout.TARGET:
            raise FangbangError(UNREADABLE_ENTRY)
        return self._open_record(target, text[16:48], text[48:60], value)

    def _open_record(self, address: bytes, key: bytes, nonce: bytes, value: bytes) -> bytes:
        return unpad(open_value(self.id, address, key, nonce, value))


def open_value(snapshot_id: bytes, address: bytes, key: bytes, nonce: bytes, value: bytes) -> bytes:
    """The padded plaintext of an entry; raises if one bit of anything differs."""
    try:
        return AESGCM(key).decrypt(nonce, value, snapshot_id + address)
    except InvalidTag:
        raise FangbangError(UNREADABLE_ENTRY) from None
