"""The answer key against the exact calculator: two ways to the same results, over whole cohorts."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import polars as pl
import pytest

from fangbang.adjudication.rules import Candidate, CandidateOutcome, Entry, Pass, Standing, adjudicate
from fangbang.exams.model import SittingRules
from fangbang.simulate.answers import answers
from fangbang.simulate.cohort import Plan, frames
from fangbang.simulate.paper import Level
from tests.simulate.conftest import MakePlan


def entries(row: dict[str, Any], level: Level, prefix: str) -> tuple[Entry, ...]:
    found = []
    for paper in level.papers:
        value = row[f"{prefix}/{paper.subject}"]
        if value is not None:
            found.append(
                Entry(paper.subject, code=value) if value < 0 else Entry(paper.subject, mark=paper.mark(value))
            )
    return tuple(found)


def decided(
    rules: SittingRules, level: Level, row: dict[str, Any], prefix: str, history: list[Pass]
) -> CandidateOutcome:
    standing = Standing(level.id, row["category"], row["province"])
    return adjudicate(Candidate(standing, entries(row, level, prefix)), rules, history)


def by_the_calculator(plan: Plan, level: Level, row: dict[str, Any]) -> CandidateOutcome:
    history: list[Pass] = []
    if plan.last and entries(row, level, "last"):
        before = decided(plan.last, level, row, "last", [])
        history = [Pass(item.subject, item.year, item.region) for item in before.passes]
    return decided(plan.rules, level, row, "now", history)


def compared(plan: Plan) -> Iterator[tuple[dict[str, Any], CandidateOutcome]]:
    for level, frame in frames(plan, 0, plan.candidates):
        key = {row["person"]: row for row in answers(plan, level, frame).to_dicts()}
        for row in frame.to_dicts():
            yield key[row["person"]], by_the_calculator(plan, level, row)


@pytest.mark.parametrize("exam", ["social-worker", "eia"])
def test_the_key_and_the_calculator_agree_on_everyone(make_plan: MakePlan, exam: str) -> None:
    plan = make_plan(candidates=3000, exam=exam)

    for expected, found in compared(plan):
        assert expected["outcome"] == found.outcome
        assert [
            (item["subject"], item["mark"] and Decimal(item["mark"]), item["code"], item["status"])
            for item in expected["subjects"]
        ] == [(item.subject, item.mark, item.code, item.status) for item in found.subjects]


def test_a_cohort_holds_every_outcome_the_pages_explain(make_plan: MakePlan) -> None:
    plan = make_plan(candidates=30_000)

    keys = pl.concat([answers(plan, level, frame) for level, frame in frames(plan, 0, plan.candidates)])

    assert set(keys["outcome"]) == {"qualified", "partly-passed", "not-passed", "absent", "void"}
    assert keys.filter((pl.col("history") > 0) & (pl.col("outcome") == "qualified")).height > 50
    assert keys.height == plan.candidates
    assert keys["ticket"].n_unique() == plan.candidates


def test_nobody_registers_again_for_what_counts_already(make_plan: MakePlan) -> None:
    plan = make_plan(candidates=5_000)

    for level, frame in frames(plan, 0, plan.candidates + plan.leaving):
        for row in frame.to_dicts():
            before = decided(plan.last or plan.rules, level, row, "last", []) if entries(row, level, "last") else None
            passed = {item.subject for item in before.passes} if before else set()
            if any(entry.window > 1 for entry in level.entries if entry.category == row["category"]):
                assert passed.isdisjoint(item.subject for item in entries(row, level, "now"))
