"""What the workers of `test_crew` do: in a module of its own, since each process imports it."""

import os
import signal
import sys
import threading
import time
from multiprocessing.connection import Connection
from pathlib import Path

from fangbang.lookup.door.crew import READY, REPLACE


def worker(folder: Path, line: Connection, replaces: bool) -> None:
    """Ready at once; asks to be replaced when told by a file; ends by SIGTERM or with its crew."""
    mark = folder / f"{os.getpid()}"
    mark.write_text("replaces" if replaces else "first")
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    line.send_bytes(READY)
    asked = False
    while not stop.wait(0.02) and not line.poll():
        if not asked and (folder / f"{os.getpid()}.replace").exists():
            asked = True
            line.send_bytes(REPLACE)
    (folder / "saw.txt").write_text(str(len(living(folder))))
    mark.unlink()


def slow_successor(folder: Path, line: Connection, replaces: bool) -> None:
    """A replacement that is never ready."""
    if replaces:
        time.sleep(60)
    worker(folder, line, replaces)


def stubborn(folder: Path, line: Connection, replaces: bool) -> None:
    """Dies before it is ready."""
    sys.exit(3)


def living(folder: Path) -> set[int]:
    return {int(path.name) for path in folder.iterdir() if path.suffix == "" and Path(f"/proc/{path.name}").exists()}
