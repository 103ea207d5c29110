"""Workers come, and go when their node says that their process is gone; whoever is heard of again is there again."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fangbang.core.clock import ManualClock, from_wire, to_wire
from fangbang.core.errors import FangbangError
from fangbang.keeper.roster import FORGET_LEFT, departed, entered, newest, present
from fangbang.keeper.service import Keeper
from fangbang.keeper.state import Worker
from fangbang.release.rules import SILENT, check_nodes
from tests.keeper.conftest import Node
from tests.keeper.office import Office, row
from tests.release.people import NOW


def names(keeper: Keeper) -> list[str]:
    return [worker["worker"] for worker in keeper.status()["workers"]]


def test_a_worker_that_left_is_waited_for_no_longer_and_gets_no_letter(
    office: Office, keeper: Keeper, node: Node, sealed: Callable[..., dict[str, Any]], clock: ManualClock
) -> None:
    release = sealed(office.seal_order(office.report(office.book([row(1)]))))
    successor = Node(office, "node1-1")
    held = {"snapshots": [release["header"]]}
    node.register(keeper)
    successor.register(keeper, held)
    with pytest.raises(FangbangError) as waited:
        check_nodes(keeper.status()["workers"], release["header"], least=1, now=clock.now())

    keeper.leave(node.name)
    keeper.issue_board()

    assert waited.value.params["missing"] == node.name
    assert check_nodes(keeper.status()["workers"], release["header"], least=1, now=clock.now()) == ["node1"]
    assert list(successor.board().envelopes) == [successor.name]


def test_it_is_gone_after_a_restart_too(office: Office, keeper: Keeper, node: Node, clock: ManualClock) -> None:
    node.register(keeper)

    told = [keeper.leave(node.name), keeper.leave(node.name), keeper.leave("nobody")]

    assert told == [{"worker": node.name}] * 2 + [{"worker": "nobody"}]
    assert names(office.keeper(clock)) == []


def test_whoever_enters_again_is_there_again_with_letters(office: Office, keeper: Keeper, node: Node) -> None:
    node.register(keeper)
    keeper.leave(node.name)
    before = names(keeper)

    node.register(keeper)

    assert (before, names(keeper)) == ([], [node.name])
    assert list(node.board().envelopes) == [node.name]


def test_nobody_enters_as_gone(keeper: Keeper, node: Node) -> None:
    public = node.private.public_key().public_bytes_raw().hex()

    keeper.register({"worker": node.name, "node": "n", "public_key": public, "report": {}, "left": True})

    assert names(keeper) == [node.name]


def test_what_the_other_keeper_knows_from_before_brings_nobody_back(
    keeper: Keeper, node: Node, clock: ManualClock
) -> None:
    node.register(keeper)
    others = dict(keeper.state.workers)
    clock.advance(timedelta(seconds=1))
    keeper.leave(node.name)

    keeper.meet(newest(keeper.state.workers.values(), others.values()))

    assert names(keeper) == []


def test_who_is_remembered_as_gone_no_longer_would_count_as_silent() -> None:
    assert FORGET_LEFT > SILENT


def worker(name: str, at: int = 0, **changes: Any) -> Worker:
    return Worker(**{"worker": name, "node": "n", "public_key": "", "seen_at": wire(at), "report": {}, **changes})


def wire(at: int) -> str:
    return to_wire(NOW + timedelta(seconds=at))


@given(st.lists(st.tuples(st.sampled_from("ab"), st.booleans(), st.integers(0, 100)), max_size=12))
def test_the_last_word_about_each_worker_counts(told: list[tuple[str, bool, int]]) -> None:
    known: dict[str, Worker] = {}
    last: dict[str, bool] = {}
    for name, comes, at in sorted(told, key=lambda item: item[2]):
        now = from_wire(wire(at))
        known = entered(known, worker(name, at), now) if comes else departed(known, name, now)
        last[name] = comes

    assert {item.worker for item in present(known)} == {name for name, comes in last.items() if comes}


def test_the_gone_are_forgotten_soon_and_the_silent_after_a_day() -> None:
    known = {"gone": worker("gone", left=True), "silent": worker("silent")}

    soon = departed(known, "nobody", NOW + FORGET_LEFT)
    later = departed(known, "nobody", NOW + FORGET_LEFT + timedelta(seconds=1))

    assert (set(soon), set(later)) == ({"gone", "silent"}, {"silent"})
