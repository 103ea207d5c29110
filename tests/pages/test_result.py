"""The sentences of a result."""

from typing import Any

import pytest

from fangbang.exams.catalogue import load_catalogue
from fangbang.exams.vocabulary import StatementCode
from fangbang.pages.contacts import load_contacts
from fangbang.pages.result import Wording, result_view
from fangbang.pages.texts import texts
from fangbang.pages.wording import plain_decimal, punctuated, sitting_words
from tests.pages.records import RECORDS, words

RULES = load_catalogue().sitting("social-worker", 2026)
RELEASED = "2026-03-01T02:00:00.000000Z"
WORDS = {language: sitting_words(texts(language), "T", RULES) for language in ("zh", "en")}


def record(**changes: Any) -> dict[str, Any]:
    base: dict[str, Any] = {
        "name": "张三",
        "document": "110101********0010",
        "ticket": "202601",
        "province": "110000",
        "city": "",
        "level": "middle",
        "category": "",
        "specialty": "",
        "outcome": "not-passed",
        "subjects": [],
        "statements": [],
        "version": 1,
        "reason": "",
    }
    return {**base, **changes}


def lines(statement: list[Any], language: str = "zh") -> list[str]:
    view = result_view(record(statements=[statement]), WORDS[language], RELEASED)
    return [line for section in view["sections"] for line in section["lines"]]


@pytest.mark.parametrize(
    ("statement", "text"),
    [
        (["window.earned", "practice", 2025, 2026],
         "“社会工作实务（中级）”已于 2025 年通过\uff0c有效至 2026 年度考试。"),
        (["window.complete", 2025, 2026], "2025 至 2026 年间\uff0c应试科目已全部通过。"),
        (["window.complete", 2026, 2026], "2026 年度内\uff0c应试科目已全部通过。"),
        (["window.saves", 2027, "practice", "ability"],
         "2027 年是保住这些科目的最后一次考试\uff1a社会工作实务（中级）、社会工作综合能力（中级）。"),
        (["window.saves", 2026, "practice"],
         "以下科目的合格成绩到 2026 年度考试为止\uff0c以后不再保留\uff1a社会工作实务（中级）。"),
        (["window.earned-regionally", "practice", 2025, 2026, "640000"],
         "“社会工作实务（中级）”已于 2025 年按地区标准通过\uff0c有效至 2026 年度考试\uff0c仅限宁夏回族自治区。"),
        (["result.code", "practice", -1], "“社会工作实务（中级）”的代码 -1 表示\uff1a缺考。"),
        (["result.code", "practice", -99],
         "“社会工作实务（中级）”的代码 -99 在规定中没有定义\uff0c按未通过处理\uff0c请向报考地人事考试机构咨询。"),
        (["next.panel", 0], "合格证明长期有效\uff0c可以申请评审。"),
        (["next.retake", 2027], "可以报名 2027 年度考试\uff0c参加尚未通过和不再保留的科目。"),
    ],
)  # fmt: skip
def test_statements(statement: list[Any], text: str) -> None:
    assert lines(statement) == [text]


def test_the_deadline_of_a_review_counts_from_the_release() -> None:
    assert "2026年3月31日" in lines(["next.review", 30])[0]
    assert "2026-03-31" in lines(["next.review", 30], "en")[0]


def test_a_review_names_the_subjects_that_it_is_open_for() -> None:
    said = lines(["next.review", 30, "practice", "ability"])[0]

    assert "\uff1a社会工作实务（中级）、社会工作综合能力（中级）。" in said
    assert "2026年3月31日" in said


def test_a_rule_names_its_source() -> None:
    assert punctuated(RULES.sources[0].title, "zh") in lines(["window.rule", 2, 0])[0]
    assert punctuated(RULES.sources[0].title, "zh") not in lines(["window.rule", 2, -1])[0]


def test_every_statement_has_a_sentence_in_both_languages() -> None:
    arguments = {"s": "practice", "p": "110000", "-": 2026, "*": "practice"}
    for language in ("zh", "en"):
        for code in StatementCode:
            pattern = WORDS[language]["arguments"][code]
            sentence = lines([code.value, *(arguments[how] for how in pattern)], language)[0]
            assert "{" not in sentence


