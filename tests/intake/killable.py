"""A process that takes files in and may be killed at any moment. Started by `test_crash.py`.

Reads lines `<kind> <path> <seconds>` and forks for each: the fork takes the file in, and is killed after so many
seconds (not at all for a negative number). Answers `done` or `died`.
"""

import os
import signal
import sys
import time
import traceback
from pathlib import Path

from fangbang.audit.rules import Actor
from fangbang.books.keys import BookKeys
from fangbang.books.store import BookStore
from fangbang.core.clock import SystemClock
from fangbang.exams.catalogue import Catalogue, load_catalogue
from fangbang.project.boot import configure, migrate

ACTOR = Actor("li", "李雷")


def main(home: Path) -> None:
    """Prepare an office, then serve lines until the input ends."""
    (home / "office").mkdir()
    configure()
    migrate()
    keys = BookKeys.create(home / "keys.json")
    catalogue = load_catalogue()
    from django.db import connections

    from fangbang.intake import actions

    actions.open_sitting(actor=ACTOR, exam_id="social-worker", year=2026, catalogue=catalogue, clock=SystemClock())
    connections.close_all()
    for line in sys.stdin:
        kind, path, seconds = line.split()
        child = os.fork()
        if child == 0:
            os._exit(take(kind, Path(path), home, keys, catalogue))
        if float(seconds) >= 0:
            time.sleep(float(seconds))
            os.kill(child, signal.SIGKILL)  # ours until we have waited for it: never a stranger with its number
        _, status = os.waitpid(child, 0)
        print("died" if status else "done", flush=True)


def take(kind: str, path: Path, home: Path, keys: BookKeys, catalogue: Catalogue) -> int:
    """Take one file in; the exit status."""
    from fangbang.intake import actions

    try:
        actions.accept_file(
            kind=kind, actor=ACTOR, sitting_id="social-worker-2026", path=path, store=BookStore(home / "books", keys),
            catalogue=catalogue, clock=SystemClock(),
        )  # fmt: skip
    except Exception:  # noqa: BLE001  # a fork has nobody above it to tell
        traceback.print_exc()
        return 1
    return 0


if __name__ == "__main__":
    main(Path(sys.argv[1]))
