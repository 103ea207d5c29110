"""A worker without its server: what it says when it may not, or cannot, answer."""

import asyncio
import gzip
import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import pytest
from structlog.testing import capture_logs

from fangbang.core.clock import AUTHORITY_ZONE, ManualClock
from fangbang.lookup.answers import State
from fangbang.lookup.config import NodeConfig, NodeKeys
from fangbang.lookup.counters import Counter, Counters
from fangbang.lookup.counting import CountTable
from fangbang.lookup.door.wire import Request
from fangbang.lookup.images import ImagePool
from fangbang.lookup.requests import Wish
from fangbang.lookup.worker import Worker
from fangbang.pages.assets import assets
from fangbang.snapshot.board import Switch
from fangbang.snapshot.header import Text
from tests.lookup.scene import SITTING, Scene, finished, people

T = datetime(2026, 3, 1, 10, tzinfo=AUTHORITY_ZONE)
QUERY = {"fangbang-query": "a.b.c"}


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    made = Scene(tmp_path / "scene", t=T)
    made.seal(people())
    return made


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(T - timedelta(hours=1))


@pytest.fixture
def worker(scene: Scene, clock: ManualClock, tmp_path: Path) -> Worker:
    shared = tmp_path / "shared"
    shared.mkdir()
    config = NodeConfig(
        name="node1", public=scene.public, keeper_socket=scene.socket, trust=scene.trust, state=tmp_path / "state",
        shared=shared, workers=1, keys=NodeKeys.draw(), image_capacity=2, limit_slots=1 << 10,
    )  # fmt: skip
    Counters.create(config.counters_file)
    CountTable.create(config.limits_file, config.limit_slots)
    ImagePool.create(config.images_file, config.image_capacity)
    made = Worker(config, clock)
    scene.workers[made.watcher.worker] = made.watcher.private.public_key()
    return made


def follow(worker: Worker) -> None:
    """One round of the board's timer, with snapshots prepared."""
    finished(worker._follow())
    finished(worker._prepare())
    finished(worker._follow())


class Reply(NamedTuple):
    """What was answered."""

    status: int
    headers: dict[str, str]
    body: bytes


def send(worker: Worker, path: str, method: str = "GET", **headers: str) -> Reply:
    fields = {**QUERY, **headers} if method == "POST" else headers
    status, answered, body = worker.answer(Request(method, path, "", fields, b"", "192.0.2.1"))
    return Reply(status, dict(answered), body)


def test_without_a_board_a_query_is_unavailable(worker: Worker) -> None:
    reply = send(worker, f"/score/{SITTING}", "POST")

    assert (reply.status, reply.body) == (503, b'{"state":"unavailable"}')
    assert send(worker, "/healthz").status == 503


def test_a_published_sitting_without_a_key_is_unavailable(worker: Worker, scene: Scene, clock: ManualClock) -> None:
    clock.at = T
    scene.post("published", issued=clock.now(), keys=False)
    follow(worker)

    reply = send(worker, f"/score/{SITTING}", "POST")

    assert (reply.status, b"unavailable" in reply.body) == (503, True)
    assert ">正在开放查询……</h1>".encode() in send(worker, f"/score/{SITTING}").body


def test_past_the_boards_expiry_nothing_is_answered(worker: Worker, scene: Scene, clock: ManualClock) -> None:
    clock.at = T
    scene.post("published", issued=clock.now())
    follow(worker)
    open_before = send(worker, f"/score/{SITTING}", "POST").status

    clock.advance(timedelta(minutes=15))
    follow(worker)

    assert (open_before, send(worker, f"/score/{SITTING}", "POST").status) == (400, 503)
    assert "暂时无法确认".encode() in send(worker, "/").body


def test_the_short_way_to_a_challenge_gives_what_the_ordinary_one_gives(worker: Worker) -> None:
    ordinary = send(worker, "/challenge")

    number, body = worker.hot(b"/challenge", None, "192.0.2.1")

    status, fields = worker.heads[number]
    assert (status, dict(fields)) == (ordinary.status, ordinary.headers)
    assert [sorted(json.loads(said)) for said in (body, ordinary.body)] == [["bits", "reason", "salt", "state"]] * 2
    assert (worker.counts[Counter.CHALLENGES], worker.counts[State.FOUND]) == (2, 0)


def test_overload_is_answered_before_any_work(worker: Worker) -> None:
    worker.shedding = True

    machine = send(worker, f"/score/{SITTING}", "POST")
    page = send(worker, "/", accept="text/html", **{"accept-language": "en-GB"})

    assert (machine.status, machine.body) == (503, b'{"state":"overload"}')
    assert 2 <= int(machine.headers["retry-after"]) <= 10
    assert page.headers["refresh"] == page.headers["retry-after"]
    assert b"Very many people" in page.body
    assert worker.counts[State.OVERLOAD] == 2


def test_what_lies_ready_is_served_while_people_are_turned_away(
    worker: Worker, scene: Scene, clock: ManualClock
) -> None:
    scene.post("scheduled", issued=clock.now())
    follow(worker)
    page = send(worker, "/", accept="text/html")
    style = next(asset for asset in assets().values() if asset.url.endswith(".css"))
    worker.shedding = True

    plain, packed = send(worker, style.url), send(worker, style.url, **{"accept-encoding": "gzip"})
    health = send(worker, "/healthz")

    assert style.url.encode() in page.body
    assert (plain.status, plain.body) == (200, style.body)
    assert (packed.headers["content-encoding"], gzip.decompress(packed.body)) == ("gzip", style.body)
    assert (health.status, health.body) == (200, b"ok\n")
    assert worker.counts[State.OVERLOAD] == 0


