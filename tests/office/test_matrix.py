"""Every role at every route with every kind of thing, through the real stack, against the declared table."""

from collections.abc import Iterator, Mapping
from datetime import timedelta

import pytest

from fangbang.accounts.rules import OF_ROLE, TOUCHING, Permission, Role
from fangbang.adjudication.models import LineProposal, WithholdingRequest
from fangbang.audit.rules import SYSTEM
from fangbang.core.clock import ManualClock
from fangbang.desk.models import Export, Preview
from fangbang.desk.rules import PreviewState
from fangbang.intake.models import Batch, Sitting, Upload
from fangbang.notices.models import Proposal
from fangbang.office.routes import ROUTES, Route
from fangbang.office.urls import urlpatterns
from fangbang.release import actions as release_actions
from fangbang.release.rules import ReleaseKind, Scope
from tests.office.desk import Desk, enter

assert urlpatterns
EXAM, OTHER_EXAM = "social-worker", "tax-agent"
HOME, ELSEWHERE, CITY = "110000", "120000", "110100"
THINGS = {
    "own region": (EXAM, (HOME,)),
    "other region": (EXAM, (ELSEWHERE,)),
    "both regions": (EXAM, (HOME, ELSEWHERE)),
    "the nation": (EXAM, ()),
    "other exam": (OTHER_EXAM, (HOME,)),
    "nothing": ("", ()),
}
"""What an address is about: (exam, provinces). "nothing": an id that nobody gave."""
PERSONS = {"own region": (EXAM, HOME), "other region": (EXAM, ELSEWHERE), "other exam": (OTHER_EXAM, HOME)}
"""Where a person is whom an address is about: (exam, region)."""


@pytest.fixture
def things(db: None, clock: ManualClock) -> Mapping[str, str]:
    """Kind of thing → id of a release of it."""
    opened = {"nothing": "rel-none"}
    for kind, (exam, provinces) in THINGS.items():
        if exam:
            opened[kind] = release_actions.open_release(
                actor=SYSTEM, sitting_id=f"{exam}-2026", scope=Scope(provinces), kind=ReleaseKind.BASE, clock=clock
            )
    return opened


@pytest.fixture
def previews(things: Mapping[str, str], clock: ManualClock) -> Mapping[str, str]:
    """Kind of thing → id of a preview of one person there."""
    made = {"nothing": "pv-none"}
    for kind, (exam, region) in PERSONS.items():
        made[kind] = f"pv-{kind.replace(' ', '-')}"
        Preview.objects.create(
            pk=made[kind], release_id=things[kind], sitting_id=f"{exam}-2026", region=region, sealed="", digest="",
            reason="matrix", state=PreviewState.ASKED, asked_by="somebody-else", asked_at=clock.now(),
            expires_at=clock.now(),
        )  # fmt: skip
    return made


@pytest.fixture
def requests(things: Mapping[str, str], clock: ManualClock) -> Mapping[str, str]:
    """Kind of thing → id of a request to withhold one person's result there."""
    made = {"nothing": "wr-none"}
    for kind, (exam, region) in PERSONS.items():
        made[kind] = f"wr-{kind.replace(' ', '-')}"
        WithholdingRequest.objects.create(
            pk=made[kind], kind="withhold", sitting_id=f"{exam}-2026", ticket=kind, region=region, reason="matrix",
            basis="matrix", asked_by="somebody-else", asked_at=clock.now(),
        )  # fmt: skip
    return made


@pytest.fixture
def filed(db: None, clock: ManualClock) -> Mapping[str, Mapping[str, str]]:
    """Place of an address → kind of thing → its id. A sitting and its files are of the whole nation."""
    found: dict[str, dict[str, str]] = {name: {} for name in ("sitting", "upload", "batch")}
    for kind, exam in {"the nation": EXAM, "other exam": OTHER_EXAM, "nothing": ""}.items():
        sitting = found["sitting"][kind] = f"{exam or 'none'}-2026"
        upload, batch = f"up-{exam or 'none'}", f"bat-{exam or 'none'}"
        found["upload"][kind], found["batch"][kind] = upload, batch
        if exam:
            given = {"importer": "somebody", "importer_name": "Somebody"}
            common = {"totals": {"rows": 1, "subjects": {}}, "findings": {}, "at": clock.now(), **given}
            counts = {"number": 1, "file_rows": 1, "book_rows": 1, "rows": 1, "quarantined": 0}
            Sitting.objects.create(id=sitting, exam_id=exam, year=2026, opened_at=clock.now())
            Batch.objects.create(
                id=batch, sitting_id=sitting, kind="registrations", file_sha256=exam, **counts, **common
            )
            Upload.objects.create(
                id=upload, sitting_id=sitting, state="here", name="a.csv", size=1, received=1, begun_at=clock.now(),
                touched_at=clock.now(), **given,
            )  # fmt: skip
    found["proposal"] = {"nothing": "lin-none"}
    for kind, (exam, provinces) in THINGS.items():
        if exam:
            found["proposal"][kind] = f"lin-{kind.replace(' ', '-')}"
            LineProposal.objects.create(
                id=found["proposal"][kind], sitting_id=f"{exam}-2026", level="middle", subjects=[], value=1,
                provinces=list(provinces), proposed_by="somebody", proposed_at=clock.now(),
            )  # fmt: skip
    return {f"<str:{place}>": ids for place, ids in found.items()}


@pytest.fixture
def proposals(things: Mapping[str, str], clock: ManualClock) -> Mapping[str, str]:
    """Kind of thing → id of a proposed notice there."""
    made = {"nothing": "pro-none"}
    for kind, (exam, region) in {**PERSONS, "the nation": (EXAM, "")}.items():
        made[kind] = f"pro-{kind.replace(' ', '-')}"
        Proposal.objects.create(
            pk=made[kind], kind="notice", key="matrix", region=region, exam=exam, reason="matrix", state="waiting",
            author="somebody-else", author_name="-", at=clock.now(),
        )  # fmt: skip
    return made


