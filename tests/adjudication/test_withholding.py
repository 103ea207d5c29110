"""One person's result held back, and released again; tasks for sittings whose history changed."""

from collections.abc import Callable
from pathlib import Path

import pytest
from django.db import IntegrityError, transaction

from fangbang.adjudication import actions, queries
from fangbang.adjudication.actions import HistoryBook
from fangbang.adjudication.models import WithholdingRequest
from fangbang.adjudication.problems import (
    BASIS_MISSING,
    DECIDED_ALREADY,
    NOT_WITHHELD,
    SECOND_PERSON_NEEDED,
    UNKNOWN_REQUEST,
    UNKNOWN_TICKET,
    WITHHELD_ALREADY,
    WITHHELD_GONE,
)
from fangbang.audit.models import Event
from fangbang.audit.rules import Actor
from fangbang.books.store import BookKeys, BookStore
from fangbang.core.clock import ManualClock
from fangbang.core.errors import FangbangError, Problem
from fangbang.intake.models import Batch
from fangbang.people.problems import PERSONAL_REASON, REASON_NEEDED
from tests.adjudication.office import take_in
from tests.adjudication.world import CATALOGUE, Person, mark, sat

pytestmark = pytest.mark.django_db

ACTOR, SECOND = Actor("zhang", "张伟"), Actor("li", "李娜")
BASIS = "人社部令第31号第六条"
PEOPLE = [Person(number, sat("w1", mark("a", 60), mark("b", 72))) for number in (1, 2)]
TICKET = PEOPLE[1].ticket


@pytest.fixture
def store(tmp_path: Path) -> BookStore:
    return BookStore(tmp_path / "books", BookKeys.draw())


def run(store: BookStore, clock: ManualClock, sitting: str, *history: HistoryBook) -> queries.RunView:
    return actions.run(actor=ACTOR, sitting_id=sitting, store=store, catalogue=CATALOGUE, clock=clock, history=history)


def ask(store: BookStore, clock: ManualClock, sitting: str, ticket: str = TICKET, reason: str = "雷同核查") -> str:
    return actions.ask_withholding(
        actor=ACTOR, sitting_id=sitting, ticket=ticket, reason=reason, basis=BASIS, store=store, clock=clock
    )


def ask_to_lift(clock: ManualClock, sitting: str, ticket: str = TICKET, reason: str = "核查通过") -> str:
    return actions.ask_lifting(actor=ACTOR, sitting_id=sitting, ticket=ticket, reason=reason, basis=BASIS, clock=clock)


def decide(clock: ManualClock, request: str, actor: Actor = SECOND, agree: bool = True) -> None:
    actions.decide_withholding(actor=actor, request_id=request, agree=agree, clock=clock)


def hold(store: BookStore, clock: ManualClock, sitting: str) -> None:
    decide(clock, ask(store, clock, sitting))


def lift(clock: ManualClock, sitting: str) -> None:
    decide(clock, ask_to_lift(clock, sitting))


def outcomes(store: BookStore, done: queries.RunView) -> list[str]:
    return [row["outcome"] for row in store.read(done.outcomes).to_pylist()]


def test_a_withheld_person_comes_out_withheld_until_it_is_lifted(store: BookStore, clock: ManualClock) -> None:
    sitting = take_in(store, clock, 2026, PEOPLE)
    plain = run(store, clock, sitting)

    hold(store, clock, sitting)
    held = run(store, clock, sitting)
    lift(clock, sitting)
    again = run(store, clock, sitting)

    assert [outcomes(store, done) for done in (plain, held, again)] == [
        ["qualified", "qualified"],
        ["qualified", "withheld"],
        ["qualified", "qualified"],
    ]
    assert (plain.withheld, held.counts["withheld"], again.withheld) == ("", 1, "")
    assert (again.id, queries.latest_run(sitting)) == (plain.id, again)
    assert list(Event.objects.order_by("seq").values_list("event", flat=True)) == [
        "adjudication.run-finished",
        "adjudication.withholding-asked",
        "adjudication.result-withheld",
        "adjudication.run-finished",
        "adjudication.withholding-asked",
        "adjudication.withholding-lifted",
        "adjudication.run-finished",
    ]


