"""Restoring a backup: unpacked beside the folder it is for, proven there, and moved into place only if it proves right.

What is proven: every member's hash; every row of the database against its seal; the audit log's chain, its head as
the backup was made, and the heads in signed reports; every book's name from its rows; that the books which the database
names are there; every snapshot by full verification; and that the whole is not older than the operator's anchors.
"""

import shutil
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fangbang.core.clock import Clock
from fangbang.core.errors import FangbangError
from fangbang.core.files import sync_folder
from fangbang.core.settings import Settings
from fangbang.project.backup.envelope import identities_of, unpack
from fangbang.project.backup.problems import NOT_A_PAIR, NOT_EMPTY, OTHER_DATABASE
from fangbang.project.layout import Layout

Say = Callable[[str, int, int], None]
"""Told how far the proof of something is: what, how many are done, of how many."""


@dataclass(frozen=True)
class Wanted:
    """The two files, the private keys that open them, and what the backup must not be older than: `anchors` are
    (sequence number, hash) of the audit log, `board` a board that is public now."""

    data: Path
    keys: Path
    data_identity: Path
    keys_identity: Path
    anchors: Sequence[tuple[int, str]] = ()
    board: Path | None = None


@dataclass
class Proof:
    """What was found right, by name: for people to read."""

    members: int = 0
    entries: int = 0
    books: int = 0
    snapshots: int = 0
    anchors: int = 0
    counter: int = 0
    board: bool = False
    manifest: Mapping[str, Any] = field(default_factory=dict)


def restore(settings: Settings, wanted: Wanted, *, keep: bool, say: Say, clock: Clock) -> Proof:
    """Prove a backup and, with `keep`, put it into HOME and the database. Otherwise nothing stays."""
    home = settings.home
    if home.exists() and any(home.iterdir()):
        raise FangbangError(NOT_EMPTY, place=home)
    home.parent.mkdir(parents=True, exist_ok=True)
    staging = Path(tempfile.mkdtemp(dir=home.parent, prefix=f".{home.name}.restore-"))
    try:
        proof = _into(staging, settings, wanted, keep=keep, say=say, clock=clock)
        if keep:
            if home.exists():
                home.rmdir()
            staging.rename(home)
            sync_folder(home.parent)
        return proof
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def _into(staging: Path, settings: Settings, wanted: Wanted, *, keep: bool, say: Say, clock: Clock) -> Proof:
    say("unpack", 0, 2)
    data = unpack(wanted.data, identities_of(wanted.data_identity), staging)
    keys = unpack(wanted.keys, identities_of(wanted.keys_identity), staging)
    if (data.get("kind"), keys.get("kind")) != ("data", "keys") or data["pair"] != keys["pair"]:
        raise FangbangError(NOT_A_PAIR)
    proof = Proof(members=len(data["members"]) + len(keys["members"]), manifest=data)
    layout = Layout(staging)
    layout.make()
    from fangbang.project.boot import configure

    configure(Settings({**settings.values, "HOME": str(staging)}))
    from django.db import connection

    from fangbang.audit.actions import enter_restored
    from fangbang.project.backup import proving
    from fangbang.project.backup.database import FOLDER, loaded

    if connection.vendor != data["vendor"]:
        raise FangbangError(OTHER_DATABASE, was=data["vendor"], now=connection.vendor)
    with loaded(staging / FOLDER, layout.office, data["migrations"], keep=keep):
        proving.database(proof, data, wanted.anchors, say)
        proving.books(proof, layout, say)
        if keep:
            compared = bool(wanted.anchors or wanted.board)
            enter_restored(made_at=data["made_at"], head=data["audit"], compared=compared, clock=clock)
    shutil.rmtree(staging / FOLDER)
    proving.snapshots(proof, layout, say)
    proving.board(proof, layout, wanted.board)
    return proof
