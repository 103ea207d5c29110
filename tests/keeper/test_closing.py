"""A release can be asked for anonymously for some days; then its keys and snapshot leave the nodes, not the keeper."""

import shutil
import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fangbang.core.clock import ManualClock, from_wire, to_wire
from fangbang.core.errors import FangbangError
from fangbang.keeper.bulletin import board_at
from fangbang.keeper.closing import answered, closed, closings, ended
from fangbang.keeper.merging import merged
from fangbang.keeper.service import Keeper
from fangbang.keeper.state import KeeperState, Sealed
from fangbang.keeper.terms import Terms
from fangbang.snapshot.board import load_anchor
from fangbang.snapshot.verdict import Verdict
from fangbang.snapshot.verifier import verify_folder
from tests.keeper.conftest import Node
from tests.keeper.office import SITTING, Office, row
from tests.keeper.production import until
from tests.keeper.test_merging import T, release, state_of

Seal = Callable[..., dict[str, Any]]
DAY = timedelta(days=1)
INSTANT = timedelta(microseconds=1)


def after(days: float) -> str:
    return to_wire(from_wire(T) + days * DAY)


def posted(name: str, day: float, days: int | None = 60, **changes: Any) -> Sealed:
    """A published base of `day`, which closes `days` later."""
    ends = None if days is None else after(day + days)
    return release(name, state=KeeperState.PUBLISHED, t=after(day), published_at=after(day), closes_at=ends, **changes)


# ---- rules ----


def test_a_release_closes_at_the_end_of_its_days() -> None:
    state = state_of(posted("r", 0))

    held = [len(answered(state, from_wire(after(60)) + step)) for step in (-INSTANT, 0 * INSTANT)]
    over = [len(closed(state, from_wire(after(60)) + step)) for step in (-INSTANT, 0 * INSTANT)]

    assert (held, over) == ([1, 0], [0, 1])


def test_one_that_was_posted_before_there_were_closings_never_closes() -> None:
    state = state_of(posted("r", 0, days=None))

    assert (closings(state), len(answered(state, from_wire(after(9999))))) == ({}, 1)


def test_releases_of_a_sitting_that_overlap_close_together() -> None:
    """Else a node that still answers one province would say of the other's people that they are not found."""
    state = state_of(posted("a", 0), posted("b", 50, scope="b"), posted("other", 0, sitting="other-2026"))

    assert closings(state) == {"a": after(110), "b": after(110), "other": after(60)}


def test_what_is_over_does_not_come_back_with_a_later_release() -> None:
    state = state_of(posted("a", 0), posted("late", 90, scope="late"))

    assert closings(state) == {"a": after(60), "late": after(150)}
    assert [item.release for item in answered(state, from_wire(after(91)))] == ["late"]


def test_an_end_that_was_reached_stays_however_late_an_overlapping_release_is_posted() -> None:
    """Its hour lay before the end, and it was posted after it: the keeper had no sure time, or did not run."""
    state, late = state_of(posted("a", 0)), posted("b", 50, scope="b")
    over = list(ended(state, from_wire(after(60))))
    state.releases |= ended(state, from_wire(after(60)))

    state.releases |= {"b": late}

    assert (over, closings(state)) == (["a"], {"a": after(60), "b": after(110)})
    assert [item.release for item in answered(state, from_wire(after(70)))] == ["b"]
    assert [item.release for item in closed(state, from_wire(after(70)))] == ["a"]


def test_before_its_end_nothing_is_written_down_and_afterwards_nothing_again() -> None:
    state = state_of(posted("a", 0), posted("b", 50, scope="b"), posted("o", 5, kind="overlay", base="a", parent="a"))

    early = ended(state, from_wire(after(110)) - INSTANT)
    state.releases |= ended(state, from_wire(after(110)))

    assert (early, ended(state, from_wire(after(200)))) == ({}, {})
    assert {item.ended_at for item in state.releases.values()} == {after(110), None}


@pytest.mark.parametrize("first", [0, 1])
def test_an_end_that_one_keeper_saw_is_the_others_too(first: int) -> None:
    one, two = (state_of(posted("a", 0), decisions=number == first) for number in (0, 1))
    two.releases |= ended(two, from_wire(after(60)))

    assert {merged(*pair).releases["a"].ended_at for pair in ((one, two), (two, one))} == {after(60)}


