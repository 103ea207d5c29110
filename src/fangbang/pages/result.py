"""From an answer's record to the sentences of the result page. `static/app.js` holds the same rules for the browser;
a test compares the texts of both.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from fangbang.core.clock import from_wire
from fangbang.exams.vocabulary import Outcome, StatementCode, SubjectStatus
from fangbang.pages.texts import fill, time_parts
from fangbang.pages.window import STEP, strips

View = dict[str, Any]
CONSOLED = (Outcome.NOT_PASSED, Outcome.VOID)
"""Whoever reads one of these is told whom to call."""


class Wording:
    """The words of one sitting (`wording.sitting_words`) applied to one level."""

    def __init__(self, words: Mapping[str, Any], level: str) -> None:
        self.words = words
        self.level = words["levels"].get(level, {"name": level, "subjects": {}, "categories": {}, "specialties": {}})

    def text(self, key: str, **params: object) -> str:
        return fill(self.words["texts"][key], {name: str(value) for name, value in params.items()})

    def code(self, family: str, word: str) -> str:
        """The text for a word of the closed vocabulary; a newer word stands for itself."""
        return str(self.words["texts"].get(f"{family}.{word}", word))

    def subject(self, subject: str) -> str:
        known = self.level["subjects"].get(subject)
        return str(known["name"]) if known else subject

    def full(self, subject: str) -> str:
        known = self.level["subjects"].get(subject)
        return str(known["full"]) if known else ""

    def region(self, code: str) -> str:
        return str(self.words["regions"].get(code, code))

    def moment(self, at: datetime) -> str:
        return fill(self.words["texts"]["time.format"], time_parts(at))

    def statement(self, statement: Sequence[Any], released: datetime) -> str:
        """One sentence."""
        code, arguments = statement[0], list(statement[1:])
        pattern = self.words["arguments"].get(code)
        if pattern is None:
            return str(code)
        params = {"deadline": self._deadline(code, arguments, released)}
        for place, argument in enumerate(arguments):
            how = pattern[min(place, len(pattern) - 1)] if pattern else "-"
            value = self.subject(argument) if how in "s*" else self.region(argument) if how == "p" else str(argument)
            params[str(place)] = value
        if pattern.endswith("*"):
            params["*"] = self.text("list.comma").join(self.subject(item) for item in arguments[len(pattern) - 1 :])
        if code == StatementCode.WINDOW_RULE:
            params["source"] = self._source(arguments)
        if code == StatementCode.RESULT_CODE:
            params["2"] = self.words["codes"].get(str(arguments[1]), "")
        return self.text(f"statement.{code}{self._variant(code, arguments)}", **params)

    def _variant(self, code: str, arguments: list[Any]) -> str:
        if code == StatementCode.WINDOW_COMPLETE and arguments[0] == arguments[1]:
            return "-one"
        if code == StatementCode.WINDOW_RULE and arguments[0] == 1:
            return "-one"
        if code == StatementCode.WINDOW_SAVES and arguments[0] == self.words["year"]:
            return "-over"
        if code == StatementCode.NEXT_PANEL and not arguments[0]:
            return "-open"
        if code == StatementCode.NEXT_REVIEW and len(arguments) > 1:
            return "-of"
        if code == StatementCode.RESULT_CODE and str(arguments[1]) not in self.words["codes"]:
            return "-undefined"
        return ""

    def _source(self, arguments: list[Any]) -> str:
        """Where the rule was read, if the catalogue names a source."""
        sources, index = self.words["sources"], arguments[1]
        return self.text("found.source", title=sources[index]) if 0 <= index < len(sources) else ""

    def _deadline(self, code: str, arguments: list[Any], released: datetime) -> str:
        if code != StatementCode.NEXT_REVIEW:
            return ""
        return fill(self.words["texts"]["date.format"], time_parts(released + timedelta(days=arguments[0])))


def result_view(record: Mapping[str, Any], words: Mapping[str, Any], published_at: str) -> View:
    """Everything the result page says, in order, as plain texts."""
    wording = Wording(words, record["level"])
    released = from_wire(published_at)
    outcome = record["outcome"]
    return {
        "title": words["title"],
        "outcome": outcome,
        "outcome_text": wording.code("outcome", outcome),
        "outcome_say": wording.code("outcome", f"{outcome}.say"),
        "facts": _facts(record, wording),
        "helpline": words["helpline"] if outcome in CONSOLED else "",
        "helpline_source": words["helpline_source"] if outcome in CONSOLED else "",
        "subjects": [_subject(item, record["ticket"], wording) for item in record["subjects"]],
        "window": _window(record["statements"], wording, released),
        "sections": _sections(record, wording, released),
        "versions": _versions(record, wording, released),
        "screenshot": wording.text("found.screenshot"),
    }


def _facts(record: Mapping[str, Any], wording: Wording) -> list[tuple[str, str]]:
    level = wording.level
    region = " ".join(part for part in (wording.region(record["province"]), record["city"]) if part)
    pairs = [
        ("name", record["name"]),
        ("document", record["document"]),
        ("ticket", record["ticket"]),
        ("region", region),
        ("level", level["name"]),
        ("category", level["categories"].get(record["category"], record["category"])),
        ("specialty", level["specialties"].get(record["specialty"], record["specialty"])),
    ]
    return [(wording.text(f"person.{key}"), value) for key, value in pairs if value]


def _subject(item: Mapping[str, Any], ticket: str, wording: Wording) -> dict[str, str]:
    own = item["ticket"] and item["ticket"] != ticket
    return {
        "name": wording.subject(item["subject"]),
        "ticket": wording.text("found.subject-ticket", ticket=item["ticket"]) if own else "",
        "mark": _mark(item, wording),
        "full": wording.full(item["subject"]),
        "line": _line(item, wording),
        "status": item["status"],
        "status_text": wording.code("status", item["status"]),
    }


def _mark(item: Mapping[str, Any], wording: Wording) -> str:
    """The mark, or the code in its place; a withheld subject shows neither."""
    if item["mark"] is not None:
        return str(item["mark"])
    return wording.text("found.held") if item["code"] is None else wording.text("found.code", code=item["code"])


def _line(item: Mapping[str, Any], wording: Wording) -> str:
    if item["line"] is not None:
        return str(item["line"])
    return wording.text("found.held" if item["status"] == SubjectStatus.WITHHELD else "found.line-open")


def _window(statements: Sequence[Sequence[Any]], wording: Wording, released: datetime) -> dict[str, Any]:
    found = strips(statements, wording.words["year"], wording.subject, lambda item: wording.statement(item, released))
    return {"strips": found, "step": STEP, "legend": wording.text("found.window-legend")}


def _sections(record: Mapping[str, Any], wording: Wording, released: datetime) -> list[dict[str, Any]]:
    sections = []
    for family, title in (("window", "found.windows"), ("result", "found.codes"), ("next", "found.next")):
        said = [item for item in record["statements"] if str(item[0]).startswith(f"{family}.")]
        lines = [wording.statement(item, released) for item in said]
        if family == "next" and record["province"] in wording.words["centres"]:
            lines.append(wording.words["centres"][record["province"]])
        if lines:
            sections.append({"family": family, "title": wording.text(title), "lines": lines})
    return sections


def _versions(record: Mapping[str, Any], wording: Wording, released: datetime) -> list[str]:
    lines = [wording.text("found.version", version=record["version"], time=wording.moment(released))]
    earlier = [at for at in map(from_wire, wording.words["releases"]) if at < released]
    if record["version"] > 1 and earlier:
        times = wording.text("list.comma").join(map(wording.moment, earlier))
        lines.append(wording.text("found.earlier", times=times))
    if record["reason"]:
        reasons = [wording.code("reason", word) for word in record["reason"].split(" ")]
        lines.append(wording.text("found.reason", reason=wording.text("list.semicolon").join(reasons)))
    if wording.words["rules"]:
        lines.append(wording.text("found.catalogue", version=wording.words["rules"]))
    return lines
