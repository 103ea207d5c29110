"""What each step of a line would change, against both calculators run over everybody; and lines by two people."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fangbang.adjudication import actions, queries
from fangbang.adjudication.models import LineProposal
from fangbang.adjudication.previewing import Proposed, preview, steps_of
from fangbang.adjudication.problems import (
    BAD_LINE,
    LINE_DIFFERS,
    NO_REASON,
    NO_RUN_YET,
    PROPOSAL_DECIDED,
    SAME_PERSON,
    UNKNOWN_PROPOSAL,
    UNKNOWN_SUBJECT,
)
from fangbang.adjudication.rules import AnnouncedLine, Lines, adjudicate
from fangbang.audit.models import Event
from fangbang.audit.rules import Actor
from fangbang.books.keys import BookKeys
from fangbang.books.store import BookStore
from fangbang.core.clock import ManualClock
from fangbang.core.errors import FangbangError, Problem
from fangbang.intake.models import Batch
from tests.adjudication.office import take_in
from tests.adjudication.world import (
    BEIJING,
    CATALOGUE,
    D_LINE,
    SHANGHAI,
    TIBET,
    TRIAL,
    Person,
    books_of,
    code,
    mark,
    sat,
)

PASSED = ("qualified", "qualified-regionally")


def brute(people: list[Person], announced: tuple[AnnouncedLine, ...]) -> dict[str, str]:
    """Everybody's outcome by the exact calculator."""
    lines = Lines(TRIAL, announced)
    return {
        person.ticket: adjudicate(person.candidate, TRIAL, person.history, lines).outcome.value for person in people
    }


def previewed(people: list[Person], proposed: Proposed, announced: tuple[AnnouncedLine, ...] = (D_LINE,)) -> Any:
    books, inputs = books_of(people)
    return preview(books, inputs, TRIAL, announced, proposed)


people_with_marks = st.lists(
    st.builds(
        lambda place, marks, kind: (place, marks, kind),
        st.sampled_from([BEIJING, SHANGHAI, TIBET]),
        st.tuples(st.integers(40, 80), st.integers(50, 90), st.integers(30, 60)),
        st.sampled_from(["w2"]),
    ),
    min_size=1,
    max_size=12,
)


@given(
    people_with_marks,
    st.sampled_from(["a", "b", "c"]),
    st.sampled_from([(), (TIBET,), (BEIJING, SHANGHAI)]),
    st.integers(45, 70),
    st.booleans(),
)
@settings(max_examples=25)
def test_every_step_says_what_the_exact_calculator_says_of_everybody(
    drawn: list[Any], subject: str, provinces: tuple[str, ...], value: int, regional: bool
) -> None:
    people = [
        Person(number, sat(kind, mark("a", marks[0]), mark("b", marks[1]), mark("c", marks[2]), province=place))
        for number, (place, marks, kind) in enumerate(drawn, 1)
    ]
    proposed = Proposed("main", (subject,), provinces, regional and bool(provinces), Decimal(value))
    before = brute(people, (D_LINE,))
    where = {person.ticket: person.candidate.standing.province for person in people}

    found = previewed(people, proposed)

    for step in found.steps:
        after = brute(people, proposed.at(step.value, (D_LINE,)))
        gained = [where[one] for one in after if after[one] in PASSED and before[one] not in PASSED]
        lost = [where[one] for one in after if after[one] not in PASSED and before[one] in PASSED]
        told = sorted(step.gained.elements()), sorted(step.lost.elements()), step.changed
        assert told == (sorted(gained), sorted(lost), sum(after[one] != before[one] for one in after)), step.value


def test_a_lower_line_passes_those_between_and_a_higher_one_fails_them() -> None:
    def person(number: int, value: int) -> Person:
        return Person(number, sat("w2", mark("a", value), mark("b", 80), mark("c", 50)))

    people = [person(1, 58), person(2, 59), person(3, 60), person(4, 61), person(5, 90)]

    found = previewed(people, Proposed("main", ("a",), (), False, Decimal(60)))

    by_value = {step.value: (step.gained.total(), step.lost.total()) for step in found.steps}
    assert found.people == 5
    assert [by_value[Decimal(value)] for value in (58, 59, 60, 61, 62)] == [(2, 0), (1, 0), (0, 0), (0, 1), (0, 2)]


def test_who_has_no_mark_is_not_counted() -> None:
    people = [Person(1, sat("w2", code("a", -1), mark("b", 80), mark("c", 50)))]

    found = previewed(people, Proposed("main", ("a",), (), False, Decimal(10)))

    assert (found.people, {step.changed for step in found.steps}) == (0, {0})


def test_steps_are_round_and_within_the_paper() -> None:
    papers = TRIAL.levels["main"].subjects

    def steps(subject: str, value: str) -> list[str]:
        proposed = Proposed("main", (subject,), (), False, Decimal(value))
        return [f"{step.normalize():f}" for step in steps_of(proposed, [papers[subject]])]

    assert steps("a", "60")[:3] == ["50", "51", "52"]
    assert (steps("a", "98")[-1], steps("a", "3")[0]) == ("100", "0")
    assert len(steps("a", "60")) == 21


# --- two people ---

