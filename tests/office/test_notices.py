"""A notice from its author to the public pages: two people, one region, a signature. The keeper is a real one."""

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from fangbang.accounts import actions as accounts
from fangbang.accounts.rules import prove_possession
from fangbang.audit import queries as audit
from fangbang.audit.rules import SYSTEM
from fangbang.core.canonical import content_hash
from fangbang.core.clock import ManualClock
from fangbang.keeper.service import Keeper
from fangbang.notices import queries
from fangbang.pages.bundle import Bundle, decode_bundle, encode_bundle
from fangbang.pages.contacts import load_contacts, overlaid
from fangbang.project import publishing
from fangbang.project.layout import Layout
from fangbang.release.rules import sign_pages
from tests.keeper.office import Office
from tests.office.desk import Desk, enter

NOTICE = {
    "kind": "notice", "key": "result-day", "region": "110000", "reason": "result day",
    "title_zh": "北京公告", "title_en": "Beijing notice", "body_zh": "第一段\n第二段", "body_en": "First\nSecond",
    "not_before": "2026-08-20T18:00", "sitting": "",
}  # fmt: skip
CENTRE = {
    "kind": "centre", "region": "110000", "reason": "moved", "name_zh": "北京考试中心", "name_en": "Beijing centre",
    "phone": "010-0000 0001\n010-0000 0002", "as_of": "2026-08-01", "source": "letter of 1 August",
}  # fmt: skip


@pytest.fixture
def keys(tmp_path: Path) -> Office:
    return Office(tmp_path)


