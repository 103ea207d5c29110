"""Each class of the schedule ends what is over its time, leaves what is not, and says so in the audit log."""

import os
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from fangbang.accounts import queries as staff
from fangbang.accounts.actions.entering import open_session
from fangbang.accounts.models import Operator
from fangbang.accounts.rules import Place, Stage
from fangbang.adjudication.models import RequestKind, RequestState, Withholding, WithholdingRequest
from fangbang.audit import queries as log
from fangbang.audit.rules import SYSTEM, Actor, decode_details
from fangbang.core.clock import ManualClock, SystemClock
from fangbang.core.errors import FangbangError
from fangbang.desk.models import Enquiry, Export, Preview
from fangbang.desk.rules import PreviewState
from fangbang.intake.models import Sitting, Upload
from fangbang.jobs.models import Job
from fangbang.jobs.rules import JobState
from fangbang.project import retention
from fangbang.project.ending import ENDINGS
from fangbang.project.layout import Layout
from fangbang.project.problems import NOT_ENDED
from fangbang.project.retention import schedule
from fangbang.project.working import keep_house
from tests.office.desk import enter

pytestmark = pytest.mark.django_db
ZHAO = Actor("zhao", "赵敏")
CLASSES = schedule(None)
NAMES = {"asked_by": "li", "asked_name": "李娜"}


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    layout = Layout(tmp_path)
    layout.make()
    return layout


def end(layout: Layout, clock: ManualClock, name: str) -> tuple[int, int, int]:
    """What of a class is due before, is ended, and is due afterwards."""
    (of,) = [item for item in CLASSES if item.id == name]
    before = retention.due(layout, [of], clock.now())[0].count
    retention.ask([of], actor=Actor("chen", "陈静"), clock=clock)
    ended = retention.carry_out(layout, [of], actor=ZHAO, clock=clock).ended.get(name, 0)
    return before, ended, retention.due(layout, [of], clock.now())[0].count


def last_event(event: str) -> Mapping[str, Any]:
    return decode_details(next(entry for entry in log.latest(5) if entry.event == event).details)


def file(path: Path, clock: ManualClock, days: float) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("x")
    at = (clock.now() - timedelta(days=days)).timestamp()
    os.utime(path, (at, at))
    return path


def ago(clock: ManualClock, days: int) -> Any:
    return clock.now() - timedelta(days=days)


def preview(pk: str, clock: ManualClock, days: int) -> None:
    Preview.objects.create(
        pk=pk, release_id="r", sitting_id="s", region="110000", sealed="x", digest="d", reason="核对", **NAMES,
        state=PreviewState.ASKED, asked_at=ago(clock, days + 1), expires_at=ago(clock, days),
    )  # fmt: skip


def export(pk: str, clock: ManualClock, days: int) -> None:
    Export.objects.create(
        pk=pk, sitting_id="s", region="110000", content="full", format="csv", purpose="审核", asked_at=ago(clock, days),
        **NAMES,
    )  # fmt: skip


def test_searches_previews_and_exports_of_desks(layout: Layout, clock: ManualClock) -> None:
    for days, pk in ((181, "old"), (179, "new")):
        preview(pk, clock, days)
        export(pk, clock, days)
        Enquiry.objects.create(operator=pk, at=ago(clock, days), kind="ticket", sitting_id="s", digest="d")

    assert end(layout, clock, "desk-records") == (3, 3, 0)
    assert [*Preview.objects.values_list("pk", flat=True), *Export.objects.values_list("pk", flat=True)] == ["new"] * 2
    assert last_event("desk.records-forgotten") == {"searches": 1, "previews": 1, "exports": 1}


def withholding(pk: str, clock: ManualClock, lifted: int | None) -> None:
    over = {} if lifted is None else {"lifted_at": ago(clock, lifted), "lifted_by": "li", "lifted_reason": "查清"}
    Withholding.objects.create(
        pk=pk, sitting_id="s", ticket=pk, reason="核查", by="li", by_name="李娜", at=ago(clock, 4000), **over
    )
    WithholdingRequest.objects.create(
        pk=pk, kind=RequestKind.WITHHOLD, sitting_id="s", ticket=pk, reason="核查", basis="x", **NAMES,
        state=RequestState.AGREED, asked_at=ago(clock, 4000), decided_by="wu", decided_at=ago(clock, 4000),
    )  # fmt: skip


def test_a_withholding_goes_years_after_it_was_lifted_and_never_while_it_holds(
    layout: Layout, clock: ManualClock
) -> None:
    withholding("old", clock, 1826)
    withholding("new", clock, 1824)
    withholding("holds", clock, None)

    assert end(layout, clock, "withholdings") == (3, 3, 0)
    assert set(Withholding.objects.values_list("pk", flat=True)) == {"new", "holds"}
    assert set(WithholdingRequest.objects.values_list("pk", flat=True)) == {"holds"}
    assert last_event("adjudication.withholdings-forgotten") == {"withholdings": 1, "requests": 2}


