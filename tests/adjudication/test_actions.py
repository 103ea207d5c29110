"""Runs and lines in the office: real books on disk, a real database, one audit event for each act."""

from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa
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
from fangbang.adjudication.rules import Pass
from fangbang.audit.models import Event
from fangbang.audit.rules import Actor
from fangbang.books.schemas import PRIOR_PASSES
from fangbang.books.store import BookKeys, BookStore
from fangbang.core.clock import ManualClock
from fangbang.core.errors import FangbangError
from fangbang.exams.catalogue import load_catalogue
from fangbang.exams.problems import NOT_SELECTABLE
from fangbang.intake import actions as intake_actions
from fangbang.intake import queries as intake
from fangbang.intake.models import Batch, Sitting
from tests.adjudication.office import take_in
from tests.adjudication.world import CATALOGUE, Person, code, mark, prior_row, sat

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


def test_a_regional_line_is_held_against_the_line_that_was_announced(store: BookStore, clock: ManualClock) -> None:
    sitting = take_in(store, clock, 2026, PEOPLE)
    announce(clock, sitting, "5", province="540000")

    with pytest.raises(FangbangError) as caught:
        announce(clock, sitting, "5", province="540000", regional=True)
    announce(clock, sitting, "4.5", province="540000", regional=True)

    assert caught.value.problem is BAD_LINE
    assert [(line.regional, line.value) for line in queries.lines(sitting)] == [
        (False, Decimal(5)),
        (True, Decimal("4.5")),
    ]


def test_an_examination_of_the_provinces_has_no_line_for_the_whole_country(clock: ManualClock) -> None:
    Sitting.objects.create(id="safety-2026", exam_id="safety", year=2026, opened_by="li", opened_at=clock.now())

    with pytest.raises(FangbangError) as caught:
        announce(clock, "safety-2026", "60", level="junior", subject="law")
    announce(clock, "safety-2026", "55", level="junior", subject="law", province="330000")
    announce(clock, "safety-2026", "60", level="middle", subject="law")

    assert caught.value.problem is BAD_LINE
    assert [(line.level, line.province) for line in queries.lines("safety-2026")] == [
        ("junior", "330000"),
        ("middle", ""),
    ]


# ---------------------------------------------------------------------------------- passes of before this system


def prior(store: BookStore, clock: ManualClock, sitting: str, *passes: Pass) -> None:
    """A book of prior passes of person 1, as intake leaves it."""
    rows = [prior_row(Person(1, sat("w4")), item) for item in passes]
    book = store.write("prior-passes", PRIOR_PASSES, pa.Table.from_pylist(rows, schema=PRIOR_PASSES).to_batches())
    batch = {"number": 1, "file_name": "p.csv", "file_sha256": "0" * 64, "totals": {}, "findings": {}, "quarantined": 0}
    rows_of = {"file_rows": book.rows, "book_rows": book.rows, "rows": book.rows, "book": book.name}
    Batch.objects.create(
        id=f"prior-{sitting}",
        sitting_id=sitting,
        kind="prior-passes",
        importer="sun",
        importer_name="孙",
        at=clock.now(),
        **batch,
        **rows_of,
    )


def test_passes_of_before_this_system_count_for_every_later_sitting(store: BookStore, clock: ManualClock) -> None:
    """They were taken in with the first sitting; the window of four years reaches over the next ones."""
    first = take_in(store, clock, 2025, [Person(1, sat("w4", mark("d", 1)))])
    prior(store, clock, first, Pass("a", 2023), Pass("b", 2024))
    next_year = take_in(store, clock, 2026, [Person(1, sat("w4", mark("c", 60), mark("d", 9)))])
    announce(clock, next_year, "5")

    done = run(store, clock, next_year)

    assert done.counts["outcomes"] == {"qualified": 1}
    assert set(done.inputs) == {"registrations", "marks", f"prior-passes/{first}"}
    assert intake.importers(next_year) == {"li", "sun"}


def test_passes_that_came_with_a_later_sitting_do_not_reach_back(store: BookStore, clock: ManualClock) -> None:
    first = take_in(store, clock, 2025, [Person(1, sat("w4", mark("d", 1)))])
    prior(store, clock, take_in(store, clock, 2026, PEOPLE), Pass("a", 2023))

    assert set(run(store, clock, first).inputs) == {"registrations", "marks"}


# ------------------------------------------------------------------------------------------- historical exams


def test_nothing_is_decided_for_a_historical_exam(store: BookStore, clock: ManualClock) -> None:
    """Even where a sitting stands in the database: opened with another exam file, or by hand."""
    Sitting.objects.create(id="tax-legacy-2003", exam_id="tax-legacy", year=2003, opened_by="li", opened_at=clock.now())

    with pytest.raises(FangbangError) as decided:
        run(store, clock, "tax-legacy-2003")
    with pytest.raises(FangbangError) as lined:
        announce(clock, "tax-legacy-2003", "60")
    with pytest.raises(FangbangError) as opened:
        intake_actions.open_sitting(actor=ACTOR, exam_id="tax-legacy", year=2004, catalogue=CATALOGUE, clock=clock)

    assert [error.value.problem for error in (decided, lined, opened)] == [NOT_SELECTABLE] * 3
    assert [sitting.pk for sitting in intake.sittings()] == ["tax-legacy-2003"]


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
