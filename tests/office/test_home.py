"""The first page: what waits for one, over all pages, and nothing that is somebody else's to do."""

import re
from datetime import timedelta
from html import unescape

import pytest

from fangbang.accounts import actions as accounts
from fangbang.adjudication.models import LineProposal, WithholdingRequest
from fangbang.audit.rules import SYSTEM, Actor
from fangbang.catalogue.models import Change
from fangbang.core.clock import ManualClock
from fangbang.desk.models import Preview
from fangbang.desk.rules import PreviewState
from fangbang.exams.changing import in_force
from fangbang.intake.models import Sitting
from fangbang.notices.models import Proposal
from fangbang.office.views.releases import course_of
from fangbang.release import actions
from fangbang.release.queries import ReleaseView
from fangbang.release.rules import Course, ReleaseKind, Scope
from tests.office.desk import Desk, enter

pytestmark = pytest.mark.django_db
SITTING, CALLED = "social-worker-2026", "Social worker 2026"
HAINAN, BEIJING = "460000", "110000"


def waiting(clock: ManualClock, who: str) -> list[str]:
    """The lines below "Waits for you", without their links."""
    page = Desk(clock).seat(who).get("/").content.decode()
    part = page.partition('class="plain waits"')[2].partition("</ul>")[0]
    return [unescape(re.sub("<[^>]+>", "", line)).strip() for line in part.split("<li>")[1:]]


def staff(clock: ManualClock, *roles: str, region: str = "") -> None:
    """One member of staff per role, called as the role begins."""
    for role in roles:
        enter(clock, f"the-{role}", role, region=region, name="王芳")


@pytest.fixture
def sitting(clock: ManualClock) -> str:
    Sitting.objects.create(
        pk=SITTING, exam_id="social-worker", year=2026, catalogue_version="x", opened_by="liu", opened_at=clock.now()
    )
    return SITTING


@pytest.mark.parametrize(
    ("role", "told"),
    [
        ("importer", [f"{CALLED}: an importer brings the registrations and marks in"]),
        ("adjudicator", []),
        ("approver", []),
        ("auditor", []),
    ],
)
def test_a_release_waits_for_whoever_takes_its_next_step(
    clock: ManualClock, sitting: str, role: str, told: list[str]
) -> None:
    actions.open_release(actor=SYSTEM, sitting_id=sitting, scope=Scope(), kind=ReleaseKind.BASE, clock=clock)
    staff(clock, role)

    assert waiting(clock, f"the-{role}") == told


def test_the_list_of_releases_says_what_comes_next(clock: ManualClock, sitting: str) -> None:
    actions.open_release(actor=SYSTEM, sitting_id=sitting, scope=Scope(), kind=ReleaseKind.BASE, clock=clock)
    staff(clock, "auditor")

    page = Desk(clock).seat("the-auditor").get("/releases").content.decode()

    assert "<td>an importer brings the registrations and marks in</td>" in page


def proposed(clock: ManualClock, by: str) -> None:
    """One of everything that a second person decides, proposed by one person."""
    release = actions.open_release(actor=SYSTEM, sitting_id=SITTING, scope=Scope(), kind=ReleaseKind.BASE, clock=clock)
    LineProposal.objects.create(
        id="lin-1", sitting_id=SITTING, level="middle", subjects=[], value=1, provinces=[], proposed_by=by,
        proposed_at=clock.now(),
    )  # fmt: skip
    WithholdingRequest.objects.create(
        pk="wr-1", kind="withhold", sitting_id=SITTING, ticket="1", region=HAINAN, reason="r", basis="b", asked_by=by,
        asked_at=clock.now(),
    )  # fmt: skip
    Preview.objects.create(
        pk="pv-1", release_id=release, sitting_id=SITTING, region=HAINAN, sealed="", digest="", reason="r",
        state=PreviewState.ASKED, asked_by=by, asked_at=clock.now(), expires_at=clock.now() + timedelta(days=1),
    )  # fmt: skip
    Change.objects.create(
        pk="cat-1", key="social-worker", content="", sha256="x", replaces="", replaced="", version="x", reason="r",
        state="waiting", author=by, author_name="-", at=clock.now(),
    )  # fmt: skip
    Proposal.objects.create(
        pk="pro-1", kind="notice", key="desk-hours", region="", exam="", reason="r", state="waiting", author=by,
        author_name="-", at=clock.now(),
    )  # fmt: skip


