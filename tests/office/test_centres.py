"""Marking centres' keys are entered and retired on a page, by administrators alone."""

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from fangbang.audit import queries as audit
from fangbang.audit.events import AuditEvent
from fangbang.core.clock import ManualClock
from fangbang.intake import queries
from tests.office.desk import Desk, enter

pytestmark = pytest.mark.django_db


@pytest.fixture
def chen(clock: ManualClock) -> Desk:
    enter(clock, "chen", "administrator", name="陈静")
    return Desk(clock).seat("chen")


@pytest.fixture
def key() -> str:
    return Ed25519PrivateKey.generate().public_key().public_bytes_raw().hex()


def test_a_key_counts_once_it_was_entered_and_is_shown_in_groups(chen: Desk, key: str) -> None:
    spaced = " ".join(key[at : at + 8].upper() for at in range(0, 64, 8))
    answer = chen.post("/centres/enrol", name=" 阅卷中心 ", key=spaced)

    last = audit.latest(1)[0]
    assert answer.headers["Location"] == "/centres"
    assert queries.centre_keys() == {key: "阅卷中心"}
    assert (last.event, last.actor.id) == (AuditEvent.CENTRE_ENROLLED, "chen")
    assert spaced.lower() in chen.get("/centres").content.decode()


@pytest.mark.parametrize(
    ("name", "key", "code"),
    [
        ("阅卷中心", "abc", "intake.bad-centre-key"),
        (" ", "00" * 32, "office.bad-form"),
        ("心" * 101, "00" * 32, "office.bad-form"),
    ],
)
def test_what_is_no_key_or_has_no_name_is_told(chen: Desk, name: str, key: str, code: str) -> None:
    answer = chen.post("/centres/enrol", name=name, key=key)

    assert f'<p class="small">{code}</p>' in answer.content.decode()
    assert queries.centres() == []


def test_the_longest_name_fits_the_audit_log(chen: Desk, key: str) -> None:
    name = "心" * 100
    chen.post("/centres/enrol", name=name, key=key)

    assert (queries.centre_keys(), audit.latest(1)[0].subject) == ({key: name}, f"centre {name}")


def test_a_retired_key_never_counts_again(chen: Desk, key: str) -> None:
    chen.post("/centres/enrol", name="阅卷中心", key=key)
    unreasoned = chen.post("/centres/retire", key=key)
    before = queries.centre_keys()
    chen.post("/centres/retire", key=key, reason="exposed")
    again = chen.post("/centres/enrol", name="阅卷中心", key=key)

    assert ("office.bad-form" in unreasoned.content.decode(), before) == (True, {key: "阅卷中心"})
    assert queries.centre_keys() == {}
    assert "intake.centre-retired" in again.content.decode()


def test_a_key_that_nobody_entered_cannot_be_retired(chen: Desk, key: str) -> None:
    assert "intake.unknown-centre" in chen.post("/centres/retire", key=key, reason="exposed").content.decode()


def test_an_auditor_reads_and_is_offered_no_form(clock: ManualClock, chen: Desk, key: str) -> None:
    chen.post("/centres/enrol", name="阅卷中心", key=key)
    enter(clock, "sun", "auditor", name="孙丽")
    desk = Desk(clock).seat("sun")

    page = desk.get("/centres").content.decode().partition("<main")[2]

    assert ("阅卷中心" in page, "<form" in page) == (True, False)
    assert desk.post("/centres/enrol", name="x", key=key).status_code == 403
