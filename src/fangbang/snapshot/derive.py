"""From a credential to the address, key and nonce of its entry. Normative: docs/reference/snapshot-v1.md, section 2."""

import hashlib
import hmac
from collections.abc import Callable, Sequence
from typing import NamedTuple

from fangbang.core.canonical import length_prefixed
from fangbang.core.errors import FangbangError
from fangbang.core.fold import FOLD_VERSION, fold_name, fold_number
from fangbang.exams.vocabulary import CredentialKind
from fangbang.snapshot.problems import BAD_CREDENTIAL

DOMAIN = b"fangbang/v1"
KEY_BYTES = 32
"""Length of a release key and of a pepper."""
SNAPSHOT_ID_BYTES = 16
ADDRESS_BYTES = 16

Fold = Callable[[str], str]
FIELDS: dict[CredentialKind, tuple[Fold, ...]] = {
    CredentialKind.TICKET_DOCUMENT: (fold_number, fold_number),
    CredentialKind.DOCUMENT_NAME: (fold_number, fold_name),
    CredentialKind.ARCHIVE_DOCUMENT: (fold_number, fold_number),
    CredentialKind.NAME_BIRTH: (fold_name, fold_number),
    CredentialKind.BOUND: (fold_number,),
}
"""How each field of a credential is folded, in the order in which the fields are hashed."""


class Place(NamedTuple):
    """Where an entry lies and what opens it: 16, 32 and 12 bytes."""

    address: bytes
    key: bytes
    nonce: bytes


def canonical_credential(
    sitting: str, kind: CredentialKind, fields: Sequence[str], fold_version: int = FOLD_VERSION
) -> bytes:
    """The bytes that stand for a credential; fields are folded here."""
    folds = FIELDS[kind]
    if len(folds) != len(fields):
        raise FangbangError(BAD_CREDENTIAL, kind=kind.value)
    folded = [fold(text).encode() for fold, text in zip(folds, fields, strict=True)]
    return _prefix(sitting, kind, fold_version) + length_prefixed(folded)


def _prefix(sitting: str, kind: CredentialKind, fold_version: int) -> bytes:
    return length_prefixed([DOMAIN, bytes([fold_version]), sitting.encode(), kind.value.encode()])


class KeyedHash:
    """HMAC-SHA-512 (RFC 2104) under one key, both pads and the message's constant beginning hashed ahead.

    `hmac` wraps each copy and digest in Python; a seal asks for hundreds of thousands of them a second.
    """

    __slots__ = ("inner", "outer")

    def __init__(self, key: bytes, beginning: bytes) -> None:
        block = key.ljust(128, b"\x00") if len(key) <= 128 else hashlib.sha512(key).digest().ljust(128, b"\x00")
        self.inner = hashlib.sha512(bytes(byte ^ 0x36 for byte in block) + beginning)
        self.outer = hashlib.sha512(bytes(byte ^ 0x5C for byte in block))

    def digest(self, rest: bytes) -> bytes:
        """64 bytes for the beginning followed by `rest`."""
        inner, outer = self.inner.copy(), self.outer.copy()
        inner.update(rest)
        outer.update(inner.digest())
        return outer.digest()


class Pepperer:
    """Turns credentials of one sitting into `m`, with the pads and the constant prefix hashed ahead."""

    def __init__(self, pepper: bytes, sitting: str, fold_version: int = FOLD_VERSION) -> None:
        # By identity: hashing a member of an enumeration runs Python code, and a seal looks one up for every entry.
        self._kinds = {
            id(kind): (FIELDS[kind], KeyedHash(pepper, _prefix(sitting, kind, fold_version)).digest)
            for kind in CredentialKind
        }

    def m(self, kind: CredentialKind, *fields: str) -> bytes:
        """64 bytes: HMAC-SHA-512(pepper, canonical credential)."""
        folds, digest = self._kinds[id(kind)]
        if len(folds) != len(fields):
            raise FangbangError(BAD_CREDENTIAL, kind=kind.value)
        if len(fields) == 2:
            first, second = folds[0](fields[0]).encode(), folds[1](fields[1]).encode()
            return digest(len(first).to_bytes(4, "big") + first + len(second).to_bytes(4, "big") + second)
        return digest(length_prefixed([fold(text).encode() for fold, text in zip(folds, fields, strict=True)]))


class Deriver:
    """Turns `m` into places of one snapshot, with pads and snapshot id hashed ahead."""

    def __init__(self, release_key: bytes, snapshot_id: bytes) -> None:
        self.keyed = KeyedHash(release_key, snapshot_id)

    def expand(self, m: bytes) -> bytes:
        """`r`: 64 bytes, of which address, key and nonce are slices."""
        return self.keyed.digest(m)

    def place(self, m: bytes) -> Place:
        r = self.expand(m)
        return Place(r[:16], r[16:48], r[48:60])


def subkey(release_key: bytes, snapshot_id: bytes, purpose: str) -> bytes:
    """64 bytes for a purpose other than an entry ("key-check", "annex", "dummy-records" …)."""
    message = length_prefixed([DOMAIN, purpose.encode(), snapshot_id])
    return hmac.digest(release_key, message, hashlib.sha512)


def key_check(release_key: bytes, snapshot_id: bytes) -> bytes:
    """16 public bytes by which a node knows that it holds the right release key."""
    return subkey(release_key, snapshot_id, "key-check")[:16]
