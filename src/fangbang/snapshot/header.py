"""The public header of a snapshot: what was sealed, committed to before T. Signed canonical JSON."""

import hashlib
from typing import Any

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from fangbang.core.canonical import canonical_json
from fangbang.core.errors import FangbangError, Phrase
from fangbang.snapshot.layout import FORMAT, RECORD_ENTRY_SIZES, SUITE
from fangbang.snapshot.problems import BAD_HEADER, MALFORMED


class Text(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A text in both languages."""

    zh: str
    en: str


class EntryFileInfo(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One entry file: `entries` includes dummies; hashes are SHA-256 in hex."""

    entries: int
    entry_size: int
    bytes: int
    sha256: str
    hashes_sha256: str
    merkle_root: str


class AnnexInfo(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The sealed annex; `commitment` is SHA-256 over its salted plaintext."""

    bytes: int
    sha256: str
    commitment: str


class Header(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Field by field as in docs/reference/snapshot-v1.md, section 5."""

    format: str
    suite: str
    snapshot_id: str
    kind: str
    base: str | None
    sitting: str
    exam_id: str
    exam: Text
    year: int
    scope: dict[str, list[str]]
    fold_versions: list[int]
    catalogue_version: str
    records: EntryFileInfo
    pointers: EntryFileInfo
    merkle_root: str
    key_check: str
    annex: AnnexInfo

    @property
    def id_bytes(self) -> bytes:
        return bytes.fromhex(self.snapshot_id)


class SignedHeader(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`key` is the signer's key id, `signature` Ed25519 in hex over `signing_bytes`."""

    header: Header
    key: str
    signature: str


def key_id(public: Ed25519PublicKey) -> str:
    """The first 16 hex digits of the SHA-256 of the raw public key."""
    return hashlib.sha256(public.public_bytes_raw()).hexdigest()[:16]


def signing_bytes(document: str, content: Any) -> bytes:
    """What is signed: the document type on a line of its own, then canonical JSON."""
    return document.encode() + b"\n" + canonical_json(msgspec.to_builtins(content))


def sign_header(header: Header, private: Ed25519PrivateKey) -> bytes:
    """The content of header.json: canonical JSON, so that equal headers are equal bytes."""
    signature = private.sign(signing_bytes(FORMAT, header)).hex()
    signed = SignedHeader(header, key_id(private.public_key()), signature)
    return canonical_json(msgspec.to_builtins(signed))


def parse_header(data: bytes) -> SignedHeader:
    """Read header.json strictly: known fields only, canonical spelling, sane numbers. The signature is not checked."""
    try:
        signed = msgspec.json.decode(data, type=SignedHeader)
        if canonical_json(msgspec.to_builtins(signed)) != data:
            raise FangbangError(BAD_HEADER, reason=Phrase("not canonical JSON", "不是规范 JSON"))
        reason = _unsupported(signed.header) or _malleable(signed)
    except (msgspec.MsgspecError, ValueError) as error:
        raise FangbangError(BAD_HEADER, reason=MALFORMED) from error
    if reason:
        raise FangbangError(BAD_HEADER, reason=reason)
    return signed


def _unsupported(header: Header) -> Phrase | None:
    if header.format != FORMAT or header.suite != SUITE:
        return Phrase("unknown format or suite", "格式或算法套件未知")
    if header.kind not in ("base", "overlay") or (header.kind == "overlay") != (header.base is not None):
        return Phrase("unknown kind", "快照种类未知")
    if len(header.id_bytes) != 16 or header.snapshot_id != header.id_bytes.hex():
        return Phrase("bad snapshot id", "快照编号不正确")
    if header.records.entry_size not in RECORD_ENTRY_SIZES or header.pointers.entry_size != 96:
        return Phrase("unknown entry size", "条目长度未知")
    if min(header.records.entries, header.pointers.entries) < 1:
        return Phrase("no entries", "没有条目")
    return None


def _malleable(signed: SignedHeader) -> Phrase | None:
    """Hex has two spellings; only one may be read, or one header would have many hashes."""
    header = signed.header
    infos = (header.records, header.pointers)
    hashes = [header.merkle_root, header.key_check, header.annex.sha256, header.annex.commitment, signed.key]
    hashes += [text for info in infos for text in (info.sha256, info.hashes_sha256, info.merkle_root)]
    spelled = all(bytes.fromhex(text).hex() == text for text in (*hashes, signed.signature))
    return None if spelled else Phrase("hex not in lower case", "十六进制须为小写")


def signature_valid(signed: SignedHeader, public: Ed25519PublicKey) -> bool:
    """True if this key signed the header."""
    try:
        public.verify(bytes.fromhex(signed.signature), signing_bytes(FORMAT, signed.header))
    except (InvalidSignature, ValueError):
        return False
    return True
