"""Where files wait that staff bring in: one folder an upload, the office's own (0700, files 0600).

::

    <folder>/<upload id>/file/<name>      the bytes as they came
                        /profile.toml     how they are to be read
                        /manifest.json    what the marking centre signed
                        /quarantine/      bad rows of a trial

All of it is plain text of identities. The folder goes when its file is taken in, discarded, or too old.
"""

import hashlib
import os
import re
import shutil
import tempfile
import unicodedata
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from fangbang.core.errors import FangbangError
from fangbang.core.files import durable_folder, sync_folder, write_durably
from fangbang.intake.problems import DROP_GONE, NO_ROOM, UPLOAD_LOST, UPLOAD_NAME
from fangbang.intake.source import sha256_of

PIECE = 8 << 20
"""Bytes of every piece of an upload but the last."""
SPARE = 1 << 30
"""Bytes of the disk that uploads leave free."""
_ID = re.compile(r"up-[a-z2-7]{26}")
_LONGEST = 200


@dataclass(frozen=True)
class Yard:
    """The waiting files of one office."""

    folder: Path

    def make(self, upload: str) -> None:
        """The folder of an upload, durable."""
        durable_folder(self._of(upload) / "file", mode=0o700)

    def file(self, upload: str, name: str) -> Path:
        return self._of(upload) / "file" / name

    def profile(self, upload: str) -> Path:
        return self._of(upload) / "profile.toml"

    def manifest(self, upload: str) -> Path:
        return self._of(upload) / "manifest.json"

    def quarantine(self, upload: str) -> Path:
        return self._of(upload) / "quarantine"

    def keep(self, path: Path, data: bytes) -> None:
        """A small file beside an upload, durable."""
        write_durably(path, data, mode=0o600)

    def put(self, upload: str, name: str, offset: int, data: bytes) -> None:
        """Write a piece where it belongs, durable when this returns; what lay from there on is gone. The bytes before
        `offset` must be there: UPLOAD_LOST."""
        path = self.file(upload, name)
        try:
            handle = os.open(path, os.O_RDWR | (os.O_CREAT if offset == 0 else 0), 0o600)
        except FileNotFoundError as error:
            raise FangbangError(UPLOAD_LOST, upload=upload) from error
        try:
            if os.fstat(handle).st_size < offset:
                raise FangbangError(UPLOAD_LOST, upload=upload)
            os.ftruncate(handle, offset)
            os.lseek(handle, offset, os.SEEK_SET)
            with os.fdopen(handle, "wb", closefd=False) as stream:
                stream.write(data)
            os.fsync(handle)
        finally:
            os.close(handle)
        if offset == 0:
            sync_folder(path.parent)

    def adopt(self, upload: str, name: str, path: Path) -> None:
        """Move a file of the same disk in, or copy it from another one; durable when this returns."""
        self.make(upload)
        target = self.file(upload, name)
        try:
            path.rename(target)
        except OSError:
            shutil.copyfile(path, target)
            path.unlink()
        target.chmod(0o600)
        with target.open("rb") as stream:
            os.fsync(stream.fileno())
        sync_folder(target.parent)

    def sha256(self, upload: str, name: str) -> str:
        """Of the whole file; UPLOAD_LOST when it is not there."""
        try:
            return sha256_of(self.file(upload, name))
        except OSError as error:
            raise FangbangError(UPLOAD_LOST, upload=upload) from error

    def size(self, upload: str, name: str) -> int:
        """Bytes that are there; 0 for none."""
        path = self.file(upload, name)
        return path.stat().st_size if path.is_file() else 0

    def forget_trial(self, upload: str) -> None:
        """Remove the bad rows of an earlier trial."""
        if self.quarantine(upload).exists():
            shutil.rmtree(self.quarantine(upload))

    def remove(self, upload: str) -> None:
        """The folder of an upload with all that is in it; a no-op when it is gone."""
        folder = self._of(upload)
        if folder.exists():
            shutil.rmtree(folder)
            sync_folder(self.folder)

    def known(self) -> list[str]:
        """The uploads that have a folder."""
        if not self.folder.is_dir():
            return []
        return sorted(path.name for path in self.folder.iterdir() if _ID.fullmatch(path.name))

    def incoming(self) -> Path:
        """A new file, empty, for bytes that have no upload yet."""
        handle, path = tempfile.mkstemp(prefix="incoming-", dir=durable_folder(self.folder, mode=0o700))
        os.close(handle)
        return Path(path)

    def strays(self, before: datetime) -> list[Path]:
        """Files of no upload that nobody wrote to since: what a killed server left."""
        limit = int(before.timestamp()) * 1_000_000_000
        if not self.folder.is_dir():
            return []
        return [path for path in self.folder.iterdir() if path.is_file() and path.stat().st_mtime_ns < limit]

    def check_room(self, size: int) -> None:
        """NO_ROOM unless the disk has that many bytes, and some to spare."""
        free = shutil.disk_usage(durable_folder(self.folder, mode=0o700)).free
        if free < size + SPARE:
            raise FangbangError(NO_ROOM, size=size + SPARE, free=free)

    def _of(self, upload: str) -> Path:
        if not _ID.fullmatch(upload):
            raise FangbangError(UPLOAD_LOST, upload=upload[:40])
        return self.folder / upload


def safe_name(name: str) -> str:
    """A file's name as it may stand in a folder: no path, nothing that does not print, no dot in front, 200 bytes with
    its ending kept. UPLOAD_NAME when nothing is left."""
    last = re.split(r"[/\\]", unicodedata.normalize("NFC", name))[-1]
    plain = "".join(sign for sign in last if sign.isprintable()).strip().lstrip(".")
    if not plain:
        raise FangbangError(UPLOAD_NAME)
    stem, dot, ending = plain.rpartition(".")
    if not dot or len(ending) > 8:
        stem, dot, ending = plain, "", ""
    room = _LONGEST - len((dot + ending).encode())
    return stem.encode()[:room].decode(errors="ignore") + dot + ending


def digest_of(pieces: list[str]) -> str:
    """What names a file that came in pieces: SHA-256 (hex) over the SHA-256 of its pieces, one after the other. A
    browser can compute it without holding the file."""
    return hashlib.sha256(b"".join(map(bytes.fromhex, pieces))).hexdigest()


def dropped(folder: Path, name: str) -> Path:
    """A file of the drop folder by its listed name: a plain file there, no link, no path. DROP_GONE otherwise."""
    path = folder / name
    if path.name != name or name.startswith(".") or path.is_symlink() or not path.is_file():
        raise FangbangError(DROP_GONE, file=name[:80])
    return path
