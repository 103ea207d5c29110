"""A node with the boards of two keepers: it follows the one that is further, and none takes it back."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from fangbang.core.clock import AUTHORITY_ZONE, ManualClock
from fangbang.core.files import write_durably
from fangbang.lookup.watcher import HighestCounter, Watcher
from fangbang.snapshot.board import BOARD_FILES, anchor_document, load_anchor, sign_board
from tests.lookup.scene import SITTING, Scene, people

T = datetime(2026, 3, 1, 10, tzinfo=AUTHORITY_ZONE)
SECOND = timedelta(seconds=1)


@dataclass
class Both:
    """Two keepers that post by hand, and one worker."""

    scene: Scene
    clock: ManualClock
    state: Path
    keys: dict[str, Ed25519PrivateKey] = field(default_factory=lambda: {n: Ed25519PrivateKey.generate() for n in "ab"})
    private: X25519PrivateKey = field(default_factory=X25519PrivateKey.generate)
    counters: dict[str, int] = field(default_factory=lambda: {"a": 500, "b": 3})

    def __post_init__(self) -> None:
        write_durably(self.scene.trust, anchor_document(*(key.public_key() for key in self.keys.values())))
        self.scene.workers["node1/a"] = self.private.public_key()
        self.watcher = self.start()

    def start(self) -> Watcher:
        """As after a restart of the worker: what is on disk is all it knows."""
        self.watcher = Watcher(
            public=self.scene.public,
            worker="node1/a",
            private=self.private,
            trusted=load_anchor(self.scene.trust),
            highest=HighestCounter(self.state),
            kinds_of=lambda entry: frozenset({"ticket-document"}),
            clock=self.clock,
            log=lambda event, **details: None,
        )
        return self.watcher

    def post(self, keeper: str, state: str, decisions: int, posted: int = 0, **changes: Any) -> bytes:
        self.counters[keeper] += 1
        values = {"counter": self.counters[keeper], "decisions": decisions, "posted": posted, **changes}
        data = sign_board(self.scene.board(state, issued=self.clock.now(), **values), self.keys[keeper])
        self.put(keeper, data)
        return data

    def put(self, keeper: str, data: bytes) -> None:
        write_durably(self.scene.public / BOARD_FILES[keeper], data)

    def look(self) -> list[str]:
        """One round of the worker's timers; the sittings that are open then."""
        self.watcher.step()
        for ref in self.watcher.missing():
            snapshot = self.watcher.prepare(ref)
            if snapshot is not None:
                self.watcher.prepared[ref.id] = snapshot
        self.watcher.step()
        return list(self.watcher.open)


@pytest.fixture
def both(tmp_path: Path) -> Both:
    scene = Scene(tmp_path, t=T)
    scene.seal(people())
    return Both(scene, ManualClock(T), tmp_path / "state")


@pytest.mark.parametrize("dead", ["a", "b"])
def test_at_t_either_board_opens_the_sitting_whatever_its_counter(both: Both, dead: str) -> None:
    lives = "b" if dead == "a" else "a"
    both.post(dead, "scheduled", 2)
    both.post(lives, "scheduled", 2)
    both.look()

    both.clock.advance(SECOND)
    both.post(lives, "published", 2, 1)

    assert both.look() == [SITTING]


def test_a_keeper_that_holds_back_takes_nothing_from_one_that_posted(both: Both) -> None:
    both.post("a", "published", 2, 1)
    both.look()
    both.clock.advance(SECOND)
    both.post("b", "scheduled", 2, 0)

    assert both.look() == [SITTING]


def test_a_withdrawal_by_one_is_not_undone_by_the_other_s_newer_board(both: Both) -> None:
    both.post("a", "published", 2, 1)
    both.post("b", "published", 2, 1)
    opened = both.look()
    both.post("b", "withdrawn", 3, 1)
    withdrawn = both.look()
    both.clock.advance(SECOND)
    both.post("a", "published", 2, 1)

    assert (opened, withdrawn, both.look()) == ([SITTING], [], [])


def test_after_a_restart_the_board_that_is_behind_opens_nothing_alone(both: Both) -> None:
    both.post("b", "withdrawn", 3, 1)
    both.post("a", "published", 2, 1)
    both.look()
    (both.scene.public / BOARD_FILES["b"]).unlink()
    both.start()

    assert both.look() == []
    assert (both.watcher.board, both.watcher.refused > 0) == (None, True)


@pytest.mark.parametrize("place", ["a", "b"])
def test_an_old_board_played_back_is_refused_in_either_file(both: Both, place: str) -> None:
    old = both.post("b", "published", 2, 1)
    both.post("b", "published", 2, 1)
    both.look()
    before = both.watcher.refused

    both.put(place, old)
    both.look()

    assert both.watcher.refused > before


def test_with_the_same_history_the_newer_board_counts(both: Both) -> None:
    both.post("a", "published", 2, 1)
    both.look()
    both.clock.advance(SECOND)
    both.post("b", "published", 2, 1)
    both.look()

    assert both.watcher.board is not None
    assert both.watcher.board.counter == both.counters["b"]


def test_a_board_of_a_third_keeper_is_refused(both: Both) -> None:
    both.keys["b"] = Ed25519PrivateKey.generate()
    both.post("b", "published", 9, 1)

    assert (both.look(), both.watcher.refused) == ([], 1)
