"""The end of anonymous asking on a node: by its own clock, in memory and on disk, in every word that it says."""

import json
import time
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from fangbang.core.clock import AUTHORITY_ZONE, ManualClock
from fangbang.lookup.watcher import Watcher
from fangbang.lookup.worker import Worker
from fangbang.snapshot.layout import FILES
from tests.contract.test_answers import checker, is_valid
from tests.lookup.scene import SITTING, Scene, ask, node, people, wait
from tests.lookup.test_node import QUICK, key_holders, settle
from tests.lookup.test_watcher import Start, T, clock, look, post, scene, start
from tests.lookup.test_worker import follow, send, worker

__all__ = ["clock", "scene", "start", "worker"]
END = T + timedelta(days=60)
INSTANT = timedelta(microseconds=1)
PARTS = ("sitting", "board", "standing")


@pytest.fixture
def opened(scene: Scene, clock: ManualClock, start: Start) -> Watcher:
    """A worker that answers a release whose end is known."""
    scene.closes_at, clock.at = END, END - timedelta(seconds=30)
    watcher = start()
    post(scene, clock, "published")
    look(watcher)
    return watcher


def test_until_its_last_moment_the_sitting_is_open(opened: Watcher, clock: ManualClock) -> None:
    clock.at = END - INSTANT
    look(opened)

    assert (list(opened.open), opened.held_withdrawn_keys) == ([SITTING], False)


def test_at_the_end_the_worker_forgets_the_keys_by_its_own_clock(opened: Watcher, clock: ManualClock) -> None:
    """The keeper may be away: the board that a node has is enough."""
    clock.at = END

    changed = look(opened)

    assert (changed, opened.open, opened._layers, opened.prepared) == (True, {}, {}, {})
    assert (opened.held_withdrawn_keys, opened.answering) == (True, True)


def test_an_overlay_on_a_sitting_that_is_over_opens_nothing(opened: Watcher, scene: Scene, clock: ManualClock) -> None:
    clock.at = END
    look(opened)
    scene.seal(people()[:1], kind="overlay", pepper=bytes.fromhex(scene.sealed[0].letter.pepper))

    post(scene, clock, "published")
    look(opened)

    assert (opened.open, opened._layers, opened.prepared, opened.waits_for_key()) == ({}, {}, {}, False)


def test_a_node_that_starts_after_the_end_opens_nothing_though_it_has_the_key(
    scene: Scene, clock: ManualClock, start: Start
) -> None:
    scene.closes_at, clock.at = END, END
    watcher = start()
    post(scene, clock, "published")

    look(watcher)

    assert (watcher.open, watcher.prepared, watcher.missing()) == ({}, {}, [])
    assert not watcher.held_withdrawn_keys


def test_the_next_release_of_a_sitting_that_is_over_is_prepared_and_opened(
    scene: Scene, clock: ManualClock, start: Start
) -> None:
    scene.closes_at, clock.at = END, END
    watcher, old = start(), scene.sealed[0].ref.id
    new = scene.seal(people()).ref
    entry = scene.board("published", issued=clock.now()).sittings[SITTING]
    waiting = replace(entry, snapshots=(replace(new, published_at=None),), closed=(old,))
    post(scene, clock, "published", sittings={SITTING: waiting})
    look(watcher)
    prepared = (list(watcher.prepared), dict(watcher.open))

    scene.closes_at, scene.closed = END + timedelta(days=60), (old,)
    post(scene, clock, "published")
    look(watcher)

    assert (prepared, list(watcher.open)) == (([new.id], {}), [SITTING])


# ---- the disk ----


def test_nothing_but_the_header_stays_of_what_the_board_calls_closed(
    opened: Watcher, scene: Scene, clock: ManualClock
) -> None:
    clock.at, folder = END, scene.public / scene.sealed[0].ref.path
    look(opened)
    before = sorted(path.name for path in folder.iterdir())
    scene.closed = (folder.name,)

    post(scene, clock, "published")
    look(opened)

    assert before == sorted(FILES), "the keeper has not put it away yet"
    assert [path.name for path in folder.iterdir()] == ["header.json"]


@pytest.mark.parametrize("name", ["..", "", ".", "no-such-snapshot", "../snapshots", "0" * 32])
def test_a_name_that_is_no_snapshot_erases_nothing(
    opened: Watcher, scene: Scene, clock: ManualClock, name: str
) -> None:
    scene.closed = (name,)

    post(scene, clock, "published")
    look(opened)

    folder = scene.public / scene.sealed[0].ref.path
    assert sorted(path.name for path in folder.iterdir()) == sorted(FILES)
    assert scene.trust.exists()


