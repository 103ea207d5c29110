"""The gate: each check has its fault planted and seen, and a red one passes only with two people's reasons."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from fangbang.audit.rules import EMPTY
from fangbang.core.errors import FangbangError, Problem
from fangbang.release.problems import (
    APPROVER_IS_IMPORTER,
    BAD_DOCUMENT,
    BAD_SCOPE,
    BAD_SIGNATURE,
    GATE_RED,
    REASON_MISSING,
    SAME_APPROVER,
    UNKNOWN_CHECK,
)
from fangbang.release.rules import (
    Facts,
    Light,
    Scope,
    SentinelFacts,
    check_approvals,
    red_checks,
    run_gate,
    same_facts,
    sign_override,
    sign_report,
    with_override,
)
from tests.release.people import FACTS, LIU, NOW, RED_FACTS, RUN, TOTALS, TRUSTED, WANG, ZHAO, Person, report

MARKS = FACTS.batches[1]


def refusal(act: Callable[[], object]) -> Problem:
    """The problem that an act is refused with."""
    with pytest.raises(FangbangError) as caught:
        act()
    return caught.value.problem


def lights(facts: Facts) -> dict[str, Light]:
    """The checks that are not green."""
    return {verdict.check: verdict.light for verdict in run_gate(facts) if verdict.light is not Light.GREEN}


def test_a_sound_run_is_green() -> None:
    assert lights(FACTS) == {}


FAULTS = {
    "a disagreement": (replace(FACTS, run=replace(RUN, disagreements=1)), "calculators"),
    "one candidate not compared": (replace(FACTS, run=replace(RUN, compared=9)), "calculators"),
    "a newer marks book": (replace(FACTS, inputs={**FACTS.inputs, "marks": "marks-2"}), "current"),
    "prior passes came later": (replace(FACTS, inputs={**FACTS.inputs, "prior-passes": "prior-1"}), "current"),
    "a line announced later": (replace(FACTS, rule_hash="00" * 32), "current"),
    "somebody held back later": (replace(FACTS, withheld="11" * 32), "current"),
    "documents linked later": (replace(FACTS, people="22" * 32), "current"),
    "somebody lost": (replace(FACTS, registered=11), "everyone-once"),
    "somebody twice": (replace(FACTS, registered=9), "everyone-once"),
    "counts that do not add up": (replace(FACTS, run=replace(RUN, counts={"qualified": 9})), "everyone-once"),
    "a sum that differs": (
        replace(FACTS, batches=[replace(MARKS, manifest={**TOTALS, "ability.sum": "1830.6"})]),
        "control-totals",
    ),
    "a signed total not taken": (replace(FACTS, batches=[replace(MARKS, totals={})]), "control-totals"),
    "a book altered": (replace(FACTS, books={**FACTS.books, "outcomes-1": False}), "books"),
    "a book not read": (replace(FACTS, books={"outcomes-1": True, "marks-1": True}), "books"),
    "a mark of nobody": (RED_FACTS, "joins"),
    "a sentinel wrong": (replace(FACTS, sentinels=SentinelFacts(3, 2, 0)), "sentinels"),
    "a sentinel in a real book": (replace(FACTS, sentinels=SentinelFacts(3, 3, 1)), "sentinels"),
    "no sentinel right": (
        replace(FACTS, sentinels=SentinelFacts(3, 0, 0, ("junior/110000/full/at-the-lines",))),
        "sentinels",
    ),
}


@pytest.mark.parametrize(("facts", "check"), FAULTS.values(), ids=FAULTS.keys())
def test_each_planted_fault_turns_its_check_red(facts: Facts, check: str) -> None:
    assert lights(facts) == {check: Light.RED}
    assert red_checks(report(facts)) == [check]


@pytest.mark.parametrize(
    ("facts", "check"),
    [
        (replace(FACTS, batches=[replace(MARKS, manifest=None)]), "control-totals"),
        (replace(FACTS, run=replace(RUN, missing=1)), "complete"),
        (replace(FACTS, run=replace(RUN, held=1)), "complete"),
        (replace(FACTS, outdated=["social-worker-2025"]), "current"),
        (replace(FACTS, sentinels=None), "sentinels"),
        (replace(FACTS, sentinels=SentinelFacts(0, 0, 0)), "sentinels"),
    ],
)
def test_what_could_not_be_checked_is_shown_and_blocks_nothing(facts: Facts, check: str) -> None:
    frozen = report(facts)

    assert lights(facts) == {check: Light.AMBER}
    check_approvals(frozen, [sign_report(person.key, frozen, person.id) for person in (WANG, ZHAO)], TRUSTED)


def test_the_first_sentinels_that_came_out_wrong_are_named() -> None:
    wrong = tuple(f"junior/110000/full/case-{number}" for number in range(7))

    verdict = next(
        one for one in run_gate(replace(FACTS, sentinels=SentinelFacts(9, 2, 0, wrong))) if one.check == "sentinels"
    )

    assert verdict.reasons == (("sentinel-wrong", 7), *(("sentinel-case", case) for case in wrong[:5]))


def overridden(*people: Person) -> dict[str, Any]:
    """A report with a red check that these people overrode, one after the other."""
    frozen = report(RED_FACTS)
    for person in people:
        override = sign_override(person.key, frozen, "joins", "two rows of a closed site", person.id)
        frozen = with_override(frozen, override, anchor=EMPTY, now=NOW)
    return frozen


def approve(frozen: dict[str, Any]) -> None:
    """Two fit approvers sign; whether that is enough is up to the gate."""
    check_approvals(frozen, [sign_report(person.key, frozen, person.id) for person in (WANG, ZHAO)], TRUSTED)


def test_two_approvers_with_a_reason_override_a_red_check() -> None:
    frozen = overridden(WANG, ZHAO)

    approve(frozen)

    assert red_checks(frozen) == []


@pytest.mark.parametrize("people", [(), (WANG,), (WANG, WANG)])
def test_fewer_than_two_people_override_nothing(people: tuple[Person, ...]) -> None:
    assert refusal(lambda: approve(overridden(*people))) == GATE_RED
    assert red_checks(overridden(*people)) == ["joins"]


def test_an_importer_overrides_nothing() -> None:
    assert refusal(lambda: approve(overridden(WANG, LIU))) == APPROVER_IS_IMPORTER


def test_an_override_is_for_one_finding_of_one_run() -> None:
    frozen = overridden(WANG, ZHAO)
    worse = report(replace(FACTS, run=replace(RUN, orphans=3)))
    later = report(replace(RED_FACTS, run=replace(RED_FACTS.run, id="run-2")))
    stolen = next(verdict["overrides"] for verdict in frozen["gate"] if verdict["check"] == "joins")

    for other in (worse, later):
        other["gate"] = [{**item, "overrides": stolen} if item["light"] == "red" else item for item in other["gate"]]
        assert refusal(lambda other=other: approve(other)) == BAD_DOCUMENT  # type: ignore[misc]


def test_the_reason_of_an_override_is_signed() -> None:
    frozen = overridden(WANG, ZHAO)
    joins = next(verdict for verdict in frozen["gate"] if verdict["check"] == "joins")
    joins["overrides"][0]["reason"] = "another reason"

    assert refusal(lambda: approve(frozen)) == BAD_SIGNATURE


def test_the_same_person_twice_in_a_report_is_refused() -> None:
    frozen = overridden(WANG, ZHAO)
    joins = next(verdict for verdict in frozen["gate"] if verdict["check"] == "joins")
    joins["overrides"] = [joins["overrides"][0]] * 2

    assert refusal(lambda: approve(frozen)) == SAME_APPROVER


def test_an_override_names_a_red_check_and_a_reason() -> None:
    frozen = report(RED_FACTS)

    assert refusal(lambda: sign_override(WANG.key, frozen, "books", "why not", "wang")) == UNKNOWN_CHECK
    assert refusal(lambda: sign_override(WANG.key, frozen, "joins", "  ", "wang")) == REASON_MISSING


def test_the_moment_of_freezing_changes_no_facts() -> None:
    assert same_facts(report(), {**report(), "frozen_at": "2026-08-21T00:00:00.000000Z"})
    assert not same_facts(report(), report(RED_FACTS))


def test_a_scope_has_one_spelling() -> None:
    assert Scope(("120000", "110000", "110000"), ("junior",)).key == "110000,120000/junior"
    assert Scope().key == "*/*"
    assert Scope.from_json(Scope(("110000",)).to_json()) == Scope(("110000",))
    assert refusal(lambda: Scope(("beijing",))) == BAD_SCOPE
