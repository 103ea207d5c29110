"""Signs of life: one locked file a worker. The kernel lets the lock go when the process is gone, however it went.

The name of the file is the last part of the worker's. It need not be durable: one that is lost costs a wait, until the
worker counts as silent.
"""

import fcntl
import os
import weakref
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from fangbang.core.files import durable_folder


class Presence:
    """One worker's file, locked as long as its process lives."""

    def __init__(self, folder: Path, worker: str) -> None:
        """From now on the worker's node sees that it lives."""
        weakref.finalize(self, os.close, _locked(durable_folder(folder, 0o700) / worker.rpartition("/")[2]))


def _locked(path: Path) -> int:
    while True:
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        fcntl.flock(handle, fcntl.LOCK_EX)
        # Who looks for the dead may have taken away the file that was not locked yet.
        if path.exists() and os.path.samestat(os.fstat(handle), path.stat()):
            return handle
        os.close(handle)


def bury(folder: Path, told: Callable[[str], bool]) -> bool:
    """Call `told` with each file's name whose worker is gone; a file goes once that is True. The first False ends it,
    and is the answer."""
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        with ExitStack() as stack:
            try:
                fcntl.flock(stack.enter_context(path.open("r+b")), fcntl.LOCK_EX | fcntl.LOCK_NB)
            except (BlockingIOError, FileNotFoundError):
                continue  # it lives, or another supervisor was faster
            if not told(path.name):
                return False
            path.unlink(missing_ok=True)
    return True
