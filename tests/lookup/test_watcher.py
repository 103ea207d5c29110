"""What a worker may open, and when: every rule of the embargo that a node holds, with a clock that stands still."""

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from msgspec.structs import replace

from fangbang.core.clock import AUTHORITY_ZONE, ManualClock, to_wire
from fangbang.lookup.watcher import HighestCounter, Watcher
from fangbang.snapshot.board import KeyLetter, Sentinel, SnapshotRef, load_anchor
from fangbang.snapshot.layout import POINTERS_FILE, RECORDS_FILE
from tests.lookup.scene import SITTING, Scene, people

T = datetime(2026, 3, 1, 10, tzinfo=AUTHORITY_ZONE)
SECOND = timedelta(seconds=1)
Start = Callable[..., Watcher]


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(T - timedelta(minutes=5))


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    made = Scene(tmp_path, t=T)
    made.seal(people())
    return made


@pytest.fixture
def start(scene: Scene, clock: ManualClock, tmp_path: Path) -> Start:
    """Start a worker, as after a restart: with what is on disk and nothing else."""

    def started(name: str = "node1/a") -> Watcher:
        private = X25519PrivateKey.generate()
        scene.workers[name] = private.public_key()
        return Watcher(
            public=scene.public,
            worker=name,
            private=private,
            trusted=load_anchor(scene.trust),
            highest=HighestCounter(tmp_path / "state"),
            kinds_of=lambda entry: frozenset({"ticket-document"}),
            clock=clock,
            log=lambda event, **details: None,
        )

    return started


def look(watcher: Watcher) -> bool:
    """One round of the worker's timers: the board, then snapshots, then the board again."""
    changed = watcher.step()
    for ref in watcher.missing():
        snapshot = watcher.prepare(ref)
        if snapshot is not None:
            watcher.prepared[ref.id] = snapshot
    return watcher.step() or changed


def post(scene: Scene, clock: ManualClock, state: str, **changes: Any) -> None:
    scene.post(state, issued=clock.now(), **changes)


def test_at_t_the_sitting_opens(scene: Scene, clock: ManualClock, start: Start) -> None:
    watcher = start()
    post(scene, clock, "scheduled")
    look(watcher)
    assert (watcher.answering, list(watcher.open), len(watcher.prepared)) == (True, [], 1)

    clock.at = T
    post(scene, clock, "published")

    assert look(watcher)
    assert list(watcher.open) == [SITTING]
    assert not look(watcher), "nothing has changed since"


def test_a_node_s_snapshot_is_read_a_page_at_a_time(scene: Scene, clock: ManualClock, start: Start) -> None:
    watcher = start()
    post(scene, clock, "scheduled")

    look(watcher)

    (snapshot,) = watcher.prepared.values()
    assert mapped_flags(snapshot.folder) == {RECORDS_FILE: {"rr"}, POINTERS_FILE: {"rr"}}


def mapped_flags(folder: Path) -> dict[str, set[str]]:
    """Mapped file of the folder → what the kernel was told: "rr" random, "sr" sequential."""
    found: dict[str, set[str]] = {}
    name = ""
    for line in Path("/proc/self/smaps").read_text().splitlines():
        if "-" in line.split(maxsplit=1)[0]:
            name = line.rpartition("/")[2] if str(folder) in line else ""
        elif line.startswith("VmFlags:") and name:
            found.setdefault(name, set()).update({"rr", "sr"} & set(line.split()))
    return found


def test_a_key_before_its_hour_is_refused_and_tried_again(scene: Scene, clock: ManualClock, start: Start) -> None:
    watcher = start()
    post(scene, clock, "published")
    look(watcher)
    assert (list(watcher.open), watcher.keys_refused > 0) == ([], True)

    clock.at = T - SECOND
    post(scene, clock, "published")
    look(watcher)

    assert list(watcher.open) == [SITTING]


def test_nothing_new_opens_on_a_board_older_than_a_minute(scene: Scene, clock: ManualClock, start: Start) -> None:
    watcher = start()
    post(scene, clock, "scheduled")
    look(watcher)
    clock.at = T
    post(scene, clock, "published")
    clock.advance(timedelta(seconds=61))

    look(watcher)

    assert list(watcher.open) == []


