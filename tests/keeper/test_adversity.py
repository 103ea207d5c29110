"""What goes wrong at the worst moment: bad registrations, old orders, lost keys, withdrawals in between."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from fangbang.core.clock import ManualClock
from fangbang.core.errors import FangbangError
from fangbang.keeper.sealer import SealJob, run_seal
from fangbang.keeper.service import Keeper
from fangbang.keeper.state import KeeperState
from tests.keeper.conftest import Node
from tests.keeper.office import SITTING, Office, row

Seal = Callable[..., dict[str, Any]]
HOUR = timedelta(hours=1)


def worker(**changes: Any) -> dict[str, Any]:
    return {"worker": "node/1", "node": "node", "public_key": "09" + "00" * 31, "report": {}, **changes}


@pytest.mark.parametrize(
    "request_",
    [
        worker(public_key="00" * 32),
        worker(public_key="01" + "00" * 31),
        worker(worker="\ud800"),
        worker(node="\ud800"),
        worker(report={"version": "\ud800"}),
        worker(worker="two words"),
        worker(worker=""),
        worker(worker="x" * 101),
    ],
)
def test_a_registration_that_would_poison_the_hour_is_refused(
    office: Office, keeper: Keeper, sealed: Seal, node: Node, clock: ManualClock, request_: dict[str, Any]
) -> None:
    base = sealed(office.seal_order(office.report(office.book([row(1)]))))
    node.register(keeper)

    with pytest.raises(FangbangError) as caught:
        keeper.register(request_)

    assert caught.value.code == "keeper.bad-command"
    keeper.schedule(*office.schedule_order(base, clock.now() + HOUR))
    clock.advance(HOUR)
    keeper.tick()
    assert node.letter(base["snapshot"]) is not None


def test_an_older_approved_report_cannot_take_the_place_of_a_newer_one(
    office: Office, keeper: Keeper, sealed: Seal
) -> None:
    old = office.seal_order(office.report(office.book([row(1)])))
    new = office.seal_order(office.report(office.book([row(1, outcome="qualified")])))
    sealed(old)
    newer = sealed(new)

    with pytest.raises(FangbangError) as caught:
        keeper.begin_seal(old)

    assert caught.value.code == "keeper.old-order"
    assert keeper.state.releases["rel-1"].snapshot_id == newer["snapshot"]


def test_a_report_that_does_not_say_when_it_was_frozen_is_refused(office: Office, keeper: Keeper) -> None:
    order = office.seal_order(office.report(office.book([row(1)]), audit={}))

    with pytest.raises(FangbangError) as caught:
        keeper.begin_seal(order)

    assert caught.value.code == "keeper.bad-order"


def test_a_withdrawal_during_a_seal_stands(office: Office, keeper: Keeper) -> None:
    order = office.seal_order(office.report(office.book([row(1)])))
    job = keeper.begin_seal(order)
    assert isinstance(job, SealJob)
    answer = run_seal(job)
    keeper.withdraw(*office.withdrawal_order({"release": "rel-1", "snapshot": job.snapshot_id}))

    with pytest.raises(FangbangError) as finished:
        keeper.finish_seal(job, answer)
    with pytest.raises(FangbangError) as again:
        keeper.begin_seal(order)

    assert (finished.value.code, again.value.code) == ("keeper.not-resealable", "keeper.not-resealable")
    assert keeper.state.releases["rel-1"].state is KeeperState.WITHDRAWN


def test_an_hour_is_not_set_for_a_release_whose_key_is_gone(
    office: Office, keeper: Keeper, sealed: Seal, clock: ManualClock
) -> None:
    base = sealed(office.seal_order(office.report(office.book([row(1)]))))
    (office.folders.keys / f"release-{base['snapshot']}.key").unlink()

    with pytest.raises(FangbangError) as caught:
        keeper.schedule(*office.schedule_order(base, clock.now() + HOUR))

    assert caught.value.code == "keeper.key-lost"


def test_a_key_lost_before_the_hour_keeps_nobody_else_from_theirs(
    office: Office, keeper: Keeper, sealed: Seal, node: Node, clock: ManualClock
) -> None:
    book = office.book([row(1)])
    lost = sealed(office.seal_order(office.report(book, "rel-1", scope={"provinces": ["110000"], "levels": []})))
    kept = sealed(office.seal_order(office.report(book, "rel-2", scope={"provinces": ["120000"], "levels": []})))
    node.register(keeper)
    for base in (lost, kept):
        keeper.schedule(*office.schedule_order(base, clock.now() + HOUR))
    (office.folders.keys / f"release-{lost['snapshot']}.key").unlink()
    clock.advance(HOUR)

    keeper.tick()

    assert node.letter(lost["snapshot"]) is None
    assert node.letter(kept["snapshot"]) is not None
    assert keeper.status()["troubles"] == {"rel-1": "keeper.not-initialised"}
    assert node.board().sittings[SITTING].state == "published"


def test_an_older_base_never_takes_the_place_of_a_newer_one(
    office: Office, keeper: Keeper, sealed: Seal, clock: ManualClock
) -> None:
    first = sealed(office.seal_order(office.report(office.book([row(1)]), "rel-1")))
    second = sealed(office.seal_order(office.report(office.book([row(1, outcome="qualified")]), "rel-2")))
    keeper.schedule(*office.schedule_order(first, clock.now() + HOUR))
    keeper.schedule(*office.schedule_order(second, clock.now() + HOUR / 2))

    for _ in range(3):
        clock.advance(HOUR / 2)
        keeper.tick()

    states = {name: item.state for name, item in keeper.state.releases.items()}
    assert states == {"rel-1": KeeperState.SUPERSEDED, "rel-2": KeeperState.PUBLISHED}
