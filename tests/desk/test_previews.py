"""One person before the hour: two people, a day to agree, an hour to look, every look noted."""

from datetime import timedelta

import pytest

from fangbang.accounts.rules import Role, Staff
from fangbang.audit import queries as audit
from fangbang.audit.rules import Actor
from fangbang.core.errors import FangbangError, Problem
from fangbang.desk import actions, queries
from fangbang.desk.models import Preview
from fangbang.desk.problems import (
    NOT_ALLOWED_NOW,
    NOT_ASKED_FOR,
    NOT_FOUND,
    PUBLISHED_ALREADY,
    SECOND_PERSON_NEEDED,
    UNKNOWN_PREVIEW,
)
from fangbang.desk.rules import PreviewState
from fangbang.people.problems import PERSONAL_REASON
from fangbang.people.rules.vault import DocumentVault
from fangbang.release.models import Release
from fangbang.release.rules import ReleaseState
from tests.desk.scene import BEIJING, CANARIES, LI, SICHUAN, WANG, Scene

ASKER, SECOND = Actor("wang", "王芳"), Actor("zhao", "赵敏")
APPROVER = Staff("wang", "王芳", frozenset({Role.APPROVER}))


def asked(office: Scene, reason: str = "复查改分核对 2026-12") -> str:
    release = Release.objects.first()
    opened = str(release.pk) if release else office.release(office.outcomes(), state=ReleaseState.ADJUDICATED)
    candidate = queries.candidate_of(office.store, APPROVER, opened, WANG["ticket"])
    return actions.ask_preview(
        actor=ASKER, release_id=opened, candidate=candidate, reason=reason, vault=vault(office), clock=office.clock
    )


def vault(office: Scene) -> DocumentVault:
    return queries.desk_vault(office.store)


def decide(office: Scene, preview: str, actor: Actor = SECOND, agree: bool = True) -> queries.PreviewView:
    return actions.decide_preview(actor=actor, preview_id=preview, agree=agree, clock=office.clock)


def look(office: Scene, preview: str, actor: Actor = ASKER) -> int:
    return actions.note_preview(actor=actor, preview_id=preview, clock=office.clock)[1]


def refused(act: object) -> Problem:
    assert callable(act)
    with pytest.raises(FangbangError) as caught:
        act()
    return caught.value.problem


def test_two_people_open_a_preview_and_each_look_is_an_event(office: Scene) -> None:
    preview = asked(office)
    decide(office, preview)

    looks = [look(office, preview), look(office, preview)]

    view = queries.preview(preview)
    assert (looks, view.views, view.state) == ([1, 2], 2, PreviewState.AGREED)
    assert queries.previewed_row(office.store, view, vault(office))["name"] == WANG["name"]
    assert [entry.event for entry in audit.entries()] == [
        "desk.preview-asked",
        "desk.preview-agreed",
        "desk.preview-shown",
        "desk.preview-shown",
    ]


def test_nobody_agrees_to_their_own_request(office: Scene) -> None:
    preview = asked(office)

    assert refused(lambda: decide(office, preview, ASKER)) is SECOND_PERSON_NEEDED
    assert refused(lambda: look(office, preview)) is NOT_ALLOWED_NOW


def test_the_database_too_refuses_one_person_as_both(office: Scene) -> None:
    from django.db import IntegrityError, transaction

    preview = asked(office)

    with pytest.raises(IntegrityError, match="desk_preview_second_person"), transaction.atomic():
        Preview.objects.filter(pk=preview).update(state=PreviewState.AGREED, decided_by=ASKER.id)


@pytest.mark.parametrize("actor", [SECOND, Actor("qian", "钱进")])
def test_only_who_asked_looks(office: Scene, actor: Actor) -> None:
    preview = asked(office)
    decide(office, preview)

    assert refused(lambda: look(office, preview, actor)) is NOT_ALLOWED_NOW


def test_a_request_lapses_after_a_day_and_an_agreement_after_an_hour(office: Scene) -> None:
    late, preview = asked(office), asked(office)
    office.clock.advance(timedelta(hours=23))
    decide(office, preview)
    office.clock.advance(timedelta(minutes=59))
    look(office, preview)
    office.clock.advance(timedelta(minutes=1))

    assert refused(lambda: look(office, preview)) is NOT_ALLOWED_NOW
    assert refused(lambda: decide(office, late)) is NOT_ASKED_FOR


def test_a_refusal_stays_one(office: Scene) -> None:
    preview = asked(office)
    decide(office, preview, agree=False)

    assert refused(lambda: decide(office, preview)) is NOT_ASKED_FOR
    assert refused(lambda: look(office, preview)) is NOT_ALLOWED_NOW


@pytest.mark.parametrize("state", [ReleaseState.PUBLISHED, ReleaseState.WITHDRAWN, ReleaseState.SUPERSEDED])
def test_after_the_hour_there_is_no_preview(office: Scene, state: ReleaseState) -> None:
    waiting, preview = asked(office), asked(office)
    decide(office, preview)
    Release.objects.update(state=state)

    assert refused(lambda: look(office, preview)) is PUBLISHED_ALREADY
    assert refused(lambda: decide(office, waiting)) is PUBLISHED_ALREADY
    assert refused(lambda: asked(office)) is PUBLISHED_ALREADY


def test_who_is_asked_for_lies_in_one_s_reach_and_in_the_release(office: Scene) -> None:
    whole = office.release(office.outcomes(), state=ReleaseState.ADJUDICATED)
    Release.objects.filter(pk=whole).update(state=ReleaseState.PUBLISHED)
    part = office.release(office.outcomes(), state=ReleaseState.ADJUDICATED, provinces=(BEIJING,))
    sichuan = Staff("wang", "王芳", frozenset({Role.APPROVER}), SICHUAN)

    assert refused(lambda: queries.candidate_of(office.store, sichuan, part, WANG["ticket"])) is NOT_FOUND
    assert refused(lambda: queries.candidate_of(office.store, APPROVER, part, LI["ticket"])) is NOT_FOUND
    assert refused(lambda: queries.candidate_of(office.store, APPROVER, part, "110626999999")) is NOT_FOUND
    assert queries.candidate_of(office.store, APPROVER, part, WANG["ticket"])["name"] == WANG["name"]


def test_a_reason_that_names_the_candidate_is_refused(office: Scene) -> None:
    assert refused(lambda: asked(office, f"{WANG['name']}来访")) is PERSONAL_REASON


def test_an_unknown_preview_is_none(office: Scene) -> None:
    assert refused(lambda: look(office, "pv-none")) is UNKNOWN_PREVIEW


def test_neither_the_tables_nor_the_log_hold_anybody_s_numbers(office: Scene) -> None:
    preview = asked(office)
    decide(office, preview)
    look(office, preview)

    kept = str(list(Preview.objects.values())) + "".join(entry.details for entry in audit.entries())

    assert [text for text in CANARIES if text in kept] == []
    assert queries.target(queries.preview(preview), vault(office))["ticket"] == WANG["ticket"]
