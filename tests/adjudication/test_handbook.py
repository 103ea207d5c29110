"""The pages of the reference say what the calculators do, and the decided cases name tests that exist."""

import re
from pathlib import Path

from fangbang.adjudication.handbook import IN_TIME, IN_TIME_ONE, TOO_LATE, windows_page
from fangbang.exams.catalogue import load_catalogue
from fangbang.exams.handbook import rules_page
from fangbang.exams.vocabulary import StatementCode
from fangbang.pages.wording import ARGUMENTS

ROOT = Path(__file__).resolve().parents[2]
CATALOGUE = load_catalogue()


def test_every_window_has_an_example() -> None:
    page = windows_page(CATALOGUE)

    for exam in CATALOGUE.exams():
        for level in exam.levels:
            for category in level.categories:
                shown = f"(`{exam.id}`, `{level.id}`, `{category.id}`)" in page
                assert shown is exam.selectable


def test_in_every_example_the_last_year_qualifies_and_one_year_later_does_not() -> None:
    page = windows_page(CATALOGUE)

    ends: dict[str, set[str]] = {IN_TIME: set(), IN_TIME_ONE: set(), TOO_LATE: set()}
    for example in page.split("\n## ")[1:]:
        told = {story.split("**")[0]: story.rstrip().rsplit("| ", 1)[1] for story in example.split("\n**")[1:]}
        assert (IN_TIME in told) != (IN_TIME_ONE in told)
        for title in told.keys() & ends.keys():
            ends[title].add(told[title])
    assert ends == {IN_TIME: {"qualified |"}, IN_TIME_ONE: {"qualified |"}, TOO_LATE: {"partly-passed |"}}


def test_an_example_says_how_well_its_rule_is_known() -> None:
    page = windows_page(CATALOGUE)

    (exempt,) = [item for item in page.split("\n## ") if "(`safety`, `middle`, `exempt-2`)" in item]
    assert "Owes 2 subjects within 2 exam years.\nKnown from: **memory** `huatu`." in exempt


def test_every_exam_and_every_unsure_rule_shows_in_the_rule_tables() -> None:
    page = rules_page(CATALOGUE)

    assert [f"(`{exam.id}`)" in page for exam in CATALOGUE.exams()] == [True] * 13
    assert "3 years. **conflict** `nadiyi`, `shuzidu`" in page


def test_every_statement_of_an_explanation_is_described_with_its_arguments() -> None:
    text = (ROOT / "docs" / "reference" / "adjudication.md").read_text()
    rows = dict(re.findall(r"^\| `((?:window|next|result)\.[\w-]+)` \| ([^|]*)\|", text, re.MULTILINE))
    told = {code: [part.strip() for part in arguments.split(", ") if part.strip()] for code, arguments in rows.items()}

    assert list(told) == list(StatementCode)
    assert [code for code, arguments in told.items() if len(arguments) < len(ARGUMENTS[code])] == []


def test_the_rule_tables_read_as_a_person_would_write_them() -> None:
    page = rules_page(CATALOGUE)

    assert "- 2022–…: line 60 %." in page
    assert "- 2025: regional line 53." in page
    assert "every year: then an expert panel; the pass proof is valid for 5 years." in page


def test_the_decided_cases_name_tests_that_exist() -> None:
    text = (ROOT / "docs" / "reference" / "adjudication.md").read_text()
    named = re.findall(r"`(?:(\w+)/)?(test_\w+\.py)::(test_\w+)`", text)

    for room, file, test in named:
        assert f"def {test}(" in (ROOT / "tests" / (room or "adjudication") / file).read_text()
    assert len(named) == 43