def test_after_a_start_nothing_is_answered_before_a_fresh_board(scene: Scene, clock: ManualClock, start: Start) -> None:
    post(scene, clock, "scheduled")
    clock.advance(timedelta(seconds=61))
    watcher = start()
    look(watcher)
    assert not watcher.answering

    post(scene, clock, "scheduled")
    look(watcher)

    assert watcher.answering


def test_an_expired_board_answers_nothing(scene: Scene, clock: ManualClock, start: Start) -> None:
    watcher = start()
    clock.at = T
    post(scene, clock, "published")
    look(watcher)

    clock.advance(timedelta(minutes=15) - SECOND)
    watcher.step()
    before = watcher.answering
    clock.advance(SECOND)

    assert watcher.step(), "pages are told"
    assert (before, watcher.answering) == (True, False)


def test_a_lower_counter_is_a_rollback(scene: Scene, clock: ManualClock, start: Start) -> None:
    watcher = start()
    clock.at = T
    post(scene, clock, "published")
    look(watcher)
    scene.counter = 0

    post(scene, clock, "scheduled")
    scene.counter = 0
    post(scene, clock, "withdrawn", counter=0)
    watcher.step()

    assert (watcher.refused, list(watcher.open)) == (1, [SITTING])


def test_the_highest_counter_outlives_the_worker(scene: Scene, clock: ManualClock, start: Start) -> None:
    scene.counter = 41
    post(scene, clock, "scheduled")
    look(start())
    scene.counter = 3
    post(scene, clock, "scheduled")

    restarted = start()
    look(restarted)

    assert (restarted.refused, restarted.answering) == (1, False)


def test_a_board_of_another_signer_is_refused(scene: Scene, clock: ManualClock, start: Start) -> None:
    watcher = start()
    scene.signer = Ed25519PrivateKey.generate()
    post(scene, clock, "scheduled")

    look(watcher)

    assert (watcher.refused, watcher.board) == (1, None)


@pytest.mark.parametrize("content", [b"", b"{}", b"[1]", b"\xff", b'{"board":1,"key":"","signature":""}'])
def test_what_is_no_board_is_refused(scene: Scene, start: Start, content: bytes) -> None:
    watcher = start()
    (scene.public / "board.json").write_bytes(content)

    look(watcher)

    assert (watcher.refused, watcher.answering) == (1, False)


def test_no_board_at_all(start: Start) -> None:
    watcher = start()

    look(watcher)

    assert (watcher.answering, watcher.missing(), watcher.waits_for_key()) == (False, [], False)


def test_withdrawal_forgets_the_keys(scene: Scene, clock: ManualClock, start: Start) -> None:
    watcher = start()
    clock.at = T
    post(scene, clock, "published")
    look(watcher)

    post(scene, clock, "withdrawn")
    look(watcher)

    assert (watcher.open, watcher._layers, watcher.prepared) == ({}, {}, {})


def test_a_withdrawn_sitting_may_come_back(scene: Scene, clock: ManualClock, start: Start) -> None:
    watcher = start()
    clock.at = T
    for state in ("published", "withdrawn", "published"):
        post(scene, clock, state)
        look(watcher)

    assert list(watcher.open) == [SITTING]


def test_the_next_release_of_a_withdrawn_sitting_is_prepared_and_nothing_else_of_it(
    scene: Scene, clock: ManualClock, start: Start
) -> None:
    """Else nobody could hold it, and it could never be distributed; the snapshot taken back is not opened again."""
    watcher = start()
    clock.at = T
    post(scene, clock, "published")
    look(watcher)
    entry = scene.board("withdrawn", issued=clock.now()).sittings[SITTING]
    old = entry.snapshots[0]
    new = scene.seal(people()).ref

    post(scene, clock, "withdrawn", sittings={SITTING: replace(entry, snapshots=(old, new))})
    look(watcher)

    assert (list(watcher.prepared), watcher.open, watcher._layers) == ([new.id], {}, {})


def test_a_worker_without_an_envelope_asks_again(scene: Scene, clock: ManualClock, start: Start) -> None:
    watcher = start()
    clock.at = T
    post(scene, clock, "published", keys=False)
    look(watcher)
    assert (list(watcher.open), watcher.waits_for_key()) == ([], True)

    post(scene, clock, "published")
    look(watcher)

    assert (list(watcher.open), watcher.waits_for_key()) == ([SITTING], False)