def test_the_status_page_says_how_the_query_stands(worker: Worker, scene: Scene, clock: ManualClock) -> None:
    clock.at = T
    scene.post("published", issued=clock.now())
    follow(worker)
    before = send(worker, "/status", accept="application/json")
    shut = Switch("query", SITTING, notice=Text("检查中", "Under inspection"))
    scene.post("published", issued=clock.now(), switches=(shut,))
    follow(worker)
    after = send(worker, "/status", accept="application/json")
    page = send(worker, "/status", **{"accept-language": "en"})

    assert msgspec.json.decode(before.body)["state"] == "open"
    assert msgspec.json.decode(after.body)["sittings"] == {SITTING: "closed"}
    assert msgspec.json.decode(after.body)["state"] == "closed"
    assert b"Under inspection" in page.body


def test_a_worker_that_hears_nothing_says_that_it_is_not_sure(worker: Worker, scene: Scene, clock: ManualClock) -> None:
    scene.post("scheduled", issued=clock.now())
    follow(worker)
    clock.advance(timedelta(minutes=15))
    follow(worker)

    page = send(worker, "/status", **{"accept-language": "en"})
    machine = send(worker, "/status", accept="application/json")

    assert b"Checking; no queries at the moment" in page.body
    assert msgspec.json.decode(machine.body)["state"] == "unsure"


def test_a_form_that_meets_overload_gets_a_page_that_sends_nothing_by_itself(worker: Worker) -> None:
    worker.shedding = True
    fields = {"accept": "text/html", "content-type": "application/x-www-form-urlencoded"}

    status, headers, body = worker.answer(Request("POST", f"/score/{SITTING}", "", fields, b"kind=x", "192.0.2.1"))

    assert (status, b"<html" in body, "refresh" in dict(headers)) == (503, True, False)
    assert 2 <= int(dict(headers)["retry-after"]) <= 10


@pytest.mark.parametrize(("path", "json"), [("/help", False), ("/", False), (f"/score/{SITTING}", True)])
def test_what_stands_behind_the_question_mark_fills_no_memory(
    worker: Worker, scene: Scene, clock: ManualClock, path: str, *, json: bool
) -> None:
    scene.post("scheduled", issued=clock.now())
    follow(worker)
    queries: tuple[dict[str, str], ...] = ({}, {"by": "x17"})

    first, second = (worker.pages.get(path, Wish("zh", chosen=False, json=json, gzip=False, query=q)) for q in queries)

    assert (first.status, second is first) == (200, True)


def test_lag_starts_shedding_and_its_end_stops_it(worker: Worker, monkeypatch: pytest.MonkeyPatch) -> None:
    async def slow_loop(delay: float) -> float:
        loop = asyncio.get_running_loop()
        loop.call_soon(lambda: __import__("time").sleep(delay))
        await worker._measure()
        return delay

    object.__setattr__(worker.config, "overload_seconds", 0.3)
    finished(slow_loop(0.6))
    during = worker.shedding
    finished(slow_loop(0.0))

    assert (during, worker.shedding) == (True, False)


def test_a_failure_tells_nothing_of_the_request(worker: Worker, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any) -> None:
        raise RuntimeError("secret 110101199001010010")

    monkeypatch.setattr(worker.pages, "get", broken)

    with capture_logs() as logs:
        worker.log = worker.log.new()
        replies = [send(worker, path) for path in ("/110101199001010010", f"/score/{SITTING}/110101199001010010")]

    assert [(reply.status, reply.body) for reply in replies] == [(500, b'{"state":"unavailable"}')] * 2
    assert worker.counts[Counter.ERRORS] == 2
    assert {(entry["event"], entry["error"]) for entry in logs} == {("request failed", "RuntimeError")}
    assert [entry["path"] for entry in logs] == ["other", "/score/"]
    assert "110101" not in str(logs)


def test_a_silent_keeper_is_logged_once(worker: Worker) -> None:
    said: list[str] = []
    worker.registrar._log = lambda event, **details: said.append(event)

    taken = [worker.registrar.register([]) for _ in range(3)]

    assert (taken, said) == ([False] * 3, ["keeper does not answer"])


def test_what_a_node_reports_of_itself(worker: Worker, scene: Scene, clock: ManualClock) -> None:
    scene.post("scheduled", issued=clock.now())
    follow(worker)

    report = worker.registrar.report(list(worker.watcher.prepared.values()))

    assert report["snapshots"] == [scene.sealed[0].ref.header_sha256]
    assert {len(report["config_hash"]), len(report["trust_hash"])} == {64}


def test_a_worker_that_cannot_follow_the_board_answers_nothing(
    worker: Worker, scene: Scene, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock.advance(timedelta(hours=1))
    scene.post("published")
    follow(worker)
    assert worker.queries

    def broken() -> bool:
        raise RecursionError

    async def stopped(_: float) -> None:
        raise asyncio.CancelledError

    monkeypatch.setattr(worker.watcher, "step", broken)
    monkeypatch.setattr(asyncio, "sleep", stopped)
    with pytest.raises(asyncio.CancelledError):
        finished(worker._forever(worker._follow))

    assert (worker.queries, worker.waiting) == ({}, {})
    assert worker.counts[Counter.ERRORS] == 1
