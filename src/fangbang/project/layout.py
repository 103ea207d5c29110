"""Where an embedded installation keeps its parts below HOME. In production each of the three folders is a machine's."""

from dataclasses import dataclass
from pathlib import Path

from fangbang.core.files import durable_folder


@dataclass(frozen=True)
class Layout:
    """The folders and files below one HOME."""

    home: Path

    @property
    def office(self) -> Path:
        return self.home / "office"

    @property
    def books(self) -> Path:
        """Encrypted books: readable only with `book_keys`."""
        return self.office / "books"

    @property
    def quarantine(self) -> Path:
        """Refused rows, to be put right by whoever sent the file. Plain text of identities: the office's own."""
        return self.office / "quarantine"

    @property
    def uploads(self) -> Path:
        """Files that staff brought in and that are not taken in yet. Plain text of identities: the office's own."""
        return self.office / "uploads"

    @property
    def exports(self) -> Path:
        """Lists of passers that were asked for, encrypted, for a day."""
        return self.office / "exports"

    @property
    def drop(self) -> Path:
        """Where whoever may write to the machine leaves files for staff to take in, unless a setting says elsewhere."""
        return self.home / "drop"

    @property
    def profiles(self) -> Path:
        """Saved column mappings of intake."""
        return self.office / "profiles"

    @property
    def office_trust(self) -> Path:
        """The enrolled keys as the office exports them."""
        return self.office / "trust.json"

    @property
    def keeper(self) -> Path:
        return self.home / "keeper"

    @property
    def keys(self) -> Path:
        """Keys in `demo` custody: a folder beside the data."""
        return self.keeper / "keys"

    @property
    def book_keys(self) -> Path:
        return self.keys / "books.json"

    @property
    def keeper_trust(self) -> Path:
        """The enrolled keys that the keeper goes by. In production an officer carries the office's export here."""
        return self.keeper / "trust.json"

    @property
    def keeper_socket(self) -> Path:
        return self.keeper / "socket"

    @property
    def public(self) -> Path:
        """What lookup nodes are given: the board and sealed snapshots."""
        return self.home / "public"

    @property
    def anchor(self) -> Path:
        """The keeper's public key, by which its documents are known."""
        return self.public / "trust.json"

    @property
    def closed(self) -> Path:
        """Snapshots whose anonymous lookup is over, as the keeper keeps them."""
        return self.keeper / "closed"

    @property
    def snapshots(self) -> Path:
        return self.public / "snapshots"

    def node(self, name: str) -> Path:
        """A lookup node's own folder."""
        return self.home / "node" / name

    def make(self) -> None:
        """Make the folders; those that hold secrets are their owner's only."""
        durable_folder(self.home)
        for private in (self.office, self.books, self.quarantine, self.uploads, self.drop, self.keeper, self.keys):
            durable_folder(private, mode=0o700)
        for public in (self.public, self.snapshots, self.home / "node"):
            durable_folder(public)
