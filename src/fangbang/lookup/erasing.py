"""Erases a node's copies of snapshots whose anonymous lookup is over. Without the keys they are noise; still they go.

The signed header stays: it says nothing of anybody, and what was committed to is for all to see. A keeper that shares
the folder names a snapshot only when it has put the whole away (`keeper.closing`).
"""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from fangbang.snapshot.board import Board
from fangbang.snapshot.layout import HEADER_FILE

_ID = re.compile(r"[0-9a-f]{32}")


def erase_closed(public: Path, board: Board, log: Callable[..., Any]) -> None:
    """Erase what the board calls closed; what cannot be erased is logged, by id. Called at each new board."""
    for snapshot in {item for entry in board.sittings.values() for item in entry.closed if _ID.fullmatch(item)}:
        try:
            erased = _erase(public / "snapshots" / snapshot)
        except OSError as error:
            log("snapshot not erased", snapshot=snapshot, error=type(error).__name__)
        else:
            if erased:
                log("snapshot erased", snapshot=snapshot)


def _erase(folder: Path) -> bool:
    """Whether anything was there to erase."""
    left = [path for path in folder.iterdir() if path.name != HEADER_FILE] if folder.is_dir() else []
    for path in left:
        path.unlink(missing_ok=True)  # other workers do the same
    return bool(left)