@pytest.fixture
def keeper(keys: Office, clock: ManualClock, db: None, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Keeper:
    """A keeper; liu writes for Beijing, sun for Tianjin; chen and wu approve for the nation."""
    made = keys.keeper(clock)

    def ask(layout: Layout, request: dict[str, Any], timeout: float = 30.0) -> Mapping[str, Any]:
        if request["command"] == "status":
            return made.status()
        return made.publish_pages(request["order"], request["approvals"], request["bundle"].encode())

    monkeypatch.setattr("fangbang.project.keeping.ask", ask)
    settings.LAYOUT = Layout(keys.folders.public.parent)
    enter(clock, "liu", "provincial-centre", region="110000", name="Liu")
    enter(clock, "sun", "provincial-centre", region="120000", name="Sun")
    for who in ("chen", "wu"):
        enter(clock, who, "approver", name=who.title())
        public = keys.keys[who].public_key().public_bytes_raw()
        proof = prove_possession(keys.keys[who], who)
        accounts.enrol_key(actor=SYSTEM, operator_id=who, public_key=public, proof=proof, clock=clock)
    return made


def propose(clock: ManualClock, who: str = "liu", **fields: str) -> str:
    """A proposal's id, or the page that refuses it."""
    answer = Desk(clock).seat(who).post("/notices/write", **(fields or NOTICE))
    return answer.headers["Location"].rpartition("/")[2] if answer.status_code == 302 else answer.content.decode()


def publish(clock: ManualClock, keys: Office, layout: Layout, proposal: str, who: str = "chen") -> Any:
    data = encode_bundle(publishing.bundle_with(layout, queries.proposal(proposal)))
    order = publishing.order_for(layout, data)
    approval = sign_pages(keys.keys[who], order, who)
    fields = {"document_hash": content_hash(order), "key_id": approval.key_id, "signature": approval.signature}
    return Desk(clock).seat(who).post(f"/notices/{proposal}/publish", **fields)


def test_a_notice_goes_from_a_province_by_two_people_to_the_pages_at_its_hour(
    clock: ManualClock, keys: Office, keeper: Keeper, settings: Any
) -> None:
    made = propose(clock)
    preview = Desk(clock).seat("chen").get(f"/notices/{made}/preview").content.decode()
    shown = [Desk(clock).seat("chen").get(f"/notices/{made}{page}").content.decode() for page in ("", "/publish")]

    answer = publish(clock, keys, settings.LAYOUT, made)

    bundle = publishing.standing_bundle(settings.LAYOUT)
    assert [page.count(f"<dd>{text}</dd>") for page in shown for text in ("第一段", "Second", "Beijing")] == [1] * 6
    assert [page.count("<dd>2026-08-20 18:00</dd>") for page in shown] == [1, 1], "not in UTC"
    assert "Beijing notice" in preview
    assert "Second" in preview
    assert (answer.status_code, queries.proposal(made).state) == (302, "published")
    assert (bundle.due(clock.now()), [item.region for item in bundle.notices]) == ((), ["110000"])
    assert bundle.next_change(clock.now()) == bundle.notices[0].moment
    events = [entry.event for entry in audit.latest(4)]
    assert events == ["notices.proposed", "release.pages-signed", "release.pages-published", "notices.published"]


def test_whom_to_ask_is_edited_the_same_way_and_lies_over_the_shipped_table(
    clock: ManualClock, keys: Office, keeper: Keeper, settings: Any
) -> None:
    publish(clock, keys, settings.LAYOUT, propose(clock, **CENTRE))

    shipped = load_contacts()
    found = overlaid(shipped, publishing.standing_bundle(settings.LAYOUT))

    assert found.centres["110000"].phone == ("010-0000 0001", "010-0000 0002")
    assert found.cited(found.centres["110000"]) == ("letter of 1 August",)
    assert {code for code in shipped.centres if shipped.centres[code] != found.centres[code]} <= {"110000"}


def test_a_notice_is_replaced_and_taken_down(clock: ManualClock, keys: Office, keeper: Keeper, settings: Any) -> None:
    publish(clock, keys, settings.LAYOUT, propose(clock))
    publish(clock, keys, settings.LAYOUT, propose(clock, **{**NOTICE, "title_en": "Another"}))
    titles = [item.title.en for item in publishing.standing_bundle(settings.LAYOUT).notices]

    gone = {"kind": "notice", "key": "result-day", "region": "110000", "take": "1", "reason": "wrong"}
    publish(clock, keys, settings.LAYOUT, propose(clock, **gone))

    assert titles == ["Another"]
    assert publishing.standing_bundle(settings.LAYOUT) == Bundle()
    assert "notices.not-standing" in propose(clock, **gone)


def test_the_author_does_not_approve(clock: ManualClock, keys: Office, keeper: Keeper, settings: Any) -> None:
    made = propose(clock, "chen", **{**NOTICE, "region": ""})

    assert "notices.second-person" in publish(clock, keys, settings.LAYOUT, made, "chen").content.decode()
    assert publishing.standing_bundle(settings.LAYOUT) == Bundle()
    assert publish(clock, keys, settings.LAYOUT, made, "wu").status_code == 302


def test_a_province_writes_for_itself_alone(clock: ManualClock, keys: Office, keeper: Keeper, settings: Any) -> None:
    publish(clock, keys, settings.LAYOUT, propose(clock))

    assert "office.not-allowed" in propose(clock, **{**NOTICE, "region": ""})
    assert "office.not-allowed" in propose(clock, **{**NOTICE, "region": "120000"})
    assert "notices.others-region" in propose(clock, "sun", **{**NOTICE, "region": "120000"})
    assert len(queries.proposals()) == 1


def test_who_is_there_for_one_exam_replaces_no_other_s_notice(
    clock: ManualClock, keys: Office, keeper: Keeper, settings: Any
) -> None:
    ours, theirs = {**NOTICE, "sitting": "social-worker-2026"}, {**NOTICE, "sitting": "tax-agent-2026"}
    publish(clock, keys, settings.LAYOUT, propose(clock, **theirs))
    for who in ("liu", "wu"):
        accounts.change_reach(
            actor=SYSTEM, operator_id=who, region="110000" if who == "liu" else "", exams=["social-worker"], clock=clock
        )
    refused = propose(clock, **ours)
    made = propose(clock, "chen", **ours)
    answer = publish(clock, keys, settings.LAYOUT, made, "wu")

    assert "office.not-allowed" in refused
    assert (answer.status_code, b"office.not-allowed" in answer.content) == (403, True)
    assert [item.sitting for item in publishing.standing_bundle(settings.LAYOUT).notices] == ["tax-agent-2026"]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"title_en": ""}, "notices.bad-content"),
        ({"body_en": "Only one"}, "notices.bad-content"),
        ({"key": "Bad Key"}, "notices.bad-content"),
        ({"link": "http://plain.example"}, "notices.bad-content"),
        ({"not_before": "soon"}, "office.bad-hour"),
        ({"not_before": "0001-01-01T00:00"}, "office.bad-hour"),
        ({"until": "9999-12-31T23:59:59-01:00"}, "office.bad-hour"),
        ({"reason": " "}, "notices.bad-content"),
    ],
)
def test_what_is_wrong_is_told_and_the_form_keeps_what_was_typed(
    clock: ManualClock, keeper: Keeper, changes: dict[str, str], code: str
) -> None:
    page = propose(clock, **{**NOTICE, **changes})

    assert code in page
    assert "北京公告" in page
    assert queries.proposals() == []


def test_a_notice_is_told_by_its_hour_and_by_what_stands(
    clock: ManualClock, keys: Office, keeper: Keeper, settings: Any
) -> None:
    made = propose(clock, **{**NOTICE, "until": "2026-08-20T20:00"})
    desk = Desk(clock).seat("liu")
    waiting = desk.get(f"/notices/{made}").content.decode()
    publish(clock, keys, settings.LAYOUT, made)
    told = [tuple(desk.get(path).content.decode() for path in (f"/notices/{made}", "/notices"))]
    for hours in (8, 2):  # T is 10:00 in this zone, the notice's hours are 18:00 and 20:00
        clock.advance(timedelta(hours=hours))
        told.append(
            tuple(Desk(clock).seat("liu").get(path).content.decode() for path in (f"/notices/{made}", "/notices"))
        )
    publish(clock, keys, settings.LAYOUT, propose(clock, **{**NOTICE, "title_en": "Another"}))
    gone = Desk(clock).seat("liu").get(f"/notices/{made}").content.decode()

    words = [
        "<strong>Scheduled</strong> from 2026-08-20 18:00", "<strong>Published, shown now</strong>",
        "<strong>Published, over</strong>",
    ]  # fmt: skip
    assert ("Waits" in waiting, "Cancel before its hour" in waiting) == (True, False)
    assert [[[word in page for word in words] for page in pages] for pages in told] == [
        [[True, False, False]] * 2, [[False, True, False]] * 2, [[False, False, True]] * 2,
    ]  # fmt: skip
    assert [["Cancel before its hour" in page for page in pages] for pages in told] == [
        [True, True], [False, False], [False, False],
    ]  # fmt: skip
    assert "Published, replaced or taken down since" in gone


