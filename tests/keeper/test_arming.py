"""A keeper that is not armed: it says who it waits for, and does nothing else, whoever asks."""

import asyncio
import json
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from fangbang.core.clock import ManualClock
from fangbang.core.errors import FangbangError
from fangbang.keeper.arming import GATHERED_FOR, ArmingServer, Gathering
from fangbang.keeper.quorum import part_of
from fangbang.keeper.wrapped import WrappedCustody, load_keyring, make_custody
from tests.keeper.production import CUSTODIANS, OFFICERS, People

WHO = People(*OFFICERS, *CUSTODIANS)
ARM = {"do": "arm"}
Talk = tuple[list[dict[str, Any]], dict[str, bytes] | None]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    make_custody(tmp_path / "keeper", "a", WHO.cards(*OFFICERS), 2, WHO.cards(*CUSTODIANS))
    return tmp_path / "keeper"


def part(home: Path, name: str) -> bytes:
    return part_of(load_keyring(home).officers, name, WHO.private[name])


def given(home: Path, name: str, **changes: Any) -> dict[str, Any]:
    return {"command": "act", "act": ARM, "officer": name, "part": part(home, name).hex(), **changes}


def talk(home: Path, clock: ManualClock, requests: Sequence[Any]) -> Talk:
    """What it answers, one after the other, and the parts if it was armed by then."""

    async def run() -> Talk:
        ready, path = asyncio.Event(), home.parent / "s"
        task = asyncio.create_task(
            ArmingServer(load_keyring(home), path, clock, lambda *_, **__: None).parts(ready.set)
        )
        await ready.wait()
        answers = []
        for request in requests:
            reader, writer = await asyncio.open_unix_connection(path)
            writer.write((request if isinstance(request, bytes) else json.dumps(request).encode()) + b"\n")
            answers.append(json.loads(await reader.readline()))
            writer.close()
        await asyncio.wait([task], timeout=0.2)
        if task.done():
            return answers, task.result()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        return answers, None

    return asyncio.run(run())


def test_two_officers_arm_it_and_its_keys_open(home: Path, clock: ManualClock) -> None:
    answers, parts = talk(home, clock, [given(home, "li"), {"command": "status"}, given(home, "he")])

    assert [(it.get("done"), it["given"]) for it in answers] == [(False, ["li"]), (None, ["li"]), (True, [])]
    assert answers[1]["armed"] is False
    assert parts is not None
    assert WrappedCustody.opened(home, load_keyring(home), parts).holds("signing")


@pytest.mark.parametrize("officers", [["li"], ["li", "li", "li"]])
def test_one_officer_is_not_enough_however_often(home: Path, clock: ManualClock, officers: list[str]) -> None:
    answers, parts = talk(home, clock, [given(home, name) for name in officers])

    assert (answers[-1]["given"], answers[-1]["needed"], parts) == (["li"], 2, None)


def test_a_wrong_part_is_refused_and_counts_for_nobody(home: Path, clock: ManualClock) -> None:
    stolen = given(home, "li", officer="wu")

    answers, parts = talk(home, clock, [given(home, "li"), stolen])

    assert (answers[1]["code"], answers[1]["params"], parts) == ("keeper.part-wrong", {"name": "wu"}, None)


@pytest.mark.parametrize(
    ("request_", "code"),
    [
        (b"nonsense", "keeper.bad-command"),
        (b"[" * 50_000, "keeper.bad-command"),
        (b"[]", "keeper.disarmed"),
        ({"command": "seal", "order": {}}, "keeper.disarmed"),
        ({"command": "envelope"}, "keeper.disarmed"),
        ({"command": "register"}, "keeper.disarmed"),
        ({"command": "act"}, "keeper.bad-command"),
        ({"command": "act", "act": ARM, "officer": "li", "part": "xx"}, "keeper.bad-command"),
        ({"command": "act", "act": {"do": "arm", "x": 0.5}, "officer": "li", "part": ""}, "keeper.bad-command"),
        ({"command": "act", "act": {"do": "lead"}, "officer": "li", "part": ""}, "keeper.disarmed"),
        ({"command": "act", "act": ARM, "officer": "zhao", "part": ""}, "keeper.not-a-member"),
        ({"command": "act", "act": ARM, "officer": "li", "part": "00" * 32}, "keeper.part-wrong"),
    ],
)
def test_a_disarmed_keeper_does_nothing_that_it_is_asked(
    home: Path, clock: ManualClock, request_: Any, code: str
) -> None:
    answers, parts = talk(home, clock, [request_])

    assert (answers[0]["ok"], answers[0]["code"], parts) == (False, code, None)
    assert sorted(answers[0]["text"]) == ["en", "zh"]


def test_parts_are_forgotten_after_ten_minutes(home: Path, clock: ManualClock) -> None:
    quorum, gathering = load_keyring(home).officers, Gathering(clock)
    first = gathering.add(quorum, ARM, "li", part(home, "li"))
    clock.advance(GATHERED_FOR + timedelta(microseconds=1))

    late = gathering.add(quorum, ARM, "he", part(home, "he"))
    enough = gathering.add(quorum, ARM, "li", part(home, "li"))

    assert (first, late, sorted(enough or ())) == (None, None, ["he", "li"])


def test_parts_for_different_acts_do_not_add_up(home: Path, clock: ManualClock) -> None:
    quorum, gathering = load_keyring(home).officers, Gathering(clock)
    gathering.add(quorum, {"do": "alone"}, "li", part(home, "li"))

    assert gathering.add(quorum, {"do": "lead"}, "he", part(home, "he")) is None


def test_parts_are_used_once(home: Path, clock: ManualClock) -> None:
    quorum, gathering = load_keyring(home).officers, Gathering(clock)
    for name in ("li", "he"):
        gathering.add(quorum, ARM, name, part(home, name))

    assert gathering.add(quorum, ARM, "wu", part(home, "wu")) is None


def test_a_part_of_another_keeper_is_refused(home: Path, clock: ManualClock, tmp_path: Path) -> None:
    """The same officers at two keepers: what opens one does not open the other."""
    make_custody(tmp_path / "other", "b", WHO.cards(*OFFICERS), 2, WHO.cards(*CUSTODIANS))

    with pytest.raises(FangbangError) as caught:
        Gathering(clock).add(load_keyring(home).officers, ARM, "li", part(tmp_path / "other", "li"))

    assert caught.value.code == "keeper.part-wrong"
