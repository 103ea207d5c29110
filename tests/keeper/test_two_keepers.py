"""Two keepers as processes: orders need both, the absent one catches up, no disk opens anything.

Who is killed when, and what is posted nevertheless: `bench/failover.py`, a short sweep of it in tests/bench.
"""

import shutil
from base64 import b64decode
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from fangbang.core.clock import SystemClock
from fangbang.snapshot.board import open_envelope
from tests.keeper.conftest import Node
from tests.keeper.office import SITTING, row
from tests.keeper.production import Station, Two, two_keepers, until

pytestmark = pytest.mark.timeout(240)


@pytest.fixture
def two(tmp_path: Path) -> Iterator[Two]:
    with two_keepers(tmp_path) as made:
        made.start()
        yield made


def sealed(two: Two) -> dict[str, Any]:
    """A release that keeper a sealed and b knows of."""
    order = two.office.seal_order(two.office.report(two.office.book([row(1)])))
    answer = two.order(two.a, command="seal", order=order)
    assert answer["ok"], answer
    return answer


def scheduled(two: Two, release: dict[str, Any], after: float, serial: int = 1) -> datetime:
    hour = SystemClock().now() + timedelta(seconds=after)
    schedule, approvals = two.office.schedule_order(release, hour, serial)
    answer = two.order(two.a, command="schedule", schedule=schedule, approvals=approvals)
    assert (answer["ok"], answer.get("other_keeper")) == (True, True), answer
    return hour


def registered(two: Two, *stations: Station) -> Node:
    node = Node(two.office)
    public = node.private.public_key().public_bytes_raw().hex()
    for station in stations:
        assert station.ask(command="register", worker=node.name, node="n", public_key=public, report={})["ok"]
    return node


def test_orders_need_both_until_officers_say_otherwise_and_the_absent_one_catches_up(two: Two) -> None:
    """One long day of two keepers; each step stands on the one before it."""
    release = sealed(two)
    order = two.office.schedule_order(release, SystemClock().now() + timedelta(hours=1))
    at_the_standby = two.b.ask(command="schedule", schedule=order[0], approvals=order[1])
    two.b.kill()
    away = two.a.ask(command="schedule", schedule=order[0], approvals=order[1])
    decisions = two.pair_of(two.a)["decisions"]
    one_officer = two.act(two.a, {"do": "alone"}, officers=["li"])
    still_away = two.a.ask(command="schedule", schedule=order[0], approvals=order[1])
    two.act(two.a, {"do": "alone"})
    alone = two.a.ask(command="schedule", schedule=order[0], approvals=order[1])

    assert (at_the_standby["code"], at_the_standby["params"]) == ("keeper.standby", {"primary": "a"})
    assert (away["code"], one_officer["done"], still_away["code"]) == ("keeper.peer-away", False, "keeper.peer-away")
    assert (alone["ok"], alone["other_keeper"]) == (True, False)
    assert two.pair_of(two.a)["decisions"] == decisions + 2

    two.b.start()
    two.arm(two.b)
    until(lambda: two.pair_of(two.a)["in_step"] and two.pair_of(two.b)["in_step"])
    told = two.b.ask(command="status")["releases"][0]
    refused = two.act(two.a, {"do": "alone"})

    assert (told["state"], told["t"]) == ("scheduled", order[0]["t"])
    assert two.pair_of(two.a)["alone"] is False
    assert refused["code"] == "keeper.not-alone"

    two.a.kill()
    withdrawal = two.office.withdrawal_order(release)
    withdrawn = two.b.ask(command="withdraw", order=withdrawal[0], approvals=withdrawal[1])
    two.act(two.b, {"do": "lead"})
    two.a.start()
    two.arm(two.a)
    until(lambda: two.pair_of(two.a)["in_step"])

    assert (withdrawn["ok"], withdrawn["other_keeper"]) == (True, False)
    assert [two.pair_of(station)["lead"] for station in (two.a, two.b)] == ["b", "b"]
    assert two.a.ask(command="status")["releases"][0]["state"] == "withdrawn"
    acts = [item["act"].split()[0] for item in two.a.ask(command="acts")["acts"]]
    assert acts == ["arm", "pair", "alone", "arm"]


