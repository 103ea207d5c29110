"""RFC 6962 Merkle tree over entries: leaf SHA-256(0x00 ‖ entry), node SHA-256(0x01 ‖ left ‖ right)."""

import hashlib
from collections.abc import Iterable


def leaf_hash(entry: bytes) -> bytes:
    return hashlib.sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


def fold_level(hashes: list[bytes]) -> bytes:
    """The root above equally high subtrees (the last may be lower): pairs level by level, an odd one moves up."""
    if not hashes:
        return hashlib.sha256(b"").digest()
    sha256 = hashlib.sha256
    while len(hashes) > 1:
        pairs = zip(hashes[::2], hashes[1::2], strict=False)
        folded = [sha256(b"\x01" + left + right).digest() for left, right in pairs]
        if len(hashes) % 2:
            folded.append(hashes[-1])
        hashes = folded
    return hashes[0]


def root(entries: Iterable[bytes]) -> bytes:
    """The tree's root over whole entries (address ‖ value), in file order."""
    sha256 = hashlib.sha256
    return fold_level([sha256(b"\x00" + entry).digest() for entry in entries])
