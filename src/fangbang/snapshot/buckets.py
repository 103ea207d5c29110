"""Sealing through 256 address buckets on disk: memory stays bounded, and only ciphertext touches the disk.

First pass: each worker seals its share of the candidates and drops the entries into bucket files by the first byte of
the address. These temporary files are encrypted as a whole under a key that lives only as long as the seal, because a
pointer that later turns out to be ambiguous must not have been sealed before (one key and nonce, one plaintext).
Second pass: each bucket is read, sorted, topped up with dummies and written to its final place.
"""

import os
import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from fangbang.core.errors import FangbangError
from fangbang.snapshot import layout
from fangbang.snapshot.derive import Deriver
from fangbang.snapshot.dummies import Dummies
from fangbang.snapshot.problems import RECORD_TOO_LONG
from fangbang.snapshot.record import LENGTH_BYTES

BUCKETS = 256
_CHUNK = 1 << 16
_FRAME = struct.Struct(">12sI")
_LOOSE_POINTER = 120
"""Pointer before its sealing: its own address, key, nonce, then those of its record."""


class Item(NamedTuple):
    """One record for the snapshot: `m` of its main credential, wire bytes (b"" = tombstone), `m` of every pointer."""

    m: bytes
    wire: bytes
    pointers: tuple[bytes, ...] = ()


@dataclass(frozen=True)
class SealKeys:
    """What one seal is keyed with. `bucket_key` is random and dies with the seal."""

    release_key: bytes = field(repr=False)
    snapshot_id: bytes
    bucket_key: bytes = field(repr=False)


class BucketCounts(NamedTuple):
    """How many records and pointers lie in each of the 256 buckets."""

    records: list[int]
    pointers: list[int]


class _Sink:
    """Append-only encrypted bucket files of one share."""

    def __init__(self, folder: Path, kind: str, share: int, key: bytes, size: int) -> None:
        self.counts = [0] * BUCKETS
        self._size = size
        self._paths = [folder / f"{kind}-{bucket:02x}-{share}" for bucket in range(BUCKETS)]
        self.buffers = [bytearray() for _ in range(BUCKETS)]
        self._cipher = AESGCM(key)
        self._nonce_start = kind[:1].encode() + share.to_bytes(3, "big")
        self._chunks = 0

    def flush(self, bucket: int) -> None:
        buffer = self.buffers[bucket]
        nonce = self._nonce_start + self._chunks.to_bytes(8, "big")
        self._chunks += 1
        self.counts[bucket] += len(buffer) // self._size
        sealed = self._cipher.encrypt(nonce, bytes(buffer), None)
        buffer.clear()
        with self._paths[bucket].open("ab", buffering=0) as stream:
            stream.write(_FRAME.pack(nonce, len(sealed)) + sealed)

    def close(self) -> list[int]:
        """Flush everything; returns the number of items in each bucket."""
        for bucket, buffer in enumerate(self.buffers):
            if buffer:
                self.flush(bucket)
        return self.counts


def fill(folder: Path, keys: SealKeys, entry_size: int, share: int, items: Iterable[Item]) -> BucketCounts:
    """First pass over one share."""
    records = _Sink(folder, "records", share, keys.bucket_key, entry_size)
    pointers = _Sink(folder, "pointers", share, keys.bucket_key, _LOOSE_POINTER)
    expand = Deriver(keys.release_key, keys.snapshot_id).expand
    snapshot_id, text_size = keys.snapshot_id, layout.EntryLayout(entry_size).text_size
    room = text_size - LENGTH_BYTES
    for m, wire, further in items:
        length = len(wire)
        if length > room:
            raise FangbangError(RECORD_TOO_LONG, length=length, limit=room)
        r = expand(m)
        address = r[:16]
        text = (length.to_bytes(LENGTH_BYTES, "big") + wire).ljust(text_size, b"\x00")
        buffer = records.buffers[r[0]]
        buffer += address + AESGCM(r[16:48]).encrypt(r[48:60], text, snapshot_id + address)
        if len(buffer) >= _CHUNK:
            records.flush(r[0])
        for pointer_m in further:
            own = expand(pointer_m)
            buffer = pointers.buffers[own[0]]
            buffer += own[:60] + r[:60]
            if len(buffer) >= _CHUNK:
                pointers.flush(own[0])
    return BucketCounts(records.close(), pointers.close())


