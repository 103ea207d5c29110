"""The board and its envelopes: only the keeper's signature counts, only the addressed worker opens."""

import json
import socket
import threading
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from msgspec.structs import replace

from fangbang.core.canonical import canonical_json
from fangbang.core.clock import AUTHORITY_ZONE, to_wire
from fangbang.core.errors import FangbangError
from fangbang.snapshot.board import (
    BOARD_FORMAT,
    LIFETIME,
    Board,
    KeyLetter,
    Sentinel,
    SittingBoard,
    SnapshotRef,
    anchor_document,
    ask_keeper,
    load_anchor,
    open_envelope,
    parse_board,
    register,
    seal_envelope,
    sign_board,
)
from fangbang.snapshot.header import Text, key_id, signing_bytes

NOW = datetime(2026, 3, 20, 10, tzinfo=AUTHORITY_ZONE)
SIGNER = Ed25519PrivateKey.from_private_bytes(bytes(32))
TRUSTED = {key_id(SIGNER.public_key()): SIGNER.public_key()}
REF = SnapshotRef("ab" * 16, "base", "snapshots/x", "cd" * 32, to_wire(NOW))
BOARD = Board(
    format=BOARD_FORMAT,
    counter=7,
    issued_at=to_wire(NOW),
    expires_at=to_wire(NOW + LIFETIME),
    sittings={"eia-2026": SittingBoard("eia", Text("环评", "EIA"), 2026, "scheduled", to_wire(NOW), (REF,))},
    envelopes={"node1-0": {REF.id: "AAAA"}},
)
LETTER = KeyLetter(REF.id, "11" * 32, "22" * 32, (Sentinel("ticket-document", ("1", "2"), "33" * 32),))


def test_a_signed_board_is_read_back() -> None:
    assert parse_board(sign_board(BOARD, SIGNER), TRUSTED) == BOARD


