"""Block hashes and Merkle subtrees of a finished entry file, in pieces that workers can share."""

import hashlib
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from fangbang.snapshot.layout import BLOCK, EntryLayout
from fangbang.snapshot.merkle import fold_level

SUBTREE = 1 << 15
_BLOCKS_A_PIECE = 4096


class Mapper(Protocol):
    """`map`, in this process or over many."""

    def __call__(self, function: Callable[..., Any], tasks: Iterable[Any], /) -> Iterable[Any]: ...


class EntryHashes(NamedTuple):
    """SHA-256 of the file in hex, one 32-byte hash a block, Merkle root over the entries."""

    sha256: str
    blocks: bytes
    root: bytes


class _Piece(NamedTuple):
    path: Path
    entry_size: int
    first: int
    last: int


def hash_blocks(piece: _Piece) -> bytes:
    """The hashes of blocks first … last - 1, joined."""
    sha256 = hashlib.sha256
    with piece.path.open("rb") as stream:
        stream.seek(piece.first * BLOCK)
        data = stream.read((piece.last - piece.first) * BLOCK)
    return b"".join([sha256(data[start : start + BLOCK]).digest() for start in range(0, len(data), BLOCK)])


def hash_entries(piece: _Piece) -> bytes:
    """The root of the subtree over entries first … last - 1."""
    shape = EntryLayout(piece.entry_size)
    start = shape.offset(piece.first)
    with piece.path.open("rb") as stream:
        stream.seek(start)
        data = stream.read(shape.offset(piece.last - 1) + shape.entry_size - start)
    sha256, size = hashlib.sha256, shape.entry_size
    offsets = (shape.offset(index) - start for index in range(piece.first, piece.last))
    return fold_level([sha256(b"\x00" + data[offset : offset + size]).digest() for offset in offsets])


def _pieces(path: Path, entry_size: int, total: int, step: int) -> Iterator[_Piece]:
    for first in range(0, total, step):
        yield _Piece(path, entry_size, first, min(first + step, total))


def hash_entry_file(path: Path, entry_size: int, entries: int, mapper: Mapper = map) -> EntryHashes:
    """Everything the header says about an entry file's content."""
    blocks = EntryLayout(entry_size).blocks(entries)
    roots = mapper(hash_entries, list(_pieces(path, entry_size, entries, SUBTREE)))
    hashes = mapper(hash_blocks, list(_pieces(path, entry_size, blocks, _BLOCKS_A_PIECE)))
    with path.open("rb") as stream:
        whole = hashlib.file_digest(stream, "sha256").hexdigest()
    return EntryHashes(whole, b"".join(hashes), fold_level(list(roots)))
