"""The keepers on the result-day board and on a release's timeline: real ones, one silent, a clock off."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from fangbang.core.clock import AUTHORITY_ZONE, ManualClock, SystemClock
from fangbang.core.errors import FangbangError
from fangbang.keeper.state import KeeperState
from fangbang.office.watch.asking import KeeperWatch
from fangbang.office.watch.judging import Finding, Lamp
from fangbang.office.watch.keepers import (
    KeeperReading,
    KeeperView,
    Kept,
    TimeSource,
    judged,
    missing_keeper,
    of_release,
    reading_of_keeper,
)
from fangbang.release.models import Release
from fangbang.release.rules import ReleaseState, Scope
from tests.keeper.office import SITTING, row
from tests.keeper.production import Two, two_keepers, until
from tests.office.desk import Desk, enter

T = datetime(2026, 8, 20, 10, tzinfo=AUTHORITY_ZONE)
CLOCKS = (TimeSource("system", True, 0), TimeSource("ntp://a", True, 3), TimeSource("ntp://b", True, -2))
WELL = KeeperReading(
    "a", "production", True, ("he", "li"), T, certain=True, sources=CLOCKS, lead="a", peer="b", in_step=True,
    kept=(Kept("rel-1", SITTING, "scheduled", T),),
)  # fmt: skip
OFF = (replace(CLOCKS[0], agrees=False, milliseconds=90_000), *CLOCKS[1:])


@dataclass
class Asked:
    """A keeper that was asked just now."""

    view: KeeperView

    def views(self) -> list[KeeperView]:
        return [self.view]


def lamp(reading: KeeperReading | None, heard: int | None = 1, *, answers: bool = True) -> tuple[Lamp, list[Finding]]:
    view = judged("/run/a.sock", reading, heard, answers=answers)
    return view.lamp, list(view.findings)


def test_a_keeper_that_will_post_is_green() -> None:
    assert lamp(WELL) == (Lamp.GREEN, [])


@pytest.mark.parametrize(
    ("reading", "finding"),
    [
        (KeeperReading("a", "production", False, ("li",), needed=2), ("disarmed", 1, 2)),
        (replace(WELL, certain=False), ("time-unsure",)),
        (replace(WELL, peer=""), ("unpaired",)),
        (replace(WELL, troubles=("keeper.seal-failed",)), ("trouble", "keeper.seal-failed")),
    ],
)
def test_what_keeps_it_from_posting_is_red(reading: KeeperReading, finding: Finding) -> None:
    assert lamp(reading) == (Lamp.RED, [finding])


@pytest.mark.parametrize(
    ("reading", "finding"),
    [
        (replace(WELL, in_step=False), ("out-of-step", "b")),
        (replace(WELL, alone=True), ("alone",)),
        (replace(WELL, sources=OFF), ("source-off", "system", 90_000)),
        (
            replace(WELL, sources=(*CLOCKS[:2], replace(CLOCKS[2], agrees=False, milliseconds=None))),
            ("source-silent", "ntp://b"),
        ),
    ],
)
def test_what_is_missing_behind_it_is_amber(reading: KeeperReading, finding: Finding) -> None:
    assert lamp(reading) == (Lamp.AMBER, [finding])


def test_a_silent_one_is_red_and_says_for_how_long() -> None:
    assert lamp(None, None, answers=False) == (Lamp.RED, [("never",)])
    assert lamp(WELL, 42, answers=False) == (Lamp.RED, [("silent", 42)])


@pytest.mark.parametrize(
    ("kept", "state", "findings"),
    [
        ((), "sealed", (("not-kept",),)),
        ((Kept("rel-1", SITTING, "sealed", None),), "sealed", ()),
        ((Kept("rel-1", SITTING, "sealed", None),), "scheduled", (("no-hour",),)),
        ((Kept("rel-1", SITTING, "scheduled", T + timedelta(hours=1)),), "scheduled", (("other-hour",),)),
        (WELL.kept, "scheduled", ()),
    ],
)
def test_a_keeper_without_the_release_or_its_hour_is_named(
    kept: tuple[Kept, ...], state: str, findings: tuple[Finding, ...]
) -> None:
    view = judged("a", replace(WELL, kept=kept), 1, answers=True)

    assert of_release(view, "rel-1", state, T) == findings
    assert of_release(judged("a", WELL, 9, answers=False), "rel-1", state, T) == ()


def test_one_keeper_alone_is_too_few_for_production() -> None:
    views: list[KeeperView] = [judged("a", WELL, 1, answers=True)]

    assert missing_keeper(views) == (("one-keeper",),)
    assert missing_keeper([*views, *views]) == ()
    assert missing_keeper([judged("a", replace(WELL, custody="demo"), 1, answers=True)]) == ()


@pytest.mark.parametrize("status", [{}, {"armed": True}, {"armed": False, "keeper": "a"}, {"armed": True, "time": 3}])
def test_what_is_no_status_is_refused(status: dict[str, Any]) -> None:
    with pytest.raises(FangbangError) as caught:
        reading_of_keeper(status)

    assert caught.value.code == "office.bad-status"


@pytest.mark.parametrize("state", KeeperState)
@pytest.mark.parametrize(("language", "title"), [("en", "Releases it holds"), ("zh", "保管的发布")])
def test_the_timeline_opens_whatever_a_keeper_is_doing_with_the_release(
    state: KeeperState, language: str, title: str, clock: ManualClock, db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A keeper may be asked in the second in which it seals."""
    doing = judged("a", replace(WELL, kept=(Kept("rel-1", SITTING, state.value, None),)), 1, answers=True)
    monkeypatch.setattr("fangbang.office.views.releases.watching_keepers", lambda: Asked(doing))
    enter(clock, "wang", "approver")
    entered({"release": "rel-1", "snapshot": "ab" * 16, "header": "cd" * 32}, T, clock)

    shown = Desk(clock).seat("wang").get(f"/releases/rel-1?lang={language}")

    assert shown.status_code == 200
    assert title in shown.content.decode()