def test_a_scheduled_notice_is_cancelled_by_two_people(
    clock: ManualClock, keys: Office, keeper: Keeper, settings: Any
) -> None:
    publish(clock, keys, settings.LAYOUT, propose(clock))
    form = Desk(clock).seat("liu").get("/notices/write?kind=notice&key=result-day&take=1").content.decode()

    cancel = propose(clock, kind="notice", key="result-day", region="110000", take="1", reason="postponed")
    still = publishing.standing_bundle(settings.LAYOUT)
    publish(clock, keys, settings.LAYOUT, cancel)

    clock.advance(timedelta(days=1))
    assert "<h1>Cancel before its hour" in form
    assert ([item.id for item in still.notices], publishing.standing_bundle(settings.LAYOUT)) == (
        ["result-day"], Bundle(),
    )  # fmt: skip


def test_an_author_takes_a_waiting_proposal_back_and_nobody_else_does(
    clock: ManualClock, keys: Office, keeper: Keeper, settings: Any
) -> None:
    enter(clock, "he", "provincial-centre", region="110000", name="He")
    made = propose(clock)

    other = Desk(clock).seat("he").post(f"/notices/{made}/take-back")
    own = Desk(clock).seat("liu").post(f"/notices/{made}/take-back")
    again = Desk(clock).seat("liu").post(f"/notices/{made}/take-back")

    assert [answer.status_code for answer in (other, own, again)] == [403, 302, 409]
    assert (b"notices.not-yours" in other.content, b"notices.not-waiting" in again.content) == (True, True)
    assert "Taken back" in Desk(clock).seat("liu").get(f"/notices/{made}").content.decode()
    assert "notices.not-waiting" in publish(clock, keys, settings.LAYOUT, made).content.decode()
    assert audit.latest(1)[0].event == "notices.taken-back"


def test_replacing_begins_with_the_hours_that_stand(
    clock: ManualClock, keys: Office, keeper: Keeper, settings: Any
) -> None:
    hours = {"not_before": "2026-08-20T18:00:30", "until": "2026-08-21T18:00"}
    publish(clock, keys, settings.LAYOUT, propose(clock, **{**NOTICE, **hours}))

    form = Desk(clock).seat("liu").get("/notices/write?kind=notice&key=result-day").content.decode()

    assert [f'value="{at}"' in form for at in hours.values()] == [True, True]


def test_a_refused_proposal_is_not_published(clock: ManualClock, keys: Office, keeper: Keeper, settings: Any) -> None:
    made = propose(clock)
    Desk(clock).seat("chen").post(f"/notices/{made}/refuse")

    assert queries.proposal(made).state == "refused"
    assert "notices.not-waiting" in publish(clock, keys, settings.LAYOUT, made).content.decode()


def test_a_crash_after_the_keeper_is_finished_by_the_same_act(
    clock: ManualClock, keys: Office, keeper: Keeper, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = propose(clock)
    with monkeypatch.context() as patch:
        patch.setattr("fangbang.notices.actions.mark_published", _cut)
        crashed = publish(clock, keys, settings.LAYOUT, made).status_code
    waiting = queries.proposal(made).state

    publish(clock, keys, settings.LAYOUT, made)

    assert (crashed, waiting) == (500, "waiting")
    assert (queries.proposal(made).state, keeper.state.pages.counter) == ("published", 1)


def test_what_is_public_already_is_neither_taken_back_nor_refused(
    clock: ManualClock, keys: Office, keeper: Keeper, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = propose(clock)
    with monkeypatch.context() as patch:
        patch.setattr("fangbang.notices.actions.mark_published", _cut)
        publish(clock, keys, settings.LAYOUT, made)

    back = Desk(clock).seat("liu").post(f"/notices/{made}/take-back")
    refused = Desk(clock).seat("chen").post(f"/notices/{made}/refuse")
    waiting = queries.proposal(made).state
    publish(clock, keys, settings.LAYOUT, made)

    assert [page.content.decode().count("notices.public-already") > 0 for page in (back, refused)] == [True, True]
    assert (waiting, queries.proposal(made).state) == ("waiting", "published")


def _cut(**_: object) -> None:
    raise RuntimeError("power cut")


def test_a_bundle_of_before_keeps_its_bytes() -> None:
    data = encode_bundle(Bundle())

    assert data == b'{"format":"fangbang-page-bundle/1","help":[],"home":[],"notices":[]}'
    assert decode_bundle(data) == Bundle()
