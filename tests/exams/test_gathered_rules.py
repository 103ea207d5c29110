"""The gathered rules (data/exam-rules.json) and the shipped exam files, row by row and field by field.

Every field of every row is compared, so that a field that the files forget, or one that the data gain, is seen.
"""

import json
import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from fangbang.exams.catalogue import load_catalogue
from fangbang.exams.check import exam_rules, shared_rules
from fangbang.exams.format import ExamFile, LevelFile, Rule, SubjectFile
from fangbang.exams.model import Status
from tests.conftest import SHARED_DATA

pytestmark = pytest.mark.shared_data

SHIPPED = load_catalogue()
LEVELS = {
    "sw-junior": ("social-worker", ["junior"]),
    "sw-mid": ("social-worker", ["middle"]),
    "sw-senior": ("social-worker", ["senior"]),
    "safety-mid": ("safety", ["middle"]),
    "safety-junior": ("safety", ["junior"]),
    "economist-jm": ("economist", ["junior", "middle"]),
    "economist-s": ("economist", ["senior"]),
    "soft": ("soft", ["junior", "middle", "senior"]),
}
"""Row → exam file and levels; every other row is a file of its own with one level."""
KNOWN_FIELDS = {
    "id", "name", "window", "status", "subjects", "regional_line", "certificate", "proof_valid_years", "then", "note",
    "older_full_marks", "older_pass", "src",
}  # fmt: skip


def gathered() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((SHARED_DATA / "exam-rules.json").read_text())
    return found


def rows() -> Iterator[tuple[dict[str, Any], ExamFile, LevelFile]]:
    """Each row once for each level that it speaks of."""
    for row in gathered()["exams"]:
        exam_id, levels = LEVELS.get(row["id"], (row["id"], ["standard"]))
        exam = SHIPPED.exam(exam_id)
        known = {level.id: level for level in exam.levels}
        for level in levels:
            yield row, exam, known[level]


def soft_subjects(row: dict[str, Any], level: str) -> list[list[Any]]:
    """The row of the software exams names three papers for three levels: 案例分析 and 论文 at the highest only."""
    knowledge, applied, essay = row["subjects"]
    both = dict(zip(("middle", "senior"), reversed(applied[0].split("/")), strict=True))
    name = both["senior" if level == "senior" else "middle"]
    found = [knowledge, [name, *applied[1:]]]
    return [*found, [essay[0].removesuffix("(高级)"), *essay[1:]]] if level == "senior" else found


def subjects_of(row: dict[str, Any], level: LevelFile) -> list[list[Any]]:
    return soft_subjects(row, level.id) if row["id"] == "soft" else list(row["subjects"])


def notes_of(subject: SubjectFile) -> str:
    return " ".join(rule.note for rule in (*subject.names, *subject.papers))


def test_there_are_seventeen_rows_in_thirteen_files_and_no_unknown_field() -> None:
    found = gathered()["exams"]

    assert len(found) == 17
    assert {exam.id for _, exam, _ in rows()} == {exam.id for exam in SHIPPED.exams()}
    assert {field for row in found for field in row} == KNOWN_FIELDS


def test_every_level_of_every_file_stands_in_a_row() -> None:
    told = {(exam.id, level.id) for _, exam, level in rows()}

    assert told == {(exam.id, level.id) for exam in SHIPPED.exams() for level in exam.levels}


def test_the_names_of_exams_and_levels() -> None:
    for row, exam, level in rows():
        assert row["name"] in {
            exam.name.zh,
            f"{level.name.zh}{exam.name.zh}",
            f"{exam.name.zh}({level.name.zh}) {level.certificate.zh if level.certificate else ''}",
            *SPELLED_OTHERWISE.get(row["id"], ()),
        }, row["id"]


SPELLED_OTHERWISE = {
    "economist-jm": ["经济专业技术资格 初级/中级"],
    "economist-s": ["经济专业技术资格 高级"],
    "soft": ["计算机技术与软件(软考) 初/中/高级"],
    "tax-legacy": ["注册税务师/价格鉴证师 (2002 rule, historical)"],
}


