"""A sitting is opened from the page of sittings, by an importer of the exam."""

import pytest

from fangbang.audit import queries as audit
from fangbang.audit.events import AuditEvent
from fangbang.core.clock import ManualClock
from fangbang.intake import queries
from tests.office.desk import Desk, enter

pytestmark = pytest.mark.django_db


@pytest.fixture
def liu(clock: ManualClock) -> Desk:
    enter(clock, "liu", "importer", exams=["social-worker"], name="刘洋")
    return Desk(clock).seat("liu")


def opened() -> list[str]:
    return [item.pk for item in queries.sittings()]


def test_an_importer_opens_a_sitting_and_goes_on_to_its_files(liu: Desk) -> None:
    answer = liu.post("/open-sitting", exam="social-worker", year="2026")

    last = audit.latest(1)[0]
    assert answer.headers["Location"] == "/sittings/social-worker-2026"
    assert (last.event, last.subject, last.actor.id) == (AuditEvent.SITTING_OPENED, "social-worker-2026", "liu")


def test_an_open_sitting_stays_as_it_is(liu: Desk) -> None:
    for _ in range(2):
        liu.post("/open-sitting", exam="social-worker", year="2026")

    assert opened() == ["social-worker-2026"]
    assert len([it for it in audit.entries() if it.event == AuditEvent.SITTING_OPENED]) == 1


@pytest.mark.parametrize(
    ("exam", "year", "code"),
    [
        ("pharmacist", "2026", "office.not-your-region"),
        ("no-such-exam", "2026", "office.not-your-region"),
        ("social-worker", "1990", "office.bad-form"),
        ("social-worker", "2062", "office.bad-form"),
        ("social-worker", "soon", "office.bad-form"),
    ],
)
def test_what_cannot_be_opened_is_told(liu: Desk, exam: str, year: str, code: str) -> None:
    answer = liu.post("/open-sitting", exam=exam, year=year)

    assert f'<p class="small">{code}</p>' in answer.content.decode()
    assert opened() == []


def test_the_form_offers_the_exams_within_one_s_reach_alone(liu: Desk) -> None:
    page = liu.get("/sittings").content.decode()

    offered = page.partition('id="exam"')[2].partition("</select>")[0]
    assert offered.count("<option") == 1
    assert "Social worker (social-worker)</option>" in offered


def test_whoever_brings_no_files_in_is_offered_nothing(clock: ManualClock) -> None:
    enter(clock, "sun", "auditor", name="孙丽")

    assert 'id="exam"' not in Desk(clock).seat("sun").get("/sittings").content.decode()