def test_every_flipped_bit_of_a_board_is_refused() -> None:
    data = sign_board(BOARD, SIGNER)
    accepted = []

    for bit in range(8 * len(data)):
        damaged = bytearray(data)
        damaged[bit // 8] ^= 1 << bit % 8
        try:
            parse_board(bytes(damaged), TRUSTED)
        except FangbangError:
            continue
        accepted.append(bit)

    assert accepted == []


@pytest.mark.parametrize(
    "data",
    [b"", b"[]", b"{}", b"\xff", b'{"board":{},"key":"","signature":""}', pytest.param(b"[" * 100_000, id="deep")],
)
def test_what_is_no_board_is_refused(data: bytes) -> None:
    with pytest.raises(FangbangError) as caught:
        parse_board(data, TRUSTED)

    assert caught.value.code == "snapshot.bad-board"


def entry(**changes: Any) -> Board:
    """The board with another entry of its sitting."""
    return replace(BOARD, sittings={"eia-2026": replace(BOARD.sittings["eia-2026"], **changes)})


def test_a_board_from_before_there_were_closings_still_counts() -> None:
    document = json.loads(sign_board(BOARD, SIGNER))["board"]
    for name in ("closes_at", "closed"):
        del document["sittings"]["eia-2026"][name]
    signature = SIGNER.sign(signing_bytes(BOARD_FORMAT, document)).hex()

    old = canonical_json({"board": document, "key": key_id(SIGNER.public_key()), "signature": signature})

    assert parse_board(old, TRUSTED) == BOARD
    assert not BOARD.sittings["eia-2026"].ended(NOW + timedelta(days=9999))


@pytest.mark.parametrize("closes_at", ["", "soon", "2026-03-01"])
def test_an_end_that_is_no_instant_is_refused(closes_at: str) -> None:
    with pytest.raises(FangbangError) as caught:
        parse_board(sign_board(entry(closes_at=closes_at), SIGNER), TRUSTED)

    assert caught.value.code == "snapshot.bad-board"


@pytest.mark.parametrize(("state", "over"), [("published", True), ("scheduled", False), ("withdrawn", False)])
def test_only_what_is_published_ends(state: str, over: bool) -> None:
    sitting = entry(state=state, closes_at=to_wire(NOW)).sittings["eia-2026"]

    assert [sitting.ended(NOW - timedelta(microseconds=1)), sitting.ended(NOW)] == [False, over]


def test_a_board_of_a_stranger_is_refused() -> None:
    with pytest.raises(FangbangError) as caught:
        parse_board(sign_board(BOARD, Ed25519PrivateKey.generate()), TRUSTED)

    assert caught.value.params == {"reason": "signed by an unknown key"}


def test_age_freshness_and_expiry_follow_the_given_instant() -> None:
    assert BOARD.fresh(NOW + timedelta(seconds=60))
    assert not BOARD.fresh(NOW + timedelta(seconds=61))
    assert not BOARD.expired(NOW + LIFETIME - timedelta(seconds=1))
    assert BOARD.expired(NOW + LIFETIME)


def test_an_envelope_opens_for_its_worker_and_snapshot_only() -> None:
    private, other = X25519PrivateKey.generate(), X25519PrivateKey.generate()
    sealed = seal_envelope(LETTER, "node1-0", private.public_key())

    assert open_envelope(sealed, "node1-0", REF.id, private) == LETTER
    for worker, snapshot, key, data in (
        ("node1-1", REF.id, private, sealed),
        ("node1-0", "00" * 16, private, sealed),
        ("node1-0", REF.id, other, sealed),
        ("node1-0", REF.id, private, sealed[:-1]),
        ("node1-0", REF.id, private, b""),
    ):
        with pytest.raises(FangbangError) as caught:
            open_envelope(data, worker, snapshot, key)
        assert caught.value.code == "snapshot.bad-envelope"


def test_a_letter_never_shows_its_keys() -> None:
    assert repr(LETTER) == f"KeyLetter(snapshot_id='{REF.id}')"


def test_an_anchor_is_read_back_and_anything_else_refused(tmp_path: Path) -> None:
    path = tmp_path / "trust.json"
    path.write_bytes(anchor_document(SIGNER.public_key()))

    assert list(load_anchor(path)) == list(TRUSTED)
    for text in (
        "",
        "{}",
        "[]",
        '{"format":"fangbang-trust/1","keys":[]}',
        '{"format":"fangbang-anchor/1","keys":[1]}',
        "[" * 100_000,
    ):
        path.write_text(text)
        with pytest.raises(FangbangError) as caught:
            load_anchor(path)
        assert caught.value.code == "snapshot.bad-anchor"


def test_an_anchor_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(FangbangError) as caught:
        load_anchor(tmp_path)

    assert (caught.value.code, caught.value.params["file"]) == ("snapshot.bad-anchor", tmp_path.name)


def test_a_registration_is_one_line_each_way(tmp_path: Path) -> None:
    asked: list[dict[str, Any]] = []
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "s"))
        listener.listen()

        def answer() -> None:
            connection, _ = listener.accept()
            with connection, connection.makefile("rwb") as stream:
                asked.append(json.loads(stream.readline()))
                stream.write(b'{"ok":true,"worker":"w"}\n')

        thread = threading.Thread(target=answer)
        thread.start()
        told = register(tmp_path / "s", "w", "node1", X25519PrivateKey.generate().public_key(), {"code": "1"})
        thread.join()

    assert told == {"ok": True, "worker": "w"}
    assert {name: asked[0][name] for name in ("command", "worker", "node", "report")} == {
        "command": "register",
        "worker": "w",
        "node": "node1",
        "report": {"code": "1"},
    }


def test_a_keeper_that_is_not_there_is_unavailable(tmp_path: Path) -> None:
    with pytest.raises(FangbangError) as caught:
        ask_keeper(tmp_path / "none", {"command": "status"})

    assert caught.value.problem.kind.value == "unavailable"
