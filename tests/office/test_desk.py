"""The desk's pages: masked hits, one result as the candidate sees it, forgotten numbers; walls of region and hour."""

import json
import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
import structlog
from django.http import HttpResponse
from pytest_django.fixtures import Settings
from structlog.testing import LogCapture

from fangbang.audit import queries as audit
from fangbang.core.clock import ManualClock
from fangbang.office.routes import ROUTES
from fangbang.release.rules import ReleaseState
from tests.desk.scene import BEIJING, CANARIES, LI, SICHUAN, SITTING, WANG, Scene
from tests.office.desk import Desk, enter

REASON = "窗口来访,受理 12 号"
HANDLE = re.compile(r'name="handle" value="([^"]+)"')


@pytest.fixture
def sichuan(desk: Desk, clock: ManualClock, office: Scene) -> Desk:
    enter(clock, "li", "provincial-centre", region=SICHUAN, exams=["social-worker"], name="李娜")
    return desk.seat("li")


def search(desk: Desk, **typed: str) -> HttpResponse:
    return desk.post("/desk/search", **{"sitting": SITTING, "kind": "ticket", "reason": REASON, **typed})


def text(answer: HttpResponse) -> str:
    return answer.content.decode()


def test_a_hit_is_masked_until_it_is_asked_for(sichuan: Desk, office: Scene) -> None:
    office.publish()

    hits = text(search(sichuan, number=LI["ticket"]))
    result = text(sichuan.post("/desk/result", handle=HANDLE.findall(hits)[0]))

    assert [canary for canary in CANARIES if canary in hits] == []
    assert ("李*" in hits, "5101************02" in hits) == (True, True)
    assert (LI["name"] in result, LI["ticket"] in result, LI["doc_number"] in result) == (True, True, False)
    assert LI["archive"] in result
    assert "61.5" in result
    assert [entry.event for entry in audit.latest(2)] == ["desk.candidate-searched", "desk.result-shown"]


def test_the_result_says_what_the_candidate_s_own_page_says(sichuan: Desk, office: Scene) -> None:
    from fangbang.pages.texts import texts

    office.publish()
    hits = text(search(sichuan, number=LI["ticket"]))

    result = text(sichuan.post("/desk/result", handle=HANDLE.findall(hits)[0]))

    t = texts("en")
    said = [t("outcome.partly-passed"), t("outcome.partly-passed.say"), t("status.absent"), t("found.screenshot")]
    assert [sentence for sentence in said if sentence not in result.replace("&#39;", "'")] == []


@pytest.mark.parametrize(
    "typed",
    [
        {"kind": "ticket", "number": WANG["ticket"]},
        {"kind": "document", "number": WANG["doc_number"]},
        {"kind": "name-birth", "name": WANG["name"], "birth": "19900131"},
        {"kind": "ticket", "number": "510626777777"},
    ],
)
def test_a_candidate_of_another_region_and_nobody_are_the_same_page(
    sichuan: Desk, office: Scene, typed: dict[str, str]
) -> None:
    office.publish()

    elsewhere, nobody = search(sichuan, **typed), search(sichuan, kind="ticket", number="000000000000")

    def plain(answer: HttpResponse) -> str:
        return re.sub(r'value="[^"]{20,}"', "", text(answer))

    assert (elsewhere.status_code, plain(elsewhere)) == (200, plain(nobody))


@pytest.mark.parametrize("state", [ReleaseState.ADJUDICATED, ReleaseState.DISTRIBUTED, ReleaseState.WITHDRAWN])
def test_before_the_hour_a_search_is_refused(sichuan: Desk, office: Scene, state: ReleaseState) -> None:
    office.release(office.outcomes(), state=state)

    answer = search(sichuan, number=LI["ticket"])

    assert (answer.status_code, "desk.not-published" in text(answer)) == (409, True)


def test_a_handle_is_nobody_else_s(sichuan: Desk, office: Scene, clock: ManualClock) -> None:
    office.publish()
    handle = HANDLE.findall(text(search(sichuan, number=LI["ticket"])))[0]
    enter(clock, "sun", "provincial-centre", region=BEIJING, exams=["social-worker"], name="孙敏")

    answer = Desk(clock).seat("sun").post("/desk/result", handle=handle)

    assert (answer.status_code, "desk.bad-handle" in text(answer)) == (400, True)


def test_a_region_that_was_changed_since_the_search_counts(sichuan: Desk, office: Scene, clock: ManualClock) -> None:
    from fangbang.accounts import actions as accounts
    from fangbang.audit.rules import SYSTEM

    office.publish()
    handle = HANDLE.findall(text(search(sichuan, number=LI["ticket"])))[0]
    accounts.change_reach(actor=SYSTEM, operator_id="li", region=BEIJING, exams=["social-worker"], clock=clock)

    answer = sichuan.seat("li").post("/desk/result", handle=handle)

    assert "desk.not-found" in text(answer)
    assert audit.latest(1)[0].event != "desk.result-shown"


def test_a_forgotten_number_is_given_before_the_hour_too(sichuan: Desk, office: Scene) -> None:
    answer = sichuan.post("/desk/numbers", sitting=SITTING, number=LI["doc_number"], name=" 李 芳", reason=REASON)

    page = text(answer)
    assert [LI[name] in page for name in ("ticket", "archive", "subject_ticket", "doc_number")] == [
        True, True, True, False,
    ]  # fmt: skip
    assert audit.latest(1)[0].event == "desk.numbers-given"


