"""Follows the board and opens sittings: the one place that decides what this worker may answer.

Rules (design: the embargo). A board counts only if it is signed, and not below the highest counter this node has seen
of the keeper that signed it. Of two keepers' boards the one whose keeper has carried out more counts, then the newer.
After a start nothing is answered until a board at most 60 s old was seen; nothing new opens on an older one; past its
expiry (15 min) nothing is answered at all. A key is used only from `t` − 1 s on, and only after the key check value,
the files' hashes and the sentinels were right. A withdrawn sitting is closed at once, and so is one whose days are
over, by this node's own clock. Since no Python program can be sure of what lies in its freed memory, the worker then
ends, and a new one takes its place without the keys. What the board names as closed is erased from the disk, too.
"""

import fcntl
import hashlib
from base64 import b64decode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from fangbang.core.clock import Clock, from_wire, to_wire
from fangbang.core.errors import FangbangError
from fangbang.core.files import durable_folder, write_durably
from fangbang.exams.vocabulary import CredentialKind
from fangbang.lookup.derivation import FoldedPepperer
from fangbang.lookup.erasing import erase_closed
from fangbang.lookup.hotpath import Layer, OpenSitting
from fangbang.lookup.problems import ROLLBACK, SENTINEL, TOO_EARLY, WRONG_SITTING
from fangbang.lookup.switches import InForce, in_force
from fangbang.lookup.tallies import counts_of
from fangbang.snapshot.board import (
    BOARD_FILES,
    EARLY,
    SENTINELS,
    Board,
    KeyLetter,
    SittingBoard,
    SnapshotRef,
    open_envelope,
    parse_board,
    signer_of,
)
from fangbang.snapshot.derive import FIELDS
from fangbang.snapshot.reader import Snapshot

Log = Callable[..., Any]
GRACE = timedelta(seconds=5)


class HighestCounter:
    """The highest counter of the board (or of another document) that this node has seen, kept over restarts and shared
    by its workers."""

    def __init__(self, folder: Path, document: str = "board") -> None:
        self._folder = durable_folder(folder)
        self._path = folder / f"{document}-counter"
        self._lock = folder / f".{document}-counter.lock"

    def of(self, document: str) -> "HighestCounter":
        """The same for another document of this node."""
        return HighestCounter(self._folder, document)

    def value(self) -> int:
        return int(self._path.read_text()) if self._path.exists() else 0

    def raise_to(self, counter: int) -> None:
        """Keep the counter durably if it is higher than the kept one."""
        with self._lock.open("a") as lock:
            fcntl.lockf(lock, fcntl.LOCK_EX)
            if counter > self.value():
                write_durably(self._path, str(counter).encode())


@dataclass
class Refusal:
    """Why a snapshot could not be opened; the same reason is logged once."""

    code: str
    count: int = 0