def test_jobs_that_ended(layout: Layout, clock: ManualClock) -> None:
    for pk, days, state in (("old", 181, JobState.DONE), ("new", 179, JobState.FAILED), ("open", 999, JobState.QUEUED)):
        ended = None if state.open else ago(clock, days)
        Job.objects.create(
            pk=pk, kind=pk, subject="x", arguments="{}", actor="li", actor_name="李娜", state=state.value,
            asked_at=ago(clock, days), ended_at=ended,
        )  # fmt: skip

    assert end(layout, clock, "jobs") == (1, 1, 0)
    assert set(Job.objects.values_list("pk", flat=True)) == {"new", "open"}


@pytest.mark.parametrize(
    ("name", "place", "days"),
    [
        ("quarantine", "office/quarantine/a.csv", 90),
        ("export-files", "office/exports/exp-a.sealed", 1),
        ("leftovers", "office/books/.a.parquet.0f.tmp", 1),
        ("leftovers", "office/.backup-x1/office.sqlite3", 1),
        ("access-records", "node/n/access/a.bin", 180),
    ],
)
def test_files_that_were_last_written_before_their_time(
    layout: Layout, clock: ManualClock, name: str, place: str, days: int
) -> None:
    old = file(layout.home / place, clock, days + 0.1)
    new = file(old.with_name(f".new{old.name}"), clock, days - 0.1)

    assert end(layout, clock, name) == (1, 1, 0)
    assert (old.exists(), new.exists()) == (False, True)


def test_a_dropped_file_is_as_old_as_it_has_lain_there_whatever_date_it_brought(layout: Layout) -> None:
    """`cp -p` and unpacking keep the date of the centre's file: it would have gone the hour it came."""
    clock = ManualClock(SystemClock().now())
    dropped = file(layout.drop / "成绩.csv", clock, 99)
    clock.advance(timedelta(days=30, hours=-1))
    early = end(layout, clock, "dropped-files")
    kept = dropped.exists()

    clock.advance(timedelta(hours=2))
    late = end(layout, clock, "dropped-files")

    assert (early, kept) == ((0, 0, 0), True)
    assert (late, dropped.exists()) == ((1, 1, 0), False)


def broken(monkeypatch: pytest.MonkeyPatch, name: str, error: Exception) -> None:
    def fail(*_: object) -> int:
        raise error

    monkeypatch.setitem(ENDINGS, name, replace(ENDINGS[name], end=fail))


@pytest.mark.parametrize(
    ("error", "why"),
    [(FangbangError(NOT_ENDED, what="x"), "project.not-ended"), (PermissionError("x"), "PermissionError")],
)
def test_a_class_that_cannot_be_ended_keeps_no_other_from_its_end(
    layout: Layout, clock: ManualClock, monkeypatch: pytest.MonkeyPatch, error: Exception, why: str
) -> None:
    upload(f"up-{'a' * 26}", clock, layout, 8)
    sealed = file(layout.exports / "exp-a.sealed", clock, 2)
    broken(monkeypatch, "uploads", error)

    with capture_logs() as told:
        keep_house(layout, clock)
        keep_house(layout, clock)

    assert not sealed.exists()
    entries = [entry for entry in log.latest(9) if entry.event == "retention.of-the-day"]
    assert [decode_details(entry.details)["failed"] for entry in entries] == [{"uploads": why}]
    errors = [(line["event"], line["of"], line["problem"]) for line in told if line["log_level"] == "error"]
    assert errors == [("retention.failed", "uploads", why)] * 2


