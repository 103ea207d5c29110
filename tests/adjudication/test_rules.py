"""The exact calculator, case by case: the cases are those of the field (docs/reference/adjudication.md)."""

from decimal import Decimal

import pytest

from fangbang.adjudication.rules import (
    AnnouncedLine,
    Candidate,
    CandidateOutcome,
    Entry,
    Lines,
    Pass,
    Standing,
    adjudicate,
)
from fangbang.exams.catalogue import load_catalogue
from fangbang.exams.vocabulary import Outcome, SubjectStatus
from tests.adjudication.world import BEIJING, CATALOGUE, SHANGHAI, TIBET, TRIAL, XINJIANG, code, lines, mark, sat

TRIAL_2025 = CATALOGUE.sitting("trial", 2025)


def decide(candidate: Candidate, *history: Pass) -> CandidateOutcome:
    return adjudicate(candidate, TRIAL, history, lines())


def statuses(result: CandidateOutcome) -> list[str]:
    return [item.status.value for item in result.subjects]


def test_everything_passed_in_one_year_qualifies() -> None:
    result = decide(sat("w2", mark("a", 60), mark("b", 72), mark("c", 45)))

    assert result.outcome is Outcome.QUALIFIED
    assert statuses(result) == ["passed", "passed", "passed"]


@pytest.mark.parametrize(
    ("subject", "text", "rounded", "status"),
    [
        ("a", "59", "59", "not-passed"),
        ("a", "60", "60", "passed"),
        ("b", "71.0", "71", "not-passed"),
        ("b", "71.5", "72", "passed"),
        ("c", "44.75", "45.0", "passed"),
        ("c", "44.25", "44.0", "not-passed"),
        ("c", "44.50", "44.5", "not-passed"),
        ("d", "4.99", "4.9", "not-passed"),
        ("d", "5.00", "5.0", "passed"),
        ("d", "5.09", "5.0", "passed"),
    ],
)
def test_a_mark_is_rounded_once_and_passes_when_not_below_the_line(
    subject: str, text: str, rounded: str, status: str
) -> None:
    result = decide(sat("w4", mark(subject, text)))

    assert (result.subjects[0].mark, statuses(result)) == (Decimal(rounded), [status])


def test_absent_from_everything_is_absent_even_with_earlier_passes() -> None:
    result = decide(sat("w2", code("a", -1), code("b", -1)), Pass("c", 2025))

    assert result.outcome is Outcome.ABSENT
    assert [item.subject for item in result.passes] == ["c"]


def test_absent_from_one_subject_has_no_further_effect() -> None:
    result = decide(sat("w2", code("a", -1), mark("b", 80), mark("c", 50)))

    assert result.outcome is Outcome.PARTLY_PASSED
    assert statuses(result) == ["absent", "passed", "passed"]


def test_a_violation_voids_the_sitting_but_not_earlier_years() -> None:
    result = decide(sat("w2", mark("a", 99), code("b", -2)), Pass("c", 2025))

    assert result.outcome is Outcome.VOID
    assert statuses(result) == ["void", "violation"]
    assert [(item.subject, item.year) for item in result.passes] == [("c", 2025)]


def test_an_invalid_mark_voids_its_subject_where_the_data_say_subject() -> None:
    result = decide(sat("w2", code("a", -4), mark("b", 80), mark("c", 50)))

    assert result.outcome is Outcome.PARTLY_PASSED
    assert statuses(result) == ["invalid", "passed", "passed"]


def test_an_undefined_code_is_no_pass_and_gets_no_meaning() -> None:
    result = decide(sat("w2", code("a", -3), mark("b", 80), mark("c", 50)))

    assert result.outcome is Outcome.PARTLY_PASSED
    assert statuses(result) == ["undefined-code", "passed", "passed"]
    assert ("result.code", "a", -3) in result.statements


def test_a_subject_without_mark_and_code_withholds_the_result() -> None:
    result = decide(sat("w2", mark("a", 20), Entry("b")))

    assert result.outcome is Outcome.WITHHELD
    assert [(item.mark, item.line, item.status) for item in result.subjects] == [
        (None, None, SubjectStatus.WITHHELD)
    ] * 2
    assert result.statements == ()


def test_a_withheld_candidate_shows_nothing_of_this_year() -> None:
    candidate = Candidate(Standing("main", "w2", BEIJING, withheld=True), (mark("a", 99),))

    result = decide(candidate, Pass("c", 2025))

    assert result.outcome is Outcome.WITHHELD
    assert [(item.subject, item.year) for item in result.passes] == [("c", 2025)]


def test_a_line_not_announced_waits() -> None:
    result = adjudicate(sat("w4", mark("a", 99), mark("d", 9)), TRIAL)

    assert result.outcome is Outcome.LINE_NOT_ANNOUNCED
    assert statuses(result) == ["passed", "line-not-announced"]
    assert ("next.line",) in result.statements


def test_a_line_of_zero_is_a_line() -> None:
    announced = Lines(TRIAL, [AnnouncedLine("main", "a", Decimal(0), BEIJING)])

    result = adjudicate(sat("w1", mark("a", 0)), TRIAL, (), announced)

    assert statuses(result) == ["passed"]