def test_a_keeper_that_nobody_paired_takes_no_order_and_a_stranger_is_no_keeper(tmp_path: Path) -> None:
    with two_keepers(tmp_path) as two:
        stranger = two.cards["b"]
        two.a.start()
        two.arm(two.a)
        order = two.office.seal_order(two.office.report(two.office.book([row(1)])))
        unpaired = two.a.ask(command="seal", order=order)
        two.act(two.a, {"do": "pair", "card": {**two_cards(two, "b"), "certificate": two.cards["a"].certificate}})
        two.b.start()
        two.arm(two.b)
        two.act(two.b, {"do": "pair", "card": two_cards(two, "a")})
        refused = two.a.ask(command="seal", order=order)

        assert (unpaired["code"], refused["code"]) == ("keeper.not-paired", "keeper.peer-away")
        assert two.pair_of(two.b)["in_step"] is False
        assert stranger.fingerprint != two.cards["a"].fingerprint


def two_cards(two: Two, name: str) -> dict[str, Any]:
    card: dict[str, Any] = msgspec.to_builtins(two.cards[name])
    return card


def holding(folder: Path, *texts: bytes) -> list[str]:
    """Files of both keepers' disks and the public folder in which one of these stands; the office's are not theirs."""
    files = [
        path
        for part in ("a", "b", "public")
        for path in (folder / part).rglob("*")
        if path.is_file() and "office" not in path.relative_to(folder).parts
    ]
    assert len(files) > 20
    return [path.name for path in files if any(text in path.read_bytes() for text in texts)]


def test_no_keeper_s_disk_opens_anything_and_the_scan_would_see_it(two: Two) -> None:
    """The test knows the keys once a node has opened its letter; they never lie on a disk, before the hour or after."""
    release = sealed(two)
    node = registered(two, two.a, two.b)
    stolen = two.folder / "stolen"
    for part in ("a", "b", "public"):
        shutil.copytree(two.folder / part, stolen / part, symlinks=True, ignore=shutil.ignore_patterns("socket"))
    scheduled(two, release, 3)
    until(lambda: bool(two.newest().envelopes.get(node.name)))
    sealed_letter = b64decode(two.newest().envelopes[node.name][release["snapshot"]])
    letter = open_envelope(sealed_letter, node.name, release["snapshot"], node.private)
    texts = [text for key in (letter.release_key, letter.pepper) for text in (bytes.fromhex(key), key.encode())]

    before, after = holding(stolen, *texts), holding(two.folder, *texts)
    (two.a.home / "slip").write_text(f"note: {letter.release_key}")

    assert (before, after, holding(two.folder, *texts)) == ([], [], ["slip"])


def test_a_keeper_on_clocks_that_disagree_holds_and_posts_once_a_majority_agrees(tmp_path: Path) -> None:
    """Real time servers: one of three sources may be wrong; with two, the hour passes and nothing is posted."""
    with two_keepers(tmp_path) as two:
        two.servers[0].away = timedelta(hours=1)
        two.a.start()
        two.arm(two.a)
        two.act(two.a, {"do": "alone"})
        release = sealed(two)
        until(lambda: two.a.ask(command="status")["time"]["certain"])
        two.servers[1].away = timedelta(hours=-1)
        until(lambda: not two.a.ask(command="status")["time"]["certain"])
        hour = SystemClock().now() + timedelta(seconds=1)
        schedule, approvals = two.office.schedule_order(release, hour)
        taken = two.a.ask(command="schedule", schedule=schedule, approvals=approvals)
        until(lambda: SystemClock().now() > hour + timedelta(seconds=1))
        held = two.a.ask(command="status")
        two.servers[0].away = timedelta(0)

        until(lambda: two.newest().sittings[SITTING].state == "published")

        assert taken["ok"], taken
        assert (held["releases"][0]["state"], held["troubles"]) == ("scheduled", {"time": "keeper.time-unsure"})
        until(lambda: apart(two.a) == [two.servers[1].source])


def apart(station: Station) -> list[str]:
    """The clocks that do not agree."""
    return [item["name"] for item in station.ask(command="status")["time"]["sources"] if not item["agrees"]]