def test_an_overlay_closes_with_its_base_however_late_it_came() -> None:
    over = posted("o", 55, days=None, kind="overlay", base="b", parent="b")

    assert closings(state_of(posted("b", 0), over)) == {"b": after(60), "o": after(60)}


@pytest.mark.parametrize("state", [KeeperState.SUPERSEDED, KeeperState.WITHDRAWN])
def test_a_snapshot_that_counts_no_longer_goes_at_the_end_of_its_own_days(state: KeeperState) -> None:
    old = release("old", state=state, t=T, closes_at=after(60))

    assert [len(closed(state_of(old, posted("new", 30)), from_wire(after(day)))) for day in (59, 60)] == [0, 1]


@settings(max_examples=50)
@given(
    st.lists(
        st.tuples(st.integers(0, 400), st.none() | st.integers(1, 90), st.sampled_from([0, 0, 30, 200])),
        min_size=1,
        max_size=6,
    )
)
def test_a_release_is_answered_for_its_own_days_at_least_and_never_twice(
    days: list[tuple[int, int | None, int]],
) -> None:
    """The third number: how many days after its hour it is posted."""
    posts = [(day + late, posted(f"r{n}", day, length, scope=str(n))) for n, (day, length, late) in enumerate(days)]
    state, seen = state_of(), {item.release: list[bool]() for _, item in posts}

    for day in range(0, 1000, 7):
        now = from_wire(after(day))
        state.releases |= ended(state, now)
        state.releases |= {item.release: item for at, item in posts if day - 7 < at <= day}
        open_now = {item.release for item in answered(state, now)}
        for _, item in posts:
            if item.release in state.releases:
                seen[item.release].append(item.release in open_now)
                assert seen[item.release][-1] or now >= from_wire(item.closes_at or after(1000))

    for told in seen.values():
        assert told == sorted(told, reverse=True), "open, then closed, then never open again"


def test_the_board_says_when_it_closes_before_the_hour_after_it_and_at_the_end() -> None:
    waiting = release(state=KeeperState.SCHEDULED, t=T, closes_at=after(60))
    moments = ((waiting, -1.0), (posted("rel-1", 0), 1.0), (posted("rel-1", 0), 61.0))

    entries = [board_at(state_of(item), from_wire(after(day)), {}).sittings["s-2026"] for item, day in moments]

    assert [entry.closes_at for entry in entries] == [after(60)] * 3
    assert [entry.ended(from_wire(after(day))) for entry, (_, day) in zip(entries, moments, strict=True)] == [
        False, False, True
    ]  # fmt: skip
    assert [len(entry.snapshots) for entry in entries] == [1, 1, 0]


# ---- the keeper ----


@pytest.fixture
def base(office: Office, keeper: Keeper, sealed: Seal, node: Node, clock: ManualClock) -> dict[str, Any]:
    """A release that is out, and a worker that holds its key."""
    answer = sealed(office.seal_order(office.report(office.book([row(1), row(2)]))))
    node.register(keeper)
    keeper.schedule(*office.schedule_order(answer, clock.now()))
    return answer


def later(keeper: Keeper, clock: ManualClock, time: timedelta) -> None:
    clock.advance(time)
    keeper.tick()