@pytest.fixture
def exports(things: Mapping[str, str], clock: ManualClock) -> Mapping[str, str]:
    """Kind of thing → id of a list of passers there."""
    made = {"nothing": "exp-none"}
    for kind, (exam, region) in PERSONS.items():
        made[kind] = f"exp-{kind.replace(' ', '-')}"
        Export.objects.create(
            pk=made[kind], sitting_id=f"{exam}-2026", region=region, content="check", format="csv", purpose="matrix",
            asked_by="somebody-else", asked_at=clock.now(),
        )  # fmt: skip
    return made


def expected(role: Role, route: Route, kind: str) -> str:
    """What the table says: "in", "not-allowed" or "not-found"."""
    permission = route.permission
    if permission.scope in ("public", "own"):
        return "in"
    if permission not in OF_ROLE[role]:
        return "not-allowed"
    if route.subject is None:
        return "in"
    if "<str:province>" in route.pattern and permission is Permission.REGION_CONFIRMATION_GIVE:
        return (
            "in" if kind in ("own region", "both regions", "the nation") else "not-found"
        )  # about HOME in all of them
    if kind in ("own region", "nothing"):
        wide = role is not Role.CITY_DESK or permission in TOUCHING
        return "in" if kind == "own region" and wide else "not-found"
    part = route.name == "statistics-province"  # one's own province of a wider thing
    return "in" if kind in ("both regions", "the nation") and (part or permission in TOUCHING) else "not-found"


def addresses(
    route: Route, things: Mapping[str, str], persons: Mapping[str, Mapping[str, str]]
) -> Iterator[tuple[str, str]]:
    """(kind of thing, address) of a route; one address if it is about no thing. `persons`: place → kind → id."""
    for place, ids in persons.items():
        if place in route.pattern:
            pattern = route.pattern.replace("<str:job>", "job-none")
            yield from ((kind, f"/{pattern.replace(place, one)}") for kind, one in ids.items())
            return
    for kind, release in things.items() if "<str:release>" in route.pattern else [("own region", "")]:
        filled = route.pattern.replace("<str:release>", release).replace("<str:operator>", "target")
        yield (
            kind,
            "/"
            + filled.replace("<str:name>", "none.css")
            .replace("<str:province>", HOME)
            .replace("<str:check>", "joins")
            .replace("<str:exam>", EXAM)
            .replace("<path:key>", EXAM)
            .replace("<str:change>", "cat-none")
            .replace("<str:job>", "job-none"),
        )


def told(desk: Desk, method: str, address: str) -> str:
    """What the office's guard said."""
    answer = desk.get(address) if method == "GET" else desk.post(address)
    if answer.status_code == 401 or "/sign-in" in answer.headers.get("Location", ""):
        return "no session"
    if answer.streaming:
        return "in"
    for code in ("not-allowed", "not-found"):
        if f"office.{code}".encode() in answer.content and answer.status_code in (403, 404):
            return code
    return "in"


@pytest.mark.parametrize("role", Role)
def test_every_role_enters_what_the_table_gives_it_and_nothing_else(
    clock: ManualClock,
    things: Mapping[str, str],
    previews: Mapping[str, str],
    requests: Mapping[str, str],
    exports: Mapping[str, str],
    filed: Mapping[str, Mapping[str, str]],
    proposals: Mapping[str, str],
    role: Role,
) -> None:
    persons = {
        "<str:preview>": previews, "<str:request_id>": requests, "<str:export_id>": exports,
        "<str:notice>": proposals, **filed,
    }  # fmt: skip
    enter(clock, "target", "importer", name="赵敏")
    enter(clock, "someone", role.value, region=CITY if role is Role.CITY_DESK else HOME, exams=[EXAM])
    wrong, tried = [], 0
    for route in ROUTES.values():
        if route.permission.scope in ("enrolling", "halfway") or route.name in ("static", "sign-out"):
            continue
        for kind, address in addresses(route, things, persons):
            for method in route.methods:
                desk = Desk(clock).seat("someone")
                found, right = told(desk, method, address), expected(role, route, kind)
                tried += 1
                if found != right:
                    wrong.append((route.name, method, kind, found, right))
                clock.advance(timedelta(seconds=1))

    assert tried > 30
    assert wrong == []


def test_staff_of_the_nation_reach_every_region_but_not_every_exam(
    clock: ManualClock, things: Mapping[str, str]
) -> None:
    enter(clock, "someone", "auditor", exams=[EXAM])
    desk = Desk(clock).seat("someone")

    found = {kind: told(desk, "GET", f"/releases/{release}") for kind, release in things.items()}

    assert {kind for kind, what in found.items() if what == "in"} == set(THINGS) - {"other exam", "nothing"}


def test_a_list_shows_what_one_may_open(clock: ManualClock, things: Mapping[str, str]) -> None:
    enter(clock, "someone", "provincial-centre", region=HOME, exams=[EXAM])
    desk = Desk(clock).seat("someone")

    listed = desk.get("/releases").content.decode()

    shown = {kind for kind, release in things.items() if release in listed}
    assert shown == {"own region", "both regions", "the nation"}


def test_the_administrator_has_no_data_and_the_auditor_changes_nothing() -> None:
    data = {item for item in Permission if item.scope == "region"}
    reading = {item for item in Permission if item.value.endswith((":read", ":watch"))}

    assert data & OF_ROLE[Role.ADMINISTRATOR] == set()
    assert OF_ROLE[Role.AUDITOR] - reading == set()