def _replace_letter(scene: Scene, **changes: Any) -> None:
    sealed = scene.sealed[0]
    if isinstance(kept := changes.get("sentinels"), int):  # so many of the right ones, the last of them again and again
        right = sealed.letter.sentinels
        changes["sentinels"] = (*right[:kept], *[right[kept - 1]] * (len(right) - kept))
    values = {
        "snapshot_id": sealed.letter.snapshot_id,
        "release_key": sealed.letter.release_key,
        "pepper": sealed.letter.pepper,
        "sentinels": sealed.letter.sentinels,
    }
    sealed.letter = KeyLetter(**{**values, **changes})


@pytest.mark.parametrize(
    "changes",
    [
        {"release_key": "00" * 32},
        {"pepper": "00" * 32},
        {"sentinels": (Sentinel("ticket-document", ("20260100", "1234567"), "00" * 32),)},
        {"sentinels": ()},
        {"sentinels": 1},
        {"sentinels": 2},
        {"snapshot_id": "00" * 16},
    ],
)
def test_a_wrong_letter_opens_nothing(scene: Scene, clock: ManualClock, start: Start, changes: dict[str, Any]) -> None:
    watcher = start()
    clock.at = T
    _replace_letter(scene, **changes)
    post(scene, clock, "published")

    look(watcher)

    assert (list(watcher.open), watcher.keys_refused > 0) == ([], True)


def test_a_damaged_snapshot_opens_nothing(scene: Scene, clock: ManualClock, start: Start) -> None:
    watcher = start()
    records = scene.public / scene.sealed[0].ref.path / "records.bin"
    data = bytearray(records.read_bytes())
    data[len(data) // 2] ^= 1
    records.write_bytes(data)
    clock.at = T
    post(scene, clock, "published")

    look(watcher)

    assert (list(watcher.open), watcher.prepared) == ([], {})


def test_a_header_that_the_board_does_not_name_opens_nothing(scene: Scene, clock: ManualClock, start: Start) -> None:
    watcher = start()
    ref = scene.sealed[0].ref
    scene.sealed[0].ref = SnapshotRef(ref.id, ref.role, ref.path, "00" * 32, ref.t)
    clock.at = T
    post(scene, clock, "published")

    look(watcher)

    assert list(watcher.open) == []


@pytest.mark.parametrize(
    ("sitting", "changes"),
    [("social-worker-2025", {}), (SITTING, {"year": 2025}), (SITTING, {"exam_id": "eia"})],
    ids=["sitting", "year", "exam"],
)
def test_a_snapshot_of_another_sitting_opens_nothing(
    scene: Scene, clock: ManualClock, start: Start, sitting: str, changes: dict[str, Any]
) -> None:
    watcher = start()
    clock.at = T
    entry = msgspec.structs.replace(scene.board("published").sittings[SITTING], **changes)
    post(scene, clock, "published", sittings={sitting: entry})

    look(watcher)

    assert (list(watcher.open), watcher.keys_refused > 0) == ([], True)


def test_an_overlay_that_cannot_be_opened_makes_the_sitting_unavailable(
    scene: Scene, clock: ManualClock, start: Start
) -> None:
    watcher = start()
    clock.at = T
    post(scene, clock, "published")
    look(watcher)
    overlay = scene.seal(people()[:1], "overlay", bytes.fromhex(scene.sealed[0].letter.pepper))
    overlay.letter = KeyLetter(overlay.letter.snapshot_id, "00" * 32, overlay.letter.pepper, ())

    post(scene, clock, "published")
    look(watcher)
    shortly = list(watcher.open)
    clock.advance(timedelta(seconds=6))
    look(watcher)

    assert (shortly, list(watcher.open)) == ([SITTING], [])


def test_an_overlay_is_asked_first(scene: Scene, clock: ManualClock, start: Start) -> None:
    watcher = start()
    clock.at = T
    scene.seal(people()[:1], "overlay", bytes.fromhex(scene.sealed[0].letter.pepper))
    post(scene, clock, "published")
    look(watcher)

    layers = watcher.open[SITTING].layers

    assert [layer.snapshot.snapshot.header.kind for layer in layers] == ["overlay", "base"]
    assert layers[0].published_at == to_wire(T)


def test_the_highest_counter_is_shared(tmp_path: Path) -> None:
    one, other = HighestCounter(tmp_path / "s"), HighestCounter(tmp_path / "s")
    one.raise_to(5)
    other.raise_to(3)

    assert (one.value(), other.value()) == (5, 5)
