"""Durable files: after a function here returns, the bytes survive a power cut; before it returns, nothing shows.

An error from fsync is never retried: the kernel may have dropped the dirty pages, so the process must stop.
Callers let `OSError` through.
"""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO


def sync_folder(folder: Path) -> None:
    """Make a folder's entries durable."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def durable_file(path: Path, mode: int = 0o644) -> Iterator[BinaryIO]:
    """Write a file that appears whole or not at all: temp file beside it → fsync → rename → fsync the folder."""
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(8)}.tmp")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    try:
        with os.fdopen(descriptor, "wb") as stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        temporary.rename(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def write_durably(path: Path, data: bytes, mode: int = 0o644) -> None:
    """Replace `path` by `data`, whole or not at all."""
    with durable_file(path, mode) as stream:
        stream.write(data)


def write_once(path: Path, data: bytes, mode: int = 0o644) -> None:
    """Like `write_durably`, but immutable: the same bytes again are a no-op, other bytes raise FileExistsError."""
    if path.exists():
        if path.read_bytes() != data:
            raise FileExistsError(f"{path.name} exists with other bytes")
        return
    write_durably(path, data, mode)


def durable_folder(path: Path, mode: int = 0o755) -> Path:
    """Make a folder with its parents, each entry durable."""
    missing = [path, *path.parents]
    for folder in reversed([item for item in missing if not item.exists()]):
        folder.mkdir(mode=mode, exist_ok=True)
        sync_folder(folder.parent)
    return path
