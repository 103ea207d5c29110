"""The gate's page: six questions, reasons in words, plots with their numbers as tables; nothing about few people."""

import re
from dataclasses import replace

import pytest

from fangbang.audit.rules import SYSTEM
from fangbang.core.clock import ManualClock
from fangbang.release import actions
from fangbang.release.rules import QUESTIONS, ReleaseKind, Scope, SentinelFacts, run_gate
from tests.office.desk import Desk, enter
from tests.office.marks import facts_of, frozen
from tests.release.people import FACTS


@pytest.fixture
def approver(clock: ManualClock, db: None) -> Desk:
    enter(clock, "wang", "approver")
    return Desk(clock).seat("wang")


def test_every_check_of_the_gate_belongs_to_a_question() -> None:
    asked = [check for checks in QUESTIONS.values() for check in checks]

    assert {verdict.check for verdict in run_gate(FACTS)} - set(asked) == set()
    assert len(asked) == len(set(asked))


def test_a_red_check_says_where_in_words_and_leads_to_its_override(clock: ManualClock, approver: Desk) -> None:
    release = frozen(clock, facts_of(red=True))

    page = approver.get(f"/releases/{release}/gate").content.decode()

    assert f'href="/releases/{release}/override/shares"' in page
    assert "in Shanghai 700 zeros of 3722, far more than elsewhere or before" in page
    assert "310000" not in page


def test_without_a_red_check_there_is_no_way_to_an_override(clock: ManualClock, approver: Desk) -> None:
    release = frozen(clock, facts_of())

    page = approver.get(f"/releases/{release}/gate").content.decode()

    assert "/override/" not in page
    assert page.count("<h2>") == 6


def test_each_plot_has_its_numbers_as_a_table(clock: ManualClock, approver: Desk) -> None:
    release = frozen(clock, facts_of())

    page = approver.get(f"/releases/{release}/gate").content.decode()

    plots = page.count('<figure class="histogram">')
    assert plots == 9  # three subjects: all marks, marks near the line, last digits
    assert page.count("<details><summary>Show as a table</summary>") == plots
    assert page.count("<polyline points=") >= plots
    assert 'style="' not in page


def test_no_number_about_few_people_is_told(clock: ManualClock, approver: Desk) -> None:
    release = frozen(clock, facts_of())

    page = approver.get(f"/releases/{release}/gate").content.decode()

    cells = [int(cell.replace(",", "")) for cell in re.findall(r"<td>([\d,]+)</td>", page)]
    assert len(cells) > 300
    assert [cell for cell in cells if 0 < cell < 10] == []


def test_a_report_without_counted_marks_says_so(clock: ManualClock, approver: Desk) -> None:
    release = frozen(clock, replace(FACTS, marks=None))

    page = approver.get(f"/releases/{release}/gate").content.decode()

    assert "there are no plots" in page


def test_sentinels_that_came_out_wrong_are_named(clock: ManualClock, approver: Desk) -> None:
    release = frozen(clock, replace(FACTS, sentinels=SentinelFacts(55, 54, 0, ("junior/110000/full/at-the-lines",))))

    page = approver.get(f"/releases/{release}/gate").content.decode()

    assert "1 sentinels came out wrong" in page
    assert "Came out wrong: junior/110000/full/at-the-lines" in page
    assert f'href="/releases/{release}/override/sentinels"' in page


def test_before_anything_is_frozen_there_is_no_gate(clock: ManualClock, approver: Desk) -> None:
    release = actions.open_release(
        actor=SYSTEM, sitting_id=FACTS.sitting, scope=Scope(), kind=ReleaseKind.BASE, clock=clock
    )

    answer = approver.get(f"/releases/{release}/gate")

    assert (answer.status_code, b"release.not-frozen" in answer.content) == (409, True)
