"""Roles, ids and signing keys of staff. No Django, no IO."""

import re
from collections.abc import Iterable
from enum import StrEnum

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
)

from fangbang.accounts.problems import (
    BAD_OPERATOR_ID,
    BAD_PROOF,
    BAD_ROLES,
    CLASHING_ROLES,
    NAME_MISSING,
    NOT_A_SIGNING_KEY,
    WEAK_PASSPHRASE,
    WRONG_PASSPHRASE,
)
from fangbang.core.canonical import canonical_json
from fangbang.core.errors import FangbangError

ENROLMENT_FORMAT = "fangbang-enrolment/1"
LEAST_PASSPHRASE = 12
_OPERATOR_ID = re.compile(r"[a-z][a-z0-9.-]{1,31}")


class Role(StrEnum):
    """What a member of staff may do."""

    ADJUDICATOR = "adjudicator"
    """Enters lines, runs the calculators, opens and freezes releases."""
    ADMINISTRATOR = "administrator"
    """Enters staff and their keys; no part in any release."""
    APPROVER = "approver"
    """Signs reports, hours, overrides and withdrawals."""
    AUDITOR = "auditor"
    """Reads everything, changes nothing."""
    IMPORTER = "importer"
    """Brings files in."""


# Separation of duties. That nobody approves what they imported is checked per release as well, by name.
CLASHES: tuple[tuple[Role, Role], ...] = (
    (Role.IMPORTER, Role.APPROVER),
    (Role.ADMINISTRATOR, Role.APPROVER),
    *((Role.AUDITOR, other) for other in Role if other is not Role.AUDITOR),
)


def check_operator(operator_id: str, name: str) -> None:
    """INPUT unless the id can stand in logs and file names and there is a name."""
    if not _OPERATOR_ID.fullmatch(operator_id):
        raise FangbangError(BAD_OPERATOR_ID)
    if not name.strip():
        raise FangbangError(NAME_MISSING)


def check_roles(roles: Iterable[str]) -> frozenset[Role]:
    """The roles, if they are known and one person may have them all."""
    given = list(roles)
    if not given or not set(given) <= set(Role):
        raise FangbangError(BAD_ROLES, roles=", ".join(given), known=", ".join(Role))
    wanted = frozenset(map(Role, given))
    for one, other in CLASHES:
        if {one, other} <= wanted:
            raise FangbangError(CLASHING_ROLES, one=one.value, other=other.value)
    return wanted


def create_key(passphrase: str) -> tuple[Ed25519PrivateKey, bytes]:
    """A new signing key and its file: PKCS#8 PEM, encrypted with the passphrase, for its owner's hands only."""
    if len(passphrase) < LEAST_PASSPHRASE:
        raise FangbangError(WEAK_PASSPHRASE, least=LEAST_PASSPHRASE)
    key = Ed25519PrivateKey.generate()
    encryption = BestAvailableEncryption(passphrase.encode())
    return key, key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption)


def open_key(pem: bytes, passphrase: str) -> Ed25519PrivateKey:
    """Open an operator's key file. REFUSED for a wrong passphrase; INPUT for anything but an encrypted Ed25519 key."""
    if b"BEGIN ENCRYPTED PRIVATE KEY" not in pem:
        raise FangbangError(NOT_A_SIGNING_KEY)
    try:
        key = load_pem_private_key(pem, passphrase.encode())
    except (ValueError, TypeError) as error:  # TypeError: an empty passphrase
        raise FangbangError(WRONG_PASSPHRASE) from error
    if not isinstance(key, Ed25519PrivateKey):
        raise FangbangError(NOT_A_SIGNING_KEY)
    return key


def prove_possession(key: Ed25519PrivateKey, operator_id: str) -> bytes:
    """A signature that shows, at enrolment, that the operator holds the key."""
    return key.sign(_enrolment(operator_id, key.public_key().public_bytes_raw()))


def check_possession(public_key: bytes, operator_id: str, proof: bytes) -> None:
    """INTEGRITY unless `proof` was made by `prove_possession` with this key for this operator."""
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(proof, _enrolment(operator_id, public_key))
    except (InvalidSignature, ValueError) as error:
        raise FangbangError(BAD_PROOF) from error


def _enrolment(operator_id: str, public_key: bytes) -> bytes:
    return canonical_json({"format": ENROLMENT_FORMAT, "operator": operator_id, "public_key": public_key.hex()})
