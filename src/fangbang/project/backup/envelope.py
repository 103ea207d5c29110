"""A backup file: a tar stream encrypted with age (https://age-encryption.org/v1) to public keys, so that whoever makes
backups cannot read them. The last member, manifest.json, names every other one with its size and SHA-256.

age's own chunks are authenticated and their end is marked: a changed or cut file does not open.
"""

import hashlib
import io
import json
import os
import tarfile
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

import pyrage

from fangbang.core.canonical import canonical_json
from fangbang.core.errors import FangbangError
from fangbang.core.files import durable_file, durable_folder, write_durably
from fangbang.project.backup.problems import BAD_IDENTITY, BAD_RECIPIENT, DAMAGED, WRONG_IDENTITY

FORMAT = "fangbang-backup/1"
MANIFEST = "manifest.json"
_PORTION = 1 << 20
_NOT_OURS = "No matching keys"


def draw_identity(path: Path) -> str:
    """Write a new private key for its owner only; returns the public key."""
    identity = pyrage.x25519.Identity.generate()
    public = str(identity.to_public())
    write_durably(path, f"# public key: {public}\n{identity}\n".encode(), mode=0o600)
    return public


def recipients_of(texts: Sequence[str]) -> list[Any]:
    """Public keys from their texts; INPUT for one that is none."""
    found = []
    for text in texts:
        try:
            found.append(pyrage.x25519.Recipient.from_str(text.strip()))
        except pyrage.RecipientError as error:
            raise FangbangError(BAD_RECIPIENT, text=text[:80]) from error
    return found


def identities_of(path: Path) -> list[Any]:
    """The private keys of a file, as age-keygen writes it; INPUT if it holds none."""
    try:
        lines = [line.strip() for line in path.read_text("utf-8").splitlines()]
        found = [pyrage.x25519.Identity.from_str(line) for line in lines if line and not line.startswith("#")]
    except (OSError, UnicodeDecodeError, pyrage.IdentityError) as error:
        raise FangbangError(BAD_IDENTITY, file=path) from error
    if not found:
        raise FangbangError(BAD_IDENTITY, file=path)
    return found


@dataclass
class Packing:
    """An archive that is being written."""

    tar: tarfile.TarFile
    members: dict[str, list[Any]] = field(default_factory=dict)

    def add(self, name: str, size: int, stream: BinaryIO) -> None:
        """One member of exactly `size` bytes."""
        hashing = _Hashing(stream)
        info = tarfile.TarInfo(name)
        info.size, info.mode = size, 0o600
        self.tar.addfile(info, hashing)
        self.members[name] = [size, hashing.digest.hexdigest()]

    def add_bytes(self, name: str, data: bytes) -> None:
        self.add(name, len(data), io.BytesIO(data))

    def add_file(self, name: str, path: Path) -> None:
        with path.open("rb") as stream:
            self.add(name, os.fstat(stream.fileno()).st_size, stream)


class _Hashing:
    """A stream that is hashed as it is read."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self.digest = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        data = self._stream.read(size)
        self.digest.update(data)
        return data


def pack(path: Path, recipients: Sequence[Any], fill: Callable[[Packing], Mapping[str, Any]]) -> dict[str, Any]:
    """Write a backup file, whole or not at all. `fill` adds the members and returns what else the manifest says; the
    manifest is returned."""
    manifest: dict[str, Any] = {}

    def produce(stream: BinaryIO) -> None:
        with tarfile.open(fileobj=stream, mode="w|", format=tarfile.PAX_FORMAT) as tar:
            packing = Packing(tar)
            manifest.update(fill(packing), format=FORMAT, members=packing.members)
            packing.add_bytes(MANIFEST, canonical_json(manifest))

    with durable_file(path, 0o600) as out, _pipe(produce) as plain:
        pyrage.encrypt_io(plain, out, recipients)
    return manifest


def unpack(path: Path, identities: Sequence[Any], folder: Path) -> dict[str, Any]:
    """Open a backup file into a folder and hold it to its manifest, which is returned. REFUSED for another's key,
    INTEGRITY for anything damaged, missing or added."""
    found: dict[str, list[Any]] = {}

    def consume(stream: BinaryIO) -> None:
        with tarfile.open(fileobj=stream, mode="r|") as tar:
            for member, data in _files(tar):
                found[member] = _place(folder / member, data)

    try:
        with path.open("rb") as sealed, _sink(consume) as plain:
            pyrage.decrypt_io(sealed, plain, identities)
    except (pyrage.DecryptError, OSError, tarfile.TarError, ValueError) as error:
        if _NOT_OURS in str(error):
            raise FangbangError(WRONG_IDENTITY, file=path.name) from error
        raise FangbangError(DAMAGED, file=path.name, what=type(error).__name__) from error
    return _checked_manifest(path, folder, found)


def _checked_manifest(path: Path, folder: Path, found: dict[str, list[Any]]) -> dict[str, Any]:
    try:
        manifest: dict[str, Any] = json.loads((folder / MANIFEST).read_bytes())
        members = manifest["members"] if manifest["format"] == FORMAT else {}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise FangbangError(DAMAGED, file=path.name, what=MANIFEST) from error
    found.pop(MANIFEST, None)
    for name in sorted(set(members) | set(found)):
        if members.get(name) != found.get(name):
            raise FangbangError(DAMAGED, file=path.name, what=name)
    (folder / MANIFEST).unlink()
    return manifest


def _files(tar: tarfile.TarFile) -> Iterator[tuple[str, BinaryIO]]:
    for member in tar:
        parts = Path(member.name).parts
        stream = tar.extractfile(member) if member.isreg() else None
        if stream is None or member.name.startswith("/") or ".." in parts:
            raise ValueError("a member that no backup has")
        yield member.name, stream  # type: ignore[misc]  # a buffered reader is one


def _place(path: Path, data: BinaryIO) -> list[Any]:
    durable_folder(path.parent, mode=0o700)
    digest, size = hashlib.sha256(), 0
    with durable_file(path, 0o600) as out:
        while portion := data.read(_PORTION):
            digest.update(portion)
            size += len(portion)
            out.write(portion)
    return [size, digest.hexdigest()]


@contextmanager
def _pipe(produce: Callable[[BinaryIO], None]) -> Iterator[BinaryIO]:
    """What a thread writes, to be read here; what goes wrong there is raised here, before the file is kept."""
    reading, writing = os.pipe()
    failed: list[BaseException] = []

    def run() -> None:
        try:
            with os.fdopen(writing, "wb") as stream:
                produce(stream)
        except BaseException as error:  # noqa: BLE001 - raised by the other thread
            failed.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    with os.fdopen(reading, "rb") as stream:
        yield stream
    thread.join()
    if failed:
        raise failed[0]


@contextmanager
def _sink(consume: Callable[[BinaryIO], None]) -> Iterator[BinaryIO]:
    """What is written here is read by a thread. The writer's own failure comes first: it says why the reader failed."""
    reading, writing = os.pipe()
    failed: list[BaseException] = []

    def run() -> None:
        with os.fdopen(reading, "rb") as stream:
            try:
                consume(stream)
            except BaseException as error:  # noqa: BLE001 - raised by the other thread
                failed.append(error)
            while stream.read(_PORTION):  # the writer must not stand before a full pipe
                pass

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    try:
        with os.fdopen(writing, "wb") as stream:
            yield stream
    finally:
        thread.join()
    if failed:
        raise failed[0]
