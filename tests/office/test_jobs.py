"""The page of a job, and the buttons that ask for one."""

import pytest

from fangbang.audit import queries as audit
from fangbang.audit.rules import SYSTEM
from fangbang.core.clock import ManualClock
from fangbang.core.errors import FangbangError
from fangbang.jobs import actions as jobs
from fangbang.jobs import queries
from fangbang.jobs.actions.taking import note_progress, take_next
from fangbang.jobs.problems import UNKNOWN_JOB
from fangbang.jobs.rules import KINDS, JobState
from fangbang.office import jobs as entered
from fangbang.pages.texts import texts
from fangbang.release import actions
from fangbang.release.rules import ReleaseKind, Scope
from tests.guard.source import PACKAGE
from tests.office.desk import Desk, enter
from tests.release.people import SITTING

assert entered  # importing them enters the kinds


@pytest.fixture
def release(db: None, clock: ManualClock) -> str:
    """A draft, and an adjudicator who may take its steps."""
    enter(clock, "zhang", "adjudicator", name="张敏")
    return actions.open_release(actor=SYSTEM, sitting_id=SITTING, scope=Scope(), kind=ReleaseKind.BASE, clock=clock)


def asked(clock: ManualClock, release: str, kind: str = "freeze") -> str:
    return jobs.ask(actor=SYSTEM, kind=kind, subject=release, arguments={}, clock=clock)


def shown(clock: ManualClock, release: str, job: str) -> str:
    return Desk(clock).seat("zhang").get(f"/releases/{release}/jobs/{job}").content.decode()


def test_a_button_asks_for_a_job_and_goes_to_its_page(clock: ManualClock, release: str) -> None:
    answer = Desk(clock).seat("zhang").post(f"/releases/{release}/freeze")

    [job] = queries.jobs_about(release)
    assert answer.headers["Location"] == f"/releases/{release}/jobs/{job.id}"
    assert (job.kind, job.actor, job.state) == ("freeze", "zhang", JobState.QUEUED)


def test_pressed_twice_it_is_one_job(clock: ManualClock, release: str) -> None:
    desk = Desk(clock).seat("zhang")
    first, second = (desk.post(f"/releases/{release}/freeze").headers["Location"] for _ in range(2))

    assert first == second


def test_the_page_follows_by_itself_while_the_job_is_not_over(clock: ManualClock, release: str) -> None:
    job = asked(clock, release)
    take_next(clock)
    note_progress(job, 1, 4, "books")
    before = shown(clock, release, job)
    jobs.finish(job_id=job, result={"report": "ab12"}, clock=clock)
    after = shown(clock, release, job)

    assert '<noscript><meta http-equiv="refresh" content="3; url=?poll=1"' in before
    assert '"X-Polling"' in (PACKAGE / "office" / "static" / "job.js").read_text()  # neither counts as activity
    assert 'max="100" value="25"' in before
    assert "In progress · reading the books again" in before
    assert ("http-equiv" in after, "job.js" in after, "<progress" in after) == (False, False, False)
    assert "Hash of the report" in after
    assert "ab12" in after


def test_where_nobody_knows_how_much_there_is_no_number_is_made_up(clock: ManualClock, release: str) -> None:
    page = shown(clock, release, asked(clock, release))

    assert '<progress aria-label="Progress" max="100"></progress>' in page


def test_a_failure_says_why_on_the_page_and_on_the_timeline(clock: ManualClock, release: str) -> None:
    job = asked(clock, release)
    take_next(clock)
    jobs.fail(job_id=job, error=FangbangError(UNKNOWN_JOB, job="here"), clock=clock)
    timeline = Desk(clock).seat("zhang").get(f"/releases/{release}").content.decode()

    assert "There is no job here" in shown(clock, release, job)
    assert "The last try did not finish" in timeline


def test_the_timeline_says_what_is_going_on_instead_of_a_second_button(clock: ManualClock, release: str) -> None:
    job = asked(clock, release)
    page = Desk(clock).seat("zhang").get(f"/releases/{release}").content.decode()

    assert f"/releases/{release}/jobs/{job}" in page
    assert f'action="/releases/{release}/freeze"' not in page


def test_a_job_of_another_thing_is_not_found_there(clock: ManualClock, release: str) -> None:
    other = asked(clock, "rel-other")

    answers = [Desk(clock).seat("zhang").get(f"/releases/{release}/jobs/{job}") for job in (other, "job-none")]

    assert [(answer.status_code, b"jobs.unknown" in answer.content) for answer in answers] == [(404, True)] * 2


def test_asking_leaves_an_event_of_the_asker(clock: ManualClock, release: str) -> None:
    Desk(clock).seat("zhang").post(f"/releases/{release}/freeze")

    last = audit.latest(1)[0]
    assert (last.event, last.actor.id, last.subject) == ("jobs.asked", "zhang", release)


def test_every_kind_of_the_office_has_its_words() -> None:
    known = texts("zh", "fangbang.office").messages
    own = [name for name, kind in KINDS.items() if kind.run.__module__.startswith("fangbang.")]

    assert len(own) >= 4
    assert [name for name in own if f"kind-of-job.{name}" not in known] == []
