"""What is decided of people voids exactly the frozen releases whose report would say something else, and asks for new
runs exactly where links changed: held against deciding every sitting anew."""

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from fangbang.adjudication import actions as adjudication
from fangbang.adjudication import queries as adjudicated
from fangbang.adjudication.actions import HistoryBook
from fangbang.adjudication.links import inputs_of
from fangbang.adjudication.rules import Entry
from fangbang.audit import queries as audit
from fangbang.audit.rules import decode_details
from fangbang.books.store import BookKeys, BookStore
from fangbang.core.clock import ManualClock
from fangbang.core.errors import FangbangError
from fangbang.people import actions as people
from fangbang.people import queries as persons
from fangbang.people.rules import DocumentType
from fangbang.release import actions, queries
from fangbang.release.rules import Heading, ReleaseKind, ReleaseState, Scope, freeze_report, same_facts
from tests.adjudication.office import VAULT, approve, take_in
from tests.adjudication.test_people_known import Abroad
from tests.adjudication.world import CATALOGUE, mark, sat
from tests.release.people import CHEN, NOW

pytestmark = pytest.mark.django_db

YEARS = (2025, 2026, 2027)
DOCUMENTS = (1, 2, 3, 4, 5, 6, 7)
NAMES = ("某人", "某某人", "新某人")
PASSED, FAILED = {"a": 60, "b": 72, "c": 45}, {"a": 10, "b": 10, "c": 10}
BASIS = {"basis": "申请 1"}

document = st.sampled_from(DOCUMENTS)
registration = st.tuples(
    document, st.sampled_from(YEARS), st.lists(st.sampled_from("abc"), min_size=1, unique=True), st.booleans()
)


def passport(number: int) -> tuple[DocumentType, str]:
    return DocumentType.PASSPORT, Abroad(number, sat("w3")).document


def marks(subjects: list[str], passed: bool) -> list[Entry]:
    points = PASSED if passed else FAILED
    return [mark(subject, points[subject]) for subject in sorted(subjects)]


@dataclass
class Office:
    """Three sittings of an exam, each decided with the outcomes of those before it, and each frozen in a release."""

    store: BookStore
    clock: ManualClock

    def open(self, rows: list[tuple[int, int, list[str], bool]]) -> None:
        """`rows`: document, year, subjects, passed or not. Somebody nobody decides of sits every year."""
        self.releases: dict[str, str] = {}
        for year in YEARS:
            found = {number: (subjects, passed) for number, of, subjects, passed in rows if of == year}
            sitters = [
                Abroad(
                    number, sat("w3", *(mark(name, (PASSED if passed else FAILED)[name]) for name in sorted(chosen)))
                )
                for number, (chosen, passed) in sorted({99: (["a"], True), **found}.items())
            ]
            sitting = take_in(self.store, self.clock, year, sitters, kind="passport")
            self.run(sitting)
            self.releases[sitting] = actions.open_release(
                actor=CHEN.actor, sitting_id=sitting, scope=Scope(), kind=ReleaseKind.BASE, clock=self.clock
            )
            self.freeze(sitting)

    def run(self, sitting: str) -> adjudicated.RunView:
        known = persons.known(VAULT)
        year = int(sitting.rpartition("-")[2])
        earlier = [view for of in YEARS if of < year and (view := adjudicated.latest_run(f"trial-{of}"))]
        books = [HistoryBook(v.sitting, int(v.sitting.rpartition("-")[2]), v.outcomes, v.sitting) for v in earlier]
        return adjudication.run(
            actor=CHEN.actor, sitting_id=sitting, store=self.store, catalogue=CATALOGUE, clock=self.clock,
            history=books, people=known.people, names=known.names,
        )  # fmt: skip

    def gather(self, sitting: str) -> Any:
        known = persons.known(VAULT)
        told = {"people": known.people, "names": known.names}
        return queries.gather(sitting, store=self.store, catalogue=CATALOGUE, people=lambda: told)

    def freeze(self, sitting: str) -> None:
        actions.freeze(
            actor=CHEN.actor, release_id=self.releases[sitting], facts=self.gather(sitting), clock=self.clock
        )

    def reports(self) -> dict[str, dict[str, Any]]:
        return {sitting: queries.frozen_report(release) for sitting, release in self.releases.items()}

    def drafts(self) -> set[str]:
        """The sittings whose releases were voided."""
        state = ReleaseState.DRAFT
        return {sitting for sitting, it in self.releases.items() if queries.release(it).state is state}

    def anew(self, sitting: str) -> tuple[dict[str, Any], adjudicated.RunView]:
        """The report and the run of deciding the sitting again, from everything; nothing of it stays."""
        with transaction.atomic():
            view = self.run(sitting)
            heading = Heading(self.releases[sitting], Scope(), ReleaseKind.BASE, "")
            report = freeze_report(heading, self.gather(sitting), anchor=audit.head(), now=NOW)
            transaction.set_rollback(True)
        return report, view

    def decide(self, proposal: Any) -> None:
        self.clock.advance(timedelta(seconds=1))
        approve(self.store, self.clock, proposal.id)

    def check(self, before: dict[str, dict[str, Any]]) -> set[str]:
        """Against deciding all anew; the sittings whose candidates would be told something else."""
        voided, asked = self.drafts(), {task.sitting for task in adjudicated.recomputations()}
        differing, linked, outcomes = set(), set(), set()
        for sitting, report in before.items():
            last = adjudicated.latest_run(sitting)
            fresh, view = self.anew(sitting)
            assert last is not None
            if not same_facts(report, fresh):
                differing.add(sitting)
            if view.counts["linked"] != last.counts["linked"]:
                linked.add(sitting)
            if view.outcomes != last.outcomes:
                outcomes.add(sitting)
        assert voided == differing
        assert asked == linked
        assert outcomes <= voided
        return outcomes

    def go_on(self) -> None:
        """Decide and freeze anew what was voided, the earliest first, as the history of the next."""
        voided = self.drafts()
        for sitting in sorted(self.releases):
            if any(earlier <= sitting for earlier in voided):
                self.run(sitting)
                self.freeze(sitting)
        assert [task.sitting for task in adjudicated.recomputations()] == []


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office(BookStore(tmp_path / "books", BookKeys.draw()), ManualClock(NOW))