@dataclass
class Watcher:
    """One worker's view of the board. `step` is called by the worker's timer; `prepare` may run in a thread."""

    public: Path
    worker: str
    private: X25519PrivateKey
    trusted: Mapping[str, Ed25519PublicKey]
    highest: HighestCounter
    kinds_of: Callable[[SittingBoard], frozenset[str]]
    clock: Clock
    log: Log
    board: Board | None = None
    open: dict[str, OpenSitting] = field(default_factory=dict)
    prepared: dict[str, Snapshot] = field(default_factory=dict)
    force: InForce = field(default_factory=InForce)
    """The switches that are on."""
    accepted: int = 0
    refused: int = 0
    held_withdrawn_keys: bool = False
    """Whether this process has held keys that were withdrawn, or whose days are over: its memory should go."""
    keys_refused: int = 0
    _seen: dict[str, tuple[int, int, int]] = field(default_factory=dict)
    _boards: dict[str, Board] = field(default_factory=dict)
    _was_fresh: bool = False
    _erased_for: Board | None = None
    _layers: dict[str, Layer] = field(default_factory=dict)
    _refusals: dict[str, Refusal] = field(default_factory=dict)
    _highest_seen: dict[str, int] = field(default_factory=dict)
    _told: tuple[Any, ...] = ()

    def step(self) -> bool:
        """Look at the board, open and close what it says; True if anything a page shows has changed."""
        self._read()
        self.force = in_force(self.board, self.clock.now())
        if self.board is not None:
            self._was_fresh = self._was_fresh or self.board.fresh(self.clock.now())
            self._close(self.board)
            if self.board.fresh(self.clock.now()):
                for sitting, entry in self.board.sittings.items():
                    self._open(self.board, sitting, entry)
        # Compared with what was told last, not with a moment ago: time alone (expiry) changes what may be answered.
        before, self._told = self._told, self._shape()
        return self._told != before

    def _shape(self) -> tuple[Any, ...]:
        # The very objects, not their ids: a freed board's address may be used again.
        layers = tuple((sitting, len(opened.layers)) for sitting, opened in self.open.items())
        answered = self.answered(self.board) if self.board else None
        return (self.board.sittings if self.board else None, layers, self.answering, self.force, answered)

    @property
    def answering(self) -> bool:
        """Whether this worker may answer at all: it has seen a fresh board and its newest has not expired."""
        return self._was_fresh and self.board is not None and not self.board.expired(self.clock.now())

    def _read(self) -> None:
        """Go by the board that is furthest in the keepers' common history; of two as far, by the newer one."""
        read = [self._read_one(name) for name in BOARD_FILES.values()]
        if not any(read):
            return
        newest = max(self._boards.values(), key=lambda board: (board.step, from_wire(board.issued_at)))
        try:
            self._raise("step", newest.step)
        except FangbangError as error:
            self._refuse_board(error)
            return
        self.board = newest

    def _read_one(self, name: str) -> bool:
        """Look at one keeper's file; whether it holds a board that is new and may count."""
        path = self.public / name
        try:
            status = path.stat()
            mark = (status.st_ino, status.st_mtime_ns, status.st_size)
            if mark == self._seen.get(name):
                return False
            data = path.read_bytes()
        except OSError:
            return False
        self._seen[name] = mark
        try:
            board = parse_board(data, self.trusted)
            key = signer_of(data)
            self._raise(key, board.counter)
        except FangbangError as error:
            self._refuse_board(error)
            return False
        self.accepted += 1
        self._boards[key] = board
        return True

    def _raise(self, kept: str, number: int) -> None:
        """Keep a number that only grows: a keeper's counter (by its key), or the step of the keepers' history."""
        document = "board" if len(self.trusted) == 1 and kept != "step" else f"board-{kept}"
        durable = self.highest.of(document)
        highest = max(self._highest_seen.get(kept, 0), durable.value())
        if number < highest:
            raise FangbangError(ROLLBACK, counter=number, highest=highest)
        durable.raise_to(number)
        self._highest_seen[kept] = number

    def _refuse_board(self, error: FangbangError) -> None:
        self.refused += 1
        self.log("board refused", code=error.code)

    def _close(self, board: Board) -> None:
        """Forget what is withdrawn, over or gone from the board, keys first; erase what the board calls closed."""
        answered = self.answered(board)
        for sitting in [sitting for sitting in self.open if sitting not in answered]:
            del self.open[sitting]
            self.log("sitting closed", sitting=sitting)
        wanted = {ref.id for ref in self._to_prepare(board)}
        live = {ref.id for sitting in answered for ref in board.sittings[sitting].snapshots}
        gone = [key for key in self._layers if key not in live]
        for key in gone:
            del self._layers[key]
            self.held_withdrawn_keys = True
        for key in [key for key in self.prepared if key not in wanted]:
            self.prepared.pop(key)
        if board is not self._erased_for:
            self._erased_for = board
            erase_closed(self.public, board, self.log)

    def answered(self, board: Board) -> frozenset[str]:
        """The sittings that can be asked now, as far as the board goes."""
        now = self.clock.now()
        return frozenset(
            sitting for sitting, entry in board.sittings.items() if entry.state == "published" and not entry.ended(now)
        )

    def missing(self) -> list[SnapshotRef]:
        """Snapshots on the board that were not opened and hashed yet: work for `prepare`."""
        if self.board is None:
            return []
        return [ref for ref in self._to_prepare(self.board) if ref.id not in self.prepared]

    def _to_prepare(self, board: Board) -> list[SnapshotRef]:
        """What may be opened some day. Of a sitting that is withdrawn or over only its next release."""
        answered = self.answered(board)
        return [
            ref
            for sitting, entry in board.sittings.items()
            for ref in entry.snapshots
            if sitting in answered or ref.published_at is None or entry.state not in ("published", "withdrawn")
        ]

    def prepare(self, ref: SnapshotRef) -> Snapshot | None:
        """Open a snapshot and hash every block, long before its hour; None (and a log line) if anything differs."""
        try:
            snapshot = Snapshot.open(self.public / ref.path, verify=True, header_sha256=ref.header_sha256)
            snapshot.expect_queries()
        except (FangbangError, OSError) as error:
            self._refuse(ref.id, error)
            return None
        return snapshot

    def _refuse(self, snapshot: str, error: Exception) -> None:
        code = error.code if isinstance(error, FangbangError) else type(error).__name__
        known = self._refusals.get(snapshot)
        if known is None or known.code != code:
            self._refusals[snapshot] = Refusal(code)
            self.log("snapshot refused", snapshot=snapshot, code=code)
        self.keys_refused += 1

    def _open(self, board: Board, sitting: str, entry: SittingBoard) -> None:
        """Open a published sitting once every published snapshot of it has passed its checks."""
        if sitting not in self.answered(board):
            return
        live = [ref for ref in entry.snapshots if ref.published_at is not None]
        envelopes = board.envelopes.get(self.worker, {})
        for ref in live:
            if ref.id in self._layers or ref.id not in envelopes or ref.id not in self.prepared:
                continue
            try:
                self._layers[ref.id] = self._unlock(sitting, entry, ref, envelopes[ref.id])
            except FangbangError as error:
                self._refuse(ref.id, error)
        locked = [ref for ref in live if ref.id not in self._layers]
        if locked:
            self._drop_if_overdue(sitting, locked)
        if not live or locked:
            return
        layers = tuple(self._layers[ref.id] for ref in reversed(live))
        opened = self.open.get(sitting)
        if opened is None or opened.layers != layers:
            self.open[sitting] = OpenSitting(sitting, self.kinds_of(entry), layers)
            self.log("sitting open", sitting=sitting, layers=len(layers))

    def _drop_if_overdue(self, sitting: str, locked: list[SnapshotRef]) -> None:
        """An overlay that cannot be opened for `GRACE` makes the whole sitting unavailable: no old answers."""
        since = min(from_wire(ref.published_at) for ref in locked if ref.published_at)
        if sitting in self.open and self.clock.now() - since > GRACE:
            del self.open[sitting]
            self.log("sitting closed", sitting=sitting, reason="an overlay cannot be opened")

    def _unlock(self, sitting: str, entry: SittingBoard, ref: SnapshotRef, envelope: str) -> Layer:
        if ref.t is not None and self.clock.now() < from_wire(ref.t) - EARLY:
            raise FangbangError(TOO_EARLY, snapshot=ref.id)
        snapshot = self.prepared[ref.id]
        header = snapshot.header
        if (header.sitting, header.exam_id, header.year) != (sitting, entry.exam_id, entry.year):
            raise FangbangError(WRONG_SITTING, snapshot=ref.id)
        letter = open_envelope(b64decode(envelope), self.worker, ref.id, self.private)
        release_key = bytes.fromhex(letter.release_key)
        layer = Layer(
            snapshot.unlock(release_key),
            FoldedPepperer(bytes.fromhex(letter.pepper), sitting),
            ref.published_at or to_wire(self.clock.now()),
            counts_of(snapshot, release_key, self.log),
        )
        check_sentinels(layer, letter)
        return layer

    def waits_for_key(self) -> bool:
        """Whether something is published that this worker has no envelope for: time to register again."""
        if self.board is None:
            return False
        mine = self.board.envelopes.get(self.worker, {})
        return any(
            ref.published_at is not None and ref.id not in mine
            for sitting in self.answered(self.board)
            for ref in self.board.sittings[sitting].snapshots
        )


def check_sentinels(layer: Layer, letter: KeyLetter) -> None:
    """Every sentinel must give exactly the bytes it was sealed with, and all that a keeper sends must be there; raises
    otherwise."""
    if len({(item.kind, item.fields) for item in letter.sentinels}) < SENTINELS:
        raise FangbangError(SENTINEL, snapshot=letter.snapshot_id)
    for sentinel in letter.sentinels:
        folds = FIELDS[CredentialKind(sentinel.kind)]
        fields = [fold(text) for fold, text in zip(folds, sentinel.fields, strict=True)]
        wire = layer.snapshot.lookup(layer.pepperer.m(sentinel.kind, fields))
        if wire is None or hashlib.sha256(wire).hexdigest() != sentinel.sha256:
            raise FangbangError(SENTINEL, snapshot=letter.snapshot_id)


def published_moment(entry: SittingBoard) -> datetime | None:
    """When the newest live snapshot of a sitting was published."""
    moments = [ref.published_at for ref in entry.snapshots if ref.published_at]
    return from_wire(moments[-1]) if moments else None
