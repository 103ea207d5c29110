"""Making a backup of a running installation.

What decides is read before what it names: the database before the books, the board before the keeper's state and the
snapshots. Books and snapshots are written once and whole before anything names them, so that a backup holds at least
what its database and its board name.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection

from fangbang import __version__
from fangbang.audit import queries
from fangbang.core.canonical import canonical_json
from fangbang.core.clock import Clock, to_wire
from fangbang.core.errors import FangbangError
from fangbang.core.files import durable_folder, write_durably
from fangbang.core.ids import new_id
from fangbang.keeper.wrapped import wrapped_files
from fangbang.project.backup.database import applied, pack_database
from fangbang.project.backup.envelope import Packing, pack
from fangbang.project.backup.problems import EXISTS
from fangbang.project.databases import SQLITE_FILE
from fangbang.project.layout import Layout
from fangbang.project.secrets import SEAL_KEY_FILE, SESSION_FILE
from fangbang.snapshot.board import BOARD_FILES

Say = Callable[[str, int], None]
"""Told of each part that is begun: its name, and how many files so far."""
OFFICE_KEYS = (SEAL_KEY_FILE, SESSION_FILE)
_POINTERS = (*BOARD_FILES.values(), "pages.json", "trust.json")
_NOT_KEPT = ("uploads", "exports")
"""Folders whose files go within days (`retention.toml`), and would live on in backups: whoever sent one has it."""
_LEFT_OUT = {"socket", "lock", *OFFICE_KEYS}


@dataclass(frozen=True)
class Taken:
    """The two files of one backup."""

    data: Path
    keys: Path
    manifest: Mapping[str, Any]


def take(layout: Layout, folder: Path, data_to: Sequence[Any], keys_to: Sequence[Any], clock: Clock, say: Say) -> Taken:
    """Write `<moment>-data.age` and `<moment>-keys.age` into a folder."""
    durable_folder(folder, mode=0o700)
    stem = f"fangbang-{clock.now():%Y%m%d-%H%M%S}"
    data, keys = folder / f"{stem}-data.age", folder / f"{stem}-keys.age"
    for path in (data, keys):
        if path.exists():
            raise FangbangError(EXISTS, file=path)
    pair = new_id("pair")
    manifest = pack(data, data_to, lambda packing: _fill_data(packing, layout, clock.now(), pair, say))
    pack(keys, keys_to, lambda packing: _fill_keys(packing, layout, pair))
    return Taken(data, keys, manifest)


def _fill_data(packing: Packing, layout: Layout, now: datetime, pair: str, say: Say) -> dict[str, Any]:
    revision, edits = queries.edits(settings.SEAL_KEY)
    keys = {"keys", *(path.name for path in wrapped_files(layout.keeper))}
    try:
        head = queries.head()
        say("database", 0)
        pack_database(packing, layout.office)
        migrations = applied()
    finally:
        connection.close()  # this runs in a thread of its own
    for part, files in (
        ("board", _single(layout.public, *_POINTERS)),
        ("keeper", _below(layout.keeper, leave=keys)),
        ("snapshots", _below(layout.public, leave=set(_POINTERS))),
        ("office", _below(layout.office, leave={*_NOT_KEPT, SQLITE_FILE, f"{SQLITE_FILE}-wal", f"{SQLITE_FILE}-shm"})),
        ("nodes", _below(layout.home / "node", leave=set())),
    ):
        say(part, len(packing.members))
        for path in files:
            packing.add_file(str(path.relative_to(layout.home)), path)
    return {
        "kind": "data",
        "pair": pair,
        "made_at": to_wire(now),
        "program": __version__,
        "vendor": connection.vendor,
        "migrations": migrations,
        "audit": {"seq": head.seq, "hash": head.hash},
        "revision": revision,
        "edits": len(edits),
    }


def _fill_keys(packing: Packing, layout: Layout, pair: str) -> dict[str, Any]:
    for name in OFFICE_KEYS:
        packing.add_file(f"office/{name}", layout.office / name)
    for place in (layout.keys, *wrapped_files(layout.keeper)):
        for path in _below(place, leave=set()) if place.is_dir() else (place,):
            packing.add_file(str(path.relative_to(layout.home)), path)
    return {"kind": "keys", "pair": pair}


def _single(folder: Path, *names: str) -> Iterator[Path]:
    return (folder / name for name in names if (folder / name).is_file())


def _below(folder: Path, *, leave: set[str]) -> Iterator[Path]:
    """Every file below a folder, in order, but those that are being written, sockets, locks, and what is left out at
    its top."""
    if not folder.is_dir():
        return
    for path in sorted(folder.iterdir()):
        if path.name.startswith(".") or path.name in leave | _LEFT_OUT:
            continue
        if path.is_dir():
            yield from _below(path, leave=set())
        elif path.is_file():
            yield path


def summary(taken: Taken) -> dict[str, Any]:
    """What may lie beside the files in the clear, to find the right ones by."""
    names = ("made_at", "program", "vendor", "audit", "revision", "edits")
    return {"data": taken.data.name, "keys": taken.keys.name, **{name: taken.manifest[name] for name in names}}


def write_summary(taken: Taken) -> None:
    write_durably(taken.data.with_name(taken.data.name.replace("-data.age", ".json")), canonical_json(summary(taken)))
