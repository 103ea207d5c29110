"""The two calculators over the same cohorts: they agree, and a bug planted in either one is found."""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fangbang.adjudication import cohort as cohort_module
from fangbang.adjudication.assembly import Chunk
from fangbang.adjudication.calculation import Calculation
from fangbang.adjudication.engine import Engine, EngineRows
from fangbang.adjudication.problems import DISAGREEMENT
from fangbang.adjudication.rules import (
    AnnouncedLine,
    Judgement,
    Lines,
    Pass,
    SubjectResult,
    adjudicate,
)
from fangbang.core.errors import FangbangError
from fangbang.exams.vocabulary import Outcome, SubjectStatus
from tests.adjudication.world import (
    BEIJING,
    D_LINE,
    SHANGHAI,
    TIBET,
    TRIAL,
    XINJIANG,
    Person,
    books_of,
    code,
    cohorts,
    mark,
    sat,
)

ANNOUNCED = st.lists(
    st.builds(
        AnnouncedLine,
        level=st.just("main"),
        subject=st.sampled_from(["a", "b", "c", "d"]),
        value=st.integers(0, 20).map(lambda half: Decimal(half) / 2),
        province=st.sampled_from(["", BEIJING, TIBET, XINJIANG]),
    ),
    max_size=4,
    unique_by=lambda line: (line.subject, line.province),
)


def run(
    people: list[Person], announced: list[AnnouncedLine], **options: Any
) -> tuple[Calculation, list[dict[str, Any]]]:
    books, inputs = books_of(people)
    calculation = Calculation(books, inputs, TRIAL, announced, withhold_missing=True, **options)
    return calculation, [row for batch in calculation.batches() for row in batch.to_pylist()]


@settings(max_examples=40)
@given(people=cohorts(gaps=True), announced=ANNOUNCED, chunk=st.sampled_from([3, 100]))
def test_any_cohort_comes_out_alike(people: list[Person], announced: list[AnnouncedLine], chunk: int) -> None:
    calculation, rows = run(people, announced, chunk=chunk)

    assert calculation.tally.disagreements == 0
    assert calculation.tally.candidates == len(people) == len(rows)


@settings(max_examples=25)
@given(people=cohorts(gaps=True), announced=ANNOUNCED)
def test_the_book_says_what_the_rules_say_of_each_one_alone(
    people: list[Person], announced: list[AnnouncedLine]
) -> None:
    _, rows = run(people, announced)

    for person, row in zip(people, rows, strict=True):
        alone = adjudicate(person.candidate, TRIAL, person.history, Lines(TRIAL, announced))
        assert row["doc_number"] == person.document
        assert row["outcome"] == alone.outcome
        assert [
            (item["subject"], item["mark"], item["code"], item["full"], item["line"], item["status"])
            for item in row["subjects"]
        ] == [(item.subject, item.mark, item.code, item.full, item.line, item.status) for item in alone.subjects]
        assert [(item["subject"], item["year"], item["through"], item["region"]) for item in row["passes"]] == [
            (item.subject, item.year, item.through, item.region) for item in alone.passes
        ]
        assert [item["ticket"] for item in row["subjects"]] == [
            f"{person.ticket}-{item.subject}" for item in alone.subjects
        ]


PEOPLE = [
    Person(1, sat("w2", mark("a", 60), mark("b", 72), mark("c", 45))),
    Person(2, sat("w2", mark("a", 59), mark("b", "71.5")), (Pass("c", 2025),)),
    Person(3, sat("w2", mark("a", 50), province=TIBET), (Pass("b", 2025), Pass("c", 2025))),
    Person(4, sat("w2", mark("a", 80), code("b", -2))),
    Person(5, sat("w2", code("a", -1), code("b", -1))),
    Person(6, sat("w2", code("a", -3), mark("b", 100)), (Pass("c", 2024),)),
    Person(7, sat("w4", mark("d", "6.05")), (Pass("a", 2023), Pass("b", 2024), Pass("c", 2025))),
    Person(8, sat("w3", mark("b", 72), mark("c", 50), province=SHANGHAI), (Pass("a", 2023),)),
    Person(9, sat("w1", mark("a", 90), mark("b", 72), province=XINJIANG)),
]


