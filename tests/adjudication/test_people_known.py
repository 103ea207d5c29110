"""What two members of staff decided of people, as runs use it; an undoing asks for new runs where it was used."""

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from fangbang.adjudication import actions, queries
from fangbang.adjudication.actions import HistoryBook
from fangbang.adjudication.models import Run
from fangbang.audit.models import Event
from fangbang.audit.rules import Actor
from fangbang.books.store import BookKeys, BookStore
from fangbang.core.clock import ManualClock
from fangbang.people import actions as people
from fangbang.people import queries as persons
from fangbang.people.models import NameChange
from fangbang.people.rules import DocumentType
from fangbang.people.rules.vault import DocumentVault
from tests.adjudication.office import approve, take_in
from tests.adjudication.world import CATALOGUE, Person, mark, sat
from tests.audit.turns import reached

pytestmark = pytest.mark.django_db

LI, WANG = Actor("li", "李雷"), Actor("wang", "王芳")
VAULT = DocumentVault.of(bytes(32))
OLD, NEW = "E00000001", "E00000002"


class Abroad(Person):
    """A person with a passport."""

    @property
    def document(self) -> str:
        return f"E{self.number:08d}"


@pytest.fixture
def store(tmp_path: Path) -> BookStore:
    return BookStore(tmp_path / "books", BookKeys.draw())


@pytest.fixture
def earlier(store: BookStore, clock: ManualClock) -> HistoryBook:
    """Last year, under the old passport: a and b passed."""
    sitting = take_in(store, clock, 2025, [Abroad(1, sat("w2", mark("a", 60), mark("b", 72)))], kind="passport")
    return HistoryBook(sitting, 2025, run(store, clock, sitting).outcomes, "rel-1")


@pytest.fixture
def later(store: BookStore, clock: ManualClock) -> str:
    """This year, under the new one: c passed."""
    return take_in(store, clock, 2026, [Abroad(2, sat("w2", mark("c", 45)))], kind="passport")


def run(
    store: BookStore,
    clock: ManualClock,
    sitting: str,
    *history: HistoryBook,
    links: Mapping[tuple[str, str], str] | None = None,
) -> queries.RunView:
    """With the links that stand now, unless others are given."""
    return actions.run(
        actor=LI,
        sitting_id=sitting,
        store=store,
        catalogue=CATALOGUE,
        clock=clock,
        history=history,
        people=persons.person_table(VAULT).links() if links is None else links,
        names=persons.corrected_names(VAULT),
    )


def decided(store: BookStore, clock: ManualClock, proposal: Any) -> str:
    clock.advance(timedelta(seconds=1))
    approve(store, clock, proposal.id)
    return str(proposal.id)


def linked(store: BookStore, clock: ManualClock, one: str = OLD, other: str = NEW) -> str:
    first, second = (DocumentType.PASSPORT, one), (DocumentType.PASSPORT, other)
    asked = people.propose_link(actor=LI, first=first, second=second, basis="x", vault=VAULT, clock=clock)
    return decided(store, clock, asked)


def renaming(clock: ManualClock, number: str, before: str) -> NameChange:
    return people.propose_name(
        actor=LI,
        document=(DocumentType.PASSPORT, number),
        before=before,
        after="某某人",
        basis="x",
        vault=VAULT,
        clock=clock,
    )


def undone(store: BookStore, clock: ManualClock, decision: str) -> str:
    return decided(store, clock, people.propose_undo(actor=LI, proposal_id=decision, basis="x", clock=clock))


def tasks() -> list[tuple[str, str, str]]:
    return [(task.sitting, task.earlier, task.cause) for task in queries.recomputations()]


def test_an_undone_link_asks_for_a_new_run_where_it_counted(
    store: BookStore, clock: ManualClock, earlier: HistoryBook, later: str
) -> None:
    decision = linked(store, clock)
    together = run(store, clock, later, earlier)

    undoing = undone(store, clock, decision)
    asked = tasks()
    alone = run(store, clock, later, earlier)

    assert (together.counts["outcomes"], alone.counts["outcomes"]) == ({"qualified": 1}, {"partly-passed": 1})
    assert (asked, tasks()) == ([(later, "", undoing)], [])
    assert queries.recomputations(closed=True)[0].closed_by == alone.id
    assert Event.objects.filter(event="adjudication.recomputation-opened", subject=later).count() == 1


def test_the_run_names_the_persons_through_whom_passes_counted(
    store: BookStore, clock: ManualClock, earlier: HistoryBook, later: str
) -> None:
    linked(store, clock)

    done = run(store, clock, later, earlier)

    assert list(done.counts["linked"]) == persons.persons()
    assert run(store, clock, later).counts["linked"] == {}


def test_a_task_is_answered_by_a_run_that_knows_the_link_and_notices_nothing_of_it(
    store: BookStore, clock: ManualClock, earlier: HistoryBook, later: str
) -> None:
    """The history through which the link counted is none any more when the sitting is run again."""
    run(store, clock, later, earlier)
    decision = linked(store, clock)
    stale = run(store, clock, later, links={})
    asked = tasks()

    again = run(store, clock, later)

    assert (stale.id, again.counts["linked"]) == (again.id, {})  # it is the last run already
    assert (asked, tasks()) == ([(later, "", decision)], [])
    assert queries.recomputations(closed=True)[0].closed_by == again.id


