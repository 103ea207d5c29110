"""The board: the one signed document that says what is live, and what a node needs to read it.

Used by nodes (parse, open envelopes, register) and by the keeper (types, signing). The reader trusts nothing but
the keeper's public keys; freshness is the caller's question, answered by `age` and `expired`.
"""

import json
import socket
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

from fangbang.core.canonical import canonical_json, length_prefixed
from fangbang.core.clock import from_wire
from fangbang.core.errors import FangbangError, Phrase
from fangbang.snapshot.header import Text, key_id
from fangbang.snapshot.problems import BAD_ANCHOR, BAD_BOARD, BAD_ENVELOPE, KEEPER_UNREACHABLE, MALFORMED
from fangbang.snapshot.signed import open_signed, sign

BOARD_FORMAT = "fangbang-board/1"
BOARD_FILE = "board.json"
BOARD_FILES = {"a": BOARD_FILE, "b": "board-b.json"}
"""Where each of two keepers leaves its board in the public folder."""
ENVELOPE_FORMAT = "fangbang-envelope/1"
ANCHOR_FORMAT = "fangbang-anchor/1"
SENTINELS = 3
"""How many different sentinels come with a key; a node opens nothing with fewer."""
STALE_AFTER = timedelta(seconds=60)
"""A node opens nothing new from a board older than this."""
LIFETIME = timedelta(minutes=15)
"""A node answers 503 once its newest board is older than this."""
EARLY = timedelta(seconds=1)
"""A node refuses a key more than this before T (`not_before`)."""
_SUITE = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)


class SnapshotRef(msgspec.Struct, frozen=True):
    """One snapshot of a sitting. `path` is relative to the board's folder; instants as `core.clock.to_wire`."""

    id: str
    role: str
    path: str
    header_sha256: str
    t: str | None
    published_at: str | None = None


class SittingBoard(msgspec.Struct, frozen=True):
    """`state`: distributed, scheduled, published or withdrawn. Snapshots oldest first: base, then overlays.

    `closes_at`: when anonymous asking ends for good, None if never; `closed`: ids of snapshots that nodes erase.
    """

    exam_id: str
    exam: Text
    year: int
    state: str
    t: str | None
    snapshots: tuple[SnapshotRef, ...]
    notice: Text | None = None
    closes_at: str | None = None
    closed: tuple[str, ...] = ()

    def ended(self, now: datetime) -> bool:
        """Whether its results can no longer be asked for anonymously; known from any board, however old it is."""
        return self.state == "published" and self.closes_at is not None and now >= from_wire(self.closes_at)


class Switch(msgspec.Struct, frozen=True):
    """Something that is off, or dearer, on every node: `name` is a word of `exams.vocabulary.SwitchName`, `subject` a
    sitting or a kind of credential, `value` bits of a price. Without `until` it stands until somebody turns it back."""

    name: str
    subject: str = ""
    value: int = 0
    until: str | None = None
    notice: Text | None = None

    def in_force(self, now: datetime) -> bool:
        return self.until is None or now < from_wire(self.until)


class Board(msgspec.Struct, frozen=True):
    """What a keeper says at one instant. `envelopes`: worker id → snapshot id → base64. `switch_serial` counts the
    orders that moved a switch.

    `decisions` and `posted` count the orders carried out and the releases posted: two keepers' boards are compared by
    them, since each keeper has a counter of its own.
    """

    format: str
    counter: int
    issued_at: str
    expires_at: str
    sittings: dict[str, SittingBoard]
    envelopes: dict[str, dict[str, str]]
    switches: tuple[Switch, ...] = ()
    switch_serial: int = 0
    decisions: int = 0
    posted: int = 0

    @property
    def step(self) -> int:
        """How far the keepers' common history has come: decisions first, then postings; both well below 2 ** 20."""
        return self.decisions << 20 | self.posted

    def age(self, now: datetime) -> timedelta:
        return now - from_wire(self.issued_at)

    def fresh(self, now: datetime) -> bool:
        """Young enough to open something new."""
        return self.age(now) <= STALE_AFTER

    def expired(self, now: datetime) -> bool:
        return now >= from_wire(self.expires_at)


class Sentinel(msgspec.Struct, frozen=True):
    """A shadow query and the SHA-256 (hex) of the record bytes that `OpenSnapshot.lookup` must return."""

    kind: str
    fields: tuple[str, ...]
    sha256: str


class KeyLetter(msgspec.Struct, frozen=True):
    """The plaintext of an envelope. Never log or print it."""

    snapshot_id: str
    release_key: str
    pepper: str
    sentinels: tuple[Sentinel, ...]

    def __repr__(self) -> str:
        return f"KeyLetter(snapshot_id={self.snapshot_id!r})"


