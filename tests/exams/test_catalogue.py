"""The shipped exam files, an authority's own, and what is refused."""

from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from fangbang.core.errors import FangbangError
from fangbang.exams.catalogue import load_catalogue
from fangbang.exams.check import unsure
from fangbang.exams.difference import Change, difference
from fangbang.exams.model import Status, SubjectKind
from fangbang.exams.problems import NO_RULES_FOR_YEAR, NOT_SELECTABLE, UNKNOWN_EXAM
from fangbang.exams.rounding import Rounding, RoundingMode, round_mark
from fangbang.exams.vocabulary import CredentialKind
from tests.exams.own_file import GOOD, load, refusal

REAL_SITTING = Path(__file__).parent.parent / "real_sitting" / "exams"
SHIPPED = load_catalogue()

# ----------------------------------------------------------------------------------------------- what ships


def test_thirteen_exam_files_ship() -> None:
    assert [exam.id for exam in SHIPPED.exams()] == [
        "constructor-1",
        "constructor-2",
        "consulting",
        "cost-1",
        "economist",
        "eia",
        "fire-1",
        "pharmacist",
        "safety",
        "social-worker",
        "soft",
        "supervision",
        "tax-legacy",
    ]


def test_the_software_exams_have_three_levels_of_75_points_and_one_year() -> None:
    levels = SHIPPED.sitting("soft", 2025).levels

    assert {item.full for level in levels.values() for item in level.subjects.values()} == {Decimal(75)}
    assert {item.line() for level in levels.values() for item in level.subjects.values()} == {Decimal(45)}
    assert [len(level.subjects) for level in levels.values()] == [2, 2, 3]


def test_a_historical_exam_is_listed_and_never_selectable() -> None:
    exam = SHIPPED.exam("tax-legacy")

    with pytest.raises(FangbangError) as caught:
        SHIPPED.sitting("tax-legacy", 2003)

    assert [item.window for item in exam.levels[0].categories] == [3, 2, 1]
    assert caught.value.problem is NOT_SELECTABLE
    assert [item.window for item in SHIPPED.rules("tax-legacy", 2003).levels["standard"].categories.values()] == [
        3,
        2,
        1,
    ]


def test_the_full_mark_belongs_to_the_year() -> None:
    def papers(year: int) -> list[Decimal]:
        return [item.full for item in SHIPPED.sitting("eia", year).levels["standard"].subjects.values()]

    assert papers(2018) == [200, 150, 150, 120]
    assert papers(2019) == [150, 120, 120, 120]


def test_sixty_per_cent_is_the_default_from_2022_and_no_line_is_made_up_before() -> None:
    def line(year: int) -> Decimal | None:
        return SHIPPED.sitting("social-worker", year).levels["junior"].subjects["ability"].line("110000")

    assert [line(year) for year in (2020, 2021, 2022, 2026)] == [None, None, 60, 60]


def test_a_regional_line_whose_regions_no_source_names_is_not_applied() -> None:
    subject = SHIPPED.sitting("social-worker", 2025).levels["junior"].subjects["ability"]

    assert subject.regional_lines == {}


def test_provincial_levels_do_not_inherit_the_national_line() -> None:
    level = SHIPPED.sitting("safety", 2025).levels["junior"]

    assert level.provincial
    assert [item.line("110000") for item in level.subjects.values()] == [None, None]


def test_undefined_codes_stay_undefined() -> None:
    codes = SHIPPED.sitting("eia", 2026).codes

    assert sorted(codes) == [-4, -2, -1]
    assert [codes[code].scope.value for code in (-1, -2, -4)] == ["none", "sitting", "subject"]


def test_every_rule_that_is_unsure_says_why_or_comes_from_memory() -> None:
    doubts = SHIPPED.unsure()

    assert ("social-worker", "senior.panel[0]", Status.CONFLICT) in [
        (item.exam, item.place, item.status) for item in doubts
    ]
    assert all(item.note for item in doubts if item.status is Status.CONFLICT)
    assert all(item.source for item in doubts)


def test_a_step_that_no_source_states_is_told_until_a_file_says_it() -> None:
    exam = SHIPPED.exam("social-worker")
    level = exam.levels[0]
    stated = [
        replace(subject, papers=tuple(replace(paper, step=Decimal("0.5")) for paper in subject.papers))
        for subject in level.subjects
    ]

    bare = [item.said("en") for item in unsure(exam) if item.place == "junior.papers.step"]
    after = unsure(replace(exam, levels=(replace(level, subjects=tuple(stated)),)))

    assert bare == ["No source that was read states the step: whole points until the authority's file says it."]
    assert [item.place for item in after if item.place.startswith("junior.papers.")] == ["junior.papers.rounding"]


