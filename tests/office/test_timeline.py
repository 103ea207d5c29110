"""What the timeline says comes next, by what was decided since the last run; and opening a release."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from fangbang.adjudication.models import Run, RunState
from fangbang.audit import queries as audit
from fangbang.audit.actions import record
from fangbang.audit.events import AuditEvent
from fangbang.audit.rules import SYSTEM, Entry, encode_details
from fangbang.core.clock import ManualClock
from fangbang.exams.catalogue import Catalogue
from fangbang.intake.models import Sitting
from fangbang.jobs import queries as jobs
from fangbang.office import jobs as entered
from fangbang.office.views.releases import deciding_options, edited_since_run
from fangbang.project import naming, stores
from fangbang.release import actions, queries
from fangbang.release.rules import EDITING, ReleaseKind, Scope, edits, may_edit
from tests.office.desk import Desk, enter
from tests.release.people import NOW, SITTING

assert entered  # importing them enters the kinds


@pytest.fixture
def sitting(db: None, clock: ManualClock) -> str:
    """An opened sitting, last year's with a run, and an adjudicator."""
    enter(clock, "zhang", "adjudicator", name="张敏")
    for year in (2025, 2026):
        Sitting.objects.create(
            pk=f"social-worker-{year}", exam_id="social-worker", year=year, catalogue_version="x", opened_by="liu",
            opened_at=clock.now(),
        )  # fmt: skip
    decided(clock, "social-worker-2025", "run-last-year")
    return SITTING


def decided(clock: ManualClock, sitting: str, run: str, history: Sequence[str] = ()) -> None:
    told = [{"sitting": "-", "year": 2025, "book": "-", "version": it, "provinces": [], "levels": []} for it in history]
    inputs = {"books": {}, "history": told, "withhold_missing": True, "withheld": "", "people": ""}
    Run.objects.create(
        pk=run, number=1, sitting_id=sitting, state=RunState.FINISHED, inputs=inputs, rule_hash="x", code_version="x",
        outcomes="outcomes-x", candidates=1, disagreements=0, samples=[], counts={}, actor="zhang", actor_name="张敏",
        at=clock.now(),
    )  # fmt: skip
    said(clock, AuditEvent.RUN_FINISHED, sitting)


def said(clock: ManualClock, event: AuditEvent, sitting: str) -> None:
    record(actor=SYSTEM, event=event, subject=sitting, details={"sitting": sitting}, clock=clock)


def draft(clock: ManualClock) -> str:
    return actions.open_release(actor=SYSTEM, sitting_id=SITTING, scope=Scope(), kind=ReleaseKind.BASE, clock=clock)


@pytest.mark.parametrize(
    ("event", "again"),
    [
        (AuditEvent.LINE_ANNOUNCED, True),
        (AuditEvent.RESULT_WITHHELD, True),
        (AuditEvent.CATALOGUE_PUT_IN_FORCE, True),
        (AuditEvent.PERSON_APPROVED, False),
        (AuditEvent.SIGNED_IN, False),
    ],
)
def test_what_was_decided_after_the_run_asks_for_another(
    clock: ManualClock, sitting: str, event: AuditEvent, again: bool
) -> None:
    release = draft(clock)
    decided(clock, sitting, "run-1")
    before = edited_since_run(queries.release(release))
    said(clock, event, sitting)

    assert (before, edited_since_run(queries.release(release))) == (False, again)


def test_the_events_that_are_asked_for_are_all_that_may_be_edits() -> None:
    entries = [
        Entry(1, NOW, SYSTEM, event, SITTING, encode_details({"kind": kind}), "", "")
        for event in AuditEvent
        for kind in ("", "link", "prior-passes")
    ]

    assert {entry.event for entry in entries if edits(entry, SITTING)} == EDITING
    assert {entry.event for entry in entries if may_edit(entry)} == EDITING


def test_the_button_asks_for_a_run_as_it_was_chosen(clock: ManualClock, sitting: str) -> None:
    release = draft(clock)
    Desk(clock).seat("zhang").post(
        f"/releases/{release}/adjudicate", withhold_missing="true", history=["run-last-year"]
    )

    [job] = jobs.jobs_about(release)
    assert (job.kind, job.arguments) == ("adjudicate", {"withhold_missing": True, "history": ["run-last-year"]})


