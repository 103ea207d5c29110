"""Signing keys of staff: their files, and the proof that their owner holds one. No Django, no IO."""

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from fangbang.accounts.problems import (
    BAD_ENROLMENT,
    BAD_PROOF,
    NOT_A_CUSTODY_KEY,
    NOT_A_SIGNING_KEY,
    WEAK_PASSPHRASE,
    WRONG_PASSPHRASE,
)
from fangbang.accounts.rules.keyfiles import encrypted_pem
from fangbang.core.canonical import canonical_json
from fangbang.core.errors import FangbangError, Problem

ENROLMENT_FORMAT = "fangbang-enrolment/1"
LEAST_PASSPHRASE = 12


def create_key(passphrase: str) -> tuple[Ed25519PrivateKey, bytes]:
    """A new signing key and its file (`keyfiles`), encrypted with the passphrase, for its owner's hands only."""
    key = Ed25519PrivateKey.generate()
    return key, _protected(key, passphrase)


def create_custody_key(passphrase: str) -> tuple[X25519PrivateKey, bytes]:
    """A new key of an officer or a custodian, to which parts of a keeper's secrets are encrypted, and its file."""
    key = X25519PrivateKey.generate()
    return key, _protected(key, passphrase)


def _protected(key: Ed25519PrivateKey | X25519PrivateKey, passphrase: str) -> bytes:
    if len(passphrase) < LEAST_PASSPHRASE:
        raise FangbangError(WEAK_PASSPHRASE, least=LEAST_PASSPHRASE)
    return encrypted_pem(key, passphrase)


def open_key(pem: bytes, passphrase: str) -> Ed25519PrivateKey:
    """Open an operator's key file. REFUSED for a wrong passphrase; INPUT for anything but an encrypted Ed25519 key."""
    key = _opened(pem, passphrase, NOT_A_SIGNING_KEY)
    if not isinstance(key, Ed25519PrivateKey):
        raise FangbangError(NOT_A_SIGNING_KEY)
    return key


def open_custody_key(pem: bytes, passphrase: str) -> X25519PrivateKey:
    """Open an officer's or a custodian's key file, as `open_key`."""
    key = _opened(pem, passphrase, NOT_A_CUSTODY_KEY)
    if not isinstance(key, X25519PrivateKey):
        raise FangbangError(NOT_A_CUSTODY_KEY)
    return key


def _opened(pem: bytes, passphrase: str, otherwise: Problem) -> object:
    if b"BEGIN ENCRYPTED PRIVATE KEY" not in pem:
        raise FangbangError(otherwise)
    try:
        return load_pem_private_key(pem, passphrase.encode())
    except (ValueError, TypeError) as error:  # TypeError: an empty passphrase
        raise FangbangError(WRONG_PASSPHRASE) from error


def prove_possession(key: Ed25519PrivateKey, operator_id: str) -> bytes:
    """A signature that shows, at enrolment, that the operator holds the key."""
    return key.sign(_enrolment(operator_id, key.public_key().public_bytes_raw()))


def check_possession(public_key: bytes, operator_id: str, proof: bytes) -> None:
    """INTEGRITY unless `proof` was made by `prove_possession` with this key for this operator."""
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(proof, _enrolment(operator_id, public_key))
    except (InvalidSignature, ValueError) as error:
        raise FangbangError(BAD_PROOF) from error


def read_enrolment(line: str, operator_id: str) -> tuple[bytes, bytes]:
    """Public key and proof from the line that an operator's browser made: format, operator, key and proof, the last two
    in hex. BAD_ENROLMENT for anything else, another operator's too; the proof is not checked here."""
    try:
        form, operator, public_key, proof = line.split()
        if (form, operator) == (ENROLMENT_FORMAT, operator_id):
            return bytes.fromhex(public_key), bytes.fromhex(proof)
    except ValueError as error:
        raise FangbangError(BAD_ENROLMENT, operator=operator_id) from error
    raise FangbangError(BAD_ENROLMENT, operator=operator_id)


def enrolment_line(key: Ed25519PrivateKey, operator_id: str) -> str:
    """The line that `read_enrolment` reads."""
    public = key.public_key().public_bytes_raw()
    return f"{ENROLMENT_FORMAT} {operator_id} {public.hex()} {prove_possession(key, operator_id).hex()}"


def _enrolment(operator_id: str, public_key: bytes) -> bytes:
    return canonical_json({"format": ENROLMENT_FORMAT, "operator": operator_id, "public_key": public_key.hex()})