# --------------------------------------------------------------------------------------- an authority's own


def test_the_real_sittings_exam_knows_no_country() -> None:
    rules = load_catalogue(REAL_SITTING).sitting("entrance", 2024)
    level = rules.levels["standard"]

    assert rules.id == "entrance-2024"
    assert list(level.subjects) == ["literature", "foreign_language", "mathematics"]
    assert {(item.full, item.step, item.line()) for item in level.subjects.values()} == {
        (Decimal(10), Decimal("0.01"), None)
    }
    assert rules.credentials("anywhere") == (CredentialKind.TICKET_DOCUMENT,)
    assert (list(rules.codes), rules.review.days) == ([-1], 0)


def test_an_exam_does_not_begin_before_its_first_year() -> None:
    with pytest.raises(FangbangError) as caught:
        load_catalogue(REAL_SITTING).sitting("entrance", 2015)

    assert caught.value.problem is NO_RULES_FOR_YEAR


def test_an_own_file_adds_an_exam(tmp_path: Path) -> None:
    catalogue = load(tmp_path, GOOD)

    assert len(catalogue.exams()) == 14
    assert catalogue.sitting("own", 2026).levels["one"].subjects["s"].kind is SubjectKind.OBJECTIVE
    assert catalogue.version != SHIPPED.version


def test_an_own_file_replaces_the_shipped_one_with_its_id(tmp_path: Path) -> None:
    catalogue = load(tmp_path, GOOD.replace('id = "own"', 'id = "eia"'))

    assert list(catalogue.sitting("eia", 2026).levels) == ["one"]
    assert catalogue.sitting("soft", 2026).rule_hash == SHIPPED.sitting("soft", 2026).rule_hash


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(FangbangError) as caught:
        load_catalogue(tmp_path / "none")

    assert caught.value.params == {"file": "none", "reason": "no such folder"}


def test_an_unknown_exam_is_named_with_the_known_ones() -> None:
    with pytest.raises(FangbangError) as caught:
        SHIPPED.exam("driving")

    assert caught.value.problem is UNKNOWN_EXAM


# ------------------------------------------------------------------------------------------ what is refused


@pytest.mark.parametrize(
    ("change", "to", "reason"),
    [
        ('format = "fangbang-exam/1"', "format = ", "not TOML"),
        ('format = "fangbang-exam/1"', "format = " + "[" * 10_000, "not TOML"),
        ('id = "own"', 'id = "own"\ncolour = "red"', "unknown field `colour`"),
        ("window = 1", 'window = 1\nwindwo = "2"', "unknown field `windwo`"),
        ("window = 1", 'window = "1"', "Expected `int`"),
        ("window = 1", "window = 0", "a window has at least one year"),
        ('full = "100"', 'full = "hundred"', "decimal"),
        ('full = "100"', 'full = "100", step = "3"', "no multiple of the step"),
        ('full = "100"', 'full = "0"', "above zero"),
        ('full = "100"', 'full = "100.0005", step = "0.0005"', "more than three decimals"),
        ('owes = ["s"]', 'owes = ["t"]', "owes the unknown subject t"),
        ('owes = ["s"]', 'owes = ["s", "s"]', "or one twice"),
        ('owes = ["s"]', "owes = []", "owes no subject"),
        ('kind = "objective"', 'kind = "oral"', "Invalid enum value"),
        ('id = "one"', 'id = "One"', "lower-case"),
        ('source = ["notice"]', "source = []", "names no source"),
        ('source = ["notice"]', 'source = ["other"]', "source other is not in the file's list"),
        ('status = "seen"', 'status = "rumour"', "Invalid enum value"),
        ('status = "seen"', 'status = "conflict"', "a conflict needs a note"),
        ('status = "seen"', 'status = "seen", from = 2025, until = 2024', "is after until"),
        ('id = "own"', 'id = "own"\nfamily = "royal"', "unknown family royal"),
    ],
)
def test_a_file_that_cannot_be_used_says_where_and_why(tmp_path: Path, change: str, to: str, reason: str) -> None:
    text = GOOD.replace(change, to, 1)
    assert text != GOOD

    assert reason in refusal(tmp_path, text)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ('share = "0.6"\nvalue = "60"', "not both"),
        ('share = "1.2"', "between 0 and 1"),
        ('share = "0.000001"', "more than three decimals"),
        ('value = "101"', "above the full mark"),
        ('value = "-1"', "not below zero"),
        ('value = "60"\nsubjects = ["t"]', "unknown subject t"),
    ],
)
def test_a_line_that_makes_no_sense_is_refused(tmp_path: Path, line: str, reason: str) -> None:
    text = f'{GOOD}\n[[levels.lines]]\n{line}\nstatus = "seen"\nsource = ["notice"]\n'

    assert reason in refusal(tmp_path, text)


