"""The sweep over two keepers: a short one, and that its watch sees what it is there to see."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from bench.failover import Watch, sweep
from fangbang.core.clock import AUTHORITY_ZONE
from fangbang.snapshot.board import BOARD_FORMAT, Board, SittingBoard, SnapshotRef
from fangbang.snapshot.header import Text

T = datetime(2026, 3, 1, 10, tzinfo=AUTHORITY_ZONE)
MOMENT = timedelta(milliseconds=1)
REF = SnapshotRef("id", "base", "snapshots/id", "aa", "t", None)
ENTRY = SittingBoard("s", Text("考试", "Exam"), 2026, "scheduled", "t", (REF,))
BOARD = Board(BOARD_FORMAT, 5, "", "", {"s-2026": ENTRY}, {}, decisions=2)
POSTED = replace(ENTRY, state="published", snapshots=(replace(REF, published_at="t"),))


@pytest.fixture
def watch() -> Watch:
    made = Watch(hours={"id": T})
    made.look("a", b"first", BOARD, T - MOMENT)
    return made


def test_a_right_course_has_no_fault(watch: Watch) -> None:
    watch.look("b", b"other", replace(BOARD, counter=3), T - MOMENT)
    watch.look("a", b"second", replace(BOARD, counter=6, posted=1, sittings={"s-2026": POSTED}), T)
    watch.look("b", b"third", replace(BOARD, counter=4, posted=1, sittings={"s-2026": POSTED}), T)

    assert (watch.faults, watch.posted, watch.boards) == ([], {"id": T}, 4)


@pytest.mark.parametrize(
    ("data", "board", "now", "fault"),
    [
        (b"second", BOARD, T, "a: counter 5 on two boards"),
        (b"second", replace(BOARD, counter=4), T, "a: counter 4 after 5"),
        (
            b"second",
            replace(BOARD, counter=6, sittings={"s-2026": POSTED}),
            T,
            f"a: step {BOARD.step} says something else",
        ),
        (b"second", replace(BOARD, counter=6, envelopes={"n": {"id": ""}}), T - MOMENT, "id: posted before its hour"),
        (
            b"second",
            replace(BOARD, counter=6, posted=1, sittings={"s-2026": POSTED}),
            T - MOMENT,
            "id: posted before its hour",
        ),
    ],
)
def test_the_watch_sees_what_must_not_be(watch: Watch, data: bytes, board: Board, now: datetime, fault: str) -> None:
    watch.look("a", data, board, now)

    assert watch.faults == [fault]


@pytest.mark.timeout(240)
def test_a_short_sweep_posts_every_release_in_time_whoever_is_killed(tmp_path: Path) -> None:
    found = sweep(3, 7, lambda text: None, tmp_path)

    assert (found["faults"], found["early"], found["posted"]) == ([], 0, 3)
