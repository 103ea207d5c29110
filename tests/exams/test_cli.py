"""`fangbang exams`: needs no office and no database."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from fangbang.cli import main
from fangbang.core.errors import Kind


def exams(*arguments: str, language: str = "en") -> Result:
    return CliRunner().invoke(main, ["--lang", language, *arguments])


def told(*arguments: str) -> Any:
    result = exams("--json", "exams", *arguments)
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def test_every_exam_is_listed_with_its_windows() -> None:
    listed = {item["id"]: item for item in told("list")["exams"]}

    assert len(listed) == 13
    assert listed["safety"]["levels"] == {"middle": {"full": 4, "exempt-1": 3, "exempt-2": 2}, "junior": {"full": 2}}
    assert not listed["tax-legacy"]["selectable"]
    assert "社会工作者" in exams("exams", "list", language="zh").output


@pytest.mark.parametrize(("language", "line"), [("zh", "合格标准 60"), ("en", "line 60")])
def test_the_rules_of_a_year_are_shown_with_their_sources(language: str, line: str) -> None:
    text = exams("exams", "show", "social-worker", "2026", language=language).output

    assert line in text
    assert "educity.cn/shgzz/5405895.html" in text


def test_a_line_to_come_is_shown_as_such() -> None:
    assert "announced later" in exams("exams", "show", "constructor-2", "2026").output


def test_the_rules_as_json_carry_their_hash() -> None:
    assert len(told("show", "eia", "2026")["rule_hash"]) == 64


def test_check_lists_what_is_unsure() -> None:
    found = told("check")

    assert found["exams"] == 13
    assert {item["status"] for item in found["unsure"]} == {"conflict", "memory"}


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("zh", "来源不一致  social-worker  senior.panel[0]\n    引用规定的来源均称 3 年；仅一篇通俗文章称“长期有效”。"),
        (
            "en",
            """conflict  social-worker  senior.panel[0]
            3 years in every rule-quoting source; 'long-term valid' in one popular article only.""",
        ),
    ],
)
@pytest.mark.parametrize("verb", [("show", "social-worker", "2026"), ("check",)])
def test_what_is_unsure_is_told_in_the_readers_language(language: str, said: str, verb: tuple[str, ...]) -> None:
    lines = [line.strip() for line in exams("exams", *verb, language=language).output.splitlines()]

    assert [line.strip() for line in said.splitlines() if line.strip() not in lines] == []


def test_a_year_is_told_with_its_own_doubts_only() -> None:
    older, newer = (
        {item["note"]["en"] for item in told("show", "eia", year)["unsure"] if "laws.papers" in item["place"]}
        for year in ("2018", "2019")
    )

    assert older == {"Older design (100 + 50 x 2). The year of the change was not seen."}
    assert newer == {"Newer design (90 x 1 + 30 x 2). The year of the change was not seen."}


@pytest.mark.parametrize("year", ["0", "1949", "2200", "99999"])
def test_what_is_no_year_has_no_rules(year: str) -> None:
    result = exams("exams", "show", "eia", year)

    assert (result.exit_code, "[exams.no-rules-for-year]" in result.output) == (Kind.INPUT.exit_code, True)


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "own.toml").mkdir()
    monkeypatch.setenv("FANGBANG_EXAMS", str(tmp_path))

    result = exams("exams", "check")

    assert (result.exit_code, "own.toml" in result.output) == (Kind.INPUT.exit_code, True)


def test_check_names_the_file_that_cannot_be_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "own.toml").write_text("format =")
    monkeypatch.setenv("FANGBANG_EXAMS", str(tmp_path))

    result = exams("exams", "check")

    assert result.exit_code == Kind.INPUT.exit_code
    assert "own.toml" in result.output


def test_diff_shows_what_changed_between_two_sittings() -> None:
    changes = told("diff", "eia-2018", "eia-2019")["changes"]

    assert {"place": "levels.standard.subjects.laws.full", "before": "200", "after": "150"} in changes


@pytest.mark.parametrize("text", ["eia", "eia-", "eia-next"])
def test_diff_wants_sittings(text: str) -> None:
    assert exams("exams", "diff", text, "eia-2019").exit_code == Kind.INPUT.exit_code


@pytest.mark.parametrize(("language", "words"), [("zh", "历史规则：只供查阅"), ("en", "historical: to be read only")])
def test_a_historical_exam_is_marked_wherever_it_is_told(language: str, words: str) -> None:
    verbs = (("list",), ("show", "tax-legacy", "2003"), ("diff", "tax-legacy-2003", "eia-2018"))

    told_of = [exams("exams", *verb, language=language) for verb in verbs]

    assert [(result.exit_code, words in result.output) for result in told_of] == [(0, True)] * 3
    assert "tax-legacy" in exams("exams", "check", language=language).output


def test_a_historical_exam_is_marked_in_json() -> None:
    assert not told("show", "tax-legacy", "2003")["selectable"]
    assert told("show", "eia", "2026")["selectable"]
    assert told("check")["historical"] == ["tax-legacy"]
    assert told("diff", "tax-legacy-2003", "eia-2018")["historical"] == ["tax-legacy"]


def test_what_a_rule_does_is_shown() -> None:
    text = exams("exams", "show", "safety", "2026").output

    assert "by specialty" in text
    assert "provincial: each province sets its lines and releases" in text
    assert "everywhere else: ticket-document, document-name, archive-document" in text
    assert "review: 30 days; not for objective papers unless zero, absent, violation, invalid" in text
    assert "→ certificate: electronic, paper" in exams("exams", "show", "social-worker", "2026").output
