"""Switches at the keeper: one signature closes, two open again, and nothing is played twice or forgotten."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

import pytest

from fangbang.core.clock import ManualClock
from fangbang.core.errors import FangbangError
from fangbang.keeper.service import Keeper
from fangbang.release.rules import sign_document, switch_order
from fangbang.snapshot.board import Board, Switch, load_anchor, parse_board
from tests.keeper.office import SITTING, Office

Move = Callable[..., dict[str, Any]]


@pytest.fixture
def move(office: Office, keeper: Keeper) -> Move:
    """Order that a switch be moved."""

    def moved(signers: Sequence[str] = ("chen",), by: Keeper = keeper, **changes: Any) -> dict[str, Any]:
        given = {"serial": by.state.switches.serial + 1, "name": "query", "subject": SITTING, "reason": "drill"}
        order = switch_order(**{**given, **changes})
        return by.switch(order, [sign_document(office.keys[name], order, name).to_json() for name in signers])

    return moved


def board(office: Office) -> Board:
    return parse_board(office.folders.board.read_bytes(), load_anchor(office.folders.anchor))


def refused(act: Callable[[], object]) -> str:
    with pytest.raises(FangbangError) as caught:
        act()
    return caught.value.code


def test_one_approver_closes_and_the_board_says_so_at_once(office: Office, move: Move) -> None:
    told = move(zh="系统检查中", en="Under inspection")

    found = board(office)
    assert (told, found.switch_serial) == ({"serial": 1, "missing": 0}, 1)
    assert [(item.name, item.subject, item.until) for item in found.switches] == [("query", SITTING, None)]
    assert "drill" not in office.folders.board.read_text()


def test_opening_again_takes_two_people(office: Office, move: Move) -> None:
    move()

    first, same = move(("chen",), on=False), move(("chen",), on=False)
    standing = board(office).switches
    second = move(("wu",), on=False)

    assert [first["missing"], same["missing"], second["missing"]] == [1, 1, 0]
    assert (len(standing), board(office).switches) == (1, ())


@pytest.mark.parametrize(
    ("first", "then"),
    [
        ({"name": "price", "subject": "", "value": 4}, {"name": "price", "subject": "", "value": 2}),
        ({}, {"until": timedelta(minutes=5)}),
        ({"until": timedelta(minutes=9)}, {"until": timedelta(minutes=5)}),
    ],
)
def test_whatever_opens_more_takes_two(
    move: Move, clock: ManualClock, first: dict[str, Any], then: dict[str, Any]
) -> None:
    given = [{**item, **({"until": clock.now() + item["until"]} if "until" in item else {})} for item in (first, then)]

    assert [move(**given[0])["missing"], move(**given[1])["missing"]] == [0, 1]


def test_a_first_signature_is_void_once_another_switch_was_moved(office: Office, move: Move, keeper: Keeper) -> None:
    move()
    waiting = switch_order(serial=2, name="query", subject=SITTING, on=False, reason="all is well")
    keeper.switch(waiting, [sign_document(office.keys["chen"], waiting, "chen").to_json()])
    move(name="riddles", subject="")

    second = [sign_document(office.keys["wu"], waiting, "wu").to_json()]

    assert refused(lambda: keeper.switch(waiting, second)) == "keeper.other-switches"


def test_an_order_works_once(office: Office, move: Move, keeper: Keeper) -> None:
    order = switch_order(serial=1, name="query", subject=SITTING, reason="drill")
    signed = [sign_document(office.keys["chen"], order, "chen").to_json()]
    keeper.switch(order, signed)

    again = keeper.switch(order, signed)
    move(("chen", "wu"), on=False)

    assert again == {"serial": 1, "missing": 0}
    assert refused(lambda: keeper.switch(order, signed)) == "keeper.other-switches"


def test_switches_and_first_signatures_outlive_the_process(office: Office, move: Move, clock: ManualClock) -> None:
    move()
    move(("chen",), on=False)

    later = office.keeper(clock)
    later.tick()
    standing = board(office).switches
    done = move(("wu",), by=later, on=False)

    assert (len(standing), done["missing"], board(office).switches) == (1, 0, ())


def test_a_switch_ends_by_itself(office: Office, move: Move, keeper: Keeper, clock: ManualClock) -> None:
    move(until=clock.now() + timedelta(minutes=1))

    clock.advance(timedelta(minutes=1))
    keeper.tick()

    assert board(office).switches == ()
    assert refused(lambda: move(on=False)) == "release.not-switched"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"name": "nonsense"}, "release.bad-switch"),
        ({"subject": ""}, "release.bad-switch"),
        ({"name": "kind", "subject": "password"}, "release.bad-switch"),
        ({"name": "price", "subject": "", "value": 99}, "release.bad-switch"),
        ({"value": 1}, "release.bad-switch"),
        ({"zh": "只有中文"}, "release.bad-switch"),
        ({"reason": " "}, "release.reason-missing"),
        ({"serial": 7}, "keeper.other-switches"),
        ({"signers": ()}, "release.too-few-approvals"),
        ({"signers": ("chen", "ling")}, ""),
    ],
)
def test_what_is_refused(move: Move, keeper: Keeper, changes: dict[str, Any], code: str) -> None:
    if code:
        assert refused(lambda: move(**changes)) == code
        assert keeper.state.switches.on == ()
    else:
        assert move(**changes)["missing"] == 0


def test_a_signature_of_nobody_known_is_refused(office: Office, keeper: Keeper) -> None:
    order = switch_order(serial=1, name="static", reason="drill")
    forged = {**sign_document(office.keys["chen"], order, "chen").to_json(), "signature": "00" * 64}

    assert refused(lambda: keeper.switch(order, [forged])) == "release.bad-signature"


def test_a_board_of_before_has_no_switches(office: Office, keeper: Keeper) -> None:
    keeper.issue_board()

    assert (board(office).switches, Switch("query", SITTING).notice) == ((), None)