def test_what_failed_is_told_until_it_succeeds(
    layout: Layout, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as worse:
        broken(worse, "export-files", OSError())
        keep_house(layout, clock)
        before = dict(retention.failures())

    keep_house(layout, clock)

    assert (before, retention.failures()) == ({"export-files": "OSError"}, {})


def test_what_two_administrators_could_not_end_is_ended_by_the_same_call_again(
    layout: Layout, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    retention.ask(CLASSES, actor=Actor("chen", "陈静"), clock=clock)
    kept = file(layout.quarantine / "a.csv", clock, 99)
    with monkeypatch.context() as worse:
        broken(worse, "quarantine", OSError())
        done = retention.carry_out(layout, CLASSES, actor=ZHAO, clock=clock)

    again = retention.carry_out(layout, CLASSES, actor=ZHAO, clock=clock)

    assert (done.failed, again.ended, kept.exists()) == ({"quarantine": "OSError"}, {"quarantine": 1}, False)
    with pytest.raises(FangbangError, match=r"project\.not-ended"):
        done.check()
    with pytest.raises(FangbangError, match=r"project\.not-asked"):
        retention.carry_out(layout, CLASSES, actor=ZHAO, clock=clock)


def test_a_link_in_the_drop_folder_is_left_alone(layout: Layout, clock: ManualClock, tmp_path: Path) -> None:
    target = file(tmp_path / "elsewhere", clock, 99)
    (layout.drop / "link").symlink_to(target)

    assert end(layout, clock, "dropped-files") == (0, 0, 0)
    assert target.exists()


def upload(pk: str, clock: ManualClock, layout: Layout, days: int) -> Path:
    sitting, _ = Sitting.objects.get_or_create(
        id="s", exam_id="s", year=2026, catalogue_version="1", opened_by="li", opened_at=clock.now()
    )
    Upload.objects.create(
        pk=pk, sitting=sitting, state="here", name="a.csv", size=1, received=1, importer="li", importer_name="李娜",
        begun_at=ago(clock, days), touched_at=ago(clock, days),
    )  # fmt: skip
    return file(layout.uploads / pk / "file" / "a.csv", clock, days)


def test_the_system_ends_by_itself_what_waits_for_nobody(layout: Layout, clock: ManualClock) -> None:
    kept = {
        "old": upload(f"up-{'a' * 26}", clock, layout, 8),
        "new": upload(f"up-{'b' * 26}", clock, layout, 6),
        "sealed": file(layout.exports / "exp-a.sealed", clock, 2),
        "dropped": file(layout.drop / "a.csv", clock, 99),
        "quarantined": file(layout.quarantine / "a.csv", clock, 99),
    }

    keep_house(layout, clock)
    keep_house(layout, clock)

    assert {name: path.exists() for name, path in kept.items()} == {
        "old": False, "new": True, "sealed": False, "dropped": True, "quarantined": True,
    }  # fmt: skip
    told = [entry for entry in log.latest(9) if entry.event == "retention.of-the-day"]
    assert [entry.actor for entry in told] == [SYSTEM]
    assert decode_details(told[0].details)["ended"] == {"uploads": 1, "export-files": 1}


def test_what_the_system_ends_is_no_asking(layout: Layout, clock: ManualClock) -> None:
    file(layout.exports / "exp-a.sealed", clock, 2)
    keep_house(layout, clock)

    with pytest.raises(FangbangError, match=r"project\.not-asked"):
        retention.carry_out(layout, CLASSES, actor=ZHAO, clock=clock)


def test_what_the_system_ends_takes_no_asking_away(layout: Layout, clock: ManualClock) -> None:
    retention.ask(CLASSES, actor=Actor("chen", "陈静"), clock=clock)
    file(layout.exports / "exp-a.sealed", clock, 2)
    keep_house(layout, clock)

    retention.carry_out(layout, CLASSES, actor=ZHAO, clock=clock)

    assert log.latest(1)[0].event == "retention.carried-out"


def test_a_schedule_that_cannot_be_read_ends_nothing_and_stops_nobody(
    layout: Layout, clock: ManualClock, settings: Any, tmp_path: Path
) -> None:
    kept = file(layout.exports / "exp-a.sealed", clock, 2)
    settings.RETENTION = tmp_path / "none.toml"

    keep_house(layout, clock)

    assert kept.exists()


def signed_in(clock: ManualClock, operator: str, role: str, days: int) -> None:
    enter(clock, operator, role)
    row = Operator.objects.get(pk=operator)
    row.password, row.added_at = "hash", ago(clock, 999)
    row.save()
    open_session(row, Stage.FULL, Place("10.0.0.1"), "Test", ManualClock(ago(clock, days)))


def test_the_administrator_who_was_there_last_is_never_disabled(layout: Layout, clock: ManualClock) -> None:
    signed_in(clock, "chen", "administrator", 300)
    signed_in(clock, "zhao", "administrator", 200)
    signed_in(clock, "wang", "approver", 250)

    keep_house(layout, clock)

    assert {item.id: item.enrolled for item in staff.operators()} == {"chen": False, "zhao": True, "wang": False}


def test_a_dormant_administrator_goes_where_another_one_is_there(layout: Layout, clock: ManualClock) -> None:
    signed_in(clock, "chen", "administrator", 300)
    signed_in(clock, "zhao", "administrator", 1)

    keep_house(layout, clock)

    assert {item.id: item.enrolled for item in staff.operators()} == {"chen": False, "zhao": True}


def test_the_last_administrator_is_not_disabled_by_hand_either(clock: ManualClock) -> None:
    from fangbang.accounts import actions as accounts

    signed_in(clock, "chen", "administrator", 300)

    with pytest.raises(FangbangError, match=r"accounts\.last-administrator"):
        accounts.disable_operator(actor=SYSTEM, operator_id="chen", clock=clock)

    assert staff.operator("chen").enrolled
