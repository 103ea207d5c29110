"""Switches in the office: a form, an order in plain words, signatures. The keeper is a real one without its socket."""

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from fangbang.accounts import actions as accounts
from fangbang.accounts.rules import prove_possession
from fangbang.audit import queries as audit
from fangbang.audit.rules import SYSTEM
from fangbang.core.canonical import content_hash
from fangbang.core.clock import ManualClock
from fangbang.keeper.service import Keeper
from fangbang.office import standing
from fangbang.project.layout import Layout
from fangbang.release.rules import sign_document, switch_order
from tests.keeper.office import SITTING, Office
from tests.office.desk import Desk, enter

CLOSE: dict[str, Any] = {
    "name": "query",
    "subject": SITTING,
    "reason": "wrong line",
    "zh": "核对中",
    "en": "Being checked",
}


@pytest.fixture
def keys(tmp_path: Path) -> Office:
    return Office(tmp_path)


@pytest.fixture
def keeper(keys: Office, clock: ManualClock, db: None, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Keeper:
    """A keeper whose answers reach the office, and approvers chen (national), wu (national) and he (Beijing)."""
    made = keys.keeper(clock)
    made.issue_board()

    def ask(layout: Layout, request: dict[str, Any], timeout: float = 30.0) -> Mapping[str, Any]:
        if request["command"] == "status":
            return made.status()
        return made.switch(request["order"], request["approvals"])

    monkeypatch.setattr("fangbang.project.keeping.ask", ask)
    settings.LAYOUT = Layout(keys.folders.public.parent)
    for who, region in (("chen", ""), ("wu", ""), ("he", "110000")):
        enter(clock, who, "approver", region=region, name=who.title())
        public = keys.keys[who].public_key().public_bytes_raw()
        proof = prove_possession(keys.keys[who], who)
        accounts.enrol_key(actor=SYSTEM, operator_id=who, public_key=public, proof=proof, clock=clock)
    return made


def signed(keys: Office, who: str, order: dict[str, Any], **fields: str) -> dict[str, str]:
    """What the browser sends."""
    approval = sign_document(keys.keys[who], order, who)
    return {**fields, "document_hash": content_hash(order), "key_id": approval.key_id, "signature": approval.signature}


def close(clock: ManualClock, keys: Office, who: str = "chen") -> Any:
    order = switch_order(serial=1, **CLOSE)
    return Desk(clock).seat(who).post("/switches/move", **signed(keys, who, order, **CLOSE))


def test_one_approver_closes_and_every_page_says_so(clock: ManualClock, keys: Office, keeper: Keeper) -> None:
    desk = Desk(clock).seat("chen")
    shown = desk.get(f"/switches/move?{urlencode(CLOSE)}").content.decode()
    before = desk.get("/").content.decode()

    answer = close(clock, keys)

    standing._read.cache_clear()
    assert content_hash(switch_order(serial=1, **CLOSE)) in shown
    assert "--reason &#39;wrong line&#39; --as chen --key KEY.pem --yes" in shown
    assert (answer.status_code, answer.headers["Location"]) == (302, "/switches")
    assert [item.subject for item in keeper.state.switches.on] == [SITTING]
    assert ("switch-banner" in before, "switch-banner" in desk.get("/").content.decode()) == (False, True)
    events = [(entry.event, entry.actor.id) for entry in audit.latest(2)]
    assert events == [("release.switch-signed", "chen"), ("release.switch-moved", "chen")]


def test_opening_again_waits_for_a_second_person(clock: ManualClock, keys: Office, keeper: Keeper) -> None:
    close(clock, keys)
    back = {"name": "query", "subject": SITTING, "back": "1", "reason": "put right"}
    order = switch_order(serial=2, name="query", subject=SITTING, on=False, reason="put right")
    Desk(clock).seat("chen").post("/switches/move", **signed(keys, "chen", order, **back))
    still = len(keeper.state.switches.on)

    waiting = Desk(clock).seat("wu").get("/switches").content.decode()
    answer = Desk(clock).seat("wu").post("/switches/move", **signed(keys, "wu", order, waiting="1"))

    assert still == 1
    assert "Waits for a second signature" in waiting
    assert (answer.status_code, keeper.state.switches.on) == (302, ())


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"signature": "00" * 64}, "release.bad-signature"),
        ({"document_hash": "0" * 64}, "office.other-document"),
        ({"reason": ""}, "release.reason-missing"),
        ({"subject": ""}, "release.bad-switch"),
        ({"en": ""}, "release.bad-switch"),
        ({"until": "tomorrow"}, "office.bad-hour"),
        ({"until": "9999-12-31T23:59:59-12:00"}, "office.bad-hour"),
    ],
)
def test_what_is_wrong_is_told_and_nothing_moves(
    clock: ManualClock, keys: Office, keeper: Keeper, changes: dict[str, str], code: str
) -> None:
    sent = {**signed(keys, "chen", switch_order(serial=1, **CLOSE), **CLOSE), **changes}

    answer = Desk(clock).seat("chen").post("/switches/move", **sent)

    assert code in answer.content.decode()
    assert keeper.state.switches.serial == 0


def test_a_province_does_not_switch_the_nation(clock: ManualClock, keys: Office, keeper: Keeper) -> None:
    shown = Desk(clock).seat("he").get("/switches").content.decode()

    assert "release.national-only" in close(clock, keys, "he").content.decode()
    assert "Turn something off" not in shown
    assert keeper.state.switches.on == ()


def test_a_stale_second_factor_moves_nothing(clock: ManualClock, keys: Office, keeper: Keeper) -> None:
    desk = Desk(clock).seat("chen")
    clock.advance(timedelta(minutes=5))

    order = switch_order(serial=1, **CLOSE)

    assert desk.post("/switches/move", **signed(keys, "chen", order, **CLOSE)).status_code == 401
    assert keeper.state.switches.on == ()
