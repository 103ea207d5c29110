"""Two factors open the office, nothing less; and what ends a session."""

import re
from datetime import timedelta

import pytest
from django.test import override_settings

from fangbang.accounts import actions
from fangbang.accounts.models import Failure, Operator, Session
from fangbang.accounts.rules.totp import code_at
from fangbang.audit import queries as audit
from fangbang.audit.rules import SYSTEM
from fangbang.core.clock import ManualClock
from fangbang.office.routes import ROUTES
from fangbang.office.urls import urlpatterns
from tests.office.desk import DEVICE, PASSWORD, SESSION, Desk, enter

assert urlpatterns  # importing the addresses enters the routes
INSIDE = sorted(item.name for item in ROUTES.values() if item.permission.scope in ("own", "nation", "region"))


def address(name: str) -> str:
    """The route's address, with every place filled."""
    return "/" + re.sub("<str:[a-z_]+>", "x", ROUTES[name].pattern)


@pytest.fixture
def enrolled(desk: Desk, clock: ManualClock) -> Desk:
    enter(clock, "wang")
    desk.enrol("wang")
    return desk


def events(subject: str) -> list[str]:
    return [entry.event.removeprefix("accounts.") for entry in audit.entries(subject=subject)]


def test_both_factors_let_one_in(enrolled: Desk) -> None:
    enrolled.sign_in("wang")

    assert enrolled.get("/").status_code == 200
    assert events("wang")[-2:] == ["password-accepted", "signed-in"]


def opened(desk: Desk) -> list[str]:
    """The routes for staff that let this browser in."""
    asked = [(name, answer) for name in INSIDE for answer in (desk.get(address(name)), desk.post(address(name)))]
    return [
        name
        for name, answer in asked
        if answer.status_code not in (401, 405) and not answer.headers.get("Location", "").startswith("/sign-in?")
    ]


def test_without_both_factors_no_route_opens(enrolled: Desk) -> None:
    before = opened(enrolled)
    enrolled.first_step("wang")
    halfway = opened(enrolled)
    enrolled.post("/sign-in/second", code=enrolled.fresh_code("wang"))

    assert len(INSIDE) > 15
    assert (before, halfway) == ([], [])
    assert "account" in opened(enrolled)


@pytest.mark.parametrize(
    ("operator", "password"), [("wang", PASSWORD + "!"), ("nobody", PASSWORD), ("wang", ""), ("WANG", PASSWORD)]
)
def test_every_wrong_first_step_looks_the_same(enrolled: Desk, operator: str, password: str) -> None:
    answer = enrolled.first_step(operator, password)

    assert answer.status_code == 403
    assert b"accounts.sign-in-refused" in answer.content
    assert audit.latest(1)[0].event == "accounts.sign-in-failed"


def test_an_unknown_id_is_not_written_down(enrolled: Desk) -> None:
    enrolled.first_step("my secret password", "x")

    assert audit.latest(1)[0].subject == "sign-in"
    assert Failure.objects.get().operator == ""


def test_a_code_counts_once(enrolled: Desk) -> None:
    enrolled.first_step("wang")
    code = enrolled.fresh_code("wang")
    enrolled.post("/sign-in/second", code=code)

    enrolled.first_step("wang")
    again = enrolled.post("/sign-in/second", code=code)

    assert again.status_code == 403


@pytest.mark.parametrize("steps", [-1, 0, 1])
def test_the_app_s_clock_may_be_off_by_half_a_minute(enrolled: Desk, clock: ManualClock, steps: int) -> None:
    clock.advance(timedelta(minutes=2))
    enrolled.first_step("wang")

    code = code_at(enrolled.secrets["wang"], clock.now() + steps * timedelta(seconds=30))

    assert enrolled.post("/sign-in/second", code=code).status_code == 302


@pytest.mark.parametrize("steps", [-3, 3])
def test_an_old_or_early_code_is_refused(enrolled: Desk, clock: ManualClock, steps: int) -> None:
    clock.advance(timedelta(minutes=5))
    enrolled.first_step("wang")

    code = code_at(enrolled.secrets["wang"], clock.now() + steps * timedelta(seconds=30))

    assert enrolled.post("/sign-in/second", code=code).status_code == 403


def test_the_second_step_waits_five_minutes(enrolled: Desk, clock: ManualClock) -> None:
    enrolled.first_step("wang")
    clock.advance(timedelta(minutes=5))

    assert enrolled.post("/sign-in/second", code=enrolled.fresh_code("wang")).status_code == 401


def test_signing_in_changes_the_session_s_secret(enrolled: Desk) -> None:
    enrolled.first_step("wang")
    halfway = enrolled.client.cookies[SESSION].value
    enrolled.post("/sign-in/second", code=enrolled.fresh_code("wang"))
    full = enrolled.client.cookies[SESSION].value
    enrolled.client.cookies[SESSION] = halfway

    assert halfway != full
    assert enrolled.get("/").status_code == 302


def test_the_database_knows_no_secret_of_a_session(enrolled: Desk) -> None:
    enrolled.sign_in("wang")

    secrets = {enrolled.client.cookies[name].value for name in (SESSION, DEVICE)}
    stored = {str(value) for row in Session.objects.values() for value in row.values()}

    assert secrets & stored == set()


def test_a_password_is_stored_as_argon2id(enrolled: Desk) -> None:
    assert Operator.objects.get().password.startswith("argon2$argon2id$")


