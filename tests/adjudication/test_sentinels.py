"""The shadow cohort: what must come out of it comes out, and a fault that both calculators share does not pass it."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fangbang.adjudication import actions, engine, queries, rules, sentinels
from fangbang.adjudication.calculation import Calculation
from fangbang.adjudication.models import Run
from fangbang.adjudication.problems import RUN_DIFFERS
from fangbang.adjudication.rules import AnnouncedLine
from fangbang.adjudication.sentinels import run_sentinels
from fangbang.adjudication.shadows import Shadow, number_of, shadow_cohort
from fangbang.audit.rules import Actor
from fangbang.books.store import BookKeys, BookStore
from fangbang.core.clock import ManualClock
from fangbang.core.errors import FangbangError
from fangbang.exams.model import LevelRules, Scope, SittingRules, SubjectRules
from fangbang.exams.rounding import Rounding
from fangbang.intake.cells import check_ticket
from fangbang.intake.findings import Findings
from fangbang.intake.source import ROW
from tests.adjudication.office import take_in
from tests.adjudication.world import BEIJING, CATALOGUE, D_LINE, SHANGHAI, TIBET, TRIAL, XINJIANG, Person, mark, sat

SOCIAL_WORKER = CATALOGUE.sitting("social-worker", 2026)


@dataclass(frozen=True)
class Leaked(Person):
    """A shadow among real people."""

    @property
    def document(self) -> str:
        return number_of(self.number)

    @property
    def ticket(self) -> str:
        return number_of(self.number)


PEOPLE = [Person(1, sat("w2", mark("a", 60), mark("b", 72), mark("c", 45)))]


def cases(sitting: SittingRules, announced: list[AnnouncedLine], place: str) -> dict[str, Shadow]:
    """The shadows of one `level/province/category`, by what befalls them."""
    found = {shadow.case: shadow for shadow in shadow_cohort(sitting, announced)}
    return {case.removeprefix(f"{place}/"): shadow for case, shadow in found.items() if case.startswith(f"{place}/")}


@pytest.mark.parametrize("year", [2020, 2025, 2026])
def test_every_shadow_of_every_shipped_exam_comes_out_right(year: int) -> None:
    for exam in (exam for exam in CATALOGUE.exams() if exam.selectable and (exam.first_year or 0) <= year):
        sitting = CATALOGUE.sitting(exam.id, year)

        came_out = run_sentinels(sitting, [])

        assert came_out.ran == came_out.right > 0, came_out.wrong
        assert {shadow.place.level.id for shadow in shadow_cohort(sitting, [])} == set(sitting.levels)


@pytest.mark.parametrize(
    "announced",
    [
        [],
        [D_LINE],
        [D_LINE, AnnouncedLine("main", "b", Decimal("55.3"), SHANGHAI), AnnouncedLine("main", "c", Decimal(40))],
        [D_LINE, AnnouncedLine("main", "c", Decimal(40), XINJIANG, regional=True)],
        [D_LINE, AnnouncedLine("main", "a", Decimal(45), TIBET)],
        [AnnouncedLine("main", "d", Decimal(5), TIBET, regional=True)],
        [AnnouncedLine("main", subject, Decimal(0)) for subject in "abcd"],
    ],
    ids=["d-waits", "d-announced", "own-lines", "regional", "below-the-regional", "regional-only", "zero"],
)
def test_whatever_lines_were_announced_they_come_out_right(announced: list[AnnouncedLine]) -> None:
    came_out = run_sentinels(TRIAL, announced)

    assert came_out.ran == came_out.right > 0, came_out.wrong


@settings(max_examples=12)
@given(
    announced=st.lists(
        st.builds(
            AnnouncedLine,
            level=st.just("main"),
            subject=st.sampled_from("abcd"),
            value=st.integers(0, 10_000).map(lambda thousandths: Decimal(thousandths) / 1000),
            province=st.sampled_from([BEIJING, TIBET, XINJIANG]),
            regional=st.booleans(),
        ),
        max_size=4,
        unique_by=lambda line: (line.subject, line.province, line.regional),
    )
)
def test_any_lines_on_any_rounding_give_what_the_cases_say(announced: list[AnnouncedLine]) -> None:
    came_out = run_sentinels(TRIAL, announced)

    assert came_out.ran == came_out.right > 0, came_out.wrong


def test_the_shadows_of_a_level_stand_at_and_around_each_line_and_meet_each_code() -> None:
    found = cases(SOCIAL_WORKER, [], f"middle/{BEIJING}/full")

    assert {case: str(shadow.outcome) for case, shadow in found.items()} == {
        "at-the-lines": "qualified",
        **{f"a-step-above:{subject}": "qualified" for subject in ("ability", "policy", "practice")},
        **{f"just-below:{subject}": "partly-passed" for subject in ("ability", "policy", "practice")},
        **{f"a-step-below:{subject}": "partly-passed" for subject in ("ability", "policy", "practice")},
        "below-all-lines": "not-passed",
        "code-1": "partly-passed",
        "code-1:all": "absent",
        "code-2": "void",
        "code-4": "partly-passed",
        "undefined-code": "partly-passed",
        "no-mark": "withheld",
        "held-back": "withheld",
        "inside-the-window": "qualified",
        "outside-the-window": "partly-passed",
        "regional-before": "qualified-regionally",
        "of-another-region": "partly-passed",
        "former-names": "qualified",
        "exempt": "qualified",
        "void-at-another-level": "void",
    }
    assert [answer.mark for answer in found["at-the-lines"].answers] == [Decimal(60)] * 3
    assert found["just-below:policy"].answers[1].mark == Decimal("59.999")


def test_a_province_with_a_line_of_its_own_has_its_own_shadows() -> None:
    lower = AnnouncedLine("junior", "ability", Decimal(53), TIBET, regional=True)

    found = cases(SOCIAL_WORKER, [lower], f"junior/{TIBET}/full")

    regional = found["regional:ability"]
    assert (regional.answers[0].mark, str(regional.outcome)) == (Decimal(53), "qualified-regionally")
    assert str(found["just-below:ability"].outcome) == "partly-passed"
    assert cases(SOCIAL_WORKER, [], f"junior/{TIBET}/full") == {}


def test_where_no_line_is_announced_marks_wait_for_it_and_the_rest_is_known() -> None:
    found = cases(CATALOGUE.sitting("social-worker", 2020), [], f"junior/{BEIJING}/full")

    assert {case: str(shadow.outcome) for case, shadow in found.items()} == {
        "at-the-lines": "line-not-announced",
        "code-1": "line-not-announced",
        "code-1:all": "absent",
        "code-2": "void",
        "code-4": "line-not-announced",
        "undefined-code": "line-not-announced",
        "no-mark": "withheld",
        "held-back": "withheld",
    }


def of_subjects(**columns: Any) -> Callable[[SittingRules], SittingRules]:
    """The rules with every subject changed."""

    def changed(level: LevelRules) -> LevelRules:
        subjects = {name: one(subject) for name, subject in level.subjects.items()}
        return msgspec.structs.replace(level, subjects=subjects)

    def one(subject: SubjectRules) -> SubjectRules:
        values = {name: value(subject) if callable(value) else value for name, value in columns.items()}
        return msgspec.structs.replace(subject, **values)

    return lambda sitting: msgspec.structs.replace(
        sitting, levels={name: changed(level) for name, level in sitting.levels.items()}
    )


def of_windows(by: int) -> Callable[[SittingRules], SittingRules]:
    """The rules with longer windows, or shorter ones."""

    def changed(level: LevelRules) -> LevelRules:
        categories = {
            name: msgspec.structs.replace(category, window=max(1, category.window + by))
            for name, category in level.categories.items()
        }
        return msgspec.structs.replace(level, categories=categories)

    return lambda sitting: msgspec.structs.replace(
        sitting, levels={name: changed(level) for name, level in sitting.levels.items()}
    )


def of_codes(code: int, **columns: Any) -> Callable[[SittingRules], SittingRules]:
    """The rules with one code changed."""
    return lambda sitting: msgspec.structs.replace(
        sitting, codes={**sitting.codes, code: msgspec.structs.replace(sitting.codes[code], **columns)}
    )


def _moved(by: str) -> Callable[[SubjectRules], Decimal | None]:
    return lambda subject: None if subject.national_line is None else subject.national_line + Decimal(by)


SHARED: dict[str, Callable[[SittingRules], SittingRules]] = {
    "a line one point lower": of_subjects(national_line=_moved("-1")),
    "a line a thousandth higher": of_subjects(national_line=_moved("0.001")),
    "the regional lines forgotten": of_subjects(regional_lines={}),
    "the lines of single provinces forgotten": of_subjects(own_lines={}),
    "marks not rounded": of_subjects(rounding=Rounding()),
    "subjects that were renamed forgotten": of_subjects(succeeds=()),
    "windows a year longer": of_windows(1),
    "windows a year shorter": of_windows(-1),
    "a violation that voids one subject": of_codes(-2, scope=Scope.SUBJECT),
    "an invalid mark that voids the sitting": of_codes(-4, scope=Scope.SITTING),
    "years that were not held counted": lambda sitting: msgspec.structs.replace(sitting, not_held={}),
}


@pytest.mark.parametrize("fault", SHARED.values(), ids=SHARED.keys())
def test_a_fault_of_the_rules_as_both_calculators_read_them_is_found(
    fault: Callable[[SittingRules], SittingRules], monkeypatch: pytest.MonkeyPatch
) -> None:
    def faulty(books: Any, inputs: Any, sitting: SittingRules, announced: Any, **options: Any) -> Calculation:
        return Calculation(books, inputs, fault(sitting), announced, **options)

    monkeypatch.setattr(sentinels, "Calculation", faulty)

    came_out = run_sentinels(TRIAL, [D_LINE])

    assert 0 < came_out.right < came_out.ran
    assert came_out.wrong


def test_announced_lines_that_both_calculators_overlook_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    def faulty(books: Any, inputs: Any, sitting: SittingRules, _: Any, **options: Any) -> Calculation:
        return Calculation(books, inputs, sitting, (), **options)

    monkeypatch.setattr(sentinels, "Calculation", faulty)

    assert run_sentinels(TRIAL, [D_LINE]).right < run_sentinels(TRIAL, []).ran


def above_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """Both calculators let pass whoever is above the line, not at it."""
    sound, alone = rules._mark_status, engine._status_alone
    monkeypatch.setattr(rules, "_mark_status", lambda given, pair: sound(given - Decimal("0.001"), pair))
    monkeypatch.setattr(
        engine,
        "_status_alone",
        lambda: (
            pl.when((pl.col("mark") == pl.col("upper")) & pl.col("lower").is_null())
            .then(pl.lit("not-passed"))
            .when(pl.col("mark") == pl.col("upper"))
            .then(pl.lit("passed-regionally"))
            .when(pl.col("mark") == pl.col("lower"))
            .then(pl.lit("not-passed"))
            .otherwise(alone())
        ),
    )


def test_whoever_is_at_the_line_and_fails_with_both_calculators_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    above_only(monkeypatch)

    came_out = run_sentinels(SOCIAL_WORKER, [])

    assert 0 < came_out.right < came_out.ran
    assert came_out.wrong[0] == f"junior/{BEIJING}/full/at-the-lines"


def test_calculators_that_differ_over_the_shadows_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "_status_alone", lambda: pl.lit("passed"))

    came_out = run_sentinels(SOCIAL_WORKER, [])

    assert (came_out.right, came_out.wrong[0]) == (0, "adjudication.disagreement")


def test_nobody_can_have_a_number_of_a_shadow() -> None:
    number, findings = number_of(7), Findings()

    check_ticket(pl.DataFrame({ROW: [2, 3], "ticket": [number, number.upper()]}), findings)

    assert findings.bad_rows() == 2


@pytest.fixture
def store(tmp_path: Path) -> BookStore:
    return BookStore(tmp_path / "books", BookKeys.draw())


def run(store: BookStore, clock: ManualClock, sitting: str) -> queries.RunView:
    return actions.run(actor=Actor("zhang", "张伟"), sitting_id=sitting, store=store, catalogue=CATALOGUE, clock=clock)


@pytest.mark.django_db
def test_a_run_keeps_how_its_sentinels_came_out_apart_from_its_counts(store: BookStore, clock: ManualClock) -> None:
    ran = len(shadow_cohort(TRIAL, []))

    done = run(store, clock, take_in(store, clock, 2026, PEOPLE))

    assert done.sentinels == {"ran": ran, "right": ran, "in_books": 0, "wrong": []}
    assert (done.candidates, done.counts["outcomes"], store.rows(done.outcomes)) == (1, {"qualified": 1}, 1)


@pytest.mark.django_db
def test_a_shadow_left_in_the_books_is_counted(store: BookStore, clock: ManualClock) -> None:
    leaked = Leaked(2, sat("w2", mark("a", 60)))

    done = run(store, clock, take_in(store, clock, 2026, [*PEOPLE, leaked]))

    assert done.sentinels is not None
    assert done.sentinels["in_books"] == 1


@pytest.mark.django_db
def test_sentinels_that_come_out_otherwise_a_second_time_are_an_alarm(
    store: BookStore, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    sitting = take_in(store, clock, 2026, [Person(1, sat("w2", mark("a", 70), mark("b", 80), mark("c", 50)))])
    run(store, clock, sitting)
    above_only(monkeypatch)

    with pytest.raises(FangbangError) as caught:
        run(store, clock, sitting)

    assert caught.value.problem is RUN_DIFFERS
    assert Run.objects.count() == 1