def test_what_a_second_person_decides_waits_for_the_second_person(clock: ManualClock, sitting: str) -> None:
    staff(clock, "approver", "adjudicator", "auditor", "importer")
    proposed(clock, "somebody")

    assert waiting(clock, "the-approver") == [
        f"{CALLED}: decide whether one person's result is withheld or told again",
        f"{CALLED}: decide on a request for a preview",
        "social-worker: decide on a changed file of exam rules",
        "desk-hours: decide on a notice, a centre or a helpline",
    ]
    assert waiting(clock, "the-adjudicator") == [
        f"{CALLED}: approve or refuse a proposed line",
        f"{CALLED}: decide whether one person's result is withheld or told again",
    ]
    assert waiting(clock, "the-auditor") == []


def test_a_changed_file_waits_for_approvers_of_its_exam(clock: ManualClock, sitting: str) -> None:
    file = in_force(None)["eia"].data.decode()
    Change.objects.create(
        pk="cat-1", key="eia", content=file, sha256="x", replaces="", replaced="", version="x", reason="r",
        state="waiting", author="somebody", author_name="-", at=clock.now(),
    )  # fmt: skip
    for who, exams in (("all", []), ("ours", ["eia"]), ("theirs", ["social-worker"])):
        enter(clock, who, "approver", exams=exams)

    told = {who: len(waiting(clock, who)) for who in ("all", "ours", "theirs")}
    Change.objects.update(content="this is [no TOML")

    assert told == {"all": 1, "ours": 1, "theirs": 0}
    assert waiting(clock, "ours") == []


def test_the_ceremony_of_a_release_is_looked_at_once(
    clock: ManualClock, sitting: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    actions.open_release(actor=SYSTEM, sitting_id=sitting, scope=Scope(), kind=ReleaseKind.BASE, clock=clock)
    staff(clock, "importer")
    seen: list[str] = []

    def noted(view: ReleaseView) -> Course:
        seen.append(view.sitting)
        return course_of(view)

    monkeypatch.setattr("fangbang.office.views.releases.course_of", noted)

    assert waiting(clock, "the-importer") == [f"{CALLED}: an importer brings the registrations and marks in"]
    assert seen == [sitting]


def test_nothing_that_one_proposed_waits_for_oneself(clock: ManualClock, sitting: str) -> None:
    staff(clock, "approver")
    proposed(clock, "the-approver")

    assert waiting(clock, "the-approver") == []
    assert "Nothing waits for you now." in Desk(clock).seat("the-approver").get("/").content.decode()


def test_what_lies_outside_one_s_region_does_not_wait(clock: ManualClock, sitting: str) -> None:
    staff(clock, "approver", region=BEIJING)
    proposed(clock, "somebody")

    assert waiting(clock, "the-approver") == []


def test_an_agreed_preview_waits_for_who_asked_until_it_was_looked_at(clock: ManualClock, sitting: str) -> None:
    staff(clock, "approver")
    proposed(clock, "the-approver")
    Preview.objects.update(state=PreviewState.AGREED, decided_by="zhao", decided_name="-", decided_at=clock.now())
    before = waiting(clock, "the-approver")
    Preview.objects.update(expires_at=clock.now())

    assert before == [f"{CALLED}: look at a preview that was agreed"]
    assert waiting(clock, "the-approver") == []


def test_a_recovery_waits_for_another_administrator(clock: ManualClock) -> None:
    enter(clock, "chen", "administrator", name="陈静")
    enter(clock, "luo", "administrator", name="罗岚")
    enter(clock, "target", "auditor", name="孙丽")
    Desk(clock).enrol("target")
    accounts.ask_recovery(actor=Actor("chen", "陈静"), operator_id="target", clock=clock)

    told = [waiting(clock, who) for who in ("chen", "luo")]

    assert told == [[], ["target: confirm that this person may enrol again; another administrator asked"]]
