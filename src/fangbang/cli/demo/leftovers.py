"""The temporary folder of a demonstration, and the folders that killed ones left behind.

A demonstration holds a lock on a mark in its folder for as long as its process lives; the system lets go of it however
the process ends. So a folder of ours whose mark can be locked belongs to nobody any more.
"""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PREFIX, MARK = "fangbang-demo-", ".fangbang-demo"


@contextmanager
def temporary_folder() -> Iterator[Path]:
    """An empty folder with our mark; gone at the end."""
    folder = Path(tempfile.mkdtemp(prefix=PREFIX)).resolve()
    handle = _marked(folder)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(handle)


def clear_left_behind() -> int:
    """Remove the folders of this user's demonstrations that ended without doing so; returns how many. A folder without
    the mark, of somebody else, or with a living process is left alone."""
    return sum(_cleared(folder) for folder in sorted(Path(tempfile.gettempdir()).glob(f"{PREFIX}*")))


def _marked(folder: Path) -> int:
    """Locked before it has its name, so that nobody ever sees it unlocked; returns the open handle."""
    unnamed = folder / f"{MARK}.new"
    handle = os.open(unnamed, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600)
    fcntl.flock(handle, fcntl.LOCK_EX)
    unnamed.rename(folder / MARK)
    return handle


def _cleared(folder: Path) -> bool:
    try:
        if folder.is_symlink() or folder.stat().st_uid != os.geteuid():
            return False
        handle = os.open(folder / MARK, os.O_RDWR | os.O_NOFOLLOW)
    except OSError:  # no folder of ours, or another demonstration removes it just now
        return False
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        for path in folder.iterdir():  # the mark goes last: what cannot be removed now is tried again next time
            if path.name != MARK:
                shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
        shutil.rmtree(folder)
    except OSError:
        return False
    finally:
        os.close(handle)
    return True
