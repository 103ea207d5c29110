"""Verification of a snapshot folder that trusts nothing but the given keys. No release key is needed.

Rules:
1. the header is canonical JSON of the known fields and sane numbers; a trusted key signed it;
2. each file has the size and SHA-256 that the header says;
3. the block hashes are the ones that the header commits to, and each block matches its own;
4. the rest of a block is zero, addresses ascend strictly over the whole file;
5. the Merkle root of each file, and of both together, is the header's;
6. the number of entries is a padded one.

The rules read bytes from callables; only `verify_folder` touches the disk.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from fangbang.core.errors import FangbangError
from fangbang.snapshot import layout
from fangbang.snapshot.header import EntryFileInfo, Header, SignedHeader, parse_header, signature_valid
from fangbang.snapshot.merkle import fold_level, node_hash
from fangbang.snapshot.verdict import Finding, FolderReport, Reason, Verdict, judge

_SUBTREE = 1 << 15
_READ = 1 << 20

Trusted = Mapping[str, Ed25519PublicKey]


def check_signer(signed: SignedHeader, trusted: Trusted | None) -> Iterator[Finding]:
    """Rule 1, the signature: without an anchor nobody can decide."""
    if trusted is None:
        yield Finding(Reason.NO_ANCHOR, layout.HEADER_FILE)
    elif signed.key not in trusted:
        yield Finding(Reason.UNKNOWN_SIGNER, layout.HEADER_FILE)
    elif not signature_valid(signed, trusted[signed.key]):
        yield Finding(Reason.BAD_SIGNATURE, layout.HEADER_FILE)


def check_totals(header: Header) -> Iterator[Finding]:
    """Rules 5 and 6 over the header alone."""
    root = node_hash(bytes.fromhex(header.records.merkle_root), bytes.fromhex(header.pointers.merkle_root))
    if root.hex() != header.merkle_root:
        yield Finding(Reason.MERKLE_ROOT, layout.HEADER_FILE)
    for name, info in ((layout.RECORDS_FILE, header.records), (layout.POINTERS_FILE, header.pointers)):
        if layout.padded_total(info.entries, header.kind) != info.entries:
            yield Finding(Reason.PADDING, name)
        if info.bytes != layout.EntryLayout(info.entry_size).file_size(info.entries):
            yield Finding(Reason.FILE_SIZE, name)


def check_bytes(name: str, chunks: Iterable[bytes], size: int, sha256: str) -> Iterator[Finding]:
    """Rule 2 for a file of which only size and hash are known."""
    digest, length = hashlib.sha256(), 0
    for chunk in chunks:
        digest.update(chunk)
        length += len(chunk)
    if length != size:
        yield Finding(Reason.FILE_SIZE, name)
    if digest.hexdigest() != sha256:
        yield Finding(Reason.FILE_HASH, name)


class _EntryCheck:
    """Rules 2 to 5 over one entry file, block by block; keeps the first place of each reason."""

    def __init__(self, name: str, info: EntryFileInfo, hashes: bytes) -> None:
        self.name, self.info, self.hashes = name, info, hashes
        self.first: dict[Reason, int | None] = {}
        self._shape = layout.EntryLayout(info.entry_size)
        self._whole = hashlib.sha256()
        self._length = 0
        self._last = b""
        self._index = 0
        self._leaves: list[bytes] = []
        self._roots: list[bytes] = []

    def feed(self, number: int, block: bytes) -> None:
        self._whole.update(block)
        self._length += len(block)
        if hashlib.sha256(block).digest() != self.hashes[32 * number : 32 * number + 32]:
            self.first.setdefault(Reason.BLOCK_HASH, number)
        size = self._shape.entry_size
        here = max(0, min(self._shape.per_block, self.info.entries - self._index))
        if any(block[here * size :]):
            self.first.setdefault(Reason.BLOCK_PADDING, number)
        for start in range(0, here * size, size):
            entry = block[start : start + size]
            if self._index and entry[: layout.ADDRESS] <= self._last:
                self.first.setdefault(Reason.ADDRESS_ORDER, self._index)
            self._last = entry[: layout.ADDRESS]
            self._leaves.append(hashlib.sha256(b"\x00" + entry).digest())
            self._index += 1
            if len(self._leaves) == _SUBTREE:
                self._roots.append(fold_level(self._leaves))
                self._leaves = []

    def findings(self) -> Iterator[Finding]:
        if self._length != self.info.bytes:
            self.first[Reason.FILE_SIZE] = None
        if self._whole.hexdigest() != self.info.sha256:
            self.first[Reason.FILE_HASH] = None
        roots = [*self._roots, fold_level(self._leaves)] if self._leaves else self._roots
        if fold_level(roots).hex() != self.info.merkle_root:
            self.first[Reason.MERKLE_ROOT] = None
        for reason, place in self.first.items():
            yield Finding(reason, self.name, place)


def check_entries(name: str, info: EntryFileInfo, blocks: Iterable[bytes], hashes: bytes) -> Iterator[Finding]:
    """Rules 2 to 5 over an entry file given as blocks of 4 KiB (the last may be cut short)."""
    check = _EntryCheck(name, info, hashes)
    for number, block in enumerate(blocks):
        check.feed(number, block)
    yield from check.findings()


def verify_folder(folder: Path, trusted: Trusted | None, header_sha256: str | None = None) -> FolderReport:
    """Verify a folder. `trusted`: key id → key, None without an anchor; `header_sha256`: what was published of it."""
    path = folder / layout.HEADER_FILE
    if not path.is_file():
        return FolderReport(Verdict.CANNOT_DECIDE, (Finding(Reason.FILE_MISSING, layout.HEADER_FILE),))
    data = path.read_bytes()
    digest = hashlib.sha256(data).hexdigest()
    try:
        signed = parse_header(data)
    except FangbangError:
        findings = (Finding(Reason.HEADER_MALFORMED, layout.HEADER_FILE),)
        return FolderReport(Verdict.NOT_VALID, findings, header_sha256=digest)
    other = header_sha256 is not None and digest != header_sha256
    found = [Finding(Reason.OTHER_HEADER, layout.HEADER_FILE)] if other else []
    found += check_signer(signed, trusted)
    found += check_totals(signed.header)
    found += _check_files(folder, signed.header)
    header = signed.header
    return FolderReport(
        judge(tuple(found)), tuple(found), header.snapshot_id, header.sitting, digest, header.merkle_root, signed.key
    )


def _check_files(folder: Path, header: Header) -> Iterator[Finding]:
    for name in layout.FILES[1:]:
        if not (folder / name).is_file():
            yield Finding(Reason.FILE_MISSING, name)
    pairs = (
        (layout.RECORDS_FILE, layout.RECORDS_HASHES, header.records),
        (layout.POINTERS_FILE, layout.POINTERS_HASHES, header.pointers),
    )
    for name, hashes_name, info in pairs:
        if not (folder / name).is_file() or not (folder / hashes_name).is_file():
            continue
        hashes = (folder / hashes_name).read_bytes()
        if hashlib.sha256(hashes).hexdigest() != info.hashes_sha256:
            yield Finding(Reason.HASHES_HASH, hashes_name)
        if len(hashes) != 32 * layout.EntryLayout(info.entry_size).blocks(info.entries):
            yield Finding(Reason.FILE_SIZE, hashes_name)
        yield from check_entries(name, info, _blocks(folder / name), hashes)
    annex = folder / layout.ANNEX_FILE
    if annex.is_file():
        yield from check_bytes(layout.ANNEX_FILE, _chunks(annex, _READ), header.annex.bytes, header.annex.sha256)
        if (header.annex.bytes - layout.TAG) % layout.ANNEX_MULTIPLE:
            yield Finding(Reason.PADDING, layout.ANNEX_FILE)


def _chunks(path: Path, size: int) -> Iterator[bytes]:
    with path.open("rb") as stream:
        while chunk := stream.read(size):
            yield chunk


def _blocks(path: Path) -> Iterator[bytes]:
    for chunk in _chunks(path, _READ):
        for start in range(0, len(chunk), layout.BLOCK):
            yield chunk[start : start + layout.BLOCK]
