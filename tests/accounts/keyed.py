"""Staff with keys for tests of the command line."""

from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, PrivateFormat

from fangbang.accounts import actions
from fangbang.accounts.rules import prove_possession
from fangbang.audit.rules import SYSTEM
from fangbang.core.clock import ManualClock

_PASSPHRASE = "a passphrase of the tests"


def signed_by(operator: str, folder: Path, clock: ManualClock) -> list[str]:
    """Give an operator a key, in a file as `openssl` would write it; returns the words that sign with it."""
    key = Ed25519PrivateKey.generate()
    proof, public = prove_possession(key, operator), key.public_key().public_bytes_raw()
    actions.enrol_key(actor=SYSTEM, operator_id=operator, public_key=public, proof=proof, clock=clock)
    path, passphrase = folder / f"{operator}.pem", folder / "passphrase"
    path.write_bytes(
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(_PASSPHRASE.encode()))
    )
    passphrase.write_text(f"{_PASSPHRASE}\n")
    return ["--as", operator, "--key", str(path), "--passphrase-file", str(passphrase)]
