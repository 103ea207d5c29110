"""A secret that k of n people open together: one wrapped copy for each group of k. No sharing scheme of our own.

Every member gets a random part of 32 bytes, encrypted to their own public key (HPKE). A group's copy is encrypted with
AES-256-GCM under HKDF over the parts of its k members, so that each part may come by itself, in any order and from any
machine, and k - 1 parts are worth nothing: the key of every copy holds 256 bits of each missing one.
"""

import hashlib
import hmac
import secrets
from base64 import b64decode, b64encode
from collections.abc import Mapping, Sequence
from itertools import combinations

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from fangbang.core.canonical import length_prefixed
from fangbang.core.errors import FangbangError
from fangbang.keeper.problems import BAD_CARD, BAD_QUORUM, NOT_A_MEMBER, PART_WRONG, QUORUM_DAMAGED, QUORUM_SHORT

QUORUM_FORMAT = "fangbang-quorum/1"
PERSON_FORMAT = "fangbang-custody-person/1"
MOST_MEMBERS = 7
_SUITE = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)
_PART, _NONCE = 32, 12


class Person(msgspec.Struct, frozen=True):
    """An officer or a custodian: a name and an X25519 public key (hex)."""

    name: str
    public_key: str
    format: str = PERSON_FORMAT

    @property
    def fingerprint(self) -> str:
        """What is read aloud and written into the minutes."""
        return hashlib.sha256(bytes.fromhex(self.public_key)).hexdigest()[:16]


class Copy(msgspec.Struct, frozen=True):
    """One group's copy: nonce and ciphertext, base64."""

    members: tuple[str, ...]
    sealed: str


class Quorum(msgspec.Struct, frozen=True):
    """Who may open a secret together, and the wrapped copies. Nothing in it is secret.

    `parts`: name → that person's part, encrypted to them; `checks`: name → SHA-256 by which a part is known.
    """

    purpose: str
    needed: int
    members: tuple[Person, ...]
    parts: dict[str, str]
    checks: dict[str, str]
    copies: tuple[Copy, ...]
    format: str = QUORUM_FORMAT


def person_from(data: bytes) -> Person:
    """Read a person's public card; INPUT if it is none."""
    try:
        person = msgspec.json.decode(data, type=Person)
        X25519PublicKey.from_public_bytes(bytes.fromhex(person.public_key))
    except (msgspec.MsgspecError, ValueError) as error:
        raise FangbangError(BAD_CARD) from error
    if person.format != PERSON_FORMAT or not person.name.strip() or not person.name.isprintable():
        raise FangbangError(BAD_CARD)
    return person


def wrap(secret: bytes, purpose: str, members: Sequence[Person], needed: int) -> Quorum:
    """Copies of a secret for every group of `needed` members. INPUT unless 2 ≤ needed ≤ members ≤ 7, all different."""
    names, keys = {item.name for item in members}, {item.public_key for item in members}
    if not 2 <= needed <= len(members) <= MOST_MEMBERS or len(names) < len(members) or len(keys) < len(members):
        raise FangbangError(BAD_QUORUM, most=MOST_MEMBERS)
    parts = {item.name: secrets.token_bytes(_PART) for item in members}
    copies = []
    for group in combinations([item.name for item in members], needed):
        nonce = secrets.token_bytes(_NONCE)
        sealed = _cipher(purpose, group, parts).encrypt(nonce, secret, _bound(purpose, *group))
        copies.append(Copy(group, b64encode(nonce + sealed).decode()))
    return Quorum(
        purpose=purpose,
        needed=needed,
        members=tuple(members),
        parts={item.name: _to(item, purpose, parts[item.name]) for item in members},
        checks={name: _check(purpose, name, part) for name, part in parts.items()},
        copies=tuple(copies),
    )


def part_of(quorum: Quorum, name: str, private: X25519PrivateKey) -> bytes:
    """A member's own part, opened with their private key; REFUSED if it is not theirs."""
    if name not in quorum.parts:
        raise FangbangError(NOT_A_MEMBER, name=name)
    try:
        part = _SUITE.decrypt(b64decode(quorum.parts[name]), private, info=_bound(quorum.purpose, name))
    except (InvalidTag, ValueError):
        raise FangbangError(PART_WRONG, name=name) from None
    check_part(quorum, name, part)
    return part


def check_part(quorum: Quorum, name: str, part: bytes) -> None:
    """Raise unless this is that member's part of this quorum."""
    if name not in quorum.checks:
        raise FangbangError(NOT_A_MEMBER, name=name)
    if not hmac.compare_digest(quorum.checks[name], _check(quorum.purpose, name, part)):
        raise FangbangError(PART_WRONG, name=name)


def unwrap(quorum: Quorum, parts: Mapping[str, bytes]) -> bytes:
    """The secret. REFUSED with fewer members than needed; INTEGRITY if their copy does not open."""
    for name, part in parts.items():
        check_part(quorum, name, part)
    group = tuple(item.name for item in quorum.members if item.name in parts)[: quorum.needed]
    if len(group) < max(2, quorum.needed):
        raise FangbangError(QUORUM_SHORT, given=len(group), needed=quorum.needed)
    copy = next((item for item in quorum.copies if item.members == group), None)
    if copy is None:
        raise FangbangError(QUORUM_DAMAGED)
    try:
        sealed = b64decode(copy.sealed, validate=True)
        cipher = _cipher(quorum.purpose, group, parts)
        return cipher.decrypt(sealed[:_NONCE], sealed[_NONCE:], _bound(quorum.purpose, *group))
    except (InvalidTag, ValueError):
        raise FangbangError(QUORUM_DAMAGED) from None


def _to(person: Person, purpose: str, part: bytes) -> str:
    public = X25519PublicKey.from_public_bytes(bytes.fromhex(person.public_key))
    try:
        return b64encode(_SUITE.encrypt(part, public, info=_bound(purpose, person.name))).decode()
    except (InvalidTag, ValueError) as error:  # a point of low order
        raise FangbangError(BAD_CARD) from error


def _cipher(purpose: str, group: tuple[str, ...], parts: Mapping[str, bytes]) -> AESGCM:
    keying = length_prefixed([parts[name] for name in group])
    return AESGCM(HKDF(SHA256(), 32, None, _bound(purpose, *group)).derive(keying))


def _bound(purpose: str, *names: str) -> bytes:
    return length_prefixed([QUORUM_FORMAT.encode(), purpose.encode(), *(name.encode() for name in names)])


def _check(purpose: str, name: str, part: bytes) -> str:
    return hashlib.sha256(_bound(f"check/{purpose}", name) + part).hexdigest()
