"""A keeper of the bench's own: registers workers and posts one published sitting. It is not on the measured path.

The real keeper wants an office, a gate and two approvers; what a node sees of it (socket, signed board, envelopes) is
made here by the very functions that the real one uses.
"""

import base64
import hashlib
import json
import socketserver
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey

from bench import cohort
from bench.snapshot import record_of
from fangbang.core.clock import to_wire
from fangbang.snapshot.board import (
    BOARD_FORMAT,
    LIFETIME,
    SENTINELS,
    Board,
    KeyLetter,
    Sentinel,
    SittingBoard,
    SnapshotRef,
    anchor_document,
    seal_envelope,
    sign_board,
)
from fangbang.snapshot.header import Text
from fangbang.snapshot.record import encode

REISSUE_SECONDS = 5.0
_NOTICE = Text("撤回", "Withdrawn")


class BenchKeeper:
    """Holds one release key and posts it to every worker that registers."""

    def __init__(
        self, public: Path, letter: KeyLetter, header_sha256: str, exam: Text, wait: timedelta = timedelta(minutes=-1)
    ) -> None:
        """`wait` from now until T: one that is not over leaves the sitting scheduled, and posts no key."""
        self._public = public
        self._letter = letter
        self._header_sha256 = header_sha256
        self._exam = exam
        self._signing = Ed25519PrivateKey.generate()
        self._workers: dict[str, X25519PublicKey] = {}
        self._counter = 0
        self._since = datetime.now(tz=UTC) + wait
        self._state = "published" if wait <= timedelta() else "scheduled"
        self._lock = threading.Lock()

    @property
    def anchor(self) -> bytes:
        """The trust anchor that nodes are given."""
        return anchor_document(self._signing.public_key())

    def turn(self, state: str) -> None:
        """Post at once that the sitting is `scheduled`, `published` (from now on with its key) or `withdrawn`."""
        self._state = state
        self.post()

    def register(self, worker: str, public_key: str) -> None:
        """Take in a worker and post at once."""
        self._workers[worker] = X25519PublicKey.from_public_bytes(bytes.fromhex(public_key))
        self.post()

    def post(self) -> None:
        """Issue the board anew, counter and expiry moved on."""
        with self._lock:
            self._counter += 1
            now = datetime.now(tz=UTC)
            at, snapshot_id = to_wire(self._since), self._letter.snapshot_id
            path = f"snapshots/{snapshot_id}"
            published = None if self._state == "scheduled" else at
            ref = SnapshotRef(snapshot_id, "base", path, self._header_sha256, at, published)
            notice = _NOTICE if self._state == "withdrawn" else None
            sitting = SittingBoard("social-worker", self._exam, 2026, self._state, at, (ref,), notice)
            envelopes = {
                name: {snapshot_id: base64.b64encode(seal_envelope(self._letter, name, key)).decode()}
                for name, key in self._workers.items()
                if self._state == "published"
            }
            expires = to_wire(now + LIFETIME)
            board = Board(BOARD_FORMAT, self._counter, to_wire(now), expires, {cohort.SITTING: sitting}, envelopes)
            temporary = self._public / ".board.tmp"
            temporary.write_bytes(sign_board(board, self._signing))
            temporary.replace(self._public / "board.json")


@contextmanager
def posting(keeper: BenchKeeper, socket: Path) -> Iterator[None]:
    """Serve the socket and re-issue the board until the block ends."""

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            asked = json.loads(self.rfile.readline())
            if asked["command"] == "register":
                keeper.register(asked["worker"], asked["public_key"])
            self.wfile.write(b'{"ok": true}\n')

    stop = threading.Event()

    def reissue() -> None:
        while not stop.wait(REISSUE_SECONDS):
            keeper.post()

    keeper.post()
    with socketserver.ThreadingUnixStreamServer(str(socket), Handler) as server:
        threads = [
            threading.Thread(target=server.serve_forever, daemon=True),
            threading.Thread(target=reissue, daemon=True),
        ]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            stop.set()
            server.shutdown()


def letter_for(snapshot_id: bytes, release_key: bytes, pepper: bytes, people: Sequence[cohort.Candidate]) -> KeyLetter:
    """The keys, with the first people as sentinels."""
    sentinels = tuple(
        Sentinel("ticket-document", (it.ticket, it.document), hashlib.sha256(encode(record_of(it))).hexdigest())
        for it in people[:SENTINELS]
    )
    return KeyLetter(snapshot_id.hex(), release_key.hex(), pepper.hex(), sentinels)
