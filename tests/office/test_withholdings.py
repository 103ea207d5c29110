"""Holding back one person's result in the browser: two people, a legal basis, what it voids, walls of region."""

import re
from dataclasses import replace

import pytest

from fangbang.adjudication import queries
from fangbang.audit import queries as audit
from fangbang.audit.rules import SYSTEM
from fangbang.core.clock import ManualClock
from fangbang.pages.texts import texts
from fangbang.release import actions as releases
from fangbang.release import queries as release_queries
from fangbang.release.rules import ReleaseKind, ReleaseState, Scope
from tests.desk.scene import LI, SICHUAN, SITTING, WANG, Scene
from tests.office.desk import Desk, enter
from tests.release.people import FACTS

REASON, BASIS = "雷同核查 2026-3", "人社部令第31号第六条"


@pytest.fixture
def zhang(clock: ManualClock, office: Scene) -> Desk:
    enter(clock, "zhang", "adjudicator", name="张敏")
    return Desk(clock).seat("zhang")


@pytest.fixture
def zhao(clock: ManualClock, zhang: Desk) -> Desk:
    enter(clock, "zhao", "approver", name="赵强")
    return Desk(clock).seat("zhao")


def ask(desk: Desk, ticket: str = LI["ticket"], **more: str) -> str:
    """The address of the request."""
    typed = {"sitting": SITTING, "ticket": ticket, "reason": REASON, "basis": BASIS, **more}
    return desk.post("/withholdings/ask", **typed).headers.get("Location", "")


def test_two_people_hold_a_result_back_and_two_release_it(zhang: Desk, zhao: Desk) -> None:
    zhao.post(f"{ask(zhang)}/decide", answer="agree")
    held = queries.withheld_tickets(SITTING)
    (withheld,) = queries.held_back()
    lifting = zhao.post("/withholdings/lift", withholding=withheld.id, reason="核查通过", basis=BASIS).headers[
        "Location"
    ]
    still = queries.withheld_tickets(SITTING)
    zhang.post(f"{lifting}/decide", answer="agree")

    assert (held, still, queries.withheld_tickets(SITTING)) == (
        frozenset({LI["ticket"]}), frozenset({LI["ticket"]}), frozenset(),
    )  # fmt: skip
    assert [entry.event.removeprefix("adjudication.") for entry in audit.entries(subject=SITTING)] == [
        "desk.candidate-searched", "withholding-asked", "result-withheld", "withholding-asked", "withholding-lifted",
    ]  # fmt: skip


def test_who_asked_cannot_agree(zhang: Desk) -> None:
    answer = zhang.post(f"{ask(zhang)}/decide", answer="agree")

    assert (answer.status_code, "adjudication.second-person-needed" in answer.content.decode()) == (403, True)
    assert queries.withheld_tickets(SITTING) == set()


def test_the_page_says_what_the_candidate_reads_and_what_becomes_void(
    zhang: Desk, zhao: Desk, office: Scene, clock: ManualClock
) -> None:
    office.publish(at=clock.now())
    opened = releases.open_release(actor=SYSTEM, sitting_id=SITTING, scope=Scope(), kind=ReleaseKind.BASE, clock=clock)
    releases.freeze(actor=SYSTEM, release_id=opened, facts=replace(FACTS, seen=audit.head().seq), clock=clock)
    address = ask(zhang)

    page = zhao.get(address).content.decode()
    zhao.post(f"{address}/decide", answer="agree")

    assert texts("en")("outcome.withheld") in page
    assert re.findall(r'become void: <a href="/releases/([^"]+)"', page) == [opened]
    assert re.findall(r'as an overlay: <a href="/releases/([^"]+)"', page) == ["rel-1"]
    assert release_queries.release(opened).state is ReleaseState.DRAFT


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"ticket": "110626999999"}, "adjudication.unknown-ticket"),
        ({"sitting": "tax-agent-2026"}, "adjudication.unknown-ticket"),
        ({"reason": ""}, "people.reason-needed"),
        ({"reason": f"查 {LI['ticket']}"}, "people.personal-reason"),
        ({"basis": " "}, "adjudication.basis-missing"),
    ],
)
def test_what_is_missing_or_wrong_is_told(zhang: Desk, changed: dict[str, str], code: str) -> None:
    typed = {"sitting": SITTING, "ticket": LI["ticket"], "reason": REASON, "basis": BASIS, **changed}

    answer = zhang.post("/withholdings/ask", **typed)

    assert (answer.status_code, code in answer.content.decode()) == (400, True)
    assert queries.withholding_requests() == []


def test_people_of_another_region_are_neither_found_nor_listed_nor_lifted(
    zhang: Desk, zhao: Desk, clock: ManualClock
) -> None:
    zhao.post(f"{ask(zhang, WANG['ticket'])}/decide", answer="agree")
    (beijing,) = queries.held_back()
    enter(clock, "he", "adjudicator", region=SICHUAN, name="何苗")
    he = Desk(clock).seat("he")

    asked = he.post("/withholdings/ask", sitting=SITTING, ticket=WANG["ticket"], reason=REASON, basis=BASIS)
    lifted = he.post("/withholdings/lift", withholding=beijing.id, reason="核查通过", basis=BASIS)

    assert "adjudication.unknown-ticket" in asked.content.decode()
    assert "adjudication.unknown-request" in lifted.content.decode()
    assert (beijing.id in zhang.get("/withholdings").content.decode()) is True
    assert (beijing.id in he.get("/withholdings").content.decode()) is False


def test_no_page_and_no_log_entry_holds_the_ticket(zhang: Desk, zhao: Desk) -> None:
    address = ask(zhang)
    pages = zhao.get(address).content.decode() + zhao.get("/withholdings").content.decode()
    zhao.post(f"{address}/decide", answer="agree")
    pages += zhao.get("/withholdings").content.decode()

    written = "".join(entry.details + entry.subject for entry in audit.entries())

    assert ("5*********02" in pages, LI["ticket"] in pages + address + written) == (True, False)