def test_a_newer_code_stands_for_itself() -> None:
    view = result_view(record(outcome="newer", statements=[["next.newer", 1]]), WORDS["zh"], RELEASED)

    assert view["outcome_text"] == "newer"
    assert view["sections"][0]["lines"] == ["next.newer"]


def test_subjects_show_mark_full_line_and_result() -> None:
    subjects = [
        {"subject": "practice", "ticket": "202601", "mark": "71.5", "code": None, "line": None, "status": "passed"},
        {"subject": "other", "ticket": "X1", "mark": None, "code": -1, "line": "60", "status": "absent"},
    ]

    view = result_view(record(subjects=subjects), WORDS["zh"], RELEASED)

    assert view["subjects"] == [
        {"name": "社会工作实务（中级）", "ticket": "", "mark": "71.5", "full": "100", "line": "待公布",
         "status": "passed", "status_text": "通过"},
        {"name": "other", "ticket": "准考证号 X1", "mark": "代码 -1", "full": "", "line": "60",
         "status": "absent", "status_text": "缺考"},
    ]  # fmt: skip


def test_what_is_empty_is_left_out() -> None:
    facts = dict(result_view(record(), WORDS["zh"], RELEASED)["facts"])

    assert facts == {
        "姓名": "张三",
        "证件号码": "110101********0010",
        "准考证号": "202601",
        "报考地区": "北京市",
        "级别": "中级",
    }


def test_versions_and_reasons() -> None:
    view = result_view(record(version=2, reason="mark line later-word"), WORDS["zh"], RELEASED)

    assert view["versions"][:2] == [
        "结果版本\uff1a第 2 版\uff1b发布时间\uff1a2026年3月1日 10:00\uff08北京时间\uff09。",
        "变更原因\uff1a成绩或结果代码经更正\uff1b合格标准公布或调整\uff08含单独划线\uff09\uff1blater-word",
    ]
    assert "截图" in view["screenshot"]


def test_an_exam_without_a_file_shows_its_codes() -> None:
    words = sitting_words(texts("zh"), "T", None)

    assert Wording(words, "middle").subject("practice") == "practice"
    assert result_view(record(), words, RELEASED)["versions"] == [
        "结果版本\uff1a第 1 版\uff1b发布时间\uff1a2026年3月1日 10:00\uff08北京时间\uff09。"
    ]


@pytest.mark.parametrize(("text", "plain"), [("100", "100"), ("62.50", "62.5"), ("10.00", "10"), ("1E+2", "100")])
def test_decimals(text: str, plain: str) -> None:
    from decimal import Decimal

    assert plain_decimal(Decimal(text)) == plain


@pytest.mark.parametrize(("language", "shown"), [("zh", "暂不公布"), ("en", "Not shown")])
def test_a_withheld_subject_shows_neither_mark_nor_code_nor_line(language: str, shown: str) -> None:
    view = result_view(RECORDS["withheld"], words(language, load_contacts()), RELEASED)

    assert [(row["mark"], row["line"]) for row in view["subjects"]] == [(shown, shown)]


def test_a_later_version_names_the_earlier_releases() -> None:
    said = {**words("zh", load_contacts()), "releases": ["2026-02-01T02:00:00.000000Z", RELEASED]}

    later = result_view(RECORDS["void"], said, RELEASED)["versions"]
    first = result_view(RECORDS["qualified"], said, RELEASED)["versions"]

    assert "本场成绩此前的发布时间：2026年2月1日 10:00（北京时间）。" in later
    assert not any("此前" in line for line in first)


def test_the_helplines_source_is_named_beside_it() -> None:
    said = words("zh", load_contacts())

    views = [result_view(RECORDS[name], said, RELEASED) for name in ("void", "nothing passed", "qualified")]

    assert [("12356" in view["helpline"], "国家卫生健康委" in view["helpline_source"]) for view in views] == [
        (True, True), (True, True), (False, False)
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("data", "shown"),
    [
        ("社会工作实务(中级)", "社会工作实务（中级）"),
        ("违纪违规,当次全部科目成绩无效", "违纪违规，当次全部科目成绩无效"),
        ("办公厅通告:33 项", "办公厅通告：33 项"),
        ("10:00 (UTC), A", "10:00 (UTC), A"),
    ],
)
def test_data_is_printed_with_chinese_punctuation_on_chinese_pages(data: str, shown: str) -> None:
    assert (punctuated(data, "zh"), punctuated(data, "en")) == (shown, data)
