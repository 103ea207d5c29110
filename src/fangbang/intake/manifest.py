"""The signed manifest of a marking centre: what it says it sent, compared with what was read.

A manifest is a JSON object::

    {"format": "fangbang-manifest/1", "sitting", "kind", "file", "sha256", "rows",
     "subjects": {id: {"rows", "sum", "min", "max", "absent"}},
     "key": <public key, hex>, "signature": <Ed25519 over the rest, hex>}

Marks are decimal texts. `rows` of a subject counts marks and codes; `sum`, `min`, `max` cover its marks, and min and
max are null when it has none; `absent` counts code -1. `subjects` is {} for registrations and prior passes. Rows
without a readable subject and mark count only in the total. The signed bytes are `fangbang-manifest/1`, a line feed,
and the canonical JSON of the object without `signature`.
"""

import json
from collections.abc import Collection, Mapping
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from fangbang.core.canonical import canonical_json
from fangbang.core.errors import FangbangError, Phrase
from fangbang.intake.problems import (
    BAD_CENTRE_KEY,
    MANIFEST_MISMATCH,
    MANIFEST_UNREADABLE,
    MANIFEST_UNTRUSTED,
    NO_FILE,
)

FORMAT = "fangbang-manifest/1"
_FIELDS = {"format", "sitting", "kind", "file", "sha256", "rows", "subjects", "key", "signature"}
_TOTALS = ("rows", "sum", "min", "max", "absent")


def build_manifest(
    *, sitting: str, kind: str, file: str, sha256: str, rows: int, subjects: Mapping[str, Mapping[str, Any]]
) -> dict[str, Any]:
    """An unsigned manifest."""
    return {
        "format": FORMAT,
        "sitting": sitting,
        "kind": kind,
        "file": file,
        "sha256": sha256,
        "rows": rows,
        "subjects": {name: dict(totals) for name, totals in subjects.items()},
    }


def sign_manifest(manifest: Mapping[str, Any], key: Ed25519PrivateKey) -> dict[str, Any]:
    """The manifest with the centre's key and signature."""
    named = {**manifest, "key": key.public_key().public_bytes_raw().hex()}
    return {**named, "signature": key.sign(_message(named)).hex()}


def load_manifest(path: Path) -> dict[str, Any]:
    """The manifest in a file; NO_FILE if it cannot be read, MANIFEST_UNREADABLE if it is none."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise FangbangError(NO_FILE, file=path.name) from error
    return read_manifest(data)


def read_manifest(data: bytes) -> dict[str, Any]:
    """Parse; MANIFEST_UNREADABLE for anything but the format above."""
    try:
        manifest = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise FangbangError(MANIFEST_UNREADABLE, reason=Phrase("not JSON", "不是 JSON")) from error
    if not isinstance(manifest, dict) or set(manifest) != _FIELDS or manifest["format"] != FORMAT:
        raise FangbangError(MANIFEST_UNREADABLE, reason=Phrase(f"not {FORMAT}", f"不是 {FORMAT}"))
    if not isinstance(manifest["subjects"], dict) or not isinstance(manifest["rows"], int):
        raise FangbangError(MANIFEST_UNREADABLE, reason=Phrase(f"not {FORMAT}", f"不是 {FORMAT}"))
    return manifest


def check_signature(manifest: Mapping[str, Any], trusted: Collection[str]) -> None:
    """MANIFEST_UNTRUSTED unless one of the enrolled keys (hex) signed exactly this manifest."""
    try:
        if manifest["key"] not in trusted:
            raise FangbangError(MANIFEST_UNTRUSTED)
        signed = {name: value for name, value in manifest.items() if name != "signature"}
        signature = bytes.fromhex(manifest["signature"])
        public_key(manifest["key"]).verify(signature, _message(signed))
    except (InvalidSignature, ValueError, TypeError) as error:
        raise FangbangError(MANIFEST_UNTRUSTED) from error


def check_identity(manifest: Mapping[str, Any], *, sitting: str, kind: str, sha256: str) -> None:
    """MANIFEST_MISMATCH unless the manifest is about this file. The file may have been renamed."""
    for what, found in (("sitting", sitting), ("kind", kind), ("sha256", sha256)):
        _same(what, manifest[what], found)


def checked_manifest(data: bytes, *, trusted: Collection[str], sitting: str, kind: str, sha256: str) -> None:
    """All three of the above. `kind` "": not known yet, so that the manifest's own word is taken."""
    said = read_manifest(data)
    check_signature(said, trusted)
    check_identity(said, sitting=sitting, kind=kind or said["kind"], sha256=sha256)


def check_totals(manifest: Mapping[str, Any], *, rows: int, subjects: Mapping[str, Mapping[str, Any]]) -> None:
    """MANIFEST_MISMATCH at the first control total that differs."""
    _same("rows", manifest["rows"], rows)
    _same("subjects", ", ".join(sorted(manifest["subjects"])), ", ".join(sorted(subjects)))
    for subject, said in sorted(manifest["subjects"].items()):
        for total in _TOTALS:
            _same(f"{subject} {total}", _number(said.get(total)), _number(subjects[subject].get(total)))


def public_key(text: str) -> Ed25519PublicKey:
    """An Ed25519 public key from 64 hex digits; BAD_CENTRE_KEY otherwise."""
    try:
        return Ed25519PublicKey.from_public_bytes(bytes.fromhex(text))
    except ValueError as error:
        raise FangbangError(BAD_CENTRE_KEY) from error


def _message(manifest: Mapping[str, Any]) -> bytes:
    return f"{FORMAT}\n".encode() + canonical_json(dict(manifest))


def _number(value: object) -> Decimal | None:
    if value is None:
        return None
    try:
        return Decimal(str(value))
    except InvalidOperation as error:
        raise FangbangError(MANIFEST_UNREADABLE, reason=Phrase("a total is not a number", "合计不是数字")) from error


def _same(what: str, expected: object, found: object) -> None:
    if expected != found:
        raise FangbangError(MANIFEST_MISMATCH, what=what, expected=expected, found=found)
