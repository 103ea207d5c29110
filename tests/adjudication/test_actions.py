"""Runs and lines in the office: real books on disk, a real database, one audit event for each act."""

from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from fangbang.adjudication import actions, queries
from fangbang.adjudication.actions import HistoryBook
from fangbang.adjudication.engine import Engine
from fangbang.adjudication.models import Run
from fangbang.adjudication.problems import (
    BAD_LINE,
    DISAGREEMENT,
    LINE_DIFFERS,
    NO_CANDIDATES,
    RUN_DIFFERS,
    UNKNOWN_RUN,
    UNKNOWN_SUBJECT,
)
from fangbang.audit.models import Event
from fangbang.audit.rules import Actor
from fangbang.books.store import BookKeys, BookStore
from fangbang.core.clock import ManualClock
from fangbang.core.errors import FangbangError
from fangbang.exams.catalogue import load_catalogue
from tests.adjudication.office import take_in
from tests.adjudication.world import CATALOGUE, Person, code, mark, sat

pytestmark = pytest.mark.django_db

ACTOR = Actor("zhang", "张伟")


@pytest.fixture
def store(tmp_path: Path) -> BookStore:
    return BookStore(tmp_path / "books", BookKeys.draw())


def run(store: BookStore, clock: ManualClock, sitting: str, **options: Any) -> queries.RunView:
    return actions.run(actor=ACTOR, sitting_id=sitting, store=store, catalogue=CATALOGUE, clock=clock, **options)


def announce(clock: ManualClock, sitting: str, value: str, **options: Any) -> None:
    place = {"level": "main", "subject": "d", "document_number": "试〔2026〕1号", **options}
    actions.announce_line(
        actor=ACTOR, sitting_id=sitting, value=Decimal(value), catalogue=CATALOGUE, clock=clock, **place
    )


def events() -> list[tuple[str, str]]:
    return list(Event.objects.order_by("seq").values_list("event", "subject"))


PEOPLE = [
    Person(1, sat("w2", mark("a", 60), mark("b", 72), mark("c", 45))),
    Person(2, sat("w2", mark("a", 60), code("b", -1))),
]


def test_a_run_writes_the_book_of_outcomes_and_one_event(store: BookStore, clock: ManualClock) -> None:
    sitting = take_in(store, clock, 2026, PEOPLE)

    done = run(store, clock, sitting)

    assert [row["outcome"] for row in store.read(done.outcomes).to_pylist()] == ["qualified", "partly-passed"]
    assert (done.finished, done.candidates, done.compared, done.disagreements) == (True, 2, 2, 0)
    assert done.counts["outcomes"] == {"partly-passed": 1, "qualified": 1}
    assert done.rule_hash == queries.current_rule_hash(CATALOGUE.sitting("trial", 2026))
    assert events() == [("adjudication.run-finished", sitting)]
    store.check(done.outcomes)


def test_the_same_inputs_are_the_same_run(store: BookStore, clock: ManualClock) -> None:
    sitting = take_in(store, clock, 2026, PEOPLE)

    again = [run(store, clock, sitting, workers=workers, chunk=chunk) for workers, chunk in ((1, 1), (2, 100))]

    assert again[0] == again[1]
    assert queries.runs(sitting) == [again[0]]
    assert len(events()) == 1


def test_other_rows_from_the_same_inputs_are_an_alarm(store: BookStore, clock: ManualClock) -> None:
    sitting = take_in(store, clock, 2026, PEOPLE)
    done = run(store, clock, sitting)
    Run.objects.filter(pk=done.id).update(outcomes=f"outcomes-{'0' * 64}")

    with pytest.raises(FangbangError) as caught:
        run(store, clock, sitting)

    assert caught.value.problem is RUN_DIFFERS


