"""Results of every sort, as answers of the node, for tests that compare the server's page with the script's."""

from typing import Any

from fangbang.exams.catalogue import load_catalogue
from fangbang.pages.contacts import Contacts
from fangbang.pages.site import Card
from fangbang.pages.texts import texts
from fangbang.pages.wording import sitting_words

RULES = load_catalogue().sitting("social-worker", 2026)
RELEASED = "2026-03-01T02:00:00.000000Z"
EXAM = {"zh": "社会工作者职业水平考试", "en": "Social worker qualification examination"}
CARD = Card("social-worker-2026", EXAM, 2026, "published", kinds={"ticket-document": ("ticket", "document")})


def _line(subject: str, mark: str | None, status: str, **changes: Any) -> dict[str, Any]:
    base = {"subject": subject, "ticket": "2026001", "mark": mark, "code": None, "line": "60", "status": status}
    return base | changes


def _record(
    outcome: str, subjects: list[dict[str, Any]], statements: list[list[Any]], **changes: Any
) -> dict[str, Any]:
    base = {
        "name": "王䶮", "document": "110101********001X", "ticket": "2026001", "province": "110000", "city": "海淀区",
        "level": "middle", "category": "", "specialty": "", "outcome": outcome, "subjects": subjects,
        "statements": statements, "version": 1, "reason": "",
    }  # fmt: skip
    return base | changes


RECORDS = {
    "qualified": _record(
        "qualified",
        [_line("ability", "71.5", "passed"), _line("practice", "60", "passed")],
        [["window.earned", "policy", 2025, 2026], ["window.earned", "ability", 2026, 2027],
         ["window.complete", 2025, 2026], ["window.rule", 2, 0], ["next.certificate"]],
    ),
    "one step below": _record(
        "partly-passed",
        [_line("ability", "71.5", "passed"), _line("practice", "59", "not-passed", ticket="2026009")],
        [["window.earned", "ability", 2026, 2027], ["window.owed", "practice"], ["window.lapsed", "policy", 2023],
         ["window.owed", "policy"], ["window.saves", 2027, "ability"], ["window.rule", 2, 0], ["next.review", 30],
         ["next.retake", 2027]],
    ),
    "a pass not kept": _record(
        "partly-passed",
        [_line("ability", "61", "passed"), _line("practice", "59", "not-passed")],
        [["window.earned", "ability", 2026, 2026], ["window.owed", "practice"], ["window.saves", 2026, "ability"],
         ["window.rule", 1, 0], ["next.retake", 2027]],
        level="junior",
    ),
    "nothing passed": _record(
        "not-passed",
        [_line("ability", "41", "not-passed"), _line("practice", None, "undefined-code", code=-3)],
        [["window.owed", "ability"], ["result.code", "practice", -3], ["next.review", 30], ["next.retake", 2027]],
        province="310000",
    ),
    "void": _record(
        "void", [_line("ability", None, "violation", code=-2)], [["result.code", "ability", -2]], version=2,
        reason="mark",
    ),
    "a regional line": _record(
        "qualified-regionally",
        [_line("practice", "58", "passed-regionally", line="58")],
        [["window.earned-regionally", "practice", 2026, 2027, "640000"], ["window.complete", 2026, 2026]],
        version=3, reason="line released", city="",
    ),
    "absent": _record(
        "absent",
        [_line("ability", None, "absent", code=-1), _line("practice", None, "absent", code=-1)],
        [["window.owed", "ability"], ["window.owed", "practice"], ["result.code", "ability", -1],
         ["result.code", "practice", -1], ["next.retake", 2027]],
    ),
    "withheld": _record("withheld", [_line("ability", None, "withheld", line=None)], [], version=2, reason="withheld"),
    "line not announced": _record(
        "line-not-announced",
        [_line("ability", "57.5", "line-not-announced", line=None)],
        [["next.line"], ["next.review", 30]],
    ),
    "a pass proof": _record(
        "qualified", [_line("practice", "60", "passed")],
        [["window.earned", "practice", 2026, 2026], ["window.complete", 2026, 2026], ["window.rule", 1, 0],
         ["next.panel", 3]],
        level="senior",
    ),
    "a newer vocabulary": _record("newer", [_line("newer", "1", "newer")], [["window.newer", 1], ["next.newer"]]),
}  # fmt: skip


def words(language: str, contacts: Contacts) -> dict[str, Any]:
    return sitting_words(texts(language), CARD.title(language), RULES, contacts)