def refused(act: Callable[[], object]) -> Problem:
    with pytest.raises(FangbangError) as caught:
        act()
    return caught.value.problem


def test_the_audit_log_names_the_decision_and_never_the_ticket(store: BookStore, clock: ManualClock) -> None:
    sitting = take_in(store, clock, 2026, PEOPLE)

    hold(store, clock, sitting)

    written = "".join(event.details + event.subject for event in Event.objects.all())
    assert queries.withheld_people(sitting)[0].id in written
    assert (BASIS in written, TICKET in written) == (True, False)


def test_asking_alone_withholds_nothing(store: BookStore, clock: ManualClock) -> None:
    sitting = take_in(store, clock, 2026, PEOPLE)

    request = ask(store, clock, sitting)

    assert queries.withheld_tickets(sitting) == frozenset()
    assert refused(lambda: decide(clock, request, ACTOR)) is SECOND_PERSON_NEEDED
    assert queries.withheld_tickets(sitting) == frozenset()


def test_two_people_stand_beside_what_is_withheld_and_lifted(store: BookStore, clock: ManualClock) -> None:
    sitting = take_in(store, clock, 2026, PEOPLE)

    hold(store, clock, sitting)
    lift(clock, sitting)

    (kept,) = queries.withheld_people(sitting)
    assert (kept.by, kept.second, kept.lifted_by, kept.lifted_second) == ("zhang", "li", "zhang", "li")
    assert (kept.basis, kept.region, kept.lifted_reason) == (BASIS, "110100", "核查通过")


def test_the_database_too_refuses_one_person_as_both(store: BookStore, clock: ManualClock) -> None:
    sitting = take_in(store, clock, 2026, PEOPLE)
    request = ask(store, clock, sitting)

    with pytest.raises(IntegrityError, match="adjudication_request_second"), transaction.atomic():
        WithholdingRequest.objects.filter(pk=request).update(state="agreed", decided_by=ACTOR.id)


def test_a_refused_request_changes_nothing_and_is_decided(store: BookStore, clock: ManualClock) -> None:
    sitting = take_in(store, clock, 2026, PEOPLE)
    request = ask(store, clock, sitting)

    decide(clock, request, agree=False)

    assert queries.withheld_people(sitting) == []
    assert refused(lambda: decide(clock, request)) is DECIDED_ALREADY
    assert refused(lambda: decide(clock, "wr-none")) is UNKNOWN_REQUEST
    assert Event.objects.order_by("seq").last().event == "adjudication.withholding-refused"  # type: ignore[union-attr]


def test_nobody_is_asked_for_twice(store: BookStore, clock: ManualClock) -> None:
    sitting = take_in(store, clock, 2026, PEOPLE)
    request = ask(store, clock, sitting)
    waiting = refused(lambda: ask(store, clock, sitting))
    decide(clock, request)

    held = refused(lambda: ask(store, clock, sitting))

    assert (waiting, held) == (WITHHELD_ALREADY, WITHHELD_ALREADY)
    assert len(queries.withheld_people(sitting)) == 1


@pytest.mark.parametrize(
    ("ticket", "reason", "problem"),
    [("T999", "雷同核查", UNKNOWN_TICKET), (TICKET, "  ", REASON_NEEDED), (TICKET, f"查 {TICKET}", PERSONAL_REASON)],
)
def test_nobody_is_withheld_without_a_registration_and_a_reason(
    ticket: str, reason: str, problem: Problem, store: BookStore, clock: ManualClock
) -> None:
    sitting = take_in(store, clock, 2026, PEOPLE)

    assert refused(lambda: ask(store, clock, sitting, ticket, reason)) is problem
    assert queries.withholding_requests(sitting) == []


