"""What a process does before it holds a key: no core dump, no reader beside it, no swap."""

import ctypes
import resource
import sys
from contextlib import suppress
from pathlib import Path

_PR_SET_DUMPABLE = 4
_MCL_CURRENT, _MCL_FUTURE = 1, 2


def harden(lock_memory: bool = True, widen: bool = False) -> bool:
    """Forbid core dumps and attaching; lock the memory where the limits allow. True if the memory is locked.

    `widen`: ask for the right to lock all of it first, where this process may.
    """
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if widen:
        with suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_MEMLOCK, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    if not sys.platform.startswith("linux"):
        return False
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
    # With a finite limit a lock on future pages would turn a later allocation into a crash.
    if not lock_memory or resource.getrlimit(resource.RLIMIT_MEMLOCK)[0] != resource.RLIM_INFINITY:
        return False
    return bool(libc.mlockall(_MCL_CURRENT | _MCL_FUTURE) == 0)


def swap_is_off(swaps: Path = Path("/proc/swaps")) -> bool:
    """Whether this machine has nowhere to write memory out to."""
    try:
        return len(swaps.read_text().splitlines()) <= 1
    except OSError:
        return False