def test_a_line_of_a_province_stands_before_the_national_one() -> None:
    here = decide(sat("w1", mark("a", 99), mark("b", 70), province=XINJIANG))
    there = decide(sat("w1", mark("a", 99), mark("b", 71), province=BEIJING))

    assert (here.outcome, here.subjects[1].line) == (Outcome.QUALIFIED, Decimal(70))
    assert (there.outcome, there.subjects[1].line) == (Outcome.PARTLY_PASSED, Decimal(72))


# -------------------------------------------------------------------------------------------- regional lines


def test_a_pass_at_the_regional_line_qualifies_in_its_region_only() -> None:
    result = decide(sat("w1", mark("a", 50), mark("b", 72), province=TIBET))

    assert result.outcome is Outcome.QUALIFIED_REGIONALLY
    assert statuses(result) == ["passed-regionally", "passed"]
    assert result.subjects[0].line == Decimal(50)
    assert [(item.subject, item.region) for item in result.passes] == [("a", TIBET), ("b", "")]


def test_not_passed_turns_into_passed_regionally_when_the_line_is_announced_weeks_later() -> None:
    candidate = sat("w1", mark("a", 99), mark("b", 60), province=TIBET)
    later = Lines(TRIAL, [AnnouncedLine("main", "b", Decimal(60), TIBET, regional=True)])

    assert decide(candidate).outcome is Outcome.PARTLY_PASSED
    assert adjudicate(candidate, TRIAL, (), later).outcome is Outcome.QUALIFIED_REGIONALLY


def test_a_regional_pass_of_last_year_combines_with_national_passes_in_the_same_region() -> None:
    result = decide(sat("w2", mark("b", 80), mark("c", 50), province=TIBET), Pass("a", 2025, TIBET))

    assert result.outcome is Outcome.QUALIFIED_REGIONALLY


def test_a_regional_pass_does_not_count_in_another_region() -> None:
    result = decide(sat("w2", mark("b", 80), mark("c", 50), province=BEIJING), Pass("a", 2025, TIBET))

    assert result.outcome is Outcome.PARTLY_PASSED
    assert ("window.owed", "a") in result.statements


def test_a_later_regional_pass_stands_beside_an_earlier_national_one() -> None:
    result = decide(sat("w2", mark("a", 55), province=TIBET), Pass("a", 2025))

    assert [(item.year, item.through, item.region) for item in result.passes] == [(2025, 2026, ""), (2026, 2027, TIBET)]
    assert [words for words in result.statements if words[0] == "window.saves"] == [("window.saves", 2027, "a")]


# --------------------------------------------------------------------------------------------------- windows


def test_the_second_year_completes_the_window() -> None:
    result = decide(sat("w2", mark("a", 60)), Pass("b", 2025), Pass("c", 2025))

    assert result.outcome is Outcome.QUALIFIED
    assert ("window.complete", 2025, 2026) in result.statements


def test_the_window_slides_the_oldest_pass_lapses_and_the_others_stay() -> None:
    result = decide(sat("w2", mark("b", 80)), Pass("a", 2024), Pass("c", 2025))

    assert result.outcome is Outcome.PARTLY_PASSED
    assert [(item.subject, item.through) for item in result.passes] == [("b", 2027), ("c", 2026)]
    assert ("window.lapsed", "a", 2024) in result.statements
    assert ("window.saves", 2027, "b") in result.statements


def test_of_the_same_subject_passed_twice_the_later_pass_counts() -> None:
    result = decide(sat("w2", mark("a", 70)), Pass("a", 2025))

    assert [(item.subject, item.year, item.through) for item in result.passes] == [("a", 2026, 2027)]


def test_failing_a_subject_again_does_not_take_its_earlier_pass_away() -> None:
    result = decide(sat("w2", mark("a", 0), mark("b", 80), mark("c", 50)), Pass("a", 2025))

    assert result.outcome is Outcome.QUALIFIED


def test_a_year_cancelled_in_the_province_is_no_exam_year_there() -> None:
    candidate = sat("w2", mark("b", 80), mark("c", 50), province=SHANGHAI)
    pass_2023 = Pass("a", 2023)
    at_home = adjudicate(candidate, TRIAL_2025, [pass_2023], lines())
    elsewhere = adjudicate(sat("w2", mark("b", 80), mark("c", 50)), TRIAL_2025, [pass_2023], lines())

    assert (at_home.outcome, elsewhere.outcome) == (Outcome.QUALIFIED, Outcome.PARTLY_PASSED)
    assert (at_home.passes[0].year, at_home.passes[0].through) == (2023, 2025)


def test_a_year_cancelled_everywhere_is_no_exam_year_anywhere() -> None:
    result = decide(sat("w5", mark("b", 80)), Pass("c", 2021))

    assert result.outcome is Outcome.QUALIFIED
    assert ("window.earned", "c", 2021, 2026) in result.statements


def test_the_category_of_this_registration_decides_the_window_of_every_pass() -> None:
    history = [Pass("a", 2024), Pass("c", 2024)]

    assert decide(sat("w3", mark("b", 10)), *history).outcome is Outcome.QUALIFIED
    assert decide(sat("w2", mark("b", 80)), *history).outcome is Outcome.PARTLY_PASSED


