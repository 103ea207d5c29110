"""What two keepers know after they have spoken: the same, and nothing that stood is taken back."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fangbang.core.errors import FangbangError
from fangbang.keeper.merging import digest, merged, secrets_of
from fangbang.keeper.state import KeeperState, Notice, Sealed, State, Switches, Worker
from fangbang.snapshot.board import Switch

T = "2026-03-01T02:00:00.000000Z"
LATER = "2026-03-01T03:00:00.000000Z"
NOTICE = Notice("复核", "review")
HISTORY = (
    (KeeperState.SEALED, 1),
    (KeeperState.SCHEDULED, 2),
    (KeeperState.PUBLISHED, 2),
    (KeeperState.WITHDRAWN, 2),
    (KeeperState.WITHDRAWN, 3),
)
"""Where a keeper may stand, and after how many decisions; a withdrawal may come before the hour is set, or after."""


def release(name: str = "rel-1", **changes: Any) -> Sealed:
    base: dict[str, Any] = {
        "release": name, "sitting": "s-2026", "exam_id": "s", "exam": NOTICE, "year": 2026, "kind": "base", "base": "",
        "parent": "", "scope": "{}", "inputs": "", "outcomes": "", "importers": (), "snapshot_id": f"id-{name}",
        "order": 1, "revision": 1, "header_sha256": "aa", "state": KeeperState.SEALED,
    }  # fmt: skip
    return Sealed(**{**base, **changes})


def at(state: KeeperState) -> Sealed:
    t = None if state is KeeperState.SEALED else T
    published = T if state is KeeperState.PUBLISHED else None
    return release(state=state, t=t, published_at=published, notice=NOTICE if state is KeeperState.WITHDRAWN else None)


def state_of(*items: Sealed, **changes: Any) -> State:
    return State(releases={item.release: item for item in items}, lead="a", **changes)


@given(st.tuples(*[st.sampled_from(HISTORY)] * 2))
def test_both_know_the_same_afterwards_and_speaking_again_changes_nothing(
    where: tuple[tuple[KeeperState, int], ...],
) -> None:
    one, two = (state_of(at(state), decisions=decided, counter=place) for place, (state, decided) in enumerate(where))

    one_after = merged(one, two)
    two_after = merged(two, one_after)
    one_after = merged(one_after, two_after)

    assert digest(one_after) == digest(two_after)
    assert merged(one_after, two_after) == one_after
    assert (one_after.counter, two_after.counter) == (0, 1)
    states = {state for state, _ in where}
    assert (one_after.releases["rel-1"].state is KeeperState.WITHDRAWN) == (KeeperState.WITHDRAWN in states)
    assert one_after.decisions >= max(decided for _, decided in where)


def test_the_one_who_decided_more_is_followed() -> None:
    behind = state_of(release(), decisions=1)
    ahead = state_of(at(KeeperState.SCHEDULED), decisions=2)

    assert merged(behind, ahead).releases == ahead.releases
    assert merged(ahead, behind).releases == ahead.releases


def test_a_later_term_counts_more_than_more_decisions() -> None:
    old = state_of(release(), decisions=9)
    new = msgspec.structs.replace(state_of(at(KeeperState.SCHEDULED), decisions=3, term=1), lead="b")

    after = merged(old, new)

    assert (after.lead, after.term, after.releases) == ("b", 1, new.releases)


def test_what_was_posted_stays_posted_with_one_whose_clock_is_behind() -> None:
    posted = state_of(at(KeeperState.PUBLISHED), decisions=2, posted=1)
    waiting = state_of(at(KeeperState.SCHEDULED), decisions=2)

    assert merged(waiting, posted).releases["rel-1"].state is KeeperState.PUBLISHED
    assert merged(posted, waiting).releases["rel-1"].state is KeeperState.PUBLISHED


def test_two_withdrawals_made_apart_are_both_kept_under_a_new_number() -> None:
    one = state_of(release(state=KeeperState.WITHDRAWN, notice=NOTICE), release("rel-2"), decisions=3)
    two = state_of(release(), release("rel-2", state=KeeperState.WITHDRAWN, notice=NOTICE), decisions=3)

    after = merged(one, two)

    assert {item.state for item in after.releases.values()} == {KeeperState.WITHDRAWN}
    assert after.decisions == 4
    assert digest(after) == digest(merged(two, one))


def test_what_either_closed_apart_stays_closed() -> None:
    one = state_of(decisions=3, switches=Switches(1, (Switch("query", "s-2026"),), "aa"))
    two = state_of(decisions=3, switches=Switches(1, (Switch("riddles"),), "bb"))

    after = merged(one, two)

    assert {item.name for item in after.switches.on} == {"query", "riddles"}
    assert (after.switches.serial, after.decisions) == (2, 4)
    assert digest(after) == digest(merged(two, one))


def test_the_later_order_to_switch_counts() -> None:
    old = state_of(decisions=3, switches=Switches(1, (Switch("query", "s-2026"),), "aa"))
    new = state_of(decisions=4, switches=Switches(2, (), "bb"))

    assert merged(old, new).switches == merged(new, old).switches == new.switches


def test_an_hour_that_was_posted_is_not_moved_by_the_other() -> None:
    posted = state_of(at(KeeperState.PUBLISHED), decisions=2, posted=1)
    moved = state_of(release(state=KeeperState.SCHEDULED, t=LATER, serial=2), decisions=3)

    with pytest.raises(FangbangError) as caught:
        merged(posted, moved)

    assert caught.value.code == "keeper.other-hour"


def test_workers_are_known_as_they_were_seen_last() -> None:
    old, new = Worker("n/1", "n", "aa", T, {}), Worker("n/1", "n", "bb", LATER, {})
    one, two = state_of(workers={"n/1": old}), state_of(workers={"n/1": new, "n/2": Worker("n/2", "n", "cc", T, {})})

    assert merged(one, two).workers == merged(two, one).workers == two.workers


def test_a_seal_that_is_under_way_is_no_difference() -> None:
    sealing = state_of(release(), release("rel-2", state=KeeperState.SEALING, header_sha256=""))

    assert digest(sealing) == digest(state_of(release()))


def test_a_keeper_needs_the_keys_of_what_stands() -> None:
    state = state_of(release(), release("rel-2", state=KeeperState.WITHDRAWN))

    assert secrets_of(state) == {"release-id-rel-1", "pepper-s-2026"}
