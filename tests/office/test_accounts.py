"""Enrolment, recovery by two, one's own factors and sessions, and what the administrator does to others'."""

from datetime import timedelta

import pytest

from fangbang.accounts import actions, queries
from fangbang.accounts.actions.proofs import app_secret_of
from fangbang.accounts.models import Invitation, Operator
from fangbang.accounts.rules import SignInPolicy
from fangbang.accounts.rules.totp import code_at
from fangbang.audit import queries as audit
from fangbang.audit.rules import SYSTEM
from fangbang.core.clock import ManualClock
from tests.office.desk import PASSWORD, SESSION, Desk, enter


@pytest.fixture
def wang(desk: Desk, clock: ManualClock) -> Desk:
    """An approver, enrolled and signed in."""
    enter(clock, "wang")
    desk.enrol("wang")
    desk.sign_in("wang")
    return desk


def last_event() -> str:
    return audit.latest(1)[0].event


def invited(clock: ManualClock, operator: str = "wang") -> str:
    enter(clock, operator)
    return actions.invite(actor=SYSTEM, operator_id=operator, clock=clock)


@pytest.mark.parametrize("spelled", [str.upper, lambda code: "-".join(code), lambda code: f"  {code} "])
def test_a_code_may_be_typed_in_many_ways(desk: Desk, clock: ManualClock, spelled: object) -> None:
    code = invited(clock)

    assert callable(spelled)
    assert desk.post("/enrol", code=spelled(code)).headers["Location"] == "/enrol/password"


def test_a_code_is_used_up_by_enrolling(desk: Desk, clock: ManualClock) -> None:
    code = invited(clock)
    desk.post("/enrol", code=code)
    desk.post("/enrol/password", password=PASSWORD, again=PASSWORD)
    desk.get("/enrol/factor")
    secret = app_secret_of(desk.session())
    assert secret is not None
    desk.post("/enrol/factor", code=code_at(secret, clock.now()))

    assert b"accounts.bad-invitation" in Desk(clock).post("/enrol", code=code).content
    assert Invitation.objects.get().used_at == clock.now()


def test_an_old_code_is_refused(desk: Desk, clock: ManualClock) -> None:
    code = invited(clock)
    clock.advance(timedelta(hours=48))

    assert b"accounts.bad-invitation" in desk.post("/enrol", code=code).content


def test_a_new_code_ends_the_one_before(desk: Desk, clock: ManualClock) -> None:
    first = invited(clock)
    actions.invite(actor=SYSTEM, operator_id="wang", clock=clock)

    assert b"accounts.bad-invitation" in desk.post("/enrol", code=first).content


def test_guessing_codes_is_stopped(desk: Desk, clock: ManualClock) -> None:
    code = invited(clock)
    for _ in range(5):
        desk.post("/enrol", code="0" * 25)

    assert b"accounts.too-many-tries" in desk.post("/enrol", code=code).content


def test_the_database_knows_no_code(clock: ManualClock, db: None) -> None:
    code = invited(clock)

    assert code not in str(list(Invitation.objects.values()))
    assert code not in "".join(entry.details for entry in audit.entries())


def test_a_password_without_a_factor_does_not_count(desk: Desk, clock: ManualClock) -> None:
    desk.post("/enrol", code=invited(clock))
    desk.post("/enrol/password", password=PASSWORD, again=PASSWORD)

    assert Operator.objects.get().password == ""
    assert desk.get("/").headers["Location"].startswith("/sign-in")


def test_the_factor_comes_after_the_password(desk: Desk, clock: ManualClock) -> None:
    desk.post("/enrol", code=invited(clock))

    assert desk.get("/enrol/factor").headers["Location"] == "/enrol/password"


