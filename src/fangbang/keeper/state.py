"""What the keeper remembers between starts: decisions and the board's counter, never a key."""

import hmac
from enum import StrEnum
from pathlib import Path
from typing import Any

import msgspec

from fangbang.core.errors import FangbangError
from fangbang.core.files import write_durably
from fangbang.keeper.problems import BAD_STATE
from fangbang.snapshot.board import Switch

STATE_FORMAT = "fangbang-keeper-state/1"


class KeeperState(StrEnum):
    """Where a release stands for the keeper."""

    SEALING = "sealing"
    """Key and snapshot id are drawn; a seal may have been interrupted."""
    SEALED = "sealed"
    SCHEDULED = "scheduled"
    PUBLISHED = "published"
    SUPERSEDED = "superseded"
    """A later base of the same scope is published."""
    WITHDRAWN = "withdrawn"

    @property
    def shown(self) -> bool:
        """Stands on the board."""
        return self in (KeeperState.SEALED, KeeperState.SCHEDULED, KeeperState.PUBLISHED)

    @property
    def resealable(self) -> bool:
        """Another report may still take its place."""
        return self in (KeeperState.SEALING, KeeperState.SEALED)


class Notice(msgspec.Struct, frozen=True):
    """A text in both languages."""

    zh: str
    en: str


class Sealed(msgspec.Struct, frozen=True):
    """One release. `inputs` is the hash of what was sealed; `parent` the release that an overlay corrects; `revision`
    the place of its report in the office's audit log, by which an older report of the same release is known."""

    release: str
    sitting: str
    exam_id: str
    exam: Notice
    year: int
    kind: str
    base: str
    parent: str
    scope: str
    inputs: str
    outcomes: str
    importers: tuple[str, ...]
    snapshot_id: str
    order: int
    revision: int
    state: KeeperState = KeeperState.SEALING
    header_sha256: str = ""
    merkle_root: str = ""
    t: str | None = None
    serial: int = 0
    published_at: str | None = None
    posted_at: str | None = None
    closes_at: str | None = None
    """Of a base with an hour: when it can no longer be asked for anonymously; None if never."""
    ended_at: str | None = None
    """Of a base whose end was reached: that end, which nothing moves."""
    notice: Notice | None = None

    @property
    def withdrawn(self) -> bool:
        return self.state is KeeperState.WITHDRAWN

    @property
    def withdrawn_base(self) -> bool:
        return self.withdrawn and self.kind == "base"


class Worker(msgspec.Struct, frozen=True):
    """A registered lookup worker; `public_key` is X25519 in hex."""

    worker: str
    node: str
    public_key: str
    seen_at: str
    report: dict[str, object]
    left: bool = False
    """Its process is gone, `seen_at` says since when: kept a while, so that the other keeper hears of it."""


class Pages(msgspec.Struct, frozen=True):
    """Which page bundle stands: what the pointer says."""

    counter: int = 0
    bundle: str = ""
    issued_at: str = ""


class PendingSwitch(msgspec.Struct, frozen=True):
    """An order to move a switch that wants another signature."""

    order: dict[str, Any]
    approvals: tuple[dict[str, str], ...]


class Switches(msgspec.Struct, frozen=True):
    """What is switched on the nodes: how many orders moved a switch, which are on, the hash of the last order."""

    serial: int = 0
    on: tuple[Switch, ...] = ()
    last: str = ""
    pending: PendingSwitch | None = None


class State(msgspec.Struct):
    """The whole state file."""

    counter: int = 0
    pages: Pages = Pages()
    switches: Switches = Switches()
    releases: dict[str, Sealed] = {}
    workers: dict[str, Worker] = {}
    decisions: int = 0
    """How many orders were carried out. Of two keepers' boards the one with more decisions counts."""
    posted: int = 0
    """How many releases were posted at their hour."""
    term: int = 0
    lead: str = ""
    """The keeper that takes orders, since term `term`; empty where there is one keeper only."""
    acts: int = 0
    """How many entries this keeper's own journal of officers' acts has."""
    alone: bool = False
    """Officers let the leading keeper decide without the other."""
    format: str = STATE_FORMAT


def load_state(path: Path, key: bytes | None = None) -> State:
    """Read the state; a missing file is an empty state, a damaged one an integrity error.

    With a key the file must carry its HMAC: nobody without the keeper's keys has moved an hour on the disk.
    """
    if not path.exists():
        return State()
    content = path.read_bytes()
    if key is not None:
        mac, _, content = content.partition(b"\n")
        if not hmac.compare_digest(mac, _mac(content, key)):
            raise FangbangError(BAD_STATE)
    try:
        state = msgspec.json.decode(content, type=State)
    except (msgspec.MsgspecError, ValueError) as error:
        raise FangbangError(BAD_STATE) from error
    if state.format != STATE_FORMAT:
        raise FangbangError(BAD_STATE)
    return state


def state_unproven(path: Path) -> State:
    """The state as it stands in the file, whether an HMAC is before it or not, and nobody has checked that: production
    custody's is proven by the keeper alone, once its officers armed it."""
    content = path.read_bytes() if path.exists() else b"{}"
    try:
        return msgspec.json.decode(content[content.index(b"{") :], type=State)
    except (msgspec.MsgspecError, ValueError) as error:
        raise FangbangError(BAD_STATE) from error


def save_state(path: Path, state: State, key: bytes | None = None) -> None:
    """Keep the state durably; with a key its HMAC-SHA-256 (hex) stands in a line before it."""
    content = msgspec.json.format(msgspec.json.encode(state))
    write_durably(path, content if key is None else _mac(content, key) + b"\n" + content, mode=0o600)


def _mac(content: bytes, key: bytes) -> bytes:
    return hmac.digest(key, content, "sha256").hex().encode()