def test_nobody_is_withheld_without_a_legal_basis(store: BookStore, clock: ManualClock) -> None:
    sitting = take_in(store, clock, 2026, PEOPLE)

    problem = refused(
        lambda: actions.ask_withholding(
            actor=ACTOR, sitting_id=sitting, ticket=TICKET, reason="雷同核查", basis=" ", store=store, clock=clock
        )
    )

    assert problem is BASIS_MISSING


def test_nothing_is_lifted_that_is_not_withheld(store: BookStore, clock: ManualClock) -> None:
    sitting = take_in(store, clock, 2026, PEOPLE)

    assert refused(lambda: ask_to_lift(clock, sitting)) is NOT_WITHHELD


def test_nothing_is_lifted_without_a_reason(store: BookStore, clock: ManualClock) -> None:
    sitting = take_in(store, clock, 2026, PEOPLE)
    hold(store, clock, sitting)

    assert refused(lambda: ask_to_lift(clock, sitting, reason="")) is REASON_NEEDED


def test_a_withheld_ticket_that_was_corrected_stops_the_run(store: BookStore, clock: ManualClock) -> None:
    """Else a correction of the ticket would release the result without anybody having decided so."""
    sitting = take_in(store, clock, 2026, PEOPLE)
    hold(store, clock, sitting)
    Batch.objects.filter(sitting_id=sitting).delete()
    other = take_in(store, clock, 2025, [PEOPLE[0]])
    for batch in Batch.objects.filter(sitting_id=other):
        batch.pk, batch.sitting_id = f"new-{batch.pk}", sitting
        batch.save(force_insert=True)

    with pytest.raises(FangbangError) as caught:
        run(store, clock, sitting)

    assert (caught.value.problem, caught.value.params) == (WITHHELD_GONE, {"count": 1})
    assert queries.latest_run(sitting) is None


def test_a_task_is_opened_once_and_closed_by_the_run_that_answers_it(store: BookStore, clock: ManualClock) -> None:
    earlier = take_in(store, clock, 2025, [Person(1, sat("w3", mark("a", 60)))])
    later = take_in(store, clock, 2026, [Person(1, sat("w3", mark("c", 45)))])
    first = run(store, clock, earlier)
    wanted = [HistoryBook(earlier, 2025, first.outcomes, "rel-2", ("110000",))]
    ask = {"sitting_id": later, "earlier": earlier, "wanted": wanted, "clock": clock}

    without_a_run = actions.open_recomputation(cause="rel-1", **ask)  # type: ignore[arg-type]
    run(store, clock, later)
    asked = [actions.open_recomputation(cause=cause, **ask) for cause in ("rel-1", "rel-2")]  # type: ignore[arg-type]
    open_then = queries.recomputations()
    done = run(store, clock, later, *wanted)

    assert (without_a_run, asked) == (False, [True, True])
    assert [(task.sitting, task.earlier, task.cause) for task in open_then] == [(later, earlier, "rel-2")]
    assert queries.recomputations() == []
    assert [task.closed_by for task in queries.recomputations(closed=True)] == [done.id]
    events = list(Event.objects.order_by("seq").values_list("event", flat=True))
    assert events[-2:] == ["adjudication.run-finished", "adjudication.recomputation-closed"]
    assert events.count("adjudication.recomputation-opened") == 2


def test_a_task_closes_when_the_history_goes_back_to_what_the_run_used(store: BookStore, clock: ManualClock) -> None:
    earlier = take_in(store, clock, 2025, [Person(1, sat("w3", mark("a", 60)))])
    later = take_in(store, clock, 2026, [Person(1, sat("w3", mark("c", 45)))])
    first = run(store, clock, earlier)
    used = HistoryBook(earlier, 2025, first.outcomes, "rel-1")
    done = run(store, clock, later, used)
    ask = {"sitting_id": later, "earlier": earlier, "clock": clock}

    opened = actions.open_recomputation(wanted=[], cause="rel-1", **ask)  # type: ignore[arg-type]
    still = actions.open_recomputation(wanted=[used], cause="rel-1", **ask)  # type: ignore[arg-type]

    assert (opened, still) == (True, False)
    assert [task.closed_by for task in queries.recomputations(closed=True)] == [done.id]
