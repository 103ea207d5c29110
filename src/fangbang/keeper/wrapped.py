"""Production custody: every secret encrypted on the keeper's disk, under a key that only memory holds.

That key is drawn in a ceremony and lies on the disk in wrapped copies only (`quorum`): k officers open it together
after every start. Beside each secret stand copies for every pair of custodians, made before the secret is used. What
must not be exchanged behind the officers' backs (who the custodians are, who the other keeper is) is encrypted and
authenticated under the same key.

`keyring.json` names the folder that counts. A change of people writes a new folder under a new key and then swaps that
one file.
"""

import secrets
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from fangbang.core.canonical import length_prefixed
from fangbang.core.errors import FangbangError
from fangbang.core.files import durable_folder, sync_folder, write_durably
from fangbang.keeper.problems import ALREADY_MADE, BAD_KEYRING, NOT_INITIALISED, SECRET_DAMAGED
from fangbang.keeper.quorum import Person, Quorum, unwrap, wrap
from fangbang.snapshot.derive import KEY_BYTES

KEYRING_FORMAT = "fangbang-keyring/1"
CUSTODIANS_NEEDED = 2
OFFICERS, ESCROW = "officers", "escrow"
_OWN = ("signing", "state", "link")
"""Secrets that every keeper has from the ceremony on."""
_ALWAYS = (*_OWN, "custodians")
_NONCE = 12


class Keyring(msgspec.Struct, frozen=True):
    """`keyring.json`: which keeper this is, which folder counts, and the wrapped copies of its key. Nothing secret."""

    keeper: str
    generation: int
    officers: Quorum
    format: str = KEYRING_FORMAT


def keyring_path(home: Path) -> Path:
    return home / "keyring.json"


def load_keyring(home: Path) -> Keyring:
    """Read the keyring; STATE if there is none, INTEGRITY if it cannot be read."""
    path = keyring_path(home)
    if not path.exists():
        raise FangbangError(NOT_INITIALISED)
    try:
        keyring = msgspec.json.decode(path.read_bytes(), type=Keyring)
    except (msgspec.MsgspecError, ValueError) as error:
        raise FangbangError(BAD_KEYRING) from error
    if keyring.format != KEYRING_FORMAT or keyring.officers.purpose != _purpose(keyring.keeper, keyring.generation):
        raise FangbangError(BAD_KEYRING)
    return keyring


def make_custody(
    home: Path,
    keeper: str,
    officers: Sequence[Person],
    needed: int,
    custodians: Sequence[Person],
    known: Mapping[str, bytes] | None = None,
) -> "WrappedCustody":
    """The ceremony: draw the key, wrap it for the officers, name the custodians. STATE if there is a keyring.

    `known`: secrets out of the escrow of a keeper that was lost; the others are drawn.
    """
    if keyring_path(home).exists():
        raise FangbangError(ALREADY_MADE)
    durable_folder(home, mode=0o700)
    key = secrets.token_bytes(KEY_BYTES)
    quorum = wrap(key, _purpose(keeper, 1), officers, needed)
    custody = WrappedCustody._made(home, Keyring(keeper, 1, quorum), key, custodians)
    for name, secret in (known or {}).items():
        custody.put(name, secret)
    for name in _OWN:
        custody.draw(name)
    write_durably(keyring_path(home), _encoded(custody.keyring), mode=0o600)
    return custody


def wrapped_files(home: Path) -> list[Path]:
    """What holds this keeper's secrets, all of it ciphertext: the keyring, its key of the line, its folders; none of
    demo custody. INTEGRITY if a folder that the keyring names is missing, or was not written to its end."""
    if not keyring_path(home).exists():
        return []
    generation = load_keyring(home).generation
    folders = [home / f"vault-{generation}", home / f"escrow-{generation}"]
    for path in (*(folders[0] / f"{name}.sealed" for name in _ALWAYS), *(folders[1] / f"{name}.json" for name in _OWN)):
        if not path.is_file():
            raise FangbangError(SECRET_DAMAGED, name=path.stem)
    return [keyring_path(home), home / "link.key", *folders]


