"""Where a keeper finds and leaves things, and how its folder is made."""

from dataclasses import dataclass
from pathlib import Path

from fangbang.core.errors import FangbangError
from fangbang.core.files import durable_folder, write_durably
from fangbang.keeper.custody import DemoCustody, signing_key
from fangbang.keeper.problems import WRONG_CUSTODY
from fangbang.keeper.wrapped import keyring_path
from fangbang.snapshot.board import BOARD_FILE, BOARD_FILES, anchor_document


@dataclass(frozen=True)
class KeeperFolders:
    """Where the keeper finds and leaves things; `exams_folder` is "" without own exam files."""

    home: Path
    public: Path
    books: Path
    book_keys: Path
    exams_folder: str = ""

    @property
    def state(self) -> Path:
        return self.home / "state.json"

    @property
    def trust(self) -> Path:
        """The operators' enrolled keys."""
        return self.home / "trust.json"

    @property
    def journal(self) -> Path:
        """What officers did here; production custody."""
        return self.home / "acts.jsonl"

    @property
    def keys(self) -> Path:
        return self.home / "keys"

    @property
    def board(self) -> Path:
        return self.public / BOARD_FILE

    def board_of(self, keeper: str) -> Path:
        """Where a keeper leaves its board: the first, or the only one, in board.json; the second beside it."""
        return self.public / BOARD_FILES.get(keeper, BOARD_FILE)

    @property
    def anchor(self) -> Path:
        """The keeper's own public key, for nodes and for anyone."""
        return self.public / "trust.json"

    @property
    def closed(self) -> Path:
        """Snapshots that nodes may hold no longer."""
        return self.home / "closed"

    @property
    def snapshots(self) -> Path:
        return self.public / "snapshots"


def initialise(folders: KeeperFolders) -> None:
    """Demo custody: make the folders, draw the signing key, publish its public half. What exists is kept."""
    if keyring_path(folders.home).exists():
        raise FangbangError(WRONG_CUSTODY, custody="production")
    for folder in (folders.public, folders.snapshots):
        durable_folder(folder)
    durable_folder(folders.home, mode=0o700)
    custody = DemoCustody(folders.keys)
    custody.draw("signing")
    write_durably(folders.anchor, anchor_document(signing_key(custody).public_key()))