def test_guessing_is_stopped_after_five_failures(enrolled: Desk, clock: ManualClock) -> None:
    guesser = Desk(clock, "10.9.9.9")
    for _ in range(5):
        assert guesser.first_step("wang", "wrong").status_code == 403
    before = audit.head()

    stopped = guesser.first_step("wang", PASSWORD)

    assert b"accounts.too-many-tries" in stopped.content
    assert audit.head() == before
    clock.advance(timedelta(minutes=15))
    assert guesser.first_step("wang", PASSWORD).status_code == 302


def test_guesses_from_everywhere_do_not_keep_the_owner_s_device_out(enrolled: Desk, clock: ManualClock) -> None:
    enrolled.sign_in("wang")
    for number in range(70):
        Desk(clock, f"10.1.{number}.1").first_step("wang", "wrong")
    elsewhere = Desk(clock, "10.2.0.1").first_step("wang", PASSWORD)

    assert b"accounts.too-many-tries" in elsewhere.content
    assert enrolled.first_step("wang").status_code == 302


def test_a_known_device_of_somebody_else_is_no_known_device(enrolled: Desk, clock: ManualClock) -> None:
    enter(clock, "liu", "importer")
    enrolled.sign_in("wang")
    for _ in range(5):
        enrolled.first_step("liu", "wrong")

    assert b"accounts.too-many-tries" in enrolled.first_step("liu", "wrong").content
    assert Failure.objects.filter(source="net:10.0.0.1").count() == 5


def test_wrong_codes_are_counted_too(enrolled: Desk) -> None:
    enrolled.first_step("wang")
    for _ in range(5):
        enrolled.post("/sign-in/second", code="000000")

    assert b"accounts.too-many-tries" in enrolled.post("/sign-in/second", code="000000").content


def test_an_idle_session_ends(enrolled: Desk, clock: ManualClock) -> None:
    enrolled.sign_in("wang")
    clock.advance(timedelta(minutes=29))
    assert enrolled.get("/").status_code == 200
    clock.advance(timedelta(minutes=30))

    assert enrolled.get("/").status_code == 302


@pytest.mark.parametrize("polled", ["/?poll=1", "/"])
def test_a_page_that_loads_itself_anew_keeps_no_session_alive(enrolled: Desk, clock: ManualClock, polled: str) -> None:
    enrolled.sign_in("wang")
    headers = {"X-Polling": "1"} if polled == "/" else {}
    answers = []
    for _ in range(4):
        clock.advance(timedelta(minutes=8))
        answers.append(enrolled.client.get(polled, headers=headers).status_code)

    assert answers == [200, 200, 200, 302]


def test_a_form_that_says_it_polls_is_an_act_all_the_same(enrolled: Desk, clock: ManualClock) -> None:
    enrolled.sign_in("wang")
    clock.advance(timedelta(minutes=20))
    enrolled.client.post("/account/password?poll=1", {}, headers={"X-Polling": "1"})
    clock.advance(timedelta(minutes=20))

    assert enrolled.get("/").status_code == 200


def test_a_busy_session_ends_too(enrolled: Desk, clock: ManualClock) -> None:
    enrolled.sign_in("wang")
    for _ in range(29):
        clock.advance(timedelta(minutes=20))
        assert enrolled.get("/").status_code == 200
    clock.advance(timedelta(minutes=20))

    assert enrolled.get("/").status_code == 302


def test_a_leaver_s_sessions_end_at_once(enrolled: Desk, clock: ManualClock) -> None:
    enrolled.sign_in("wang")
    actions.retire_operator(actor=SYSTEM, operator_id="wang", clock=clock)

    assert enrolled.get("/").status_code == 302
    assert enrolled.first_step("wang").status_code == 403


def test_signing_out_ends_the_session_for_every_copy_of_its_cookie(enrolled: Desk) -> None:
    enrolled.sign_in("wang")
    copied = enrolled.client.cookies[SESSION].value
    enrolled.post("/sign-out")
    enrolled.client.cookies[SESSION] = copied

    assert enrolled.get("/").status_code == 302
    assert events("wang")[-1] == "session-ended"


@pytest.mark.parametrize(
    ("then", "leads_to"), [("/releases", "/releases"), ("https://evil.example/", "/"), ("//evil.example", "/")]
)
def test_signing_in_leads_back_to_this_site_only(enrolled: Desk, then: str, leads_to: str) -> None:
    enrolled.first_step("wang")

    answer = enrolled.post("/sign-in/second", code=enrolled.fresh_code("wang"), next=then)

    assert answer.headers["Location"] == leads_to


def test_cookies_over_tls_are_bound_to_the_host(enrolled: Desk) -> None:
    with override_settings(SECURE_ORIGIN=True):
        answer = enrolled.first_step("wang")

    cookie = answer.cookies["__Host-session"]
    assert (cookie["secure"], cookie["httponly"], cookie["samesite"], cookie["path"], cookie["domain"]) == (
        True, True, "Strict", "/", "",
    )  # fmt: skip


def test_a_post_without_its_page_s_token_is_refused(enrolled: Desk) -> None:
    enrolled.client.handler.enforce_csrf_checks = True

    assert b"office.forged" in enrolled.first_step("wang").content


def test_a_field_that_nobody_asked_for_is_refused(enrolled: Desk) -> None:
    answer = enrolled.post("/sign-in", operator="wang", password=PASSWORD, roles="administrator")

    assert answer.status_code == 400
    assert b"office.bad-form" in answer.content
