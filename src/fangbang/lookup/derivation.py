"""The derivation of `snapshot.derive` on ready-folded fields: for the hot path.

The same bytes as `Pepperer.m` (a property test compares them); nothing is decided here.
"""

from collections.abc import Sequence

from fangbang.exams.vocabulary import CredentialKind
from fangbang.snapshot.derive import FIELDS, KeyedHash, canonical_credential

LENGTHS = [length.to_bytes(4, "big") for length in range(512)]
"""Lengths of fields as they are hashed."""


class FoldedPepperer:
    """`m` of one sitting's credentials, by kind. The pepper lives in hash states (`keyed`, by kind) only."""

    __slots__ = ("keyed",)

    def __init__(self, pepper: bytes, sitting: str) -> None:
        self.keyed: dict[str, KeyedHash] = {}
        for kind, folds in FIELDS.items():
            # Empty fields are four zero bytes each: what stands before them is the constant prefix.
            prefix = canonical_credential(sitting, kind, [""] * len(folds))[: -4 * len(folds)]
            self.keyed[kind.value] = KeyedHash(pepper, prefix)

    def m(self, kind: CredentialKind | str, fields: Sequence[str]) -> bytes:
        """64 bytes for fields that are folded already, each shorter than 512 bytes in UTF-8."""
        message = b""
        for field in fields:
            item = field.encode()
            message += LENGTHS[len(item)] + item
        return self.keyed[kind].digest(message)