def linking(office: Office, one: int, other: int) -> Any:
    return people.propose_link(
        actor=CHEN.actor, first=passport(one), second=passport(other), **BASIS, vault=VAULT, clock=office.clock
    )


def test_a_link_voids_and_asks_where_it_counts_and_nowhere_else(office: Office) -> None:
    """1 passed in 2025, 2 in 2026, nobody of them sat in 2027; so only 2026 has anything to count."""
    office.open([(1, 2025, ["a", "b"], True), (2, 2026, ["c"], True), (3, 2027, ["a"], True)])
    before = office.reports()

    office.decide(linking(office, 1, 2))

    assert office.drafts() == {"trial-2026"}
    assert office.check(before) == {"trial-2026"}
    entry = next(entry for entry in audit.entries() if entry.event == "people.approved")
    assert decode_details(entry.details)["sittings"] == ["trial-2026"]


def test_a_book_that_cannot_be_read_counts_as_touched(office: Office) -> None:
    office.open([(1, 2025, ["a"], True), (2, 2026, ["c"], True)])
    for path in office.store.folder.glob("registrations-*"):
        path.unlink()

    office.decide(linking(office, 5, 6))

    assert office.drafts() == set(office.releases)
    assert {task.sitting for task in adjudicated.recomputations()} == set(office.releases)


class Decisions(RuleBasedStateMachine):
    """Any decisions about the people of any sittings, one after another."""

    folder: Path

    @initialize(rows=st.lists(registration, min_size=4, max_size=12))
    def open(self, rows: list[tuple[int, int, list[str], bool]]) -> None:
        self.savepoint = transaction.atomic()
        self.savepoint.__enter__()
        self.office = Office(BookStore(self.folder, BookKeys(bytes(32), bytes(32))), ManualClock(NOW))
        self.office.open(rows)

    def teardown(self) -> None:
        if hasattr(self, "savepoint"):
            transaction.set_rollback(True)
            self.savepoint.__exit__(None, None, None)

    @rule(one=document, other=document)
    def link(self, one: int, other: int) -> None:
        self.decided(lambda: linking(self.office, one, other))

    @rule(data=st.data())
    def merge(self, data: st.DataObject) -> None:
        found = persons.persons()
        if len(found) > 1:
            kept, merged = data.draw(st.permutations(found))[:2]
            self.decided(
                lambda: people.propose_merge(
                    actor=CHEN.actor, kept=kept, merged=merged, **BASIS, clock=self.office.clock
                )
            )

    @rule(number=document, names=st.permutations(NAMES))
    def rename(self, number: int, names: list[str]) -> None:
        self.decided(
            lambda: people.propose_name(
                actor=CHEN.actor,
                document=passport(number),
                before=names[0],
                after=names[1],
                **BASIS,
                vault=VAULT,
                clock=self.office.clock,
            )
        )

    @rule(data=st.data())
    def undo(self, data: st.DataObject) -> None:
        standing = [item.id for item in persons.decided() if item.state == "approved" and not item.id.startswith("und")]
        if standing:
            chosen = data.draw(st.sampled_from(standing))
            self.decided(
                lambda: people.propose_undo(actor=CHEN.actor, proposal_id=chosen, **BASIS, clock=self.office.clock)
            )

    def decided(self, propose: Any) -> None:
        before = self.office.reports()
        try:
            with transaction.atomic():
                self.office.decide(propose())
        except FangbangError:
            return
        self.office.check(before)
        self.office.go_on()


def run_machine(folder: Path, examples: int, **options: Any) -> None:
    machine = type("Machine", (Decisions,), {"folder": folder})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=examples, stateful_step_count=5, deadline=None, database=None,
            suppress_health_check=list(HealthCheck), **options,
        ),
    )  # fmt: skip


def test_exactly_what_would_say_something_else_is_voided(tmp_path: Path) -> None:
    run_machine(tmp_path, 5)


def test_a_miss_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The positive control of the test above: passes of the history are forgotten when a decision is followed."""
    monkeypatch.setattr("fangbang.adjudication.actions.following.inputs_of", without_history)

    with pytest.raises(AssertionError):
        run_machine(tmp_path, 40, phases=(Phase.generate,), derandomize=True)


def without_history(books: Any, history: Any, known: Any) -> Any:
    return inputs_of(books, (), known)
