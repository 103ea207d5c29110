"""Sealing a snapshot folder. Normative for the bytes: docs/reference/snapshot-v1.md.

The folder appears whole or not at all. The same keys, snapshot id and items give the same bytes, so that an interrupted
seal may be repeated; other items need a new release key and a new snapshot id.
"""

import hashlib
import os
import secrets
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from fangbang.core.errors import FangbangError, Phrase
from fangbang.core.files import sync_folder
from fangbang.core.fold import FOLD_VERSION
from fangbang.snapshot import layout
from fangbang.snapshot.annex import seal_annex
from fangbang.snapshot.buckets import BucketCounts, BucketPlan, Item, SealKeys, fill, settle
from fangbang.snapshot.derive import key_check
from fangbang.snapshot.dummies import Dummies
from fangbang.snapshot.hashing import Mapper, hash_entry_file
from fangbang.snapshot.header import AnnexInfo, EntryFileInfo, Header, Text, sign_header
from fangbang.snapshot.merkle import node_hash
from fangbang.snapshot.problems import BAD_FILE, DUPLICATE_CREDENTIAL
from fangbang.snapshot.reader import TOMBSTONE, Snapshot


class Source(Protocol):
    """Makes the items of one share of the candidates. Pickled to the workers; the shares together are the whole."""

    def items(self, share: int, shares: int) -> Iterator[Item]: ...


@dataclass(frozen=True)
class Subject:
    """What a snapshot is about: the part of the header that is not computed."""

    sitting: str
    exam_id: str
    exam: Text
    year: int
    scope: dict[str, list[str]]
    catalogue_version: str
    kind: str = "base"
    base: str | None = None
    entry_size: int = layout.RECORD_ENTRY_SIZES[0]


@dataclass(frozen=True)
class SealResult:
    """The sealed folder; counts are the office's secret until T. `seconds` by phase."""

    folder: Path
    header: Header
    records: int
    pointers: int
    ambiguous: int
    seconds: dict[str, float] = field(default_factory=dict)


def seal(
    *,
    parent: Path,
    subject: Subject,
    release_key: bytes,
    snapshot_id: bytes,
    annex: dict[str, Any],
    source: Source,
    signer: Ed25519PrivateKey,
    workers: int = 1,
) -> SealResult:
    """Write `parent/<snapshot id>/`, durable and whole. Raises if two records claim one main credential."""
    folder = parent / snapshot_id.hex()
    keys = SealKeys(release_key, snapshot_id, secrets.token_bytes(32))
    seconds: dict[str, float] = {}
    with _workplace(folder) as work, mapper(workers) as spread:
        target = work / "target"
        target.mkdir()
        with _timed(seconds, "entries"):
            jobs = [partial(_fill_share, work, keys, subject.entry_size, source, n, workers) for n in range(workers)]
            counts = list(spread(_call, jobs))
        layouts = (
            _lay_out(subject.kind, subject.entry_size, [count.records for count in counts]),
            _lay_out(subject.kind, layout.POINTER_ENTRY, [count.pointers for count in counts]),
        )
        with _timed(seconds, "buckets"):
            ambiguous = _settle_all(work, target, keys, layouts, spread)
        with _timed(seconds, "hashes"):
            header = _describe(target, subject, keys, layouts, annex, spread)
            (target / layout.HEADER_FILE).write_bytes(sign_header(header, signer))
        with _timed(seconds, "sync"):
            _publish(target, folder)
    return SealResult(folder, header, layouts[0].real, layouts[1].real, ambiguous, seconds)


class _FileLayout(NamedTuple):
    """Totals of one entry file: real entries in each bucket, and with dummies."""

    entry_size: int
    buckets: list[int]
    total: int

    @property
    def real(self) -> int:
        return sum(self.buckets)

    def starts(self, keys: SealKeys, purpose: str) -> list[tuple[int, int]]:
        """(index of the first entry, dummies) of each bucket."""
        dummies = Dummies(keys.release_key, keys.snapshot_id, purpose, self.entry_size).shares(self.total - self.real)
        starts, place = [], 0
        for bucket, count in enumerate(self.buckets):
            starts.append((place, dummies[bucket]))
            place += count + dummies[bucket]
        return starts


def _lay_out(kind: str, entry_size: int, counts: list[list[int]]) -> _FileLayout:
    buckets = [sum(column) for column in zip(*counts, strict=True)]
    return _FileLayout(entry_size, buckets, layout.padded_total(sum(buckets), kind))


def _fill_share(work: Path, keys: SealKeys, entry_size: int, source: Source, share: int, shares: int) -> BucketCounts:
    return fill(work, keys, entry_size, share, source.items(share, shares))


def _settle_all(
    work: Path, target: Path, keys: SealKeys, layouts: tuple[_FileLayout, _FileLayout], spread: Mapper
) -> int:
    records, pointers = layouts
    for name, shape in ((layout.RECORDS_FILE, records), (layout.POINTERS_FILE, pointers)):
        with (target / name).open("wb") as stream:
            stream.truncate(layout.EntryLayout(shape.entry_size).file_size(shape.total))
    starts = zip(records.starts(keys, "dummy-records"), pointers.starts(keys, "dummy-pointers"), strict=True)
    plans = [BucketPlan(bucket, *record, *pointer) for bucket, (record, pointer) in enumerate(starts)]
    done = list(spread(partial(settle, work, target, keys, records.entry_size), plans))
    conflicts = sum(item.conflicts for item in done)
    if conflicts:
        raise FangbangError(DUPLICATE_CREDENTIAL, count=conflicts)
    return sum(item.ambiguous for item in done)


