"""A signing key is made by its owner and enrolled by an administrator: two people, on two pages."""

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from fangbang.accounts import actions, queries
from fangbang.accounts.rules import enrolment_line
from fangbang.audit import queries as audit
from fangbang.audit.events import AuditEvent
from fangbang.audit.rules import SYSTEM
from fangbang.core.clock import ManualClock
from tests.desk.scene import Scene
from tests.office.desk import Desk, enter

KEY = Ed25519PrivateKey.from_private_bytes(b"a key of wang's own".ljust(32))


@pytest.fixture
def chen(office: Scene, clock: ManualClock) -> Desk:
    """An administrator; the approver `wang` and the importer `liu`."""
    for who, role in (("chen", "administrator"), ("wang", "approver"), ("liu", "importer")):
        if who not in {item.id for item in queries.operators()}:
            enter(clock, who, role, name=who.title())
    return Desk(clock).seat("chen")


def keys() -> tuple[str, ...]:
    return tuple(queries.operator("wang").keys)


def test_the_line_that_its_owner_handed_over_enrols_a_key(chen: Desk) -> None:
    before = keys()
    answer = chen.post("/staff/wang/key", line=f" {enrolment_line(KEY, 'wang')}\n")

    last, [added] = audit.latest(1)[0], set(keys()) - set(before)
    assert answer.headers["Location"] == "/staff/wang"
    assert (last.event, last.subject, last.actor.id) == (AuditEvent.KEY_ENROLLED, "wang", "chen")
    assert added in chen.get("/staff/wang").content.decode()


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("", "accounts.bad-enrolment"),
        ("fangbang-enrolment/1 wang zz 00", "accounts.bad-enrolment"),
        (enrolment_line(KEY, "liu"), "accounts.bad-enrolment"),
        (enrolment_line(KEY, "wang")[:-2] + "00", "accounts.bad-proof"),
        (enrolment_line(KEY, "liu").replace(" liu ", " wang "), "accounts.bad-proof"),
    ],
)
def test_another_line_enrols_nothing(chen: Desk, line: str, code: str) -> None:
    before = keys()
    answer = chen.post("/staff/wang/key", line=line)

    assert f'<p class="small">{code}</p>' in answer.content.decode()
    assert keys() == before


def test_a_retired_key_is_gone_and_comes_back_never(chen: Desk) -> None:
    before, line = keys(), enrolment_line(KEY, "wang")
    chen.post("/staff/wang/key", line=line)
    [added] = set(keys()) - set(before)
    chen.post("/staff/wang/key/retire", id=added, reason="exposed")
    again = chen.post("/staff/wang/key", line=line)

    assert keys() == before
    assert "accounts.key-taken" in again.content.decode()


def test_a_key_is_retired_on_its_owner_s_page_alone(chen: Desk) -> None:
    chen.post("/staff/wang/key", line=enrolment_line(KEY, "wang"))
    before = keys()
    answer = chen.post("/staff/liu/key/retire", id=before[-1], reason="exposed")

    assert "accounts.unknown-key" in answer.content.decode()
    assert keys() == before


def test_a_key_is_retired_for_a_reason(chen: Desk) -> None:
    chen.post("/staff/wang/key", line=enrolment_line(KEY, "wang"))
    before = keys()
    answer = chen.post("/staff/wang/key/retire", id=before[-1], reason=" ")

    assert (answer.status_code, "office.bad-form" in answer.content.decode()) == (400, True)
    assert keys() == before


def test_an_administrator_s_key_is_enrolled_by_another(chen: Desk, clock: ManualClock) -> None:
    enter(clock, "luo", "administrator", name="罗岚")
    line = enrolment_line(KEY, "chen")
    own = chen.post("/staff/chen/key", line=line)
    before = queries.operator("chen").keys
    luo = Desk(clock).seat("luo")
    other = luo.post("/staff/chen/key", line=line)
    forms = ['action="/staff/chen/key"' in desk.get("/staff/chen").content.decode() for desk in (chen, luo)]

    assert (own.status_code, "accounts.second-person-needed" in own.content.decode()) == (403, True)
    assert (len(before), other.status_code, len(queries.operator("chen").keys)) == (0, 302, 1)
    assert forms == [False, True]


def test_whose_role_signs_no_longer_has_a_key_that_can_be_retired(chen: Desk, clock: ManualClock) -> None:
    chen.post("/staff/wang/key", line=enrolment_line(KEY, "wang"))
    actions.change_roles(actor=SYSTEM, operator_id="wang", roles=["catalogue-editor"], clock=clock)

    page = chen.get("/staff/wang").content.decode()

    assert ['action="/staff/wang/key"' in page, 'action="/staff/wang/key/retire"' in page] == [False, True]


def test_who_signs_is_led_to_making_a_key_and_nobody_else(chen: Desk, clock: ManualClock) -> None:
    enter(clock, "sun", "auditor", name="孙丽")
    shown = {
        who: 'href="/account/key"' in Desk(clock).seat(who).get("/account").content.decode()
        for who in ("wang", "liu", "chen", "sun")
    }

    assert shown == {"wang": True, "liu": True, "chen": True, "sun": False}
