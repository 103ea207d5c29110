"""A preview in the browser: two people, a watermark that says who and when, and nothing in any address."""

import re

import pytest

from fangbang.audit import queries as audit
from fangbang.core.clock import ManualClock
from fangbang.desk.models import Preview
from fangbang.release.rules import ReleaseState
from tests.desk.scene import BEIJING, SICHUAN, WANG, Scene
from tests.office.desk import Desk, enter

REASON = "复查改分核对 2026-12"


@pytest.fixture
def wang(clock: ManualClock, office: Scene) -> Desk:
    office.release(office.outcomes(), state=ReleaseState.ADJUDICATED)
    enter(clock, "wang", "approver", name="王芳")
    return Desk(clock).seat("wang")


@pytest.fixture
def zhao(clock: ManualClock, wang: Desk) -> Desk:
    enter(clock, "zhao", "approver", name="赵敏")
    return Desk(clock).seat("zhao")


def ask(desk: Desk, ticket: str = WANG["ticket"]) -> str:
    """The address of the request."""
    return desk.post("/previews/ask", release="rel-1", ticket=ticket, reason=REASON).headers.get("Location", "")


def test_two_people_and_then_a_page_under_a_watermark(wang: Desk, zhao: Desk) -> None:
    address = ask(wang)
    asked = zhao.get(address).content.decode()
    agreed = zhao.post(f"{address}/decide", answer="agree")

    page = wang.post(f"{address}/see").content.decode()

    mark = re.findall(r"<svg class=\"watermark\".*?</svg>", page, re.S)[0]
    assert agreed.status_code == 302
    assert (WANG["name"] in page, "61.5" in page) == (True, True)
    assert [part in mark for part in ("PREVIEW · NOT PUBLISHED", "王芳 wang", "赵敏 zhao", "#1")] == [True] * 4
    assert (WANG["name"] in asked, WANG["ticket"] in asked, "王*明" in asked) == (False, False, True)
    assert WANG["ticket"] not in address
    assert audit.latest(1)[0].event == "desk.preview-shown"


def test_the_same_person_cannot_agree(wang: Desk, zhao: Desk) -> None:
    address = ask(wang)

    answer = wang.post(f"{address}/decide", answer="agree")
    seen = wang.post(f"{address}/see")

    assert "desk.second-person-needed" in answer.content.decode()
    assert (seen.status_code, WANG["name"] in seen.content.decode()) == (403, False)


def test_a_refused_request_shows_nothing(wang: Desk, zhao: Desk) -> None:
    address = ask(wang)
    zhao.post(f"{address}/decide", answer="refuse")

    assert wang.post(f"{address}/see").status_code == 403


def test_the_second_person_sees_no_result(wang: Desk, zhao: Desk) -> None:
    address = ask(wang)
    zhao.post(f"{address}/decide", answer="agree")

    answer = zhao.post(f"{address}/see")

    assert (answer.status_code, WANG["name"] in answer.content.decode()) == (403, False)


def test_a_person_outside_one_s_region_cannot_be_asked_for_nor_agreed_to(
    wang: Desk, clock: ManualClock, office: Scene
) -> None:
    enter(clock, "he", "approver", region=SICHUAN, name="何苗")
    he = Desk(clock).seat("he")

    asked = he.post("/previews/ask", release="rel-1", ticket=WANG["ticket"], reason=REASON)
    theirs = ask(wang)

    assert "desk.not-found" in asked.content.decode()
    assert he.get(theirs).status_code == 404
    assert he.post(f"{theirs}/decide", answer="agree").status_code == 404
    assert Preview.objects.get().region == f"{BEIJING[:2]}0100"


def test_agreeing_and_looking_ask_for_the_second_factor_again(wang: Desk, zhao: Desk, clock: ManualClock) -> None:
    from datetime import timedelta

    address = ask(wang)
    clock.advance(timedelta(minutes=5))

    assert [desk.post(f"{address}/{verb}").status_code for desk, verb in ((zhao, "decide"), (wang, "see"))] == [
        401,
        401,
    ]


def test_an_answer_that_is_neither_is_refused(wang: Desk, zhao: Desk) -> None:
    answer = zhao.post(f"{ask(wang)}/decide", answer="maybe")

    assert (answer.status_code, "office.bad-form" in answer.content.decode()) == (400, True)