def _load(folder: Path, kind: str, bucket: int, size: int, key: bytes) -> list[bytes]:
    """All items of a bucket in order; the bucket's files are removed."""
    cipher = AESGCM(key)
    items: list[bytes] = []
    for path in sorted(folder.glob(f"{kind}-{bucket:02x}-*")):
        data = path.read_bytes()
        path.unlink()
        place = 0
        while place < len(data):
            nonce, length = _FRAME.unpack_from(data, place)
            place += _FRAME.size
            chunk = cipher.decrypt(nonce, data[place : place + length], None)
            place += length
            items.extend([chunk[start : start + size] for start in range(0, len(chunk), size)])
    items.sort()
    return items


class BucketPlan(NamedTuple):
    """Where a bucket goes: index of its first entry and how many dummies it gets, for records and for pointers."""

    bucket: int
    record_start: int
    record_dummies: int
    pointer_start: int
    pointer_dummies: int


class BucketDone(NamedTuple):
    """What became of a bucket. `conflicts`: main credentials claimed twice, which no snapshot may hold."""

    ambiguous: int
    conflicts: int


def settle(work: Path, target: Path, keys: SealKeys, entry_size: int, plan: BucketPlan) -> BucketDone:
    """Second pass over one bucket: sort, seal pointers, add dummies, write to the final place."""
    records = _load(work, "records", plan.bucket, entry_size, keys.bucket_key)
    addresses = [entry[:16] for entry in records]
    taken = set(addresses)
    conflicts = len(addresses) - len(taken)
    loose = _load(work, "pointers", plan.bucket, _LOOSE_POINTER, keys.bucket_key)
    pointers: list[bytes] = []
    ambiguous = 0
    for address, claims in groupby(loose, key=lambda item: item[:16]):
        different = set(claims)
        if address in taken:
            conflicts += sum(item[60:76] != address for item in different)
            continue
        ambiguous += len(different) > 1
        pointers.append(_seal_pointer(keys.snapshot_id, different))
    spare = len(loose) - len(pointers)
    make = Dummies(keys.release_key, keys.snapshot_id, "dummy-records", entry_size)
    records += make.entries(plan.bucket, plan.record_dummies)
    make = Dummies(keys.release_key, keys.snapshot_id, "dummy-pointers", layout.POINTER_ENTRY)
    pointers += make.entries(plan.bucket, plan.pointer_dummies + spare)
    _write(target / layout.RECORDS_FILE, layout.EntryLayout(entry_size), plan.record_start, records)
    _write(target / layout.POINTERS_FILE, layout.POINTERS, plan.pointer_start, pointers)
    return BucketDone(ambiguous, conflicts)


def _seal_pointer(snapshot_id: bytes, claims: set[bytes]) -> bytes:
    item = next(iter(claims))
    text = item[60:] + layout.TARGET if len(claims) == 1 else layout.AMBIGUOUS
    return item[:16] + AESGCM(item[16:48]).encrypt(item[48:60], text, snapshot_id + item[:16])


def _write(path: Path, shape: layout.EntryLayout, start: int, entries: list[bytes]) -> None:
    entries.sort()
    descriptor = os.open(path, os.O_WRONLY)
    try:
        for offset, data in _runs(shape, start, entries):
            while data:
                written = os.pwrite(descriptor, data, offset)
                data, offset = data[written:], offset + written
    finally:
        os.close(descriptor)


def _runs(shape: layout.EntryLayout, start: int, entries: list[bytes]) -> Iterator[tuple[int, bytes]]:
    """(offset, bytes) of adjacent entries, at most one megabyte a run."""
    if layout.BLOCK % shape.entry_size == 0:
        step = max(1, (1 << 20) // shape.entry_size)
        for first in range(0, len(entries), step):
            yield shape.offset(start + first), b"".join(entries[first : first + step])
        return
    first = 0
    while first < len(entries):
        last = min(len(entries), first + shape.per_block - (start + first) % shape.per_block)
        yield shape.offset(start + first), b"".join(entries[first:last])
        first = last
