"""Small signed documents of the public folder: canonical JSON of {<name>: document, "key", "signature"}.

The Ed25519 signature is over the document's format, a line end and its canonical JSON (`header.signing_bytes`), so that
a signature holds for one kind of document only.
"""

from collections.abc import Mapping
from typing import Protocol, TypeVar

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from fangbang.core.canonical import canonical_json
from fangbang.core.errors import FangbangError, Phrase, Problem
from fangbang.snapshot.header import key_id, signing_bytes
from fangbang.snapshot.problems import MALFORMED


class Formatted(Protocol):
    """A document that says which format it has."""

    @property
    def format(self) -> str: ...


Document = TypeVar("Document", bound=Formatted)


def sign(name: str, document: Formatted, private: Ed25519PrivateKey) -> bytes:
    """The file's bytes."""
    signature = private.sign(signing_bytes(document.format, document)).hex()
    return canonical_json(
        {name: msgspec.to_builtins(document), "key": key_id(private.public_key()), "signature": signature}
    )


def open_signed(
    data: bytes,
    name: str,
    form: str,
    kind: type[Document],
    trusted: Mapping[str, Ed25519PublicKey],
    problem: Problem,
) -> Document:
    """The document, if a trusted key (key id → key) signed it; `problem` says why not."""
    try:
        raw = msgspec.json.decode(data)
        document = msgspec.convert(raw[name], kind)
        key, signature = msgspec.convert((raw["key"], raw["signature"]), tuple[str, str])
        message = signing_bytes(form, raw[name])
    except (msgspec.MsgspecError, ValueError, TypeError, KeyError, RecursionError) as error:
        raise FangbangError(problem, reason=MALFORMED) from error
    if signature != signature.lower():
        raise FangbangError(problem, reason=MALFORMED)
    if document.format != form:
        raise FangbangError(problem, reason=Phrase("unknown format", "格式未知"))
    _check(trusted.get(key), signature, message, problem)
    return document


def _check(public: Ed25519PublicKey | None, signature: str, message: bytes, problem: Problem) -> None:
    if public is None:
        raise FangbangError(problem, reason=Phrase("signed by an unknown key", "签名密钥不受信任"))
    try:
        public.verify(bytes.fromhex(signature), message)
    except (InvalidSignature, ValueError):
        raise FangbangError(problem, reason=Phrase("bad signature", "签名不正确")) from None
