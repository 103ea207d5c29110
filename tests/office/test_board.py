"""The result-day board: judged by planted faults, gathered from a real scrape, shown in words and colours."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import msgspec
import pytest

from fangbang.audit.rules import SYSTEM
from fangbang.core.clock import AUTHORITY_ZONE, ManualClock, to_wire
from fangbang.core.errors import FangbangError
from fangbang.office.watch.collector import Collector, addresses_of
from fangbang.office.watch.judging import Finding, Lamp, Sample, grown, view_of
from fangbang.office.watch.plots import sparkline
from fangbang.office.watch.readings import Held, Reading, reading_of
from fangbang.release.actions import open_release
from fangbang.release.rules import ReleaseKind, Scope
from fangbang.snapshot.board import BOARD_FORMAT, Board, SittingBoard, SnapshotRef
from fangbang.snapshot.header import Text
from tests.office.desk import Desk, enter

SITTING = "social-worker-2026"
NOW = datetime(2026, 8, 20, 10, tzinfo=AUTHORITY_ZONE)
REF = SnapshotRef("ab" * 16, "base", "snapshots/x", "cd" * 32, to_wire(NOW), to_wire(NOW))
ENTRY = SittingBoard("social-worker", Text("社会工作者", "Social worker"), 2026, "published", to_wire(NOW), (REF,))
BOARD = Board(BOARD_FORMAT, 100, to_wire(NOW), to_wire(NOW + timedelta(minutes=15)), {SITTING: ENTRY}, {}, (), 3)
HELD = Held(SITTING, REF.id, REF.header_sha256, "ef" * 32, open=True)
WELL = Reading({"found": 90, "not-found": 10}, 2, 100, 1.0, 3, 0.001, {"0.99": 0.01}, held=(HELD,))


def judged(reading: Reading | None, board: Board | None = BOARD) -> tuple[Lamp, tuple[Finding, ...]]:
    view = view_of("n1", [Sample(0.0, {"n1": WELL}), Sample(2.0, {"n1": reading})], board)
    return view.lamp, view.findings


def test_a_node_that_does_what_the_board_says_is_green() -> None:
    assert judged(WELL) == (Lamp.GREEN, ())


@pytest.mark.parametrize(
    ("reading", "finding"),
    [
        (None, ("down", 2)),
        (replace(WELL, workers=0), ("no-workers",)),
        (replace(WELL, board_age=61.0), ("stale",)),
        (replace(WELL, board=95), ("behind", 5)),
        (replace(WELL, switches=2), ("switches", 3)),
        (replace(WELL, held=()), ("missing", SITTING)),
        (replace(WELL, held=(replace(HELD, header="00" * 32, root="99" * 32),)), ("other-root", SITTING, "9" * 12)),
        (replace(WELL, held=(replace(HELD, open=False),)), ("not-open", SITTING)),
        (replace(WELL, held=(HELD, replace(HELD, snapshot="11" * 16))), ("unknown-root", SITTING, "ef" * 6)),
    ],
)
def test_each_fault_is_red_and_named(reading: Reading | None, finding: Finding) -> None:
    assert judged(reading) == (Lamp.RED, (finding,))


@pytest.mark.parametrize(
    ("reading", "finding"),
    [
        (replace(WELL, lag=0.9), ("slow", 900)),
        (replace(WELL, waits={"0.99": 2.0}), ("slow", 2000)),
        (replace(WELL, errors=2), ("errors", 2)),
        (replace(WELL, alarms=("failures",)), ("alarm", "failures")),
    ],
)
def test_what_wants_a_look_is_amber(reading: Reading, finding: Finding) -> None:
    assert judged(reading) == (Lamp.AMBER, (finding,))


def test_a_node_that_never_answered_is_not_said_to_have_been_there() -> None:
    assert view_of("n2", [Sample(0.0, {"n2": None})], BOARD).findings == (("never",),)


def test_rates_are_of_all_nodes_and_a_restart_is_no_fall() -> None:
    before = {"n1": WELL, "n2": WELL}
    after = {"n1": replace(WELL, answers={"found": 130}), "n2": replace(WELL, answers={"found": 20}), "n3": WELL}

    assert grown([Sample(0.0, before), Sample(2.0, after)], ["found"]) == [30.0]


def test_a_curve_says_what_it_shows_and_escapes_it() -> None:
    drawn = str(sparkline([0.0, 5.0, 10.0], 'a "label" <b>'))

    assert 'aria-label="a &quot;label&quot; &lt;b&gt;"' in drawn
    assert drawn.count(",") == 3


@pytest.mark.parametrize("text", ["ftp://n1/metrics", "n1:9100", "file:///etc/passwd"])
def test_an_address_that_is_none_stops_the_start(text: str) -> None:
    with pytest.raises(FangbangError) as caught:
        addresses_of(f"http://n0:1/metrics, {text}")

    assert caught.value.code == "core.bad-setting"


def test_what_is_no_scrape_of_a_node_is_refused() -> None:
    with pytest.raises(FangbangError) as caught:
        reading_of("n1", "hello 1\n")

    assert caught.value.code == "office.no-metrics"


SCRAPE = (Path(__file__).parent / "scrape.txt").read_text()


@pytest.fixture
def scraped() -> Iterator[str]:
    """A server that says what a node's metrics port said."""

    class Said(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(SCRAPE.encode())

        def log_message(self, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Said) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/metrics"
        server.shutdown()


def test_nodes_are_asked_side_by_side_and_one_that_is_away_is_told(scraped: str) -> None:
    collector = Collector([scraped, "http://127.0.0.1:9/metrics"])

    collector.look()
    collector.look()

    said = collector.samples()[-1].readings
    here, away = collector.nodes
    assert (len(collector.samples()), said[away]) == (2, None)
    reading = said[here]
    assert reading is not None
    assert (reading.workers, reading.answers["found"], [item.sitting for item in reading.held]) == (2, 1, [SITTING])


def test_the_page_says_in_words_what_fails(
    clock: ManualClock, db: None, scraped: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    collector = Collector([scraped, "http://127.0.0.1:9/metrics"])
    collector.look()
    collector.look()
    monkeypatch.setattr("fangbang.office.views.board.watching", lambda: collector)
    monkeypatch.setattr("fangbang.office.views.board.public_board", lambda: BOARD)
    enter(clock, "wang", "auditor")

    page = Desk(clock).seat("wang").get("/board").content.decode()
    held = Desk(clock).seat("wang").get("/board?hold=1").content.decode()

    assert "2 of 2 nodes need attention." in page
    assert "has never answered" in page
    assert f"lacks a snapshot of {SITTING}" in page
    assert page.count('class="spark"') == 4
    assert ("http-equiv" in page, "http-equiv" in held) == (True, False)


@pytest.mark.parametrize(
    ("day", "told"), [(59, "The public query ends on 2026-10-19"), (60, "The public query ended on 2026-10-19")]
)
def test_the_board_and_a_release_say_when_the_public_query_ends(
    clock: ManualClock, db: None, monkeypatch: pytest.MonkeyPatch, day: int, told: str
) -> None:
    entry = msgspec.structs.replace(ENTRY, closes_at=to_wire(NOW + timedelta(days=60)))
    standing = msgspec.structs.replace(BOARD, sittings={SITTING: entry})
    for view in ("board", "releases"):
        monkeypatch.setattr(f"fangbang.office.views.{view}.public_board", lambda: standing)
    clock.at = NOW + timedelta(days=day)
    enter(clock, "wang", "auditor")
    seat, release = (
        Desk(clock).seat("wang"),
        open_release(actor=SYSTEM, sitting_id=SITTING, scope=Scope(), kind=ReleaseKind.BASE, clock=clock),
    )

    board, page = (seat.get(address).content.decode() for address in ("/board", f"/releases/{release}"))

    assert "<td>2026-10-19 10:00</td>" in board
    assert ("public query ended" in board) == (day == 60)
    assert told in page


def test_without_nodes_the_board_says_what_to_set(clock: ManualClock, db: None) -> None:
    enter(clock, "wang", "auditor")

    assert "FANGBANG_NODES" in Desk(clock).seat("wang").get("/board").content.decode()