def files(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_until_its_last_moment_it_is_answered(
    base: dict[str, Any], keeper: Keeper, node: Node, clock: ManualClock, office: Office
) -> None:
    later(keeper, clock, 60 * DAY - INSTANT)

    assert node.letter(base["snapshot"]) is not None
    assert len(files(office.folders.snapshots / base["snapshot"])) == 6
    assert node.board().sittings[SITTING].closed == ()


def test_then_key_and_snapshot_leave_the_board_and_only_the_header_stays_in_public(
    base: dict[str, Any], keeper: Keeper, node: Node, clock: ManualClock, office: Office
) -> None:
    later(keeper, clock, 60 * DAY)
    later(keeper, clock, DAY)

    board, folders = node.board(), office.folders
    entry = board.sittings[SITTING]
    assert (entry.state, entry.snapshots, entry.closed) == ("published", (), (base["snapshot"],))
    assert board.envelopes == {node.name: {}}
    assert files(folders.snapshots / base["snapshot"]) == ["header.json"]
    report = verify_folder(folders.closed / base["snapshot"], load_anchor(folders.anchor), base["header"])
    assert report.outcome is Verdict.VALID, "the keeper has the whole"
    assert keeper._custody.holds(f"release-{base['snapshot']}"), "and its key"
    assert keeper.troubles == {}


def test_a_keeper_that_slept_over_the_end_does_not_open_it_again(
    base: dict[str, Any], sealed: Seal, keeper: Keeper, node: Node, clock: ManualClock, office: Office
) -> None:
    """It wakes on day 70 with a release whose hour was day 50: that one is answered, the closed one is not."""
    report = office.report(office.book([row(3)]), release="rel-2", scope={"provinces": ["110000"], "levels": []})
    other = sealed(office.seal_order(report))
    keeper.schedule(*office.schedule_order(other, clock.now() + 50 * DAY))

    later(keeper, clock, 70 * DAY)

    assert [node.letter(answer["snapshot"]) is not None for answer in (base, other)] == [False, True]
    assert office.keeper(clock).state.releases["rel-1"].ended_at == to_wire(clock.now() - 10 * DAY)


def test_whoever_registers_after_the_end_gets_nothing(
    base: dict[str, Any], keeper: Keeper, node: Node, clock: ManualClock, office: Office
) -> None:
    later(keeper, clock, 60 * DAY)
    other = Node(office, "node1-1")
    other.register(keeper)

    assert other.letter(base["snapshot"]) is None
    with pytest.raises(FangbangError) as refused:
        keeper.envelope(other.name, base["snapshot"])
    assert refused.value.code == "keeper.too-early"


def test_an_overlay_on_a_closed_release_is_sealed_and_posted_and_never_answered(
    base: dict[str, Any], keeper: Keeper, sealed: Seal, node: Node, clock: ManualClock, office: Office
) -> None:
    later(keeper, clock, 61 * DAY)
    report = office.report(office.book([row(1, mark="70"), row(2)]), release="rel-2", kind="overlay", base="rel-1")
    over = sealed(office.seal_order(report))
    keeper.schedule(*office.schedule_order(over, clock.now()))

    entry = node.board().sittings[SITTING]
    assert keeper.state.releases["rel-2"].state is KeeperState.PUBLISHED
    assert (entry.ended(clock.now()), entry.snapshots) == (True, ())
    assert entry.closed == (base["snapshot"], over["snapshot"])
    assert node.letter(over["snapshot"]) is None


def test_the_days_are_those_that_stood_when_the_hour_was_set(
    office: Office, sealed: Seal, keeper: Keeper, clock: ManualClock
) -> None:
    short = Keeper(office.folders, clock, workers=1, terms=Terms(days=3))
    answer = sealed(office.seal_order(office.report(office.book([row(1)]))), short)
    short.schedule(*office.schedule_order(answer, clock.now() + DAY))
    first = short.state.releases["rel-1"].closes_at
    short.schedule(*office.schedule_order(answer, clock.now() + 2 * DAY, serial=2))

    again = office.keeper(clock)

    assert first == to_wire(clock.now() + 4 * DAY)
    assert again.state.releases["rel-1"].closes_at == to_wire(clock.now() + 5 * DAY)


def test_what_cannot_be_put_away_is_told_and_stays_where_it_is(
    base: dict[str, Any], keeper: Keeper, node: Node, clock: ManualClock, office: Office
) -> None:
    office.folders.closed.write_text("in the way")
    later(keeper, clock, 60 * DAY)
    troubles, entry = dict(keeper.troubles), node.board().sittings[SITTING]
    left = files(office.folders.snapshots / base["snapshot"])
    office.folders.closed.unlink()

    later(keeper, clock, DAY)

    assert troubles == {"rel-1": "keeper.not-put-away"}
    assert (len(left), entry.closed, entry.snapshots) == (6, (), ())
    assert (keeper.troubles, node.board().sittings[SITTING].closed) == ({}, (base["snapshot"],))


def test_who_has_no_copy_promises_none(
    base: dict[str, Any], keeper: Keeper, node: Node, clock: ManualClock, office: Office
) -> None:
    (office.folders.snapshots / base["snapshot"]).rename(office.folders.snapshots.parent / "elsewhere")

    later(keeper, clock, 60 * DAY)

    assert node.board().sittings[SITTING].closed == ()


@pytest.mark.parametrize("cut", ["while copying", "while removing"])
def test_after_a_crash_it_is_put_away_whole(
    base: dict[str, Any], keeper: Keeper, clock: ManualClock, office: Office, cut: str
) -> None:
    folder, archive = office.folders.snapshots / base["snapshot"], office.folders.closed
    half = archive / (f".{folder.name}" if cut == "while copying" else folder.name)
    half.mkdir(parents=True)
    for path in folder.iterdir():
        (half / path.name).write_bytes(path.read_bytes())
    ((half if cut == "while copying" else folder) / "records.bin").unlink()

    later(keeper, clock, 60 * DAY)

    assert files(folder) == ["header.json"]
    assert files(archive) == [folder.name]
    assert verify_folder(archive / folder.name, load_anchor(office.folders.anchor)).outcome is Verdict.VALID


@pytest.fixture
def disks(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """The archive lies on another one."""

    def refuse(*_: Path) -> None:
        raise OSError(18, "Invalid cross-device link")

    monkeypatch.setattr("fangbang.keeper.archive.os.link", refuse)
    return monkeypatch


def test_the_archive_may_lie_on_another_disk(
    base: dict[str, Any], keeper: Keeper, node: Node, clock: ManualClock, office: Office, disks: pytest.MonkeyPatch
) -> None:

    later(keeper, clock, 60 * DAY)
    until(lambda: is_away(keeper, node, base))

    kept = office.folders.closed / base["snapshot"]
    assert verify_folder(kept, load_anchor(office.folders.anchor)).outcome is Verdict.VALID
    assert files(office.folders.snapshots / base["snapshot"]) == ["header.json"]


def troubles(keeper: Keeper) -> dict[str, str]:
    """Of another board."""
    keeper.issue_board()
    return keeper.troubles


def is_away(keeper: Keeper, node: Node, base: dict[str, Any]) -> bool:
    """After another board, nodes are told to erase it."""
    keeper.issue_board()
    return node.board().sittings[SITTING].closed == (base["snapshot"],)


def test_the_board_goes_out_while_a_snapshot_is_copied_to_another_disk(
    base: dict[str, Any], keeper: Keeper, node: Node, clock: ManualClock, office: Office, disks: pytest.MonkeyPatch
) -> None:
    """Copying gigabytes takes minutes; after one without a board nodes open nothing new."""
    begun, may_end, copy = threading.Event(), threading.Event(), shutil.copyfileobj

    def slowly(*files: Any) -> None:
        begun.set()
        assert may_end.wait(60)
        copy(*files)

    disks.setattr("fangbang.keeper.archive.shutil.copyfileobj", slowly)

    later(keeper, clock, 60 * DAY)
    assert begun.wait(60)
    later(keeper, clock, timedelta(seconds=5))
    entry, left = node.board().sittings[SITTING], files(office.folders.snapshots / base["snapshot"])
    issued = node.board().issued_at
    may_end.set()

    assert (issued, entry.closed, entry.snapshots, len(left)) == (to_wire(clock.now()), (), (), 6)
    until(lambda: is_away(keeper, node, base))


def test_a_copy_that_failed_is_told_and_made_anew(
    base: dict[str, Any], keeper: Keeper, node: Node, clock: ManualClock, office: Office, disks: pytest.MonkeyPatch
) -> None:
    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    with disks.context() as small:
        small.setattr("fangbang.keeper.archive.shutil.copyfileobj", full)
        later(keeper, clock, 60 * DAY)
        until(lambda: troubles(keeper) == {"rel-1": "keeper.not-put-away"})

    until(lambda: is_away(keeper, node, base))
    assert keeper.troubles == {}
