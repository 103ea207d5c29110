"""Who holds the keys. Demo custody: one file a key in a folder of mode 0700; promise 1 is not claimed for it."""

import secrets
from pathlib import Path
from typing import Protocol

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from fangbang.core.errors import FangbangError
from fangbang.core.files import durable_folder, sync_folder, write_once
from fangbang.keeper.problems import NOT_INITIALISED
from fangbang.snapshot.derive import KEY_BYTES


class Custody(Protocol):
    """Keeps 32-byte secrets by name. Drawing is durable before it returns; a name is drawn once.

    `label` is the word of setting CUSTODY; `keeper` tells two keepers apart; `state_key` authenticates the state file.
    """

    @property
    def label(self) -> str: ...
    @property
    def keeper(self) -> str: ...
    @property
    def state_key(self) -> bytes | None: ...
    def draw(self, name: str) -> bytes: ...
    def get(self, name: str) -> bytes: ...
    def holds(self, name: str) -> bool: ...
    def erase(self, name: str) -> None: ...


class DemoCustody:
    """Keys in plain files of a separate folder."""

    label = "demo"
    keeper = ""
    state_key = None

    def __init__(self, folder: Path) -> None:
        self._folder = durable_folder(folder, mode=0o700)

    def draw(self, name: str) -> bytes:
        """The secret of this name; random if it is new."""
        path = self._path(name)
        if not path.exists():
            write_once(path, secrets.token_bytes(KEY_BYTES).hex().encode(), mode=0o600)
        return self.get(name)

    def get(self, name: str) -> bytes:
        path = self._path(name)
        if not path.exists():
            raise FangbangError(NOT_INITIALISED)
        return bytes.fromhex(path.read_text())

    def holds(self, name: str) -> bool:
        return self._path(name).exists()

    def erase(self, name: str) -> None:
        self._path(name).unlink(missing_ok=True)
        sync_folder(self._folder)

    def _path(self, name: str) -> Path:
        return self._folder / f"{name}.key"


def signing_key(custody: Custody) -> Ed25519PrivateKey:
    """The key that signs headers and boards."""
    return Ed25519PrivateKey.from_private_bytes(custody.get("signing"))
