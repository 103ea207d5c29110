"""One person's result held back, and released again; tasks for sittings whose history changed."""

from pathlib import Path

import pytest

from fangbang.adjudication import actions, queries
from fangbang.adjudication.actions import HistoryBook
from fangbang.adjudication.problems import NOT_WITHHELD, REASON_MISSING, UNKNOWN_TICKET, WITHHELD_GONE
from fangbang.audit.models import Event
from fangbang.audit.rules import Actor
from fangbang.books.store import BookKeys, BookStore
from fangbang.core.clock import ManualClock
from fangbang.core.errors import FangbangError, Problem
from fangbang.intake.models import Batch
from tests.adjudication.office import take_in
from tests.adjudication.world import CATALOGUE, Person, mark, sat

pytestmark = pytest.mark.django_db

ACTOR = Actor("zhang", "张伟")
PEOPLE = [Person(number, sat("w1", mark("a", 60), mark("b", 72))) for number in (1, 2)]
TICKET = PEOPLE[1].ticket


@pytest.fixture
def store(tmp_path: Path) -> BookStore:
    return BookStore(tmp_path / "books", BookKeys.draw())


def run(store: BookStore, clock: ManualClock, sitting: str, *history: HistoryBook) -> queries.RunView:
    return actions.run(actor=ACTOR, sitting_id=sitting, store=store, catalogue=CATALOGUE, clock=clock, history=history)


def hold(store: BookStore, clock: ManualClock, sitting: str, ticket: str = TICKET, reason: str = "核查") -> str:
    return actions.withhold(actor=ACTOR, sitting_id=sitting, ticket=ticket, reason=reason, store=store, clock=clock)


def lift(clock: ManualClock, sitting: str, ticket: str = TICKET, reason: str = "核查通过") -> str:
    return actions.lift_withholding(actor=ACTOR, sitting_id=sitting, ticket=ticket, reason=reason, clock=clock)


def outcomes(store: BookStore, done: queries.RunView) -> list[str]:
    return [row["outcome"] for row in store.read(done.outcomes).to_pylist()]


def test_a_withheld_person_comes_out_withheld_until_it_is_lifted(store: BookStore, clock: ManualClock) -> None:
    sitting = take_in(store, clock, 2026, PEOPLE)
    plain = run(store, clock, sitting)

    first = hold(store, clock, sitting)
    held = run(store, clock, sitting)
    lifted = lift(clock, sitting)
    again = run(store, clock, sitting)

    assert first == lifted
    assert [outcomes(store, done) for done in (plain, held, again)] == [
        ["qualified", "qualified"],
        ["qualified", "withheld"],
        ["qualified", "qualified"],
    ]
    assert (plain.withheld, held.counts["withheld"], again.withheld) == ("", 1, "")
    assert (again.id, queries.latest_run(sitting)) == (plain.id, again)
    assert list(Event.objects.order_by("seq").values_list("event", flat=True)) == [
        "adjudication.run-finished",
        "adjudication.result-withheld",
        "adjudication.run-finished",
        "adjudication.withholding-lifted",
        "adjudication.run-finished",
    ]


def test_the_audit_log_names_the_decision_and_never_the_ticket(store: BookStore, clock: ManualClock) -> None:
    sitting = take_in(store, clock, 2026, PEOPLE)

    decision = hold(store, clock, sitting)

    event = Event.objects.get()
    assert decision in event.details
    assert TICKET not in event.details + event.subject


def test_withholding_twice_keeps_the_first_decision(store: BookStore, clock: ManualClock) -> None:
    sitting = take_in(store, clock, 2026, PEOPLE)

    found = {hold(store, clock, sitting, reason=reason) for reason in ("核查", "另一理由")}

    assert len(found) == 1
    assert [item.reason for item in queries.withheld_people(sitting)] == ["核查"]
    assert Event.objects.count() == 1


@pytest.mark.parametrize(
    ("ticket", "reason", "problem"), [("T999", "核查", UNKNOWN_TICKET), (TICKET, "  ", REASON_MISSING)]
)
def test_nobody_is_withheld_without_a_registration_and_a_reason(
    ticket: str, reason: str, problem: Problem, store: BookStore, clock: ManualClock
) -> None:
    sitting = take_in(store, clock, 2026, PEOPLE)

    with pytest.raises(FangbangError) as caught:
        hold(store, clock, sitting, ticket, reason)

    assert caught.value.problem is problem
    assert queries.withheld_people(sitting) == []


@pytest.mark.parametrize(("reason", "problem"), [("核查", NOT_WITHHELD), ("", REASON_MISSING)])
def test_nothing_is_lifted_that_is_not_withheld(
    reason: str, problem: Problem, store: BookStore, clock: ManualClock
) -> None:
    sitting = take_in(store, clock, 2026, PEOPLE)

    with pytest.raises(FangbangError) as caught:
        lift(clock, sitting, reason=reason)

    assert caught.value.problem is problem


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
