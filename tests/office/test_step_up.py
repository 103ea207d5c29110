"""The second factor is asked for again before whatever decides, publishes, withdraws or shows people: every route that
changes something is grave, or stands below with the reason why it is not; and a grave one refuses a stale session."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta

import pytest

from fangbang.audit import queries as audit
from fangbang.audit.rules import SYSTEM
from fangbang.core.clock import ManualClock
from fangbang.office.routes import ROUTES, Route
from fangbang.office.urls import urlpatterns
from fangbang.release import actions, queries
from fangbang.release.rules import ReleaseKind, Scope
from tests.office.desk import Desk, enter
from tests.release.people import FACTS, SITTING

assert urlpatterns
PREPARES = "prepares what two others sign later"
PROPOSES = "a proposal: the second person's word is grave"
STOPS = "refuses or takes back: nothing comes of it"
ENDS = "ends a session: the sooner the better"
ONE_FILE = "a file that waits: taking it in is undone by a correction, and the approvers see it in the report"
EASY = {
    "sign-out": ENDS, "end-own-session": ENDS, "end-other-sessions": ENDS, "end-session": ENDS, "end-sessions": ENDS,
    "confirm": "is the step-up itself",
    "export-audit": "no data about candidates, and recorded",
    "enter-published": "enters what the keeper has posted already",
    "desk-search": "limited, for a reason, recorded", "desk-result": "limited, for a reason, recorded",
    "desk-numbers": "limited, for a reason, recorded",
    "propose-change": PROPOSES, "propose-line": PROPOSES, "ask-preview": PROPOSES, "ask-withholding": PROPOSES,
    "ask-lifting": PROPOSES, "write-notice": PROPOSES, "preview-line": PREPARES,
    "refuse-change": STOPS, "take-change-back": STOPS, "refuse-line": STOPS, "refuse-notice": STOPS,
    "take-notice-back": STOPS,
    "open-sitting": PREPARES, "open-release": PREPARES, "adjudicate": PREPARES, "freeze": PREPARES,
    "distribute": PREPARES, "correct": PREPARES,
    "begin-upload": ONE_FILE, "piece": ONE_FILE, "finish-upload": ONE_FILE, "whole-upload": ONE_FILE,
    "take-dropped": ONE_FILE, "look-upload": ONE_FILE, "map-upload": ONE_FILE, "manifest": ONE_FILE,
    "try-upload": ONE_FILE, "take-upload": ONE_FILE, "discard-upload": ONE_FILE,
}  # fmt: skip
"""Routes that change something without the second factor → why."""


def differences(routes: Iterable[Route], easy: Iterable[str]) -> list[str]:
    """Changing routes that are neither grave nor excused, and excuses that nothing needs."""
    changing = {
        item.name
        for item in routes
        if "POST" in item.methods and not item.grave and item.permission.scope not in ("public", "halfway", "enrolling")
    }
    return sorted(changing ^ set(easy))


def test_what_changes_something_is_grave_or_says_why_not() -> None:
    assert differences(ROUTES.values(), EASY) == []


def test_the_detector_sees_a_grave_route_that_became_easy() -> None:
    weakened = [replace(item, grave=False) if item.name == "approve" else item for item in ROUTES.values()]

    assert differences(weakened, EASY) == ["approve"]


@pytest.fixture
def release(db: None, clock: ManualClock) -> str:
    """A frozen report, and who signs, seals and manages staff."""
    for who, role in (("wang", "approver"), ("zhang", "adjudicator"), ("chen", "administrator")):
        enter(clock, who, role, name=who.title())
    opened = actions.open_release(actor=SYSTEM, sitting_id=SITTING, scope=Scope(), kind=ReleaseKind.BASE, clock=clock)
    actions.freeze(actor=SYSTEM, release_id=opened, facts=replace(FACTS, seen=audit.head().seq), clock=clock)
    return opened


@pytest.mark.parametrize(
    ("who", "address"),
    [
        ("wang", "/releases/{}/approve"),
        ("wang", "/releases/{}/override/states"),
        ("wang", "/releases/{}/hour"),
        ("wang", "/releases/{}/withdraw"),
        ("wang", "/switches/move"),
        ("zhang", "/releases/{}/seal"),
        ("chen", "/staff/wang/retire"),
        ("chen", "/centres/enrol"),
    ],
)
def test_a_stale_session_does_nothing_grave(clock: ManualClock, release: str, who: str, address: str) -> None:
    desk, path = Desk(clock).seat(who), address.format(release)
    clock.advance(timedelta(minutes=11))
    before = audit.head()

    answer = desk.post(path)

    assert (answer.status_code, "office.confirm-first" in answer.content.decode()) == (401, True)
    assert (audit.head(), queries.release(release).approvers) == (before, ())
