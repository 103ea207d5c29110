"""The facts of a real run, read from real books: and whatever is edited while they are read makes them stale."""

from collections.abc import Callable
from pathlib import Path

import pytest

from fangbang.adjudication import actions as adjudication
from fangbang.audit.actions import record
from fangbang.audit.events import AuditEvent
from fangbang.books.store import BookKeys, BookStore
from fangbang.core.clock import ManualClock
from fangbang.core.errors import FangbangError
from fangbang.release import actions, queries
from fangbang.release.problems import INPUTS_CHANGED
from fangbang.release.rules import Facts, ReleaseKind, Scope
from tests.adjudication.office import take_in
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
