"""Lines in the office: proposed, previewed as table and plot, approved by a second person, voiding visibly."""

from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from fangbang.adjudication import queries
from fangbang.audit import queries as audit
from fangbang.audit.rules import SYSTEM
from fangbang.books.keys import BookKeys
from fangbang.books.store import BookStore
from fangbang.core.clock import ManualClock
from fangbang.jobs.actions.taking import take_next
from fangbang.office import jobs as entered
from fangbang.office.plots import Bar, two_way_bars
from fangbang.project.layout import Layout
from fangbang.project.working import perform
from fangbang.release import actions as releases
from fangbang.release import queries as reading
from fangbang.release.rules import ReleaseKind, Scope
from tests.adjudication.office import take_in
from tests.adjudication.test_previewing import PEOPLE
from tests.adjudication.world import FOLDER, TIBET
from tests.office.desk import Desk, enter
from tests.release.people import FACTS

assert entered  # importing them enters the kinds
FORM: dict[str, Any] = {"level": "main", "subject": ["a"], "value": "55", "document": "试〔2026〕1号"}


@pytest.fixture
def sitting(tmp_path: Path, clock: ManualClock, settings: Any, db: None) -> str:
    """A sitting with marks, and two adjudicators."""
    layout = Layout(tmp_path / "home")
    layout.make()
    settings.LAYOUT, settings.EXAMS = layout, FOLDER
    for operator, name in (("zhang", "张伟"), ("sun", "孙丽")):
        enter(clock, operator, "adjudicator", name=name)
    return take_in(BookStore(layout.books, BookKeys.create(layout.book_keys)), clock, 2026, PEOPLE)


def work(clock: ManualClock) -> None:
    while (job := take_next(clock)) is not None:
        perform(job, clock)


def propose(clock: ManualClock, sitting: str, operator: str = "zhang", **changes: Any) -> str:
    """Through the form; the proposal's id."""
    desk = Desk(clock).seat(operator)
    answer = desk.post(f"/sittings/{sitting}/lines/propose", **{**FORM, **changes})
    assert answer.status_code == 302, answer.content.decode()
    return str(answer.headers["Location"].split("/")[2])


def page(clock: ManualClock, address: str, operator: str = "sun", language: str = "en") -> str:
    return Desk(clock).seat(operator).get(f"{address}?lang={language}").content.decode()


def test_a_line_is_proposed_previewed_and_announced_by_a_second_person(sitting: str, clock: ManualClock) -> None:
    proposal = propose(clock, sitting)
    work(clock)
    shown = page(clock, f"/lines/{proposal}")
    own = Desk(clock).seat("zhang").post(f"/lines/{proposal}/approve").content.decode()
    done = Desk(clock).seat("sun").post(f"/lines/{proposal}/approve")

    assert '<tr class="chosen"><th scope="row">55 (proposed)</th><td>2</td><td>0</td><td>2</td></tr>' in shown
    assert shown.count('<rect class="up"') == len(queries.proposal(proposal).preview["steps"])  # type: ignore[index]
    assert "adjudication.same-person" in own
    assert done.headers["Location"] == f"/sittings/{sitting}/lines"
    assert [(line.value, line.announced_by) for line in queries.lines(sitting)] == [(Decimal(55), "sun")]
    assert "试〔2026〕1号" in page(clock, f"/sittings/{sitting}/lines", language="zh")


def test_the_proposer_sees_no_button_to_approve(sitting: str, clock: ManualClock) -> None:
    proposal = propose(clock, sitting)

    assert "Somebody else must approve it." in page(clock, f"/lines/{proposal}", "zhang")
    assert f"/lines/{proposal}/approve" not in page(clock, f"/lines/{proposal}", "zhang")
    assert f"/lines/{proposal}/approve" in page(clock, f"/lines/{proposal}")


def test_what_approving_voids_is_said_before_and_happens(sitting: str, clock: ManualClock) -> None:
    release = releases.open_release(actor=SYSTEM, sitting_id=sitting, scope=Scope(), kind=ReleaseKind.BASE, clock=clock)
    proposal = propose(clock, sitting)
    facts = replace(FACTS, sitting=sitting, exam="trial", seen=audit.head().seq)
    releases.freeze(actor=SYSTEM, release_id=release, facts=facts, clock=clock)

    said = page(clock, f"/lines/{proposal}")
    before = reading.release(release).report
    Desk(clock).seat("sun").post(f"/lines/{proposal}/approve")

    assert f"/releases/{release}" in said
    assert before is not None
    assert reading.release(release).report is None


def test_a_refusal_needs_a_reason_and_is_kept(sitting: str, clock: ManualClock) -> None:
    proposal, desk = propose(clock, sitting), Desk(clock).seat("sun")

    without = desk.post(f"/lines/{proposal}/refuse", reason=" ").content.decode()
    desk.post(f"/lines/{proposal}/refuse", reason="another notice")

    assert "adjudication.no-reason" in without
    assert "another notice" in page(clock, f"/lines/{proposal}")
    assert queries.lines(sitting) == []


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"value": "much"}, "adjudication.bad-line"),
        ({"value": "NaN"}, "adjudication.bad-line"),
        ({"value": "101"}, "adjudication.bad-line"),
        ({"document": " "}, "adjudication.bad-line"),
        ({"provinces": "Atlantis"}, "exams.unknown-province"),
        ({"level": "none"}, "adjudication.unknown-subject"),
    ],
)
def test_a_wrong_line_is_told_on_the_page_and_what_was_typed_stays(
    sitting: str, clock: ManualClock, changes: dict[str, str], code: str
) -> None:
    answer = Desk(clock).seat("zhang").post(f"/sittings/{sitting}/lines/propose", **{**FORM, **changes})

    body = answer.content.decode()
    assert (answer.status_code, code in body) == (400, True), body[-900:]
    assert 'value="101"' in body or changes.get("value") != "101"


def test_a_province_s_adjudicator_proposes_for_that_province_alone(sitting: str, clock: ManualClock) -> None:
    enter(clock, "luo", "adjudicator", region=TIBET, name="罗桑")

    proposal = propose(clock, sitting, "luo", provinces="西藏")
    elsewhere = Desk(clock).seat("luo").post(f"/sittings/{sitting}/lines/propose", **FORM)

    assert queries.proposal(proposal).provinces == [TIBET]
    assert (elsewhere.status_code, b"office.not-your-region" in elsewhere.content) == (403, True)


def test_who_only_reads_sees_no_form(sitting: str, clock: ManualClock) -> None:
    enter(clock, "wu", "auditor", name="吴青")

    assert "lines/propose" not in page(clock, f"/sittings/{sitting}/lines", "wu")


def test_a_plot_draws_what_it_is_given_and_nothing_of_nothing() -> None:
    drawn = two_way_bars([Bar("59", 4, 0), Bar("60", 0, 0, marked=True), Bar("61", 0, 2)], 'a <title> & "more"')

    assert drawn.count('class="chosen"') == 1
    assert 'height="125"' in drawn, "4 of 6 of the height of 188"
    assert 'height="62"' in drawn, "2 of 6"
    assert 'aria-label="a &lt;title> &amp; &quot;more&quot;"' in drawn
    assert "style=" not in drawn
    assert two_way_bars([], "none").count("<rect") == 0
