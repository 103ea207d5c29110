"""What the public board says, as the office reads it: signed, from the public folder, again only when it changed."""

from datetime import datetime
from functools import lru_cache
from pathlib import Path

import msgspec
from django.conf import settings

from fangbang.core.clock import from_wire
from fangbang.core.errors import FangbangError
from fangbang.snapshot.board import Board, Switch, load_anchor, parse_board


def public_board() -> Board | None:
    """The newest board, if it lies where nodes look for it and the keeper signed it."""
    path = settings.LAYOUT.public / "board.json"
    try:
        status = path.stat()
        return _read(path, status.st_ino, status.st_mtime_ns)
    except (OSError, FangbangError):
        return None


class SittingStanding(msgspec.Struct, frozen=True):
    """How a sitting stands in public: the board's word, or `ended`; its hour; when anonymous asking ends."""

    sitting: str
    state: str
    t: datetime | None
    closes_at: datetime | None


def sittings_standing(board: Board | None, now: datetime) -> list[SittingStanding]:
    """Every sitting of the board."""
    entries = board.sittings.items() if board else ()
    return [
        SittingStanding(
            sitting,
            "ended" if entry.ended(now) else entry.state,
            from_wire(entry.t) if entry.t else None,
            from_wire(entry.closes_at) if entry.closes_at else None,
        )
        for sitting, entry in entries
    ]


def switches_on(now: datetime) -> list[Switch]:
    """The switches of the query nodes that are on: what every page of the office carries a banner for."""
    board = public_board()
    return [item for item in board.switches if item.in_force(now)] if board else []


@lru_cache(maxsize=4)
def _read(path: Path, inode: int, changed: int) -> Board:
    return parse_board(path.read_bytes(), load_anchor(path.parent / "trust.json"))