class WrappedCustody:
    """Secrets of one keeper, open in this process only. Satisfies `custody.Custody`."""

    label = "production"

    def __init__(self, home: Path, keyring: Keyring, key: bytes) -> None:
        """`key`: what the officers opened; INTEGRITY if it does not open this keeper's folder."""
        self._home, self.keyring, self._cipher = home, keyring, AESGCM(key)
        self.custodians = msgspec.json.decode(self.read("custodians"), type=tuple[Person, ...])
        self._forget_other_folders()

    @classmethod
    def opened(cls, home: Path, keyring: Keyring, parts: dict[str, bytes]) -> "WrappedCustody":
        return cls(home, keyring, unwrap(keyring.officers, parts))

    @classmethod
    def _made(cls, home: Path, keyring: Keyring, key: bytes, custodians: Sequence[Person]) -> "WrappedCustody":
        wrap(b"", ESCROW, custodians, CUSTODIANS_NEEDED)  # refuses people who cannot be a quorum
        custody = cls.__new__(cls)
        custody._home, custody.keyring, custody._cipher = home, keyring, AESGCM(key)
        custody.custodians = tuple(custodians)
        for folder in (custody.vault, custody.escrow):
            shutil.rmtree(folder, ignore_errors=True)  # of a ceremony that was cut short
            durable_folder(folder, mode=0o700)
        custody.write("custodians", msgspec.json.encode(custodians))
        return custody

    @property
    def keeper(self) -> str:
        return self.keyring.keeper

    @property
    def vault(self) -> Path:
        return self._home / f"vault-{self.keyring.generation}"

    @property
    def escrow(self) -> Path:
        """Copies for the custodians: ciphertext, to be carried to their offline media."""
        return self._home / f"escrow-{self.keyring.generation}"

    @property
    def state_key(self) -> bytes:
        return self.get("state")

    # Secrets by name, as every custody keeps them

    def draw(self, name: str) -> bytes:
        """The secret of this name; random if it is new, with its copies for the custodians made first."""
        if not self.holds(name):
            self.put(name, secrets.token_bytes(KEY_BYTES))
        return self.get(name)

    def put(self, name: str, secret: bytes) -> None:
        """Keep a secret that was drawn elsewhere, in place of any other of that name."""
        copies = wrap(secret, f"{ESCROW}/{name}", self.custodians, CUSTODIANS_NEEDED)
        write_durably(self.escrow / f"{name}.json", msgspec.json.encode(copies), mode=0o600)
        self.write(name, secret)

    def get(self, name: str) -> bytes:
        return self.read(name)

    def holds(self, name: str) -> bool:
        return self._path(name).exists()

    def erase(self, name: str) -> None:
        for path in (self._path(name), self.escrow / f"{name}.json"):
            path.unlink(missing_ok=True)
            sync_folder(path.parent)

    def names(self) -> list[str]:
        """Of every secret that has copies for the custodians."""
        return sorted(path.stem for path in self.escrow.glob("*.json"))

    # Documents that nobody may exchange

    def write(self, name: str, content: bytes) -> None:
        """Keep bytes encrypted and authenticated, whole or not at all."""
        nonce = secrets.token_bytes(_NONCE)
        write_durably(self._path(name), nonce + self._cipher.encrypt(nonce, content, self._bound(name)), mode=0o600)

    def read(self, name: str) -> bytes:
        """STATE if it is not there, INTEGRITY if it is damaged, exchanged or of another key."""
        path = self._path(name)
        if not path.exists():
            raise FangbangError(NOT_INITIALISED)
        sealed = path.read_bytes()
        try:
            return self._cipher.decrypt(sealed[:_NONCE], sealed[_NONCE:], self._bound(name))
        except (InvalidTag, ValueError):
            raise FangbangError(SECRET_DAMAGED, name=name) from None

    # Other people

    def appoint(self, officers: Sequence[Person], needed: int, custodians: Sequence[Person]) -> None:
        """Other officers and custodians: everything under a new key, in a new folder; then the keyring is swapped.

        What the former ones hold opens nothing from then on but copies that they took away before.
        """
        generation, key = self.keyring.generation + 1, secrets.token_bytes(KEY_BYTES)
        quorum = wrap(key, _purpose(self.keeper, generation), officers, needed)
        after = WrappedCustody._made(self._home, Keyring(self.keeper, generation, quorum), key, custodians)
        names = self.names()
        for name in names:
            after.put(name, self.get(name))
        for path in self.vault.glob("*.sealed"):
            if path.stem not in (*names, "custodians"):
                after.write(path.stem, self.read(path.stem))
        write_durably(keyring_path(self._home), _encoded(after.keyring), mode=0o600)
        self.keyring, self._cipher, self.custodians = after.keyring, after._cipher, after.custodians
        self._forget_other_folders()

    def _forget_other_folders(self) -> None:
        """Remove folders that no keyring names: of a former key, or of a change that was cut short."""
        for path in (*self._home.glob("vault-*"), *self._home.glob("escrow-*")):
            if path not in (self.vault, self.escrow):
                shutil.rmtree(path)
        sync_folder(self._home)

    def _path(self, name: str) -> Path:
        return self.vault / f"{name}.sealed"

    def _bound(self, name: str) -> bytes:
        return length_prefixed([KEYRING_FORMAT.encode(), self.keyring.keeper.encode(), name.encode()])


def _purpose(keeper: str, generation: int) -> str:
    return f"{OFFICERS}/{keeper}/{generation}"


def _encoded(keyring: Keyring) -> bytes:
    return msgspec.json.format(msgspec.json.encode(keyring))