def test_a_disagreement_writes_no_book_and_leaves_a_refused_run(
    store: BookStore, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    sitting = take_in(store, clock, 2026, PEOPLE)
    before = set(store.folder.iterdir())
    sound = Engine.run
    with monkeypatch.context() as patch:
        patch.setattr(
            Engine,
            "run",
            lambda engine, chunk: replace(
                (rows := sound(engine, chunk)), outcomes=rows.outcomes.with_columns(outcome=pl.lit("void"))
            ),
        )
        with pytest.raises(FangbangError) as caught:
            run(store, clock, sitting)

    refused = queries.runs(sitting)[0]
    assert (caught.value.problem, caught.value.params["count"]) == (DISAGREEMENT, 2)
    assert (refused.state, refused.outcomes, refused.disagreements) == ("refused", "", 2)
    assert refused.samples == ["row 1: outcome", "row 2: outcome"]
    assert set(store.folder.iterdir()) == before
    assert queries.latest_run(sitting) is None
    assert events() == [("adjudication.run-refused", sitting)]
    assert run(store, clock, sitting).finished


def test_last_years_outcomes_complete_the_window(store: BookStore, clock: ManualClock) -> None:
    earlier = take_in(store, clock, 2025, [Person(1, sat("w2", mark("a", 60), mark("b", 72), mark("c", 0)))])
    later = take_in(store, clock, 2026, [Person(1, sat("w2", mark("c", 45)))])
    first = run(store, clock, earlier)

    alone = run(store, clock, later)
    together = run(store, clock, later, history=[HistoryBook(earlier, 2025, first.outcomes, "rel-1")])

    assert (alone.counts["outcomes"], together.counts["outcomes"]) == ({"partly-passed": 1}, {"qualified": 1})
    assert [(item["sitting"], item["book"], item["version"]) for item in together.history] == [
        (earlier, first.outcomes, "rel-1")
    ]
    assert [item.number for item in queries.runs(later)] == [1, 2]
    assert queries.latest_run(later) == together


def test_a_sitting_without_candidates_is_no_run(store: BookStore, clock: ManualClock) -> None:
    sitting = take_in(store, clock, 2026, [])

    with pytest.raises(FangbangError) as caught:
        run(store, clock, sitting)

    assert caught.value.problem is NO_CANDIDATES


def test_a_line_announced_after_the_marks_changes_the_outcome_and_the_rule_hash(
    store: BookStore, clock: ManualClock
) -> None:
    sitting = take_in(store, clock, 2026, [Person(1, sat("w4", mark("d", "5.00")))])
    before = run(store, clock, sitting)

    announce(clock, sitting, "5")

    after = run(store, clock, sitting)
    assert before.counts["outcomes"] == {"line-not-announced": 1}
    assert after.counts["outcomes"] == {"partly-passed": 1}
    assert before.rule_hash != after.rule_hash
    assert events()[1] == ("adjudication.line-announced", sitting)


def test_the_same_line_again_is_a_no_op(store: BookStore, clock: ManualClock) -> None:
    sitting = take_in(store, clock, 2026, PEOPLE)

    announce(clock, sitting, "5")
    announce(clock, sitting, "5.0")

    assert len(queries.lines(sitting)) == len(events()) == 1


def test_another_line_needs_to_say_that_it_replaces(store: BookStore, clock: ManualClock) -> None:
    sitting = take_in(store, clock, 2026, PEOPLE)
    announce(clock, sitting, "5")

    with pytest.raises(FangbangError) as caught:
        announce(clock, sitting, "4")
    announce(clock, sitting, "4", replace=True)

    assert caught.value.problem is LINE_DIFFERS
    assert [line.value for line in queries.lines(sitting)] == [Decimal(4)]
    assert [replaced is None for _, replaced in queries.line_history(sitting)] == [False, True]


@pytest.mark.parametrize(
    ("value", "options"),
    [
        ("10.1", {}),
        ("-1", {}),
        ("NaN", {}),
        ("5.0001", {}),
        ("5", {"regional": True}),
        ("60", {"subject": "a", "regional": True, "province": "540000"}),
        ("5", {"document_number": " "}),
    ],
)
def test_a_line_that_makes_no_sense_is_refused(
    store: BookStore, clock: ManualClock, value: str, options: dict[str, Any]
) -> None:
    sitting = take_in(store, clock, 2026, PEOPLE)

    with pytest.raises(FangbangError) as caught:
        announce(clock, sitting, value, **options)

    assert caught.value.problem is BAD_LINE


@pytest.mark.parametrize("place", [{"level": "none"}, {"subject": "z"}])
def test_a_line_for_an_unknown_place_is_refused(store: BookStore, clock: ManualClock, place: dict[str, str]) -> None:
    sitting = take_in(store, clock, 2026, PEOPLE)

    with pytest.raises(FangbangError) as caught:
        announce(clock, sitting, "5", **place)

    assert caught.value.problem is UNKNOWN_SUBJECT


def test_an_unknown_run_is_named() -> None:
    with pytest.raises(FangbangError) as caught:
        queries.run("run-none")

    assert caught.value.problem is UNKNOWN_RUN


def test_the_rule_hash_does_not_depend_on_other_exams() -> None:
    assert (
        CATALOGUE.sitting("social-worker", 2026).rule_hash == load_catalogue().sitting("social-worker", 2026).rule_hash
    )