def test_a_pass_in_a_subject_that_is_not_owed_is_kept_for_another_category() -> None:
    result = decide(sat("w3", mark("b", 80)))

    assert result.outcome is Outcome.NOT_PASSED
    assert [(item.subject, item.through) for item in result.passes] == [("b", 2028)]
    assert ("window.exempt", "b") in result.statements


def test_an_exemption_granted_later_is_owed_no_longer() -> None:
    candidate = sat("w2", mark("b", 80), mark("c", 50))

    assert decide(candidate).outcome is Outcome.PARTLY_PASSED
    assert decide(candidate, Pass("a", 2026, exempt=True)).outcome is Outcome.QUALIFIED
    assert decide(candidate, Pass("a", 2027, exempt=True)).outcome is Outcome.PARTLY_PASSED


def test_a_pass_counts_only_for_the_specialty_in_which_it_was_earned() -> None:
    candidate = sat("w2", mark("a", 80), mark("b", 80), specialty="road")

    assert decide(candidate, Pass("c", 2025, specialty="road")).outcome is Outcome.QUALIFIED
    assert decide(candidate, Pass("c", 2025, specialty="civil")).outcome is Outcome.PARTLY_PASSED


def test_a_subject_that_took_the_place_of_another_takes_over_its_passes() -> None:
    result = decide(sat("w1", mark("b", 80)), Pass("a-former", 2025))

    assert result.outcome is Outcome.PARTLY_PASSED
    assert decide(sat("w2", mark("b", 80), mark("c", 50)), Pass("a-former", 2025)).outcome is Outcome.QUALIFIED


def test_a_review_that_raises_a_mark_after_the_window_closed_counts_in_the_year_of_the_sitting() -> None:
    """The overlay of 2025 makes the pass one of 2025; the sitting of 2026 is recomputed with it as history."""
    before = decide(sat("w2", mark("b", 80), mark("c", 50)))
    after = decide(sat("w2", mark("b", 80), mark("c", 50)), Pass("a", 2025))
    too_late = decide(sat("w2", mark("b", 80), mark("c", 50)), Pass("a", 2024))

    assert [item.outcome for item in (before, after, too_late)] == [
        Outcome.PARTLY_PASSED,
        Outcome.QUALIFIED,
        Outcome.PARTLY_PASSED,
    ]


def test_a_pass_whose_end_an_authority_decided_lasts_until_then() -> None:
    candidate = sat("w2", mark("b", 80), mark("c", 50))

    assert decide(candidate, Pass("a", 2021, through=2026)).outcome is Outcome.QUALIFIED
    assert decide(candidate, Pass("a", 2025, through=2025)).outcome is Outcome.PARTLY_PASSED


def test_a_pass_of_this_year_or_later_is_no_history() -> None:
    result = decide(sat("w2", mark("b", 80), mark("c", 50)), Pass("a", 2026), Pass("a", 2027))

    assert result.outcome is Outcome.PARTLY_PASSED


# ----------------------------------------------------------------------------------------------- explanation


def test_the_explanation_of_a_second_year() -> None:
    result = decide(sat("w2", mark("a", 60), mark("b", 10)), Pass("c", 2025))

    assert result.statements == (
        ("window.exempt", "d"),
        ("window.earned", "a", 2026, 2027),
        ("window.earned", "c", 2025, 2026),
        ("window.owed", "b"),
        ("window.saves", 2026, "c"),
        ("window.saves", 2027, "a"),
        ("window.rule", 2, 0),
        ("next.retake", 2027),
        ("next.review", 30, "b"),
    )


def test_of_a_window_of_one_year_nothing_is_kept_and_that_is_said() -> None:
    """Whoever heard only what is still owed would register for that subject alone, and fail."""
    result = decide(sat("w1", mark("a", 60), mark("b", 10)))

    assert [item for item in result.statements if item[0] in ("window.earned", "window.owed", "window.saves")] == [
        ("window.earned", "a", 2026, 2026),
        ("window.owed", "b"),
        ("window.saves", 2026, "a"),
    ]


def test_who_is_through_has_nothing_to_save() -> None:
    result = decide(sat("w1", mark("a", 60), mark("b", 90)))

    assert [item for item in result.statements if item[0] == "window.saves"] == []


def test_a_senior_pass_leads_to_the_panel() -> None:
    result = decide(sat("full", mark("essay", 60), level="top"))

    assert result.statements == (
        ("window.earned", "essay", 2026, 2026),
        ("window.complete", 2026, 2026),
        ("window.rule", 1, 0),
        ("next.panel", 3),
        ("next.review", 30, "essay"),
    )


@pytest.mark.parametrize(("level", "subjects", "window"), [("junior", 2, 1), ("middle", 3, 2), ("senior", 1, 1)])
def test_the_social_workers_windows(level: str, subjects: int, window: int) -> None:
    rules = load_catalogue().sitting("social-worker", 2026).levels[level]

    assert (len(rules.category("").owes), rules.category("").window) == (subjects, window)
