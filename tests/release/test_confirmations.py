"""The provinces' word between gate and approvals: whose is needed, what it does, and what takes it away."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from hypothesis import given
from hypothesis import strategies as st

from fangbang.audit import queries as audit
from fangbang.audit.actions import record
from fangbang.audit.events import AuditEvent
from fangbang.audit.rules import EMPTY, SYSTEM, Actor
from fangbang.core.clock import ManualClock
from fangbang.core.errors import FangbangError, Problem
from fangbang.release import actions, queries
from fangbang.release.models import Confirmation
from fangbang.release.problems import (
    APPROVER_IS_IMPORTER,
    DISPUTED,
    GATE_RED,
    NOT_ASKED,
    NOT_FROZEN,
    REASON_MISSING,
    UNCONFIRMED,
    WRONG_REPORT,
)
from fangbang.release.rules import (
    Facts,
    Heading,
    ReleaseKind,
    ReleaseState,
    Said,
    Scope,
    Word,
    asked_provinces,
    check_confirmed,
    confirmations_of,
    freeze_report,
    province_counts,
    sign_report,
)
from tests.release.counted import BEIJING, COUNTED, HEBEI, TIANJIN
from tests.release.people import CHEN, NOW, SITTING, TRUSTED, WANG, ZHAO, Person

MA = Actor("ma", "马丽")
ALL = (BEIJING, TIANJIN, HEBEI)


def report(scope: Scope = Scope()) -> dict[str, Any]:  # noqa: B008 - immutable
    return freeze_report(Heading("rel-1", scope, ReleaseKind.BASE), COUNTED, anchor=EMPTY, now=NOW)


# ---- whose word, and what it is about ----


def test_every_province_with_candidates_is_asked() -> None:
    assert asked_provinces(report(), None) == ALL


@pytest.mark.parametrize(
    ("scope", "asked"),
    [
        (Scope((BEIJING, "310000"), ()), (BEIJING,)),
        (Scope((), ("senior",)), (BEIJING, HEBEI)),
        (Scope((TIANJIN,), ("senior",)), ()),
    ],
)
def test_a_scope_asks_its_own_provinces_and_levels(scope: Scope, asked: tuple[str, ...]) -> None:
    assert asked_provinces(report(scope), None) == asked


def test_only_provinces_with_a_centre_are_asked_where_so_set() -> None:
    assert asked_provinces(report(), {TIANJIN, "310000"}) == (TIANJIN,)


def test_nobody_is_asked_before_something_is_frozen() -> None:
    assert asked_provinces(None, None) == ()


def test_a_province_sees_its_own_counts_by_level_and_subject() -> None:
    found = province_counts(report(), BEIJING)

    assert (found.registered, dict(found.outcomes)) == (4, {"qualified": 2, "not-passed": 2})
    junior = found.levels["junior"]
    assert junior.registered == 3
    assert [(row.subject, row.registered, row.marks, row.absent, row.codes, row.passed) for row in junior.subjects] == [
        ("ability", 3, 2, 1, 0, 2),
        ("practice", 3, 2, 0, 1, 2),
    ]


def test_a_province_sees_only_the_levels_of_the_scope() -> None:
    found = province_counts(report(Scope((), ("senior",))), BEIJING)

    assert (found.registered, list(found.levels)) == (1, ["senior"])


def test_a_report_of_before_the_table_by_levels_still_tells_the_whole() -> None:
    old = report()
    old["tables"] = {name: table for name, table in old["tables"].items() if name != "provinces_levels"}

    assert province_counts(old, BEIJING).registered == 4


def test_a_province_without_candidates_has_nothing_to_confirm() -> None:
    with pytest.raises(FangbangError) as caught:
        province_counts(report(), "310000")

    assert caught.value.problem is NOT_ASKED


# ---- how they stand ----

words = st.builds(Said, st.sampled_from(ALL), st.sampled_from(Word), st.sampled_from(["ma", "li", "wang", "zhao"]))


@given(st.sets(st.sampled_from(ALL)), st.lists(words, max_size=12))
def test_every_province_that_is_asked_stands_in_exactly_one_way(asked: set[str], said: list[Said]) -> None:
    found = confirmations_of(asked, said)

    ways = [*found.unsettled, *found.disputing, *found.confirmed, *found.waived]
    assert sorted(ways) == sorted(asked)


@given(st.sets(st.sampled_from(ALL)), st.lists(words, max_size=12))
def test_approval_waits_for_exactly_the_unsettled_and_disputing(asked: set[str], said: list[Said]) -> None:
    found = confirmations_of(asked, said)
    expected = DISPUTED if found.disputing else UNCONFIRMED if found.unsettled else None

    assert problem_of(lambda: check_confirmed(asked, said)) is expected


def problem_of(act: Callable[[], object]) -> Problem | None:
    try:
        act()
    except FangbangError as error:
        return error.problem
    return None


def test_one_person_cannot_waive_alone() -> None:
    alone = [Said(BEIJING, Word.WAIVED, "wang"), Said(BEIJING, Word.WAIVED, "wang")]
    both = [*alone, Said(BEIJING, Word.WAIVED, "zhao")]

    assert confirmations_of([BEIJING], alone).unsettled == (BEIJING,)
    assert confirmations_of([BEIJING], both).waived == (BEIJING,)


# ---- the verbs ----


@pytest.fixture
def release(db: None, clock: ManualClock) -> str:
    """A frozen report with three provinces."""
    opened = actions.open_release(
        actor=CHEN.actor, sitting_id=SITTING, scope=Scope(), kind=ReleaseKind.BASE, clock=clock
    )
    freeze(clock, opened)
    return opened


def freeze(clock: ManualClock, release: str, facts: Facts = COUNTED) -> None:
    gathered = replace(facts, seen=audit.head().seq)
    actions.freeze(actor=CHEN.actor, release_id=release, facts=gathered, clock=clock)


def confirm(clock: ManualClock, release: str, province: str = BEIJING, seen: str = "") -> None:
    seen = seen or queries.release(release).report_hash
    actions.confirm_counts(actor=MA, release_id=release, province=province, seen_report=seen, clock=clock)


def dispute(clock: ManualClock, release: str, reason: str = "12 absent are missing") -> None:
    seen = queries.release(release).report_hash
    actions.dispute_counts(actor=MA, release_id=release, province=BEIJING, reason=reason, seen_report=seen, clock=clock)


def waive(clock: ManualClock, release: str, person: Person, reason: str = "the line is down") -> None:
    seen = queries.release(release).report_hash
    actions.waive_confirmation(
        actor=person.actor, release_id=release, province=BEIJING, reason=reason, seen_report=seen, clock=clock
    )


def approve(clock: ManualClock, release: str, person: Person, asked: tuple[str, ...] = (BEIJING,)) -> None:
    actions.approve(
        actor=person.actor,
        release_id=release,
        signed_report=queries.release(release).report_hash,
        approval=sign_report(person.key, queries.frozen_report(release), person.id),
        trusted_keys=TRUSTED,
        asked=asked,
        clock=clock,
    )


def refusal(act: Callable[[], object]) -> Problem:
    with pytest.raises(FangbangError) as caught, transaction.atomic():
        act()
    return caught.value.problem


def standing(release: str) -> list[tuple[str, str]]:
    return [(item.province, item.word.value) for item in queries.said(release)]


def test_approval_is_refused_while_a_province_is_missing(clock: ManualClock, release: str) -> None:
    assert refusal(lambda: approve(clock, release, WANG)) is UNCONFIRMED
    confirm(clock, release)
    approve(clock, release, WANG)
    approve(clock, release, ZHAO)

    assert queries.release(release).state is ReleaseState.APPROVED


def test_a_confirmation_is_an_event_of_who_gave_it(clock: ManualClock, release: str) -> None:
    confirm(clock, release)
    confirm(clock, release)

    entries = [it for it in audit.entries(subject=release) if it.event == AuditEvent.COUNTS_CONFIRMED]
    assert [entry.actor.id for entry in entries] == ["ma"]
    assert standing(release) == [(BEIJING, "confirmed")]


def test_who_saw_another_report_confirms_nothing(clock: ManualClock, release: str) -> None:
    assert refusal(lambda: confirm(clock, release, seen="00" * 32)) is WRONG_REPORT
    assert standing(release) == []


def test_a_province_outside_the_report_confirms_nothing(clock: ManualClock, release: str) -> None:
    assert refusal(lambda: confirm(clock, release, "310000")) is NOT_ASKED


def test_behind_a_red_gate_nothing_is_confirmed(clock: ManualClock, release: str) -> None:
    freeze(clock, release, replace(COUNTED, run=replace(COUNTED.run, orphans=2)))

    assert refusal(lambda: confirm(clock, release)) is GATE_RED


def test_a_dispute_stops_the_approval_until_it_is_taken_back(clock: ManualClock, release: str) -> None:
    dispute(clock, release)
    refused = refusal(lambda: approve(clock, release, WANG))
    confirm(clock, release)
    approve(clock, release, WANG)

    assert refused is DISPUTED
    assert standing(release) == [(BEIJING, "confirmed")]
    assert [item.word for item in queries.words(release) if item.voided_at is not None] == [Word.DISPUTED]


def test_a_dispute_needs_its_reason(clock: ManualClock, release: str) -> None:
    assert refusal(lambda: dispute(clock, release, " ")) is REASON_MISSING


def test_a_late_dispute_voids_the_approvals(clock: ManualClock, release: str) -> None:
    confirm(clock, release)
    approve(clock, release, WANG)
    approve(clock, release, ZHAO)

    dispute(clock, release)

    view = queries.release(release)
    assert (view.state, view.approvers) == (ReleaseState.ADJUDICATED, ())
    assert audit.latest(1)[0].event == AuditEvent.RELEASE_APPROVALS_VOIDED


@pytest.mark.parametrize("word", [confirm, dispute])
def test_an_edit_voids_the_provinces_words_visibly(
    clock: ManualClock, release: str, word: Callable[[ManualClock, str], None]
) -> None:
    word(clock, release)
    record(actor=SYSTEM, event=AuditEvent.BATCH_ACCEPTED, subject=SITTING, details={"sitting": SITTING}, clock=clock)

    [told] = queries.words(release)
    assert (standing(release), told.voided_at) == ([], clock.now())
    assert refusal(lambda: confirm(clock, release)) is NOT_FROZEN


def test_freezing_the_same_again_keeps_the_words_and_other_facts_void_them(clock: ManualClock, release: str) -> None:
    confirm(clock, release)
    freeze(clock, release)
    same = standing(release)
    freeze(clock, release, replace(COUNTED, run=replace(COUNTED.run, id="run-2")))

    assert same == [(BEIJING, "confirmed")]
    assert standing(release) == []


def test_two_approvers_go_on_without_a_province(clock: ManualClock, release: str) -> None:
    waive(clock, release, WANG)
    alone = refusal(lambda: approve(clock, release, WANG))
    waive(clock, release, ZHAO)
    approve(clock, release, WANG)

    assert alone is UNCONFIRMED
    assert queries.release(release).approvers == ("wang",)
    reasons = [entry for entry in audit.entries(subject=release) if entry.event == AuditEvent.CONFIRMATION_WAIVED]
    assert [("the line is down" in entry.details, entry.actor.id) for entry in reasons] == [
        (True, "wang"),
        (True, "zhao"),
    ]


def test_a_waiver_needs_a_reason_and_nobody_who_imported(clock: ManualClock, release: str) -> None:
    from tests.release.people import LIU

    assert refusal(lambda: waive(clock, release, WANG, "")) is REASON_MISSING
    assert refusal(lambda: waive(clock, release, LIU)) is APPROVER_IS_IMPORTER


def test_what_one_approver_wrote_last_counts(clock: ManualClock, release: str) -> None:
    waive(clock, release, WANG, "first")
    waive(clock, release, WANG, "second")

    assert [item.reason for item in queries.words(release) if item.voided_at is None] == ["second"]


def test_nothing_is_confirmed_of_a_draft_or_of_what_is_sealed(clock: ManualClock, release: str) -> None:
    seen = queries.release(release).report_hash
    confirm(clock, release)
    approve(clock, release, WANG)
    approve(clock, release, ZHAO)
    actions.mark_sealed(
        actor=CHEN.actor, release_id=release, snapshot="ab" * 16, header="cd" * 32, trusted_keys=TRUSTED, clock=clock
    )

    assert refusal(lambda: confirm(clock, release, TIANJIN, seen)).code == "release.wrong-state"


def test_the_database_refuses_two_words_of_one_province(clock: ManualClock, release: str) -> None:
    confirm(clock, release)
    row = Confirmation.objects.get()
    row.pk = None

    with pytest.raises(IntegrityError), transaction.atomic():
        row.save(force_insert=True)