@pytest.mark.parametrize(
    ("number", "name"),
    [(LI["doc_number"], "李芬"), (WANG["doc_number"], WANG["name"]), ("510104198805060303", LI["name"])],
)
def test_a_wrong_name_another_region_and_nobody_get_no_number(
    sichuan: Desk, office: Scene, number: str, name: str
) -> None:
    answer = sichuan.post("/desk/numbers", sitting=SITTING, number=number, name=name, reason=REASON)

    assert (answer.status_code, "desk.not-found" in text(answer)) == (400, True)
    assert audit.latest(1)[0].event == "desk.candidate-searched"


def test_a_sitting_of_another_exam_is_none(desk: Desk, clock: ManualClock, office: Scene) -> None:
    office.publish()
    enter(clock, "li", "provincial-centre", region=SICHUAN, exams=["tax-agent"], name="李娜")

    answer = search(desk.seat("li"), number=LI["ticket"])

    assert (answer.status_code, "desk.not-found" in text(answer)) == (400, True)


def test_too_many_searches_are_refused_with_an_alarm(sichuan: Desk, office: Scene, settings: Settings) -> None:
    office.publish()
    settings.SEARCHES_AN_HOUR = 2

    answers = [search(sichuan, number=LI["ticket"]) for _ in range(4)]

    assert [answer.status_code for answer in answers] == [200, 200, 403, 403]
    assert [entry.event for entry in audit.entries()].count("desk.search-limit-reached") == 1


@pytest.mark.parametrize("path", ["/desk/search", "/desk/result", "/desk/numbers"])
def test_nothing_is_asked_by_address(sichuan: Desk, path: str) -> None:
    assert sichuan.get(f"{path}?number={LI['ticket']}").status_code == 405


@pytest.fixture
def logged() -> Iterator[LogCapture]:
    """What the office's log is given."""
    capture, before = LogCapture(), structlog.get_config()
    structlog.configure(processors=[capture])
    yield capture
    structlog.configure(**before)


def planted(entries: object) -> list[str]:
    """The candidates' numbers and names that a log holds, in the clear or in an address."""
    from urllib.parse import quote

    written = json.dumps(entries, ensure_ascii=False, default=str)
    return [canary for canary in CANARIES if canary in written or quote(canary) in written]


def test_no_log_and_no_address_holds_what_was_typed(sichuan: Desk, office: Scene, logged: LogCapture) -> None:
    office.publish()
    hits = search(sichuan, number=LI["ticket"])
    sichuan.post("/desk/result", handle=HANDLE.findall(text(hits))[0])
    sichuan.post("/desk/numbers", sitting=SITTING, number=LI["doc_number"], name=LI["name"], reason=REASON)
    search(sichuan, kind="name-birth", name=LI["name"], birth="bad")
    search(sichuan, number=LI["ticket"], extra=LI["doc_number"])

    kept = [*logged.entries, *[[entry.subject, entry.details] for entry in audit.entries()]]

    assert len(logged.entries) == 5
    assert planted(kept) == []
    assert planted([hits.headers.items()]) == []


def test_the_scan_sees_a_log_that_writes_addresses(sichuan: Desk, logged: LogCapture, rf: object) -> None:
    """The positive control: the same scan over a log line with a query string."""
    request = rf.get("/desk/search", {"number": LI["ticket"], "name": LI["name"]})  # type: ignore[attr-defined]
    structlog.get_logger("careless").info("request", path=request.get_full_path())

    assert planted(logged.entries) == [LI["ticket"], LI["name"]]


ROLES = {
    "adjudicator": "", "approver": "", "auditor": "", "importer": "", "provincial-centre": SICHUAN,
    "city-desk": "510100", "catalogue-editor": "", "administrator": "",
}  # fmt: skip


@pytest.mark.parametrize("role", ROLES)
def test_before_the_hour_no_page_of_any_role_shows_a_person(
    desk: Desk, clock: ManualClock, office: Scene, role: str
) -> None:
    release = office.release(office.outcomes(), state=ReleaseState.DISTRIBUTED, at=clock.now() + timedelta(days=1))
    enter(clock, "someone", role, region=ROLES[role], name="某某")
    seated, shown = desk.seat("someone"), ""

    for item in ROUTES.values():
        if "GET" not in item.methods or item.permission.scope not in ("own", "nation", "region"):
            continue
        path = re.sub("<str:[a-z_]+>", "x", item.pattern.replace("<str:release>", release))
        shown += text(seated.get(f"/{path}"))
    for person in (WANG, LI):
        shown += text(search(seated, number=person["ticket"])).replace(f'value="{person["ticket"]}"', "")

    assert len(shown) > 1000
    assert [canary for canary in CANARIES if canary in shown] == []


def test_after_the_hour_the_same_walk_does_show_one(sichuan: Desk, office: Scene) -> None:
    """The positive control of the walk: what it looks for is what a result's page shows."""
    office.publish()
    handle = HANDLE.findall(text(search(sichuan, number=LI["ticket"])))[0]

    shown = text(sichuan.post("/desk/result", handle=handle))

    assert [canary for canary in CANARIES if canary in shown] == [LI["ticket"], LI["name"]]
