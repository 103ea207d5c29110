"""The facts of a real run, read from real books: and whatever is edited while they are read makes them stale."""

from collections.abc import Callable
from pathlib import Path

import pytest

from fangbang.adjudication import actions as adjudication
from fangbang.adjudication.models import Run
from fangbang.audit.actions import record
from fangbang.audit.events import AuditEvent
from fangbang.books.store import BookKeys, BookStore
from fangbang.core.clock import ManualClock
from fangbang.core.errors import FangbangError
from fangbang.release import actions, queries
from fangbang.release.problems import INPUTS_CHANGED
from fangbang.release.rules import Facts, ReleaseKind, Scope, SentinelFacts, run_gate
from tests.adjudication.office import take_in
from tests.adjudication.test_sentinels import Leaked, above_only
from tests.adjudication.world import CATALOGUE, Person, mark, sat
from tests.release.people import CHEN, NOW

pytestmark = pytest.mark.django_db

PEOPLE = [Person(1, sat("w2", mark("a", 60), mark("b", 72), mark("c", 45)))]


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(NOW)


@pytest.fixture
def store(tmp_path: Path) -> BookStore:
    return BookStore(tmp_path / "books", BookKeys.draw())


@pytest.fixture
def sitting(store: BookStore, clock: ManualClock) -> str:
    taken = take_in(store, clock, 2026, PEOPLE)
    adjudication.run(actor=CHEN.actor, sitting_id=taken, store=store, catalogue=CATALOGUE, clock=clock)
    return taken


def frozen(clock: ManualClock, sitting: str, gather: Callable[[], Facts]) -> str:
    release = actions.open_release(
        actor=CHEN.actor, sitting_id=sitting, scope=Scope(), kind=ReleaseKind.BASE, clock=clock
    )
    return actions.freeze(actor=CHEN.actor, release_id=release, facts=gather(), clock=clock)


def test_what_was_gathered_undisturbed_is_frozen(store: BookStore, clock: ManualClock, sitting: str) -> None:
    signed = frozen(clock, sitting, lambda: queries.gather(sitting, store=store, catalogue=CATALOGUE))

    assert len(signed) == 64


@pytest.mark.parametrize("when", ["links", "books"])
def test_an_edit_during_the_gathering_makes_the_facts_stale(
    store: BookStore, clock: ManualClock, sitting: str, when: str
) -> None:
    def link() -> None:
        record(actor=CHEN.actor, event=AuditEvent.PERSON_APPROVED, subject="lnk", details={"kind": "link"}, clock=clock)

    def links() -> dict[str, object]:
        if when == "links":
            link()
        return {}

    def progress(what: str) -> None:
        if when == "books" and what == "joins":
            link()

    with pytest.raises(FangbangError) as refused:
        frozen(
            clock,
            sitting,
            lambda: queries.gather(sitting, store=store, catalogue=CATALOGUE, people=links, progress=progress),
        )

    assert refused.value.problem == INPUTS_CHANGED


def decided(store: BookStore, clock: ManualClock, people: list[Person]) -> str:
    """A sitting of these people, decided."""
    taken = take_in(store, clock, 2026, people)
    adjudication.run(actor=CHEN.actor, sitting_id=taken, store=store, catalogue=CATALOGUE, clock=clock)
    return taken


def sentinels(store: BookStore, sitting: str) -> tuple[str, tuple[str | int, ...] | None]:
    """What the gate says of the sentinels of the last run: its light and first reason."""
    verdicts = run_gate(queries.gather(sitting, store=store, catalogue=CATALOGUE))
    verdict = next(verdict for verdict in verdicts if verdict.check == "sentinels")
    return verdict.light.value, next(iter(verdict.reasons), None)


def test_the_sentinels_of_a_real_run_are_green(store: BookStore, sitting: str) -> None:
    facts = queries.gather(sitting, store=store, catalogue=CATALOGUE)

    assert facts.sentinels is not None
    assert facts.sentinels.ran > 0
    assert facts.sentinels == SentinelFacts(facts.sentinels.ran, facts.sentinels.ran, 0, [])
    assert sentinels(store, sitting) == ("green", None)


def test_a_fault_that_both_calculators_share_turns_the_gate_red(
    store: BookStore, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    above_only(monkeypatch)

    light, reason = sentinels(store, decided(store, clock, PEOPLE))

    assert light == "red"
    assert reason is not None
    assert reason[0] == "sentinel-wrong"


def test_a_shadow_left_in_the_books_turns_the_gate_red(store: BookStore, clock: ManualClock) -> None:
    sitting = decided(store, clock, [*PEOPLE, Leaked(2, sat("w2", mark("a", 60)))])

    assert sentinels(store, sitting) == ("red", ("sentinel-in-books", 1))


def test_a_run_of_before_there_were_sentinels_is_amber(store: BookStore, sitting: str) -> None:
    counts = Run.objects.get().counts
    Run.objects.update(counts={name: value for name, value in counts.items() if name != "sentinels"})

    assert sentinels(store, sitting) == ("amber", ("no-sentinels",))