def test_a_level_without_subjects_is_refused(tmp_path: Path) -> None:
    subject = GOOD[GOOD.index("[[levels.subjects]]") : GOOD.index("[[levels.categories]]")]
    text = GOOD.replace(subject, "").replace('owes = ["s"]', "owes = []")

    assert refusal(tmp_path, text) == "one: no subject"


def test_an_id_that_stands_twice_is_refused(tmp_path: Path) -> None:
    subject = GOOD[GOOD.index("[[levels.subjects]]") : GOOD.index("[[levels.categories]]")]

    assert refusal(tmp_path, GOOD.replace(subject, subject * 2)) == "one.subjects: id s stands twice"


def test_a_gap_in_the_years_is_no_silent_default(tmp_path: Path) -> None:
    catalogue = load(tmp_path, GOOD.replace("window = 1", "window = 1\nfrom = 2020"))

    with pytest.raises(FangbangError) as caught:
        catalogue.sitting("own", 2019)

    assert caught.value.params == {"exam": "own", "year": 2019, "reason": "one: no category"}


# ------------------------------------------------------------------------------------- windows and rounding


def test_the_last_year_of_a_pass() -> None:
    rules = SHIPPED.sitting("safety", 2026)

    assert [rules.valid_through(2024, window, "110000") for window in (1, 2, 3, 4)] == [2024, 2025, 2026, 2027]


def test_two_years_of_an_exam_can_be_compared() -> None:
    changes = difference(SHIPPED.sitting("eia", 2018), SHIPPED.sitting("eia", 2019))

    assert Change("levels.standard.subjects.laws.full", "200", "150") in changes


def test_the_same_rules_do_not_differ() -> None:
    assert difference(SHIPPED.sitting("soft", 2024), SHIPPED.sitting("soft", 2024)) == ()


@pytest.mark.parametrize(
    ("mode", "marks"),
    [
        (RoundingMode.NONE, ["59.5", "60.5", "59.49"]),
        (RoundingMode.HALF_UP, ["60", "61", "59"]),
        (RoundingMode.HALF_EVEN, ["60", "60", "59"]),
        (RoundingMode.DOWN, ["59", "60", "59"]),
    ],
)
def test_rounding_is_data(mode: RoundingMode, marks: list[str]) -> None:
    rounded = [round_mark(Decimal(text), Rounding(mode)) for text in ("59.5", "60.5", "59.49")]

    assert rounded == [Decimal(text) for text in marks]


@given(
    mark=st.integers(0, 10**6).map(lambda value: Decimal(value) / 1000),
    to=st.sampled_from(["0.01", "0.1", "0.25", "0.5", "1"]).map(Decimal),
    mode=st.sampled_from(list(RoundingMode)),
)
def test_rounding_twice_is_rounding_once(mark: Decimal, to: Decimal, mode: RoundingMode) -> None:
    once = round_mark(mark, Rounding(mode, to))

    assert round_mark(once, Rounding(mode, to)) == once
    assert abs(once - mark) <= to


FAMILY = """
format = "fangbang-exam/1"
family = "royal"
[[sources]]
id = "notice"
title = "Notice 1"
[[lines]]
share = "0.5"
status = "seen"
source = ["notice"]
"""


def test_an_own_family_is_shared_by_own_exams(tmp_path: Path) -> None:
    (tmp_path / "families").mkdir()
    (tmp_path / "families" / "royal.toml").write_text(FAMILY)

    catalogue = load(tmp_path, GOOD.replace('id = "own"', 'id = "own"\nfamily = "royal"'))

    assert catalogue.sitting("own", 2026).levels["one"].subjects["s"].line() == Decimal(50)


def test_a_family_is_checked_like_an_exam(tmp_path: Path) -> None:
    (tmp_path / "royal.toml").write_text(FAMILY.replace('source = ["notice"]', "source = []"))

    with pytest.raises(FangbangError) as caught:
        load_catalogue(tmp_path)

    assert caught.value.params == {"file": "royal.toml", "reason": "lines[0]: names no source"}


def test_a_subject_without_a_name_in_its_year_is_a_gap(tmp_path: Path) -> None:
    catalogue = load(tmp_path, GOOD.replace('en = "Subject",', 'en = "Subject", from = 2024,'))

    with pytest.raises(FangbangError) as caught:
        catalogue.sitting("own", 2023)

    assert caught.value.params["reason"] == "s: no name"