def _describe(
    target: Path,
    subject: Subject,
    keys: SealKeys,
    layouts: tuple[_FileLayout, _FileLayout],
    annex: dict[str, Any],
    spread: Mapper,
) -> Header:
    """Hash the files, write hashes and annex, and make the header."""
    records = _describe_file(target, layout.RECORDS_FILE, layout.RECORDS_HASHES, layouts[0], spread)
    pointers = _describe_file(target, layout.POINTERS_FILE, layout.POINTERS_HASHES, layouts[1], spread)
    sealed, commitment = seal_annex(keys.release_key, keys.snapshot_id, annex)
    (target / layout.ANNEX_FILE).write_bytes(sealed)
    root = node_hash(bytes.fromhex(records.merkle_root), bytes.fromhex(pointers.merkle_root))
    return Header(
        format=layout.FORMAT,
        suite=layout.SUITE,
        snapshot_id=keys.snapshot_id.hex(),
        kind=subject.kind,
        base=subject.base,
        sitting=subject.sitting,
        exam_id=subject.exam_id,
        exam=subject.exam,
        year=subject.year,
        scope=subject.scope,
        fold_versions=[FOLD_VERSION],
        catalogue_version=subject.catalogue_version,
        records=records,
        pointers=pointers,
        merkle_root=root.hex(),
        key_check=key_check(keys.release_key, keys.snapshot_id).hex(),
        annex=AnnexInfo(len(sealed), hashlib.sha256(sealed).hexdigest(), commitment),
    )


def _describe_file(target: Path, name: str, hashes: str, shape: _FileLayout, spread: Mapper) -> EntryFileInfo:
    done = hash_entry_file(target / name, shape.entry_size, shape.total, spread)
    (target / hashes).write_bytes(done.blocks)
    return EntryFileInfo(
        entries=shape.total,
        entry_size=shape.entry_size,
        bytes=(target / name).stat().st_size,
        sha256=done.sha256,
        hashes_sha256=hashlib.sha256(done.blocks).hexdigest(),
        merkle_root=done.root.hex(),
    )


@contextmanager
def _workplace(folder: Path) -> Iterator[Path]:
    """A private folder beside the target; what an interrupted seal of the same snapshot left is swept first."""
    work = folder.with_name(f".{folder.name}.work")
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(mode=0o700)
    try:
        yield work
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _publish(target: Path, folder: Path) -> None:
    """Make every file durable, then let the folder appear. A folder that is there already must hold the same header."""
    for name in layout.FILES:
        descriptor = os.open(target / name, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    sync_folder(target)
    if folder.exists():
        if (folder / layout.HEADER_FILE).read_bytes() != (target / layout.HEADER_FILE).read_bytes():
            raise FileExistsError(f"snapshot {folder.name} exists with other content")
        return
    target.rename(folder)
    folder.chmod(0o755)
    sync_folder(folder.parent)


@contextmanager
def mapper(workers: int) -> Iterator[Mapper]:
    """`map` over processes that end with the block; in this process if there is only one worker."""
    if workers <= 1:
        yield map
        return
    with get_context("spawn").Pool(workers) as pool:
        yield partial(pool.imap, chunksize=1)


def _call(job: Callable[[], Any]) -> Any:
    return job()


@contextmanager
def _timed(seconds: dict[str, float], phase: str) -> Iterator[None]:
    start = time.perf_counter()
    yield
    seconds[phase] = round(time.perf_counter() - start, 3)


@dataclass(frozen=True)
class OpenedEntries:
    """What full verification opened."""

    records: int
    pointers: int
    ambiguous: int


def open_every_entry(
    *, folder: Path, release_key: bytes, source: Source, workers: int = 1, header_sha256: str | None = None
) -> OpenedEntries:
    """Ask the finished snapshot for every credential, as a node would, and compare with the source.

    Mandatory before a header is handed out. Raises BAD_FILE at the first answer that differs.
    """
    with mapper(workers) as spread:
        jobs = [partial(_open_share, folder, release_key, source, n, workers, header_sha256) for n in range(workers)]
        parts = list(spread(_call, jobs))
    return OpenedEntries(*(sum(column) for column in zip(*parts, strict=True)))


def _open_share(
    folder: Path, release_key: bytes, source: Source, share: int, shares: int, header_sha256: str | None
) -> tuple[int, int, int]:
    snapshot = Snapshot.open(folder, verify=share == 0, header_sha256=header_sha256)
    opened = snapshot.unlock(release_key)
    records = pointers = ambiguous = 0
    for m, wire, further in source.items(share, shares):
        if opened.lookup(m) != wire:
            raise FangbangError(
                BAD_FILE, file=layout.RECORDS_FILE, reason=Phrase("an entry differs from its source", "条目与来源不同")
            )
        records += 1
        for pointer_m in further:
            answer = opened.lookup(pointer_m)
            if answer == TOMBSTONE and wire != TOMBSTONE:
                ambiguous += 1
            elif answer != wire:
                raise FangbangError(
                    BAD_FILE,
                    file=layout.POINTERS_FILE,
                    reason=Phrase("a pointer differs from its source", "指针与来源不同"),
                )
            pointers += 1
    snapshot.close()
    return records, pointers, ambiguous