def test_a_task_asks_for_persons_as_they_are_after_a_decision_that_no_run_can_notice(
    store: BookStore, clock: ManualClock, earlier: HistoryBook, later: str
) -> None:
    run(store, clock, later, earlier)
    decision = linked(store, clock)
    run(store, clock, later, links={})
    linked(store, clock, NEW, "E00000003")
    asked = tasks()

    run(store, clock, later)

    assert (asked, tasks()) == ([(later, "", decision)], [])


def test_a_decision_that_no_run_can_notice_closes_a_task_that_is_nothing_any_more(
    store: BookStore, clock: ManualClock, earlier: HistoryBook, later: str
) -> None:
    run(store, clock, later, earlier)
    decision = linked(store, clock)
    last = run(store, clock, later, links={})

    undone(store, clock, decision)

    assert tasks() == []
    assert queries.recomputations(closed=True)[0].closed_by == last.id


def test_a_sitting_whose_books_are_away_is_run_again_when_they_are_back(
    store: BookStore, clock: ManualClock, earlier: HistoryBook, later: str
) -> None:
    run(store, clock, later, earlier)
    away = {path: path.read_bytes() for path in store.folder.glob("registrations-*")}
    for path in away:
        path.unlink()
    decision = linked(store, clock)
    asked = tasks()
    for path, content in away.items():
        path.write_bytes(content)

    done = run(store, clock, later, earlier)
    run(store, clock, earlier.sitting)

    assert sorted(asked) == [(earlier.sitting, "", decision), (later, "", decision)]
    assert (done.counts["outcomes"], tasks()) == ({"qualified": 1}, [])


def test_a_run_waits_for_its_turn_before_it_looks_for_tasks(
    store: BookStore, clock: ManualClock, earlier: HistoryBook, later: str
) -> None:
    """Who decides about people holds the turn when they look for tasks: the other order is a deadlock."""
    run(store, clock, later, earlier)

    order = reached(lambda: run(store, clock, later, earlier))

    assert order.index("audit_head") < order.index("adjudication_recomputation")


def test_an_undone_link_that_no_run_counted_on_asks_for_nothing(
    store: BookStore, clock: ManualClock, earlier: HistoryBook, later: str
) -> None:
    linked(store, clock)
    unused = linked(store, clock, "E00000003", "E00000004")
    run(store, clock, later, earlier)

    undone(store, clock, unused)

    assert tasks() == []


def test_a_run_that_began_before_the_undoing_does_not_close_the_task(
    store: BookStore, clock: ManualClock, earlier: HistoryBook, later: str
) -> None:
    """It read the links as they stood, and finishes after they were undone: with the same digest."""
    decision = linked(store, clock)
    stale = persons.person_table(VAULT).links()
    first = run(store, clock, later, earlier)
    undoing = undone(store, clock, decision)

    again = run(store, clock, later, earlier, links=stale)

    assert again.id == first.id
    assert tasks() == [(later, "", undoing)]


def test_a_run_that_does_not_say_what_it_used_is_asked_for_again(
    store: BookStore, clock: ManualClock, earlier: HistoryBook, later: str
) -> None:
    """Runs of before this was counted: any link may have played a part."""
    decision = linked(store, clock)
    done = run(store, clock, later, earlier)
    counts = {name: value for name, value in done.counts.items() if name != "linked"}
    Run.objects.filter(pk=done.id).update(counts=counts)

    undoing = undone(store, clock, decision)

    assert tasks() == [(later, "", undoing)]


def test_a_merge_that_is_undone_asks_for_a_new_run_too(
    store: BookStore, clock: ManualClock, earlier: HistoryBook, later: str
) -> None:
    linked(store, clock, OLD, "E00000003")
    linked(store, clock, NEW, "E00000004")
    one, other = persons.persons()
    merge = decided(store, clock, people.propose_merge(actor=LI, kept=one, merged=other, basis="x", clock=clock))
    assert run(store, clock, later, earlier).counts["outcomes"] == {"qualified": 1}

    undoing = undone(store, clock, merge)

    assert tasks() == [(later, "", undoing)]
    assert run(store, clock, later, earlier).counts["outcomes"] == {"partly-passed": 1}
    assert tasks() == []


# ------------------------------------------------------------------------------------------------- names


def test_a_changed_name_is_told_from_the_next_run_on(store: BookStore, clock: ManualClock, later: str) -> None:
    before = run(store, clock, later)
    change = renaming(clock, NEW, "某人")
    waiting = run(store, clock, later)
    decided(store, clock, change)

    after = run(store, clock, later)

    assert [store.read(item.outcomes)["name"].to_pylist() for item in (before, after)] == [["某人"], ["某某人"]]
    assert (waiting.id, before.people, after.people != "") == (before.id, "", True)


def test_a_change_of_anothers_document_or_of_another_name_changes_nobody(
    store: BookStore, clock: ManualClock, later: str
) -> None:
    for number, before in ((OLD, "某人"), (NEW, "他人")):
        decided(store, clock, renaming(clock, number, before))

    done = run(store, clock, later)

    assert store.read(done.outcomes)["name"].to_pylist() == ["某人"]