def test_the_names_and_full_marks_of_subjects() -> None:
    for row, exam, level in rows():
        if exam.selectable:
            papers = SHIPPED.sitting(exam.id, 2025).levels[level.id].subjects.values()
            told = [(name, Decimal(full)) for name, full, *_ in subjects_of(row, level)]
            assert [(item.name.zh, item.full) for item in papers] == told, row["id"]
        else:
            assert row["subjects"] == [] == list(level.subjects)


def test_the_pass_marks() -> None:
    """A province's examination has no line in the files: what a row quotes for it is set by each province."""
    for row, exam, level in rows():
        if not exam.selectable:
            continue
        papers = SHIPPED.sitting(exam.id, 2025).levels[level.id].subjects.values()
        lines = [
            None if level.authority == "provincial" else Decimal(line) for _, _, line, _ in subjects_of(row, level)
        ]
        assert [item.line() for item in papers] == lines, row["id"]


def test_the_kind_of_each_paper_and_what_else_is_said_of_it() -> None:
    for row, _, level in rows():
        for subject, (_, _, _, said) in zip(level.subjects, subjects_of(row, level), strict=True):
            paper = subject.papers[-1]
            assert re.match(r"\w+", said).group() == paper.kind.value, (row["id"], subject.id)  # type: ignore[union-attr]
            assert ("special" in said) <= subject.by_specialty, (row["id"], subject.id)
            if "(memory)" in said:
                assert paper.status is Status.MEMORY, (row["id"], subject.id)
            for fact in re.findall(r"\d+", said):
                assert fact in notes_of(subject), (row["id"], subject.id)


def test_the_windows_and_how_many_subjects_each_category_owes() -> None:
    for row, exam, level in rows():
        assert [item.window for item in level.categories] == list(row["window"].values()), row["id"]
        for category, said in zip(level.categories, row["window"], strict=True):
            if exam.selectable and (owed := re.search(r"(\d)\)$", said)) and row["id"][:9] != "economist":
                assert len(category.owes) == int(owed.group(1)), (row["id"], said)
            assert category.name.zh == re.sub(r"\(.*?\)", "", said) or category.name.zh in KNOWN_CATEGORIES[said]


KNOWN_CATEGORIES = {
    "全科": ["考全科"],
    "全科(2)": ["考全科"],
    "全科(1)": ["考全科"],
    "相应专业(增项,1)": ["相应专业(增项)"],
    "5 subjects": ["报考五科"],
    "4 subjects": ["报考四科"],
    "<=3 subjects": ["报考三科及以下"],
}


def test_the_regional_lines() -> None:
    """Where no source names the areas, the line stands in the file and is applied only when it is announced."""
    for row, exam, level in rows():
        for year, said in row.get("regional_line", {}).items():
            known = [rule for rule in level.lines if rule.first == rule.until == int(year)]
            assert len(known) == 1, (row["id"], year)
            rule = known[0]
            if isinstance(said, int):
                assert rule.value == Decimal(said), (row["id"], year)
                assert rule.reach == ("regional" if year == "2025" else "full")
            else:
                assert (rule.value, rule.share) in ((None, None), (None, Decimal("0.60"))), (row["id"], year)
                for number in re.findall(r"\d+", said):
                    assert number in rule.note, (row["id"], year)
            assert all(
                item.regional_lines == {}
                for item in SHIPPED.sitting(exam.id, int(year)).levels[level.id].subjects.values()
            )


def test_the_validity_of_proofs_and_what_comes_then() -> None:
    for row, _, level in rows():
        assert [panel.years for panel in level.panel] == ([row["proof_valid_years"]] if "then" in row else [])
        assert ("then" in row) == ("proof_valid_years" in row) == bool(level.panel)


