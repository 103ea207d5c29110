"""Data are kept as long as the schedule says: two administrators end what is over its time, and the log says so."""

import os
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import pytest

from fangbang.accounts import actions as accounts
from fangbang.accounts import queries as staff
from fangbang.accounts.actions.entering import open_session
from fangbang.accounts.models import Device, Failure, Operator, Session
from fangbang.accounts.rules import Place, Stage
from fangbang.audit import queries as log
from fangbang.audit.rules import SYSTEM, Actor, decode_details
from fangbang.core.clock import ManualClock
from fangbang.core.errors import FangbangError
from fangbang.project import retention
from fangbang.project.layout import Layout
from fangbang.project.retention import DataClass, schedule
from tests.office.desk import Desk, enter

pytestmark = pytest.mark.django_db
CHEN, ZHAO = Actor("chen", "陈静"), Actor("zhao", "赵敏")
CLASSES = schedule(None)


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    layout = Layout(tmp_path)
    layout.make()
    return layout


def counts(layout: Layout, clock: ManualClock, classes: Sequence[DataClass] = CLASSES) -> dict[str, int]:
    return {item.of.id: item.count for item in retention.due(layout, classes, clock.now()) if item.count}


def old_file(path: Path, clock: ManualClock, days: int) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("x")
    at = (clock.now() - timedelta(days=days)).timestamp()
    os.utime(path, (at, at))
    return path


def sign_in(clock: ManualClock, operator: str) -> Session:
    _, row = open_session(Operator.objects.get(pk=operator), Stage.FULL, Place("10.0.0.1"), "Test", clock)
    return row


def furnish(layout: Layout, clock: ManualClock) -> dict[str, Path]:
    """One thing of each class that is over its time, and one that is not."""
    enter(clock, "wang")
    enter(clock, "liu", name="刘洋")
    Operator.objects.update(password="hash")
    ended = sign_in(clock, "wang")
    accounts.end_session(actor=SYSTEM, session_id=ended.pk, clock=clock)
    Device.objects.create(token_hash="old", operator_id="wang", first_at=clock.now(), seen_at=clock.now())
    Failure.objects.create(operator="wang", source="net:10.0.0.1", at=clock.now())
    clock.advance(timedelta(days=200))
    sign_in(clock, "liu")
    Failure.objects.create(operator="liu", source="net:10.0.0.1", at=clock.now())
    return {
        "old": old_file(layout.quarantine / "a.csv", clock, 91),
        "new": old_file(layout.quarantine / "b.csv", clock, 89),
        "record": old_file(layout.node("n") / "access" / "1.bin", clock, 181),
        "counter": old_file(layout.node("n") / "counter.json", clock, 400),
    }


def test_what_is_over_its_time_is_ended_and_nothing_else(layout: Layout, clock: ManualClock) -> None:
    files = furnish(layout, clock)
    before = counts(layout, clock)
    retention.ask(CLASSES, actor=CHEN, clock=clock)

    ended = retention.carry_out(layout, CLASSES, actor=ZHAO, clock=clock).ended

    right = {"sign-in-failures": 1, "sign-in-records": 2, "dormant-accounts": 1, "quarantine": 1, "access-records": 1}
    assert (before, ended, counts(layout, clock)) == (right, right, {})
    assert {name: path.exists() for name, path in files.items()} == {
        "old": False, "new": True, "record": False, "counter": True,
    }  # fmt: skip
    assert list(Failure.objects.values_list("operator", flat=True)) == ["liu"]
    last = log.latest(1)[0]
    assert (last.event, decode_details(last.details)["ended"]) == ("retention.carried-out", right)


def test_a_disabled_account_signs_in_no_more_and_can_be_invited_anew(layout: Layout, clock: ManualClock) -> None:
    desk = Desk(clock)
    enter(clock, "wang")
    desk.enrol("wang")
    desk.sign_in("wang")
    clock.advance(timedelta(days=91))

    ended = retention.keep_house(layout, CLASSES, clock=clock).ended

    assert (ended, staff.operator("wang").enrolled, staff.operator("wang").retired_at) == (
        {"dormant-accounts": 1},
        False,
        None,
    )
    assert desk.first_step("wang").status_code == 403
    assert "/sign-in" in desk.get("/releases").headers["Location"]
    desk.enrol("wang")
    desk.sign_in("wang")
    assert retention.keep_house(layout, CLASSES, clock=clock).ended == {}