@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("short", "accounts.short-password"),
        ("x" * 129, "accounts.long-password"),
        ("111111111111111", "accounts.common-password"),
        ("wang wang wang wang", "accounts.own-name-in-password"),
    ],
)
def test_a_bad_password_is_refused_with_its_reason(desk: Desk, clock: ManualClock, password: str, code: str) -> None:
    desk.post("/enrol", code=invited(clock))

    answer = desk.post("/enrol/password", password=password, again=password)

    assert (answer.status_code, code in answer.content.decode()) == (400, True)


def test_a_wrong_first_code_of_an_app_adds_nothing(wang: Desk) -> None:
    wang.get("/account/factors/add")

    answer = wang.post("/account/factors/add", code="000000", label="app")

    assert "accounts.bad-code" in answer.content.decode()
    assert len(queries.factors("wang")) == 1


def test_the_last_factor_stays(wang: Desk) -> None:
    answer = wang.post("/account/factors/retire", id=queries.factors("wang")[0].id)

    assert "accounts.last-factor" in answer.content.decode()


def test_somebody_else_s_factor_is_not_found(wang: Desk, clock: ManualClock) -> None:
    enter(clock, "zhao", name="赵敏")
    Desk(clock).enrol("zhao")

    answer = wang.post("/account/factors/retire", id=queries.factors("zhao")[0].id)

    assert "accounts.unknown-factor" in answer.content.decode()


def test_a_changed_password_ends_other_sessions_and_is_not_the_old_one(wang: Desk, clock: ManualClock) -> None:
    other = Desk(clock).seat("wang")

    same = wang.post("/account/password", old=PASSWORD, password=PASSWORD, again=PASSWORD)
    changed = wang.post("/account/password", old=PASSWORD, password=PASSWORD + " two", again=PASSWORD + " two")

    assert "accounts.old-password" in same.content.decode()
    assert changed.status_code == 302
    assert (wang.get("/").status_code, other.get("/").status_code) == (200, 302)


def test_a_password_is_not_changed_without_the_old_one(wang: Desk) -> None:
    answer = wang.post("/account/password", old="wrong", password=PASSWORD + " two", again=PASSWORD + " two")

    assert "accounts.sign-in-refused" in answer.content.decode()


@pytest.mark.parametrize("path", ["/account/password", "/account/factors/add"])
def test_grave_acts_ask_for_the_factor_again(wang: Desk, clock: ManualClock, path: str) -> None:
    clock.advance(timedelta(minutes=5))

    asked = wang.get(path)
    confirmed = wang.post("/confirm", code=wang.fresh_code("wang"), next=path)

    assert asked.headers["Location"].startswith("/confirm?next=")
    assert confirmed.headers["Location"] == path
    assert last_event() == "accounts.stepped-up"
    assert wang.get(path).status_code == 200


def test_one_ends_one_s_own_sessions_and_no_other_s(wang: Desk, clock: ManualClock) -> None:
    enter(clock, "zhao", name="赵敏")
    mine, theirs = Desk(clock).seat("wang"), Desk(clock).seat("zhao")

    wang.post("/account/sessions/end", id=theirs.session().id)
    wang.post("/account/sessions/end", id=mine.session().id)

    assert (mine.get("/").status_code, theirs.get("/").status_code) == (302, 200)


def test_an_administrator_ends_another_s_session(wang: Desk, clock: ManualClock) -> None:
    enter(clock, "chen", "administrator", name="陈静")

    Desk(clock).seat("chen").post("/staff/wang/sessions/end", id=wang.session().id)

    assert wang.get("/").status_code == 302


def test_an_administrator_ends_all_of_another_s_sessions_at_once(wang: Desk, clock: ManualClock) -> None:
    enter(clock, "chen", "administrator", name="陈静")
    chen, elsewhere = Desk(clock).seat("chen"), Desk(clock, "10.0.0.2").seat("wang")

    chen.post("/staff/wang/sessions/end-all")
    after = chen.post("/staff/chen/sessions/end-all")

    assert [desk.get("/").status_code for desk in (wang, elsewhere)] == [302, 302]
    assert (after.status_code, chen.get("/").status_code) == (302, 200)  # one's own session is kept


