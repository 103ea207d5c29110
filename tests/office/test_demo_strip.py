"""What a demonstration adds to the sign-in pages, and that nothing else ever does."""

from base64 import b64decode
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest
from django.conf import settings

from fangbang.accounts.rules.totp import code_at
from fangbang.core.clock import ManualClock
from fangbang.core.errors import FangbangError
from fangbang.office.demo import strip
from fangbang.project.demonstration import Demo, Member, demo_file, load_demo
from tests.office.desk import PASSWORD, Desk, enter

KEY = "-----BEGIN ENCRYPTED PRIVATE KEY-----\nMIG\n-----END ENCRYPTED PRIVATE KEY-----\n"


@pytest.fixture
def demo(desk: Desk, clock: ManualClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Demo:
    """A demonstration with one approver, who is enrolled."""
    enter(clock, "wang", "approver")
    desk.enrol("wang")
    told = Demo(PASSWORD, "words", (Member("wang", "王芳", "approver", "", desk.secrets["wang"], KEY),))
    path = tmp_path / "office.json"
    path.write_bytes(msgspec.json.encode(told))
    monkeypatch.setattr(settings, "DEMO", path)
    return told


def test_a_visitor_signs_in_with_what_the_pages_show(desk: Desk, demo: Demo) -> None:
    shown = desk.get("/sign-in").content.decode()
    desk.first_step("wang", PASSWORD)
    halfway = desk.get("/sign-in/second").content.decode()
    code = halfway.partition('name="code" value="')[2][:6]

    entered = desk.post("/sign-in/second", code=code)

    assert 'name="operator" value="wang"' in shown
    assert entered.headers["Location"] == "/"


def test_a_code_that_was_used_is_not_shown_again(desk: Desk, demo: Demo, clock: ManualClock) -> None:
    enter(clock, "zhao", "approver")
    wang = desk.seat("wang")
    before = wang.get("/confirm").content.decode()
    first = before.partition('name="code" value="')[2][:6]
    wang.post("/confirm", code=first)

    after = wang.get("/confirm").content.decode()
    clock.advance(timedelta(seconds=30))
    later = wang.get("/confirm").content.decode()

    assert "load this page again in half a minute" in after
    assert later.partition('name="code" value="')[2][:6] == code_at(
        demo.staff[0].secret, clock.now() + timedelta(seconds=30)
    )


def test_the_key_is_an_address_of_its_own(demo: Demo, clock: ManualClock, desk: Desk) -> None:
    from fangbang.accounts.models import Operator
    from fangbang.accounts.queries import staff_of

    shown = strip(staff_of(Operator.objects.get(pk="wang")), clock.now())

    assert shown is not None
    assert b64decode(shown.key_address.partition(",")[2]).decode() == KEY


def test_whoever_is_not_of_the_demonstration_gets_no_code(demo: Demo, clock: ManualClock) -> None:
    shown = strip(None, clock.now())

    assert shown is not None
    assert (shown.member, shown.code(), shown.key_address) == (None, "", "")


def test_without_a_demonstration_nothing_is_added(desk: Desk, clock: ManualClock) -> None:
    enter(clock, "wang", "approver")
    desk.enrol("wang")
    desk.first_step("wang")

    pages = [desk.get(path).content.decode() for path in ("/sign-in", "/sign-in/second")]

    assert [page for page in pages if "demo-strip" in page] == []
    assert strip(None, clock.now()) is None


def test_the_setting_is_refused_outside_demo_custody() -> None:
    with pytest.raises(FangbangError) as refused:
        demo_file({"OFFICE_DEMO": "staff.json", "CUSTODY": "production"})

    assert refused.value.code == "project.demo-custody-only"
    assert demo_file({"OFFICE_DEMO": "", "CUSTODY": "production"}) is None
    assert demo_file({"OFFICE_DEMO": "staff.json", "CUSTODY": "demo"}) == Path("staff.json")


def test_a_file_that_is_none_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "office.json"
    path.write_text("{}")

    with pytest.raises(msgspec.ValidationError):
        load_demo(path)