ZHANG, WANG = Actor("zhang", "张伟"), Actor("wang", "王芳")
PEOPLE = [Person(n, sat("w2", mark("a", 58 + n), mark("b", 80), mark("c", 50))) for n in range(6)]


@pytest.fixture
def store(tmp_path: Path) -> BookStore:
    return BookStore(tmp_path / "books", BookKeys.draw())


@pytest.fixture
def sitting(store: BookStore, clock: ManualClock, db: None) -> str:
    return take_in(store, clock, 2026, PEOPLE)


def refused(problem: Problem) -> "pytest.RaisesExc[FangbangError]":
    return pytest.raises(FangbangError, check=lambda error: error.problem is problem)


def propose(clock: ManualClock, sitting: str, **options: Any) -> str:
    given: dict[str, Any] = {
        "actor": ZHANG, "level": "main", "subjects": ["a"], "provinces": [], "value": Decimal(55), "regional": False,
        "document_number": "试〔2026〕1号", "replace": False, **options,
    }  # fmt: skip
    return actions.propose_line(sitting_id=sitting, catalogue=CATALOGUE, clock=clock, **given)


def approve(clock: ManualClock, proposal: str, actor: Actor = WANG) -> None:
    actions.approve_line(actor=actor, proposal_id=proposal, catalogue=CATALOGUE, clock=clock)


def test_a_proposed_line_counts_once_somebody_else_approved_it(sitting: str, clock: ManualClock) -> None:
    proposal = propose(clock, sitting)
    before = queries.lines(sitting)
    with refused(SAME_PERSON):
        approve(clock, proposal, ZHANG)
    approve(clock, proposal)

    (line,) = queries.lines(sitting)
    assert before == []
    assert (line.subject, line.value, line.document_number, line.announced_by) == (
        "a",
        Decimal(55),
        "试〔2026〕1号",
        "wang",
    )
    assert queries.proposal(proposal).state == "approved"
    events = list(Event.objects.order_by("seq").values_list("event", flat=True))
    assert events == ["adjudication.line-proposed", "adjudication.line-approved", "adjudication.line-announced"]
    assert '"proposed_by":"zhang"' in Event.objects.get(event="adjudication.line-approved").details


def test_one_notice_announces_lines_for_many_places(sitting: str, clock: ManualClock) -> None:
    approve(clock, propose(clock, sitting, subjects=["a", "b"], provinces=[TIBET, SHANGHAI], value=Decimal(50)))

    assert [(line.subject, line.province) for line in queries.lines(sitting)] == [
        ("a", SHANGHAI), ("a", TIBET), ("b", SHANGHAI), ("b", TIBET),
    ]  # fmt: skip


def test_what_was_decided_is_decided(sitting: str, clock: ManualClock) -> None:
    proposal = propose(clock, sitting)
    with refused(NO_REASON):
        actions.refuse_line(actor=WANG, proposal_id=proposal, reason=" ", clock=clock)
    actions.refuse_line(actor=WANG, proposal_id=proposal, reason="wrong notice", clock=clock)

    with refused(PROPOSAL_DECIDED):
        approve(clock, proposal)
    with refused(UNKNOWN_PROPOSAL):
        approve(clock, "lin-none")
    assert queries.lines(sitting) == []


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ({"value": Decimal(101)}, BAD_LINE),
        ({"document_number": " "}, BAD_LINE),
        ({"regional": True}, BAD_LINE),
        ({"subjects": ["z"]}, UNKNOWN_SUBJECT),
        ({"level": "none"}, UNKNOWN_SUBJECT),
    ],
)
def test_what_cannot_be_announced_cannot_be_proposed(
    sitting: str, clock: ManualClock, options: dict[str, Any], problem: Problem
) -> None:
    with refused(problem):
        propose(clock, sitting, **options)
    assert LineProposal.objects.count() == 0


def test_a_line_that_stands_is_changed_only_on_purpose(sitting: str, clock: ManualClock) -> None:
    approve(clock, propose(clock, sitting))
    with refused(LINE_DIFFERS):
        propose(clock, sitting, value=Decimal(50))
    approve(clock, propose(clock, sitting, value=Decimal(50), replace=True))

    assert [line.value for line in queries.lines(sitting)] == [50]


def test_a_preview_is_kept_with_its_proposal(sitting: str, store: BookStore, clock: ManualClock) -> None:
    proposal = propose(clock, sitting)

    actions.preview_line(actor=ZHANG, proposal_id=proposal, store=store, catalogue=CATALOGUE, clock=clock)

    kept = queries.proposal(proposal).preview
    assert kept is not None
    assert kept["people"] == 6
    chosen = next(step for step in kept["steps"] if step["value"] == "55")
    assert (chosen["gained"], chosen["lost"], chosen["changed"]) == ({BEIJING: 2}, {}, 2)


def test_without_marks_there_is_nothing_to_preview(sitting: str, store: BookStore, clock: ManualClock) -> None:
    Batch.objects.filter(kind="marks").delete()
    with refused(NO_RUN_YET):
        actions.preview_line(
            actor=ZHANG, proposal_id=propose(clock, sitting), store=store, catalogue=CATALOGUE, clock=clock
        )