def test_the_kind_of_certificate() -> None:
    for row, _, level in rows():
        told = [rule.kind.zh for rule in level.certificates if rule.kind is not None]
        assert told == ([row["certificate"]] if "certificate" in row else []), row["id"]


def test_the_older_papers_and_their_lines() -> None:
    (row, exam, level), *others = [item for item in rows() if "older_full_marks" in item[0]]
    papers = SHIPPED.sitting(exam.id, 2018).levels[level.id].subjects.values()

    assert others == []
    assert [item.full for item in papers] == row["older_full_marks"]
    assert [item.line() for item in papers] == row["older_pass"]


def test_the_status_of_every_row() -> None:
    """A row that nobody is sure of is marked in the file; a sure one may still have parts from memory."""
    for row, exam, level in rows():
        marked = {rule.status for _, rule in exam_rules(exam) if rule in _of_level(level)}
        if row["status"] == "conflict":
            assert Status.CONFLICT in marked, row["id"]
        elif row["status"] == "memory":
            assert marked == {Status.MEMORY}, row["id"]
        else:
            assert Status.SEEN in marked, row["id"]


def _of_level(level: LevelFile) -> list[Rule]:
    of_subjects = [rule for subject in level.subjects for rule in (*subject.names, *subject.papers)]
    return [*of_subjects, *level.categories, *level.lines, *level.panel, *level.certificates]


def test_every_place_where_a_row_was_seen_is_named_by_its_file() -> None:
    places = re.compile(r"[\w.-]+\.\w+/[^\s;)]+")
    for row, exam, _ in rows():
        named = {place for source in exam.sources for place in source.seen_at}
        assert {*places.findall(row["src"])} <= named, row["id"]


def test_what_a_note_says_stands_in_the_file() -> None:
    for row, exam, level in rows():
        if "note" in row:
            told = [exam.note, *(rule.note for rule in _of_level(level)), level.authority]
            assert any(told), row["id"]
            assert "PROVINCIAL" not in row["note"].upper() or level.authority == "provincial", row["id"]
            if "from memory" in row["note"]:
                assert Status.MEMORY in {rule.status for rule in _of_level(level)}, row["id"]


def test_the_default_line_with_its_sources() -> None:
    told = gathered()["pass_line_rule"]
    family = SHIPPED.family("professional")
    (rule,) = family.lines
    seen = " ".join(place for source in family.sources for place in source.seen_at)

    assert (rule.first, rule.until, rule.share) == (told["from_year"], None, Decimal(str(told["ratio"])))
    for words in (told["source"], told["2021"]):
        for place in re.findall(r"[\w.-]+\.\w+/[^\s,;)]+", words):
            assert place in seen
    for number in ("33", re.match(r"\d+", told["2021"]).group(), "300"):  # type: ignore[union-attr]
        assert number in rule.note


def test_the_result_codes() -> None:
    told = gathered()["score_codes"]
    codes = {str(rule.code): rule for rule in SHIPPED.family("professional").codes}

    assert set(codes) == {code for code, said in told.items() if not said.startswith(("not defined", "零分"))}
    assert codes["-1"].text.zh == told["-1"].split(" ")[0]
    assert told["-2"].split(" ")[0] in codes["-2"].text.zh
    assert codes["-2"].basis in told["-2"]
    assert told["-4"].split(" ")[0] == codes["-4"].text.zh
    assert "雷同" in codes["-4"].note


def test_the_clocks_of_a_review() -> None:
    told = gathered()["review"]
    (rule,) = SHIPPED.family("professional").review

    assert (rule.days, rule.province_days, rule.centre_days) == (
        told["days"],
        told["province_days"],
        told["centre_days"],
    )


def test_every_unsure_rule_of_the_family_is_listed() -> None:
    unsure = {item.place for item in SHIPPED.unsure() if item.exam == "family professional"}

    assert unsure == {
        place for place, rule in shared_rules(SHIPPED.family("professional")) if rule.status is not Status.SEEN
    }