def test_one_administrator_alone_ends_nothing(layout: Layout, clock: ManualClock) -> None:
    furnish(layout, clock)
    retention.ask(CLASSES, actor=CHEN, clock=clock)

    with pytest.raises(FangbangError, match=r"project\.not-asked"):
        retention.carry_out(layout, CLASSES, actor=CHEN, clock=clock)
    assert len(counts(layout, clock)) == 5


def test_what_was_asked_for_holds_once_a_week_and_for_that_schedule(layout: Layout, clock: ManualClock) -> None:
    retention.ask(CLASSES, actor=CHEN, clock=clock)
    with pytest.raises(FangbangError, match=r"project\.not-asked"):
        retention.carry_out(layout, CLASSES[1:], actor=ZHAO, clock=clock)
    retention.carry_out(layout, CLASSES, actor=ZHAO, clock=clock)
    with pytest.raises(FangbangError, match=r"project\.not-asked"):
        retention.carry_out(layout, CLASSES, actor=ZHAO, clock=clock)

    retention.ask(CLASSES, actor=CHEN, clock=clock)
    clock.advance(timedelta(days=7, seconds=1))

    with pytest.raises(FangbangError, match=r"project\.not-asked"):
        retention.carry_out(layout, CLASSES, actor=ZHAO, clock=clock)


def test_an_authority_has_its_own_schedule(tmp_path: Path) -> None:
    own = tmp_path / "own.toml"
    shipped = (Path(retention.__file__).parent / "retention.toml").read_text()
    own.write_text(shipped.replace("days = 90", "days = 30"))

    assert {item.days for item in schedule(own) if item.id in ("quarantine", "dormant-accounts")} == {30}


OWN = """[[class]]
id = "{id}"
zh = "纸质档案"
en = "Paper files"
days = 10
source = "档案法"
sure = true
why_zh = "x"
why_en = "x"
carried_out = {carried_out}
tables = []
daily = true
"""


def test_a_class_that_an_own_schedule_does_not_name_is_kept_as_shipped(tmp_path: Path) -> None:
    own = tmp_path / "own.toml"
    own.write_text(OWN.format(id="paper", carried_out="false") + OWN.format(id="uploads", carried_out="true"))

    found = {item.id: item for item in schedule(own)}

    assert list(found) == [*(item.id for item in CLASSES), "paper"]
    assert (found["uploads"].days, found["uploads"].folders, found["paper"].daily) == (10, ("office/uploads",), False)
    assert found["quarantine"] == next(item for item in CLASSES if item.id == "quarantine")


def test_a_class_stands_once_in_a_schedule(tmp_path: Path) -> None:
    own = tmp_path / "own.toml"
    own.write_text(OWN.format(id="paper", carried_out="false") * 2)

    with pytest.raises(FangbangError, match=r"project\.bad-retention"):
        schedule(own)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("days = 90", "days = -1"),
        ("days = 1\n", "days = 0\n"),
        ('id = "quarantine"', 'id = "made-up"'),
        ("sure", "surely"),
        ("[[class]]", "[[class"),
    ],
)
def test_a_schedule_that_cannot_be_carried_out_is_refused(tmp_path: Path, old: str, new: str) -> None:
    own = tmp_path / "own.toml"
    own.write_text((Path(retention.__file__).parent / "retention.toml").read_text().replace(old, new))

    with pytest.raises(FangbangError, match=r"project\.bad-retention"):
        schedule(own)


def test_every_class_says_its_source_and_the_unsure_ones_are_marked(clock: ManualClock) -> None:
    enter(clock, "chen", "administrator")

    page = Desk(clock).seat("chen").get("/retention").content.decode()

    assert page.count('<tr><th scope="row">') == len(CLASSES)
    assert page.count("unsure") >= sum(not item.sure for item in CLASSES) > 2
    assert [item.id for item in CLASSES if not item.source or not item.why_zh] == []