@pytest.fixture
def two(tmp_path: Path) -> Iterator[Two]:
    with two_keepers(tmp_path) as made:
        yield made


@pytest.mark.timeout(240)
def test_two_keepers_from_disarmed_to_scheduled_with_one_killed_and_a_clock_off(
    two: Two, clock: ManualClock, db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One scene, since two real keepers take seconds to start; each step stands on the one before it."""
    watch = KeeperWatch([station.socket for station in (two.a, two.b)])
    monkeypatch.setattr("fangbang.office.views.board.watching_keepers", lambda: watch)
    monkeypatch.setattr("fangbang.office.views.releases.watching_keepers", lambda: watch)
    enter(clock, "wang", "approver")
    enter(clock, "ma", "provincial-centre", region="110000")

    def board() -> str:
        return Desk(clock).seat("wang").get("/board").content.decode()

    def shows(*texts: str) -> None:
        """The board comes to say all this: keepers are asked with little patience, and meet once a second."""
        until(lambda: (page := board()) != "" and all(text in page for text in texts))

    assert board().count("has never answered") == 2
    two.a.start()
    two.act(two.a, {"do": "arm"}, officers=["li"])
    shows("not armed: 1 of 2 officers so far")
    two.act(two.a, {"do": "arm"}, officers=["he"])
    assert two.a.told()["armed"] is True
    shows("not paired with another keeper")

    paired(two)
    order = two.office.seal_order(two.office.report(two.office.book([row(1)])))
    sealed = two.order(two.a, command="seal", order=order)
    assert sealed["ok"], sealed
    hour = SystemClock().now() + timedelta(hours=1)
    schedule, approvals = two.office.schedule_order(sealed, hour)
    until(lambda: [view.lamp for view in watch.views()] == [Lamp.GREEN, Lamp.GREEN])
    until(lambda: "keepers need attention" not in (page := board()) and page.count("by he, li,") == 2)
    entered(sealed, hour, clock)
    timeline = f"/releases/{sealed['release']}"

    def released() -> str:
        return Desk(clock).seat("wang").get(timeline).content.decode()

    until(lambda: released().count("does not know the hour") == 2)
    assert two.order(two.a, command="schedule", schedule=schedule, approvals=approvals)["ok"]
    until(lambda: "does not know the hour" not in released() and released().count('class="light green"') == 2)
    assert 'id="keepers"' not in Desk(clock).seat("ma").get(timeline).content.decode()

    two.servers[0].away = timedelta(minutes=2)
    two.b.kill()
    shows("ms off", "does not answer, for", "not in step with keeper b", "2 of 2 keepers need attention.")
    assert secrets_in(board(), two) == []


def paired(two: Two) -> None:
    """The second one armed too, and each told of the other."""
    two.b.start()
    two.arm(two.b)
    for station, other in ((two.a, "b"), (two.b, "a")):
        two.act(station, {"do": "pair", "card": two_cards(two, other)})
    until(lambda: all(two.pair_of(station)["in_step"] for station in (two.a, two.b)))


def entered(sealed: dict[str, Any], hour: datetime, clock: ManualClock) -> None:
    """The release as the office has it once its hour was signed."""
    Release.objects.create(
        id=sealed["release"], sitting_id=SITTING, scope=json.dumps(Scope().to_json()), scope_key="*",
        kind="base",
        state=ReleaseState.SCHEDULED, opened_at=clock.now(), t=hour, snapshot=sealed["snapshot"],
        header=sealed["header"], report_hash="0" * 64,
    )  # fmt: skip


def two_cards(two: Two, name: str) -> dict[str, Any]:
    card: dict[str, Any] = msgspec.to_builtins(two.cards[name])
    return card


def secrets_in(page: str, two: Two) -> list[str]:
    """Names of secret files of a keeper's folder whose text or hex stands in a page."""
    files = [path for path in two.a.home.rglob("*") if path.is_file() and path.suffix in (".key", ".json")]
    assert len(files) > 2
    return [
        path.name
        for path in files
        if any(text in page for text in (path.read_bytes().hex(), path.read_text(errors="ignore")) if text)
    ]