def test_the_choice_of_the_last_run_stands_in_the_form(clock: ManualClock, sitting: str) -> None:
    release = draft(clock)
    decided(clock, sitting, "run-1", history=["run-last-year"])

    page = Desk(clock).seat("zhang").get(f"/releases/{release}")

    chosen = deciding_options(queries.release(release))["history"]
    assert (page.status_code, chosen) == (200, ["run-last-year"])


def test_a_run_that_is_no_history_is_refused(clock: ManualClock, sitting: str) -> None:
    release = draft(clock)
    answer = Desk(clock).seat("zhang").post(f"/releases/{release}/adjudicate", history=["run-none"])

    assert (answer.status_code, b"office.no-such-run" in answer.content) == (400, True)
    assert jobs.jobs_about(release) == []


def test_an_adjudicator_opens_a_release_of_a_part(clock: ManualClock, sitting: str) -> None:
    answer = (
        Desk(clock).seat("zhang").post("/open-release", sitting=sitting, provinces="110000 120000", levels="middle")
    )

    [view] = queries.releases(sitting)
    assert answer.headers["Location"] == f"/releases/{view.id}"
    assert view.scope == Scope(("110000", "120000"), ("middle",))
    assert audit.latest(1)[0].actor.id == "zhang"


def test_the_catalogue_is_read_once_for_all_sittings_that_may_be_opened(
    clock: ManualClock, sitting: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[object] = []
    naming._read.cache_clear()
    naming._naming.cache_clear()

    def noted(folder: Path | None) -> Catalogue:
        read.append(folder)
        return stores.exam_catalogue(folder)

    monkeypatch.setattr(naming, "exam_catalogue", noted)

    page = Desk(clock).seat("zhang").get("/open-release").content.decode()

    assert (len(read), page.count("social-worker-2025/middle"), page.count("social-worker-2026/middle")) == (1, 1, 1)


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"provinces": "999999"}, "release.bad-scope"),
        ({"levels": "nothing"}, "release.bad-scope"),
        ({"sitting": "social-worker-1999"}, "intake.no-sitting"),
    ],
)
def test_what_is_no_part_is_told(clock: ManualClock, sitting: str, fields: dict[str, str], code: str) -> None:
    answer = Desk(clock).seat("zhang").post("/open-release", **{"sitting": sitting, **fields})

    assert code in answer.content.decode()
    assert queries.releases() == []


def test_an_adjudicator_of_one_province_opens_no_other_s(clock: ManualClock, sitting: str) -> None:
    enter(clock, "qian", "adjudicator", region="110000", name="钱进")
    desk = Desk(clock).seat("qian")
    refused = [desk.post("/open-release", sitting=sitting, provinces=scope) for scope in ("", "120000")]
    taken = desk.post("/open-release", sitting=sitting, provinces="110000")

    assert ["office.not-your-region" in answer.content.decode() for answer in refused] == [True, True]
    assert taken.status_code == 302


def test_a_second_release_of_the_same_part_is_refused(clock: ManualClock, sitting: str) -> None:
    desk = Desk(clock).seat("zhang")
    desk.post("/open-release", sitting=sitting)

    assert "release.already-open" in desk.post("/open-release", sitting=sitting).content.decode()


def test_what_is_not_approved_is_not_sealed(clock: ManualClock, sitting: str) -> None:
    release = draft(clock)
    answer = Desk(clock).seat("zhang").post(f"/releases/{release}/seal")

    assert "release.not-frozen" in answer.content.decode()
    assert jobs.jobs_about(release) == []


def test_only_what_is_published_is_corrected(clock: ManualClock, sitting: str) -> None:
    release = draft(clock)
    answer = Desk(clock).seat("zhang").post(f"/releases/{release}/correct")

    assert "release.no-base" in answer.content.decode()
    assert [view.id for view in queries.releases()] == [release]
