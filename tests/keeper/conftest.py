"""An office and a node for the keeper's tests."""

from base64 import b64decode
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from fangbang.core.clock import ManualClock
from fangbang.keeper.sealer import run_seal
from fangbang.keeper.service import Keeper
from fangbang.snapshot.board import Board, KeyLetter, load_anchor, open_envelope, parse_board
from tests.keeper.office import Office


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office(tmp_path)


@pytest.fixture
def keeper(office: Office, clock: ManualClock) -> Keeper:
    return office.keeper(clock)


@pytest.fixture
def sealed(office: Office, keeper: Keeper) -> Callable[..., dict[str, Any]]:
    """Seal an order in this process, as the short-lived one would."""

    def seal(order: dict[str, Any], by: Keeper = keeper) -> dict[str, Any]:
        job = by.begin_seal(order)
        return job if isinstance(job, dict) else by.finish_seal(job, run_seal(job))

    return seal


class Node:
    """One registered lookup worker."""

    def __init__(self, office: Office, name: str = "node1-0") -> None:
        self.office, self.name, self.private = office, name, X25519PrivateKey.generate()

    def register(self, keeper: Keeper, report: dict[str, Any] | None = None) -> None:
        public = self.private.public_key().public_bytes_raw().hex()
        keeper.register({"worker": self.name, "node": "node1", "public_key": public, "report": report or {}})

    def board(self) -> Board:
        folders = self.office.folders
        return parse_board(folders.board.read_bytes(), load_anchor(folders.anchor))

    def letter(self, snapshot: str) -> KeyLetter | None:
        """What the board holds for this worker about a snapshot."""
        sealed = self.board().envelopes.get(self.name, {}).get(snapshot)
        return None if sealed is None else open_envelope(b64decode(sealed), self.name, snapshot, self.private)


@pytest.fixture
def node(office: Office) -> Node:
    return Node(office)
