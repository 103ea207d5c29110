"""The page of counts by province: nothing before T, then what was sealed, in both languages and as JSON."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import fastjsonschema
import msgspec
import pytest
from structlog.testing import capture_logs

from fangbang.core.clock import ManualClock
from fangbang.lookup.worker import Worker
from tests.lookup.scene import SITTING, Scene, people
from tests.lookup.test_worker import T, clock, follow, send, worker

__all__ = ["clock", "worker"]
SCHEMA = json.loads((Path(__file__).parents[2] / "docs/reference/counts.schema.json").read_bytes())
ROW = {"passed": 700, "not_passed": 800, "without_mark": 200, "all": 1700}
SMALL = {"passed": None, "not_passed": None, "without_mark": 0, "all": 90}
TOTAL = {"passed": None, "not_passed": None, "without_mark": 200, "all": 1790}
TOLD = {"least": 10, "subjects": 2, "provinces": {"110000": ROW, "540000": SMALL}, "total": TOTAL}
PATH = f"/counts/{SITTING}"
MACHINE = {"accept": "application/json"}


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    made = Scene(tmp_path / "scene", t=T, annex={"format": "fangbang-annex/2", "published": TOLD, "report": "a secret"})
    made.seal(people())
    return made


def released(worker: Worker, scene: Scene, clock: ManualClock, state: str = "published") -> None:
    clock.at = max(clock.at, T)
    scene.post(state, issued=clock.now())
    follow(worker)


def test_before_the_hour_there_is_no_such_page(worker: Worker, scene: Scene, clock: ManualClock) -> None:
    scene.post("scheduled", issued=clock.now())
    follow(worker)

    found = [send(worker, path, **MACHINE) for path in (PATH, "/counts/nonsense-2026")]

    assert [reply.status for reply in found] == [404, 404]
    assert found[0].body == found[1].body


@pytest.mark.parametrize(
    ("language", "texts"),
    [
        ("zh", ("各地区成绩统计", "全国，2026年3月1日 10:00 发布", "北京", "1,700", "可能少于 10 人")),
        ("en", ("Results by region", "released 2026-03-01 10:00", "Beijing", "1,700", "fewer than 10")),
    ],
)
def test_after_it_the_page_shows_what_was_sealed(
    worker: Worker, scene: Scene, clock: ManualClock, language: str, texts: tuple[str, ...]
) -> None:
    released(worker, scene, clock)

    reply = send(worker, PATH, **{"accept-language": language})

    page = reply.body.decode()
    assert [text for text in texts if text not in page] == []
    assert "a secret" not in page
    assert (reply.status, reply.headers["cache-control"]) == (200, "no-cache")
    assert f'href="{PATH}"' in send(worker, f"/score/{SITTING}").body.decode()


def test_the_json_equals_its_schema_and_holds_nothing_else_of_the_annex(
    worker: Worker, scene: Scene, clock: ManualClock
) -> None:
    released(worker, scene, clock)

    told = json.loads(send(worker, PATH, **MACHINE).body)

    fastjsonschema.compile(SCHEMA)(told)
    scope: dict[str, list[str]] = {"provinces": [], "levels": []}
    release = {"scope": scope, "published_at": "2026-03-01T02:00:00.000000Z", "counts": TOLD}
    assert told == {"sitting": SITTING, "releases": [release]}


@pytest.mark.parametrize(
    "change", [{"more": 1}, {"least": 0}, {"total": {**TOTAL, "passed": 1.5}}, {"provinces": None}]
)
def test_the_schema_takes_nothing_else(change: dict[str, Any]) -> None:
    """Positive control."""
    release = {"scope": {"provinces": [], "levels": []}, "published_at": "2026-03-01T02:00:00.000000Z"}
    check = fastjsonschema.compile(SCHEMA)
    check({"sitting": SITTING, "releases": [{**release, "counts": TOLD}]})

    with pytest.raises(fastjsonschema.JsonSchemaException):
        check({"sitting": SITTING, "releases": [{**release, "counts": {**TOLD, **change}}]})


@pytest.mark.parametrize("how", ["withdrawn", "ended"])
def test_they_go_with_the_results(worker: Worker, scene: Scene, clock: ManualClock, how: str) -> None:
    released(worker, scene, clock)
    before = send(worker, PATH).status
    if how == "ended":
        scene.closes_at = T + timedelta(seconds=1)
        clock.advance(timedelta(seconds=1))

    released(worker, scene, clock, "withdrawn" if how == "withdrawn" else "published")

    assert (before, send(worker, PATH).status, send(worker, PATH, **MACHINE).status) == (200, 404, 404)


def test_a_correction_brings_counts_of_its_own(worker: Worker, scene: Scene, clock: ManualClock) -> None:
    scene.annex = {"published": {**TOLD, "subjects": 3}}
    scene.seal(people()[:1], kind="overlay", pepper=bytes.fromhex(scene.sealed[0].letter.pepper))
    released(worker, scene, clock)

    told = json.loads(send(worker, PATH, **MACHINE).body)

    assert [item["counts"]["subjects"] for item in told["releases"]] == [3]


@pytest.mark.parametrize("how", ["damaged", "missing", "without counts", "of another shape"])
def test_results_do_not_wait_for_counts(worker: Worker, scene: Scene, clock: ManualClock, how: str) -> None:
    path = scene.public / scene.sealed[0].ref.path / "annex.bin"
    if how == "damaged":
        path.write_bytes(path.read_bytes()[:-1] + bytes([path.read_bytes()[-1] ^ 1]))
    elif how == "missing":
        path.unlink()
    else:
        scene.sealed.clear()
        scene.annex = {"published": {"least": "few"}} if how == "of another shape" else {}
        scene.seal(people())
    with capture_logs() as logs:
        released(worker, scene, clock)

    assert list(worker.watcher.open) == [SITTING]
    assert send(worker, PATH).status == 404
    assert PATH not in send(worker, f"/score/{SITTING}").body.decode()
    told = [line for line in logs if line["event"] == "counts cannot be shown"]
    assert len(told) == (0 if how == "without counts" else 1)


def test_the_counts_are_no_part_of_the_frozen_answers(worker: Worker, scene: Scene, clock: ManualClock) -> None:
    released(worker, scene, clock)

    sitting = msgspec.json.decode(send(worker, f"/score/{SITTING}", **MACHINE).body)

    assert "counts" not in sitting
