"""Keeps a worker's own memory, where keys and opened records pass, out of swap and out of core dumps. Linux.

Only what is private and of no file is kept: snapshots are ciphertext, mapped from files, and may be larger than memory.
A core limit of nothing is no limit for a core that is piped to a program (core(5)); memory marked here is in no core.
"""

import ctypes
from collections.abc import Iterator
from pathlib import Path

_MAPS = Path("/proc/self/maps")
_MADV_DONTDUMP = 16
_MLOCK_ONFAULT = 1
_UNNAMED = ("", "[heap]", "[stack]")


def keep_private() -> bool:
    """Mark all private memory that this process has now; False if some of it may still be swapped out.

    Locking needs RLIMIT_MEMLOCK (or CAP_IPC_LOCK) for all of it; leaving it out of cores needs nothing. What the
    process gets later is marked by the next call.
    """
    libc = ctypes.CDLL(None)
    locked = True
    for start, size in _own_regions(_MAPS.read_text()):
        region = ctypes.c_void_p(start), ctypes.c_size_t(size)
        libc.madvise(*region, _MADV_DONTDUMP)
        locked &= libc.mlock2(*region, _MLOCK_ONFAULT) == 0
    return locked


def _own_regions(maps: str) -> Iterator[tuple[int, int]]:
    """(start, size) of writable private memory that belongs to no file."""
    for line in maps.splitlines():
        span, rights, _, _, inode, *name = line.split(maxsplit=5)
        if rights.startswith("rw") and rights.endswith("p") and inode == "0" and (name[0] if name else "") in _UNNAMED:
            start, end = (int(edge, 16) for edge in span.split("-"))
            yield start, end - start
