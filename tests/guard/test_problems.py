"""Every failure has one stable code and the same facts in both languages."""

import re
import string
from importlib import import_module

import pytest

from fangbang.core.errors import Kind, Problem
from tests.guard.source import PACKAGE, module_name, python_files, rooms

# A value with one of these names could be the very thing that no log and no screen may show.
UNSPEAKABLE = {
    "ticket",
    "archive",
    "doc_number",
    "document",
    "identity",
    "candidate",
    "passphrase",
    "pepper",
    "secret",
    "mark",
}


def everywhere() -> list[Problem]:
    """All problems of the package. A code declared twice with different texts fails right here, at import."""
    files = [path for path in python_files() if path != PACKAGE / "core" / "errors.py"]
    for path in files:
        if "Problem(" in path.read_text(encoding="utf-8"):
            import_module(module_name(path))
    return [problem for code, problem in sorted(Problem.registry.items()) if code.partition(".")[0] in rooms()]


def places(text: str) -> set[str]:
    """Names of the places; `verb_zh` and `verb_en` are one fact in two languages."""
    return {
        name.removesuffix("_zh").removesuffix("_en")
        for _, name, _, _ in string.Formatter().parse(text)
        if name is not None
    }


def fault(problem: Problem) -> str | None:
    """What is wrong with one declaration."""
    if not re.fullmatch(r"[a-z]+\.[a-z0-9-]+(\.[a-z0-9-]+)?", problem.code):
        return f"{problem.code} is not spelled room.what-is-wrong"
    if not problem.zh or not problem.en:
        return f"{problem.code} lacks a language"
    if not re.search("[一-鿿]", problem.zh) or re.search("[一-鿿]", re.sub("“.*?”|'.*?'|\".*?\"", "", problem.en)):
        return f"{problem.code} has its languages mixed up"
    if places(problem.zh) != places(problem.en):
        return f"{problem.code} tells {sorted(places(problem.zh) ^ places(problem.en))} in one language only"
    return None


def test_problems_are_found() -> None:
    assert {"core.bad-setting", "cli.not-installed"} <= {problem.code for problem in everywhere()}


def test_every_problem_speaks_both_languages_with_the_same_facts() -> None:
    assert [told for problem in everywhere() if (told := fault(problem))] == []


def test_no_problem_has_a_place_for_a_secret_or_an_identity_number() -> None:
    named = {problem.code: sorted(places(problem.en) & UNSPEAKABLE) for problem in everywhere()}

    assert {code: names for code, names in named.items() if names} == {}


@pytest.mark.parametrize(
    ("code", "zh", "en", "told"),
    [
        ("intake.bad-row", "第 {row} 行", "Row {row}", None),
        ("intake.bad-row", "第 {row} 行", "Row {line}", "intake.bad-row tells ['line', 'row'] in one language only"),
        ("intake.bad-row", "第 {row} 行", "", "intake.bad-row lacks a language"),
        ("intake.bad-row", "Row", "行", "intake.bad-row has its languages mixed up"),
        ("BadRow", "行", "Row", "BadRow is not spelled room.what-is-wrong"),
    ],
)
def test_the_detector_sees_a_bad_declaration(code: str, zh: str, en: str, told: str | None) -> None:
    # Beside the registry: only declared problems of the product belong there.
    problem = object.__new__(Problem)
    for name, value in {"code": code, "kind": Kind.INPUT, "zh": zh, "en": en}.items():
        object.__setattr__(problem, name, value)

    assert fault(problem) == told