def sign_board(board: Board, private: Ed25519PrivateKey) -> bytes:
    """The content of board.json."""
    return sign("board", board, private)


def parse_board(data: bytes, trusted: Mapping[str, Ed25519PublicKey]) -> Board:
    """Read board.json and check its signature against the trusted keys (key id → key)."""
    board = open_signed(data, "board", BOARD_FORMAT, Board, trusted, BAD_BOARD)
    try:
        from_wire(board.issued_at), from_wire(board.expires_at)
        all(from_wire(item.until) for item in board.switches if item.until is not None)
        all(from_wire(entry.closes_at) for entry in board.sittings.values() if entry.closes_at is not None)
    except ValueError as error:
        raise FangbangError(BAD_BOARD, reason=MALFORMED) from error
    return board


def signer_of(data: bytes) -> str:
    """The id of the key under a board.json that `parse_board` took."""
    return str(json.loads(data)["key"])


def load_anchor(path: Path) -> dict[str, Ed25519PublicKey]:
    """Read a trust anchor ({"format", "keys": [{"id", "public_key", "use": "keeper"}]}): key id → key.

    BAD_ANCHOR if it is none: that says nothing about what was to be verified with it.
    """
    try:
        document = json.loads(path.read_bytes())
        if document["format"] != ANCHOR_FORMAT:
            raise FangbangError(BAD_ANCHOR, file=path.name, reason=Phrase("unknown format", "格式未知"))
        keys = [item for item in document["keys"] if item.get("use", "keeper") == "keeper"]
        loaded = [Ed25519PublicKey.from_public_bytes(bytes.fromhex(item["public_key"])) for item in keys]
    except OSError as error:
        raise FangbangError(BAD_ANCHOR, file=path.name, reason=Phrase("it cannot be read", "无法读取")) from error
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise FangbangError(BAD_ANCHOR, file=path.name, reason=MALFORMED) from error
    return {key_id(key): key for key in loaded}


def anchor_document(*publics: Ed25519PublicKey) -> bytes:
    """The trust anchor that `load_anchor` reads, for the keys of one keeper or of two."""
    keys = [
        {"id": key_id(public), "public_key": public.public_bytes_raw().hex(), "use": "keeper"} for public in publics
    ]
    return canonical_json({"format": ANCHOR_FORMAT, "keys": keys})


def _envelope_info(worker: str, snapshot_id: str) -> bytes:
    return length_prefixed([ENVELOPE_FORMAT.encode(), worker.encode(), snapshot_id.encode()])


def seal_envelope(letter: KeyLetter, worker: str, public: X25519PublicKey) -> bytes:
    """HPKE (X25519, HKDF-SHA256, AES-256-GCM), bound to the worker and the snapshot."""
    return _SUITE.encrypt(msgspec.json.encode(letter), public, info=_envelope_info(worker, letter.snapshot_id))


def open_envelope(sealed: bytes, worker: str, snapshot_id: str, private: X25519PrivateKey) -> KeyLetter:
    """Inverse of `seal_envelope`; raises an integrity error without any key bytes in it."""
    try:
        text = _SUITE.decrypt(sealed, private, info=_envelope_info(worker, snapshot_id))
        letter = msgspec.json.decode(text, type=KeyLetter)
    except (InvalidTag, ValueError, msgspec.MsgspecError):
        raise FangbangError(BAD_ENVELOPE) from None
    if letter.snapshot_id != snapshot_id:
        raise FangbangError(BAD_ENVELOPE)
    return letter


def ask_keeper(path: Path, command: Mapping[str, Any], timeout: float = 10.0) -> dict[str, Any]:
    """One request over the keeper's socket: a JSON object a line each way. Returns the answer, errors included."""
    try:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(timeout)
            connection.connect(str(path))
            connection.sendall(json.dumps(dict(command), ensure_ascii=False).encode() + b"\n")
            with connection.makefile("rb") as stream:
                answer = json.loads(stream.readline())
    except (OSError, ValueError) as error:
        raise FangbangError(KEEPER_UNREACHABLE) from error
    if not isinstance(answer, dict):
        raise FangbangError(KEEPER_UNREACHABLE)
    return answer


def register(path: Path, worker: str, node: str, public: X25519PublicKey, report: Mapping[str, Any]) -> dict[str, Any]:
    """Tell the keeper of a worker, its public key and what it runs; repeat after every restart of either side."""
    return ask_keeper(
        path,
        {
            "command": "register",
            "worker": worker,
            "node": node,
            "public_key": public.public_bytes_raw().hex(),
            "report": dict(report),
        },
    )


def leave(path: Path, worker: str, timeout: float) -> dict[str, Any]:
    """Tell the keeper that a worker's process is gone."""
    return ask_keeper(path, {"command": "leave", "worker": worker}, timeout)
