"""Where a snapshot goes when its lookup is over: into the keeper's own folder, whole, and out of public.

On the same disk that is a few names; onto another one it is gigabytes, which are copied behind everything else, one
folder at a time: the board must go out every few seconds meanwhile. The copy of a process that ended is made anew.
"""

import os
import shutil
from collections.abc import Iterable
from pathlib import Path
from threading import Thread

from fangbang.core.files import durable_file, durable_folder, sync_folder
from fangbang.keeper.problems import NOT_PUT_AWAY
from fangbang.keeper.state import Sealed
from fangbang.snapshot.layout import HEADER_FILE, RECORDS_FILE


class Archive:
    """The keeper's folder of closed snapshots."""

    def __init__(self, public: Path, folder: Path) -> None:
        self._public, self._folder = public, folder
        self._copier: Thread | None = None
        self._failed: dict[Path, OSError] = {}
        """Folder → how its last copy ended, until one succeeds."""

    def put_away(self, items: Iterable[Sealed]) -> tuple[set[str], dict[str, str]]:
        """(ids of snapshots that lie in the archive and no longer in public, release → the code of what failed): nodes
        are told to erase only what is kept. What must be copied is neither until it is; ask again."""
        kept, failed = set(), {}
        for item in items:
            try:
                if self._put_away(self._public / item.snapshot_id) and self._has(item.snapshot_id):
                    kept.add(item.snapshot_id)
            except OSError:
                failed[item.release] = NOT_PUT_AWAY.code
        return kept, failed

    def _has(self, snapshot: str) -> bool:
        """A standby that has no copy promises none."""
        return (self._folder / snapshot / RECORDS_FILE).is_file()

    def _put_away(self, public: Path) -> bool:
        """Keep a public snapshot folder whole, and leave nothing of it in public but the signed header: what was
        committed to stays for all to see. Repeated after a crash, it finishes. False while it is being copied."""
        if not public.is_dir():
            return True
        left = [path for path in public.iterdir() if path.name != HEADER_FILE]
        if left and not self._kept(public):
            return False
        for path in left:
            path.unlink(missing_ok=True)
        if left:
            sync_folder(public)
        return True

    def _kept(self, public: Path) -> bool:
        """Keep it at once by other names of its files, or else have it copied; whether it is kept."""
        if self._copier is None or not self._copier.is_alive():
            if (self._folder / public.name).exists():
                return True
            staged = self._staged(public)
            try:
                for path in public.iterdir():
                    os.link(path, staged / path.name)
            except OSError:  # another disk, or one that has no second names
                self._copier = Thread(target=self._copy, args=(public,), daemon=True)
                self._copier.start()
            else:
                self._settle(staged, public.name)
                return True
        if public in self._failed:
            raise self._failed[public]
        return False

    def _copy(self, public: Path) -> None:
        try:
            staged = self._staged(public)
            for path in public.iterdir():
                with path.open("rb") as source, durable_file(staged / path.name, mode=0o600) as target:
                    shutil.copyfileobj(source, target)
            self._settle(staged, public.name)
        except OSError as error:
            self._failed[public] = error
        else:
            self._failed.pop(public, None)

    def _staged(self, public: Path) -> Path:
        """An empty folder under a name that is nothing yet."""
        staged = durable_folder(self._folder, mode=0o700) / f".{public.name}"
        shutil.rmtree(staged, ignore_errors=True)
        staged.mkdir(mode=0o700)
        return staged

    def _settle(self, staged: Path, name: str) -> None:
        """The folder's own name is the whole."""
        sync_folder(staged)
        staged.rename(self._folder / name)
        sync_folder(self._folder)