def test_two_administrators_restore_who_lost_a_factor(wang: Desk, clock: ManualClock) -> None:
    for who, name in (("chen", "陈静"), ("zhao", "赵敏")):
        enter(clock, who, "administrator", name=name)
    chen, zhao = Desk(clock).seat("chen"), Desk(clock).seat("zhao")

    chen.post("/staff/wang/recover")
    alone = chen.post("/staff/wang/recover/confirm")
    both = zhao.post("/staff/wang/recover/confirm")

    assert "accounts.second-person-needed" in alone.content.decode()
    assert (both.status_code, last_event()) == (200, "accounts.recovery-confirmed")
    assert wang.get("/").status_code == 200  # what they have counts until the code is used


def test_after_a_recovery_nothing_old_counts(wang: Desk, clock: ManualClock) -> None:
    enter(clock, "chen", "administrator", name="陈静")
    actions.ask_recovery(actor=SYSTEM, operator_id="wang", clock=clock)
    chen = queries.operator("chen").actor
    code = actions.confirm_recovery(actor=chen, operator_id="wang", clock=clock)
    before, new = wang.secrets["wang"], Desk(clock)
    new.post("/enrol", code=code)
    new.post("/enrol/password", password=PASSWORD + " two", again=PASSWORD + " two")
    new.get("/enrol/factor")
    secret = app_secret_of(new.session())
    assert secret is not None
    new.post("/enrol/factor", code=code_at(secret, clock.now()))

    assert wang.get("/").status_code == 302
    assert wang.first_step("wang", PASSWORD).status_code == 403
    wang.first_step("wang", PASSWORD + " two")
    clock.advance(timedelta(seconds=30))
    assert wang.post("/sign-in/second", code=code_at(before, clock.now())).status_code == 403


def test_an_administrator_enters_and_invites_somebody(clock: ManualClock, db: None) -> None:
    enter(clock, "chen", "administrator", name="陈静")
    chen = Desk(clock).seat("chen")

    added = chen.post("/staff/add", id="li", name="李娜", roles=["provincial-centre"], region="110000", exams="")
    shown = chen.post("/staff/li/invite")

    assert added.headers["Location"] == "/staff/li"
    assert queries.operator("li").region == "110000"
    assert "shown this once" in shown.content.decode()


@pytest.mark.parametrize(
    ("roles", "region", "code"),
    [
        (["provincial-centre"], "", "accounts.region-needed"),
        (["city-desk"], "990000", "accounts.bad-region"),
        (["importer", "approver"], "", "accounts.clashing-roles"),
        (["administrator", "importer"], "", "accounts.clashing-roles"),
        ([], "", "accounts.bad-roles"),
    ],
)
def test_what_nobody_may_be_is_refused(clock: ManualClock, db: None, roles: list[str], region: str, code: str) -> None:
    enter(clock, "chen", "administrator", name="陈静")

    answer = Desk(clock).seat("chen").post("/staff/add", id="li", name="李娜", roles=roles, region=region)

    assert code in answer.content.decode()


def test_roles_that_were_taken_away_are_gone_at_the_next_request(wang: Desk, clock: ManualClock) -> None:
    assert wang.get("/releases").status_code == 200
    actions.change_roles(actor=SYSTEM, operator_id="wang", roles=["administrator"], clock=clock)

    assert wang.get("/releases").status_code == 403


def test_the_policy_comes_from_the_settings() -> None:
    from fangbang.core.settings import load_settings

    values = load_settings({"FANGBANG_OFFICE_IDLE_MINUTES": "7"}).values

    assert SignInPolicy.from_settings(values).idle == timedelta(minutes=7)


def test_the_cookie_is_not_for_scripts(wang: Desk) -> None:
    cookie = wang.client.cookies[SESSION]

    assert (cookie["httponly"], cookie["samesite"]) == (True, "Strict")