def test_the_people_of_the_planted_bugs_agree_without_them() -> None:
    calculation, rows = run(PEOPLE, [D_LINE])

    assert calculation.tally.disagreements == 0
    assert [row["outcome"] for row in rows] == [
        "qualified",
        "partly-passed",
        "qualified-regionally",
        "void",
        "absent",
        "partly-passed",
        "qualified",
        "qualified",
        "qualified",
    ]


def _line_off_by_one(result: SubjectResult) -> SubjectResult:
    passed = result.mark is not None and result.line is not None and result.mark > result.line
    wrong = result.status is SubjectStatus.PASSED and not passed
    return replace(result, status=SubjectStatus.NOT_PASSED) if wrong else result


def _window_too_long(judged: Judgement) -> Judgement:
    return replace(judged, passes=tuple(replace(item, through=item.through + 1) for item in judged.passes))


def _void_forgotten(judged: Judgement) -> Judgement:
    return replace(judged, outcome=Outcome.PARTLY_PASSED) if judged.outcome is Outcome.VOID else judged


@pytest.mark.parametrize(
    ("name", "bug"),
    [("subject_result", _line_off_by_one), ("judge", _window_too_long), ("judge", _void_forgotten)],
)
def test_a_bug_in_the_exact_calculator_is_found(
    monkeypatch: pytest.MonkeyPatch, name: str, bug: Callable[[Any], Any]
) -> None:
    sound = getattr(cohort_module, name)
    monkeypatch.setattr(cohort_module, name, lambda *arguments: bug(sound(*arguments)))

    with pytest.raises(FangbangError) as caught:
        run(PEOPLE, [D_LINE])

    assert caught.value.problem is DISAGREEMENT


def _one_outcome(rows: EngineRows) -> EngineRows:
    wrong = pl.when(pl.col("r") == 4).then(pl.lit("not-passed")).otherwise(pl.col("outcome"))
    return replace(rows, outcomes=rows.outcomes.with_columns(outcome=wrong))


def _one_thousandth(rows: EngineRows) -> EngineRows:
    wrong = pl.when(pl.col("r") == 6).then(pl.col("mark") + 1).otherwise(pl.col("mark"))
    return replace(rows, entries=rows.entries.with_columns(mark=wrong))


def _one_pass_less(rows: EngineRows) -> EngineRows:
    return replace(rows, passes=rows.passes.slice(1))


def _one_pass_twice(rows: EngineRows) -> EngineRows:
    return replace(rows, passes=pl.concat([rows.passes, rows.passes.tail(1)]))


@pytest.mark.parametrize("bug", [_one_outcome, _one_thousandth, _one_pass_less, _one_pass_twice])
def test_a_bug_in_the_engine_is_found(monkeypatch: pytest.MonkeyPatch, bug: Callable[[EngineRows], EngineRows]) -> None:
    sound = Engine.run

    def broken(engine: Engine, chunk: Chunk) -> EngineRows:
        return bug(sound(engine, chunk))

    monkeypatch.setattr(Engine, "run", broken)

    with pytest.raises(FangbangError) as caught:
        run(PEOPLE, [D_LINE])

    assert caught.value.problem is DISAGREEMENT
    assert caught.value.params["count"] == 1


def test_a_disagreement_names_a_row_and_never_a_person(monkeypatch: pytest.MonkeyPatch) -> None:
    sound = Engine.run
    monkeypatch.setattr(Engine, "run", lambda engine, chunk: _one_outcome(sound(engine, chunk)))

    with pytest.raises(FangbangError) as caught:
        run(PEOPLE, [D_LINE])

    assert caught.value.params["where"] == "row 5: outcome"


def test_both_calculators_may_work_at_the_same_time() -> None:
    alone, rows = run(PEOPLE, [D_LINE], chunk=2)
    together, same = run(PEOPLE, [D_LINE], chunk=2, workers=2)

    assert same == rows
    assert together.tally.counts() == alone.tally.counts()