def test_what_cannot_be_erased_is_logged_and_stops_nothing(opened: Watcher, scene: Scene, clock: ManualClock) -> None:
    told: list[tuple[str, str]] = []
    opened.log = lambda event, **facts: told.append((event, str(facts.get("snapshot"))))
    folder = scene.public / scene.sealed[0].ref.path
    (folder / "in-the-way").mkdir()  # unlink refuses a folder, whoever asks
    clock.at, scene.closed = END, (folder.name,)

    post(scene, clock, "published")
    look(opened)

    assert ("snapshot not erased", folder.name) in told
    assert opened.open == {}


# ---- what is said ----


def ended(worker: Worker, scene: Scene, clock: ManualClock) -> None:
    clock.at, scene.closes_at = END, END
    scene.post("published", issued=clock.now())
    follow(worker)


def test_every_answer_says_that_it_is_over(worker: Worker, scene: Scene, clock: ManualClock) -> None:
    ended(worker, scene, clock)
    machine = {"accept": "application/json"}

    queried = send(worker, f"/score/{SITTING}", "POST")
    told = [json.loads(send(worker, path, **machine).body) for path in (f"/score/{SITTING}", "/board", "/status")]
    words = json.loads(send(worker, f"/words/{SITTING}.en.json").body)["texts"]

    assert (queried.status, json.loads(queried.body)) == (200, {"state": "closed", "sitting": SITTING})
    assert [is_valid(checker(part), said) for part, said in zip(PARTS, told, strict=True)] == [True] * 3
    assert (told[0]["state"], told[1]["sittings"][SITTING]["state"]) == ("closed", "closed")
    assert (told[2]["sittings"], told[2]["state"]) == ({SITTING: "closed"}, "waiting")
    assert words["closed.title"] == "The public query of this examination has ended"
    assert "provincial examination centre" in words["closed.centre"]


@pytest.mark.parametrize(
    ("language", "texts"),
    [
        ("zh", ("公开查询已结束", "查询已于 2026年4月30日 10:00 结束", "省级人事考试机构", "登录后查询历年成绩")),
        (
            "en",
            ("query of this examination has ended", "ended on 2026-04-30 10:00", "ask the provincial", "Signing in"),
        ),
    ],
)
def test_the_page_says_what_to_do_next(
    worker: Worker, scene: Scene, clock: ManualClock, language: str, texts: tuple[str, ...]
) -> None:
    ended(worker, scene, clock)

    page = send(worker, f"/score/{SITTING}", **{"accept-language": language}).body.decode()

    assert [text for text in texts if text not in page] == []
    assert f'href="/help/ticket/{SITTING}#centres"' in page
    assert "<form" not in page
    assert send(worker, f"/help/ticket/{SITTING}").status == 200


def test_while_it_is_open_the_page_says_until_when(worker: Worker, scene: Scene, clock: ManualClock) -> None:
    clock.at, scene.closes_at = T, END
    scene.post("published", issued=clock.now())
    follow(worker)

    page = send(worker, f"/score/{SITTING}").body.decode()

    assert "凭证件查询开放至 2026年4月30日 10:00。" in page


# ---- a real node ----


def test_a_node_erases_keys_and_snapshot_at_the_end(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    letter = scene.seal(people()).letter
    folder = scene.public / scene.sealed[0].ref.path
    person = people()[0]
    with node(scene, *QUICK) as running:
        scene.post("published")
        with running.client() as client:
            settle(scene, client, "published")
            assert len(key_holders(running, letter)) == 1, "positive control: the worker's keys are found"
            scene.closes_at = datetime.now(tz=AUTHORITY_ZONE) + timedelta(seconds=3)
            scene.post("published")
            found = ask(client, "ticket-document", person.ticket, person.document).json()["state"]
            before = datetime.now(tz=AUTHORITY_ZONE) < scene.closes_at
            time.sleep(max(0.0, (scene.closes_at - datetime.now(tz=AUTHORITY_ZONE)).total_seconds()))
            settle(scene, client, "closed")
            wait(lambda: len(scene.workers) == 2, "another worker", 15)
            scene.closed = (folder.name,)
            scene.post("published", keys=False)
            settle(scene, client, "closed")

            answer = ask(client, "ticket-document", person.ticket, person.document)

            assert answer.json() == {"state": "closed", "sitting": SITTING}
            assert (found, before) == ("found", True) or not before
            wait(lambda: key_holders(running, letter) == [], "the keys to be gone", 5)
            assert [path.name for path in folder.iterdir()] == ["header.json"]
