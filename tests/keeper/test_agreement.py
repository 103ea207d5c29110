"""Whether the hour has come is nobody's single decision: majorities, jumps, silence."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fangbang.core.clock import AUTHORITY_ZONE, ManualClock
from fangbang.core.errors import FangbangError
from fangbang.keeper.agreement import GOOD_FOR, OWN, AgreedClock, judge
from fangbang.keeper.service import Keeper
from tests.keeper.conftest import Node
from tests.keeper.office import SITTING, Office, row

NOW = datetime(2026, 3, 1, 10, tzinfo=AUTHORITY_ZONE)
SECOND = timedelta(seconds=1)
HOUR = timedelta(hours=1)
JUMPS = [
    *(sign * size for size in (SECOND * 2, HOUR, timedelta(days=1), timedelta(days=3650)) for sign in (1, -1)),
]


class Clocks:
    """The machine's clock and two servers, each of which can be moved; time itself passes for all of them."""

    def __init__(self) -> None:
        self.passed, self.wrong = 0.0, {OWN: timedelta(0), "one": timedelta(0), "two": timedelta(0)}
        self.own = ManualClock(NOW)
        self.agreed = AgreedClock(list(self.wrong), lambda: self.passed, self.own)

    def true(self) -> datetime:
        return NOW + timedelta(seconds=self.passed)

    def show(self, *silent: str) -> None:
        """Have every clock be read as it is set."""
        self.own.at = self.true() + self.wrong[OWN]
        for name in ("one", "two"):
            if name not in silent:
                self.agreed.heard(name, self.true() + self.wrong[name])

    def wait(self, time: timedelta, *silent: str) -> None:
        self.passed += time / SECOND
        self.show(*silent)


@pytest.fixture
def clocks() -> Clocks:
    made = Clocks()
    made.show()
    return made


@given(
    st.lists(st.integers(-3000, 3000), max_size=7),
    st.integers(0, 3),
)
def test_the_agreed_instant_is_one_that_a_majority_has_reached(milliseconds: list[int], silent: int) -> None:
    readings = {f"s{n}": NOW + timedelta(milliseconds=away) for n, away in enumerate(milliseconds)}
    sources = len(readings) + silent

    found = judge(readings, sources)

    windows = [[at for at in readings.values() if timedelta(0) <= at - first <= SECOND] for first in readings.values()]
    assert (found.at is not None) == any(2 * len(window) > sources for window in windows)
    if found.at is not None:
        assert 2 * sum(at >= found.at for at in readings.values()) > sources
        assert 2 * len(found.agreeing) > sources
        assert max(readings[name] for name in found.agreeing) - found.at <= SECOND


def test_two_of_four_are_no_majority() -> None:
    assert judge({"a": NOW, "b": NOW, "c": NOW + HOUR, "d": NOW + HOUR}, 4).at is None


@pytest.mark.parametrize("jump", JUMPS)
@pytest.mark.parametrize("source", [OWN, "one", "two"])
def test_one_clock_that_jumps_changes_nothing(clocks: Clocks, source: str, jump: timedelta) -> None:
    clocks.wrong[source] = jump

    clocks.wait(SECOND)

    assert (clocks.agreed.certain, clocks.agreed.now()) == (True, clocks.true())
    assert [item["name"] for item in clocks.agreed.told() if not item["agrees"]] == [source]


@pytest.mark.parametrize("jump", JUMPS)
def test_two_clocks_that_jump_apart_stop_it_and_time_goes_on(clocks: Clocks, jump: timedelta) -> None:
    clocks.agreed.now()
    clocks.wrong["one"], clocks.wrong["two"] = jump, 2 * jump

    clocks.wait(SECOND)

    assert (clocks.agreed.certain, clocks.agreed.now()) == (False, clocks.true())


def test_a_source_counts_for_half_a_minute_after_its_last_word(clocks: Clocks) -> None:
    clocks.wait(timedelta(seconds=GOOD_FOR), "one", "two")
    assert clocks.agreed.certain

    clocks.wait(SECOND, "one", "two")

    assert not clocks.agreed.certain


@pytest.mark.parametrize("sources", [[], [OWN], [OWN, "one"], [OWN, "one", "one"]])
def test_fewer_than_three_different_sources_are_refused(sources: list[str]) -> None:
    with pytest.raises(FangbangError) as caught:
        AgreedClock(sources, lambda: 0.0)

    assert caught.value.code == "keeper.too-few-sources"


@pytest.fixture
def waiting(office: Office, sealed: Callable[..., dict[str, Any]], clocks: Clocks) -> tuple[Keeper, Node]:
    """A keeper on three clocks with a release whose hour is in an hour."""
    keeper = office.keeper(clocks.agreed)
    node = Node(office)
    node.register(keeper)
    release = sealed(office.seal_order(office.report(office.book([row(1)]))), keeper)
    keeper.schedule(*office.schedule_order(release, NOW + HOUR))
    return keeper, node


def posted(keeper: Keeper, node: Node) -> bool:
    keeper.tick()
    return node.board().sittings[SITTING].state == "published"


def test_one_fast_clock_posts_nothing_early_and_one_slow_clock_delays_nothing(
    waiting: tuple[Keeper, Node], clocks: Clocks
) -> None:
    clocks.wrong["one"] = 2 * HOUR
    clocks.wait(HOUR - timedelta(microseconds=1))
    early = posted(*waiting)
    clocks.wrong["one"] = -2 * HOUR

    clocks.wait(timedelta(microseconds=1))

    assert (early, posted(*waiting)) == (False, True)


def test_without_a_majority_nothing_is_posted_an_alarm_stands_and_it_is_made_good(
    waiting: tuple[Keeper, Node], clocks: Clocks
) -> None:
    keeper, node = waiting
    clocks.wrong["one"], clocks.wrong["two"] = HOUR, 2 * HOUR
    clocks.wait(HOUR + SECOND)
    held = posted(keeper, node)
    status = keeper.status()
    clocks.wrong["one"] = timedelta(0)
    clocks.show()

    after = posted(keeper, node)

    assert (held, status["time"]["certain"], status["troubles"]["time"]) == (False, False, "keeper.time-unsure")
    assert (after, keeper.status()["time"]["certain"]) == (True, True)


def test_two_fast_clocks_that_agree_are_what_a_majority_can_do(waiting: tuple[Keeper, Node], clocks: Clocks) -> None:
    """The positive control: the test above would pass as well if nothing were ever posted early."""
    clocks.wrong["one"] = clocks.wrong["two"] = HOUR
    clocks.wait(SECOND)

    assert posted(*waiting)


def test_while_it_holds_the_keeper_does_not_spin(waiting: tuple[Keeper, Node], clocks: Clocks) -> None:
    keeper, _ = waiting
    clocks.wait(HOUR + SECOND, "one", "two")

    assert keeper.next_tick() == timedelta(seconds=5)


def test_without_a_majority_nothing_live_is_put_away(
    waiting: tuple[Keeper, Node], clocks: Clocks, office: Office
) -> None:
    keeper, node = waiting
    clocks.wait(HOUR)
    out = posted(keeper, node)
    clocks.wrong["one"], clocks.wrong["two"] = HOUR, 2 * HOUR
    clocks.wait(400 * 24 * HOUR)
    keeper.tick()
    doubtful = sorted(path.name for folder in office.folders.snapshots.iterdir() for path in folder.glob("records.bin"))
    clocks.wrong["one"] = timedelta(0)
    clocks.show()
    keeper.tick()
    keeper.issue_board()

    assert (out, doubtful) == (True, ["records.bin"])
    assert len(node.board().sittings[SITTING].closed) == 1
