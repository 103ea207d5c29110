"""An operator's key file: dear to guess at, and a standard form that another program reads."""

import subprocess
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, PrivateFormat
from hypothesis import given, settings
from hypothesis import strategies as st

from fangbang.accounts.rules import open_key
from fangbang.accounts.rules.keyfiles import encrypted_pem
from fangbang.core.errors import FangbangError

PASSPHRASE = "口令 with twelve and more"
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))


def openssl(pem: bytes, folder: Path, *words: str) -> str:
    (folder / "key.pem").write_bytes(pem)
    (folder / "passphrase").write_text(PASSPHRASE)
    done = subprocess.run(
        ["openssl", *words, "-in", str(folder / "key.pem")], capture_output=True, text=True, check=True
    )
    return done.stdout


def opened(pem: bytes) -> bytes | None:
    """The key in a file, or None if it is refused."""
    try:
        return open_key(pem, PASSPHRASE).private_bytes_raw()
    except FangbangError:
        return None


@settings(max_examples=5, deadline=None)
@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=200))
def test_any_passphrase_opens_what_it_closed(passphrase: str) -> None:
    assert open_key(encrypted_pem(KEY, passphrase), passphrase).private_bytes_raw() == KEY.private_bytes_raw()


def test_two_files_of_one_key_have_nothing_in_common() -> None:
    one, other = (encrypted_pem(KEY, PASSPHRASE).splitlines()[-3] for _ in range(2))

    assert one != other


def test_the_file_names_scrypt_and_its_cost(tmp_path: Path) -> None:
    told = openssl(encrypted_pem(KEY, PASSPHRASE), tmp_path, "asn1parse")

    assert [word in told for word in (":PBES2", ":scrypt", ":aes-256-cbc", ":4000", ":08", ":05")] == [True] * 6
    assert "PBKDF2" not in told


def test_openssl_opens_the_file(tmp_path: Path) -> None:
    words = ("pkey", "-passin", f"file:{tmp_path / 'passphrase'}", "-noout", "-text")

    told = openssl(encrypted_pem(KEY, PASSPHRASE), tmp_path, *words)

    assert told.replace(" ", "").replace("\n", "").count(KEY.private_bytes_raw().hex(":")) == 1


def test_a_file_of_the_former_form_opens_too() -> None:
    former = KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(PASSPHRASE.encode()))

    assert open_key(former, PASSPHRASE).private_bytes_raw() == KEY.private_bytes_raw()


@pytest.mark.parametrize("line", [1, 2, 3, 4])
def test_a_damaged_file_never_opens_as_the_key_that_it_held(line: int) -> None:
    """PKCS#8 has no seal over its content: a flipped bit may give another key, which then is nobody's enrolled one."""
    lines = encrypted_pem(KEY, PASSPHRASE).splitlines()
    lines[line] = lines[line][:-9] + bytes([lines[line][-9] ^ 1]) + lines[line][-8:]

    assert opened(b"\n".join(lines)) != opened(encrypted_pem(KEY, PASSPHRASE)) == KEY.private_bytes_raw()
