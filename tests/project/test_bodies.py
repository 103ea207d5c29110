"""How large a request may be, what is told when it is larger, and when a long one began."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pytest_django.fixtures import Settings
from waitress.adjustments import Adjustments

from fangbang.core.clock import ManualClock, SystemClock, to_wire
from fangbang.project.bodies import LARGEST_BODY, Parser, began, permit
from fangbang.project.layout import Layout
from tests.office.desk import Desk, enter

WHOLE = "/sittings/social-worker-2026/whole"
GIB = 1 << 30


@pytest.fixture(autouse=True)
def uploads(tmp_path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An office's folder on a disk with room for every upload."""
    settings.LAYOUT = Layout(tmp_path)
    settings.INTAKE = {**settings.INTAKE, "INTAKE_UPLOAD": str(4 * GIB)}
    free(monkeypatch, 10 * GIB)
    return tmp_path


def free(monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    """A disk with so many bytes free."""
    monkeypatch.setattr("shutil.disk_usage", lambda _: type("Usage", (), {"free": size})())


def head(address: str, size: int, *more: str) -> Parser:
    """A parser that has read a request's head."""
    parser = Parser(Adjustments(max_request_body_size=LARGEST_BODY))
    lines = [f"POST {address} HTTP/1.1", "Host: office", f"Content-Length: {size}", *more, "", ""]
    parser.received("\r\n".join(lines).encode())
    return parser


def page(parser: Parser) -> tuple[str, str]:
    """Status and text of what refuses a request."""
    status, headers, body = parser.error.to_response()
    assert dict(headers)["Content-Type"] == "text/html; charset=utf-8"
    return status, body.decode()


@pytest.mark.parametrize("size", [17 << 20, 4 * GIB, 4 * GIB + (1 << 20) - 1])
def test_a_permitted_form_may_be_as_large_as_an_upload(size: int) -> None:
    parser = head(f"{WHOLE}?permit={permit(WHOLE)}", size)

    assert (parser.error, parser.completed) == (None, False)


@pytest.mark.parametrize(
    ("address", "size"),
    [
        (WHOLE, 17 << 20),
        (f"/sign-in?permit={permit(WHOLE)}", 17 << 20),
        (f"{WHOLE}?permit={permit(WHOLE)}", 4 * GIB + (1 << 20)),
    ],
)
def test_what_is_too_large_is_refused_before_its_body_with_the_other_ways(address: str, size: int) -> None:
    parser = head(address, size)

    status, text = page(parser)
    assert (status, parser.completed) == ("413 Request Entity Too Large", True)
    assert ("project.body-too-large" in text, "投放目录" in text, "drop folder" in text) == (True, True, True)


def test_a_disk_without_room_for_a_form_twice_refuses_it_before_its_body(monkeypatch: pytest.MonkeyPatch) -> None:
    free(monkeypatch, 9 * GIB)
    enough = head(f"{WHOLE}?permit={permit(WHOLE)}", 4 * GIB)
    free(monkeypatch, 9 * GIB - 1)

    parser = head(f"{WHOLE}?permit={permit(WHOLE)}", 4 * GIB)

    status, text = page(parser)
    assert (enough.error, status, parser.completed) == (None, "507 Insufficient Storage", True)
    assert ("intake.no-room" in text, "磁盘空间不足" in text, "The disk is too full" in text) == (True, True, True)


def test_a_small_request_is_read_as_ever() -> None:
    parser = head("/sign-in", 3)

    parser.received(b"a=b")

    assert (parser.error, parser.completed, parser.get_body_stream().read()) == (None, True, b"a=b")


def test_a_request_s_beginning_is_the_office_s_own_word() -> None:
    before = SystemClock().now()

    parser = head("/sign-in", 3, "X-Fangbang-Began: 2020-01-01T00:00:00.000000Z")

    told = began({"X-FANGBANG-BEGAN": parser.headers["X_FANGBANG_BEGAN"]}, datetime(2020, 1, 1, tzinfo=UTC))
    assert before <= told <= SystemClock().now()
    assert began({}, before) == before


@pytest.mark.django_db
@pytest.mark.parametrize(("minutes", "status"), [(29, 200), (30, 302)])
def test_a_session_counts_as_it_did_when_the_request_began(
    clock: ManualClock, monkeypatch: pytest.MonkeyPatch, minutes: int, status: int
) -> None:
    """Half an hour idle is too long; a form that began before that may be here hours later."""
    monkeypatch.setattr("fangbang.office.middleware.office_clock", lambda: clock)
    enter(clock, "li", "importer")
    desk, told = Desk(clock).seat("li"), to_wire(clock.now() + timedelta(minutes=minutes))
    clock.advance(timedelta(hours=3))

    answer: Any = desk.client.get("/", headers={"X-Fangbang-Began": told})

    assert answer.status_code == status
