"""The pointer to the page bundle: which texts the public pages show. Normative: docs/reference/page-bundle.md.

A bundle is an immutable file of the public folder, `pages/<SHA-256>.json`; `pages.json` is the small signed document
that names one. Publishing is: write the file, then swap the pointer. Its counter only grows; nodes keep the highest.
What stands inside a bundle is `pages.bundle`'s matter; here it is bytes with a hash.
"""

import hashlib
import re
from collections.abc import Mapping
from pathlib import Path

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from fangbang.core.clock import from_wire
from fangbang.core.errors import FangbangError, Phrase
from fangbang.snapshot.problems import BAD_PAGES, MALFORMED
from fangbang.snapshot.signed import open_signed, sign

POINTER_FORMAT = "fangbang-pages/1"
POINTER_FILE = "pages.json"
BUNDLE_FOLDER = "pages"
MOST_BYTES = 1 << 20
"""Longest bundle."""
_HASH = re.compile(r"[0-9a-f]{64}").fullmatch


class Pointer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`bundle`: SHA-256 (hex) of the bundle's file; `issued_at` as `core.clock.to_wire`."""

    format: str
    counter: int
    issued_at: str
    bundle: str


def sign_pointer(pointer: Pointer, private: Ed25519PrivateKey) -> bytes:
    """The content of pages.json."""
    return sign("pages", pointer, private)


def parse_pointer(data: bytes, trusted: Mapping[str, Ed25519PublicKey]) -> Pointer:
    """Read pages.json and check its signature against the trusted keys (key id → key)."""
    pointer = open_signed(data, "pages", POINTER_FORMAT, Pointer, trusted, BAD_PAGES)
    try:
        from_wire(pointer.issued_at)
    except ValueError as error:
        raise FangbangError(BAD_PAGES, reason=MALFORMED) from error
    if pointer.counter < 1 or not _HASH(pointer.bundle):
        raise FangbangError(BAD_PAGES, reason=MALFORMED)
    return pointer


def bundle_path(public: Path, bundle: str) -> Path:
    """Where a bundle of this hash lies."""
    return public / BUNDLE_FOLDER / f"{bundle}.json"


def read_bundle(public: Path, pointer: Pointer) -> bytes:
    """The bytes that the pointer names: no others. A missing, longer or changed file is an integrity error."""
    try:
        with bundle_path(public, pointer.bundle).open("rb") as stream:
            data = stream.read(MOST_BYTES + 1)
    except OSError as error:
        raise FangbangError(BAD_PAGES, reason=Phrase("the bundle is missing", "内容文件缺失")) from error
    if len(data) > MOST_BYTES or hashlib.sha256(data).hexdigest() != pointer.bundle:
        raise FangbangError(BAD_PAGES, reason=Phrase("the bundle does not match the pointer", "内容文件与指针不符"))
    return data
