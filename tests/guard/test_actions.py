"""Verbs that write: keyword-only, in one transaction, each leaving an audit event."""

import ast
import re

import pytest

from tests.guard.source import PACKAGE, called, python_files, tree

Function = ast.FunctionDef | ast.AsyncFunctionDef


def stages() -> dict[str, list[ast.Module]]:
    """Stage → its actions: one file, or the files of a package (its `__init__` first)."""
    found = {}
    for path in sorted([*PACKAGE.glob("*/actions.py"), *PACKAGE.glob("*/actions")]):
        if path.parent.name != "audit":
            found[path.parent.name] = [tree(file) for file in ([path] if path.is_file() else python_files(path))]
    return found


def exported(modules: list[ast.Module]) -> set[str]:
    """The verbs: what a package names in `__all__`; in a file, every function without an underscore."""
    for node in modules[0].body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__":
            return set(ast.literal_eval(node.value))
    return {name for name in functions_of(modules) if not name.startswith("_")}


def functions_of(modules: list[ast.Module]) -> dict[str, Function]:
    nodes = [node for module in modules for node in module.body]
    return {node.name: node for node in nodes if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))}


def reachable(start: Function, known: dict[str, Function]) -> list[Function]:
    """The function and those of its own file that it calls, directly or not."""
    found: dict[str, Function] = {start.name: start}
    waiting = [start]
    while waiting:
        for _, name in called(waiting.pop()):
            if name in known and name not in found:
                found[name] = known[name]
                waiting.append(known[name])
    return list(found.values())


def faults(modules: list[ast.Module]) -> list[str]:
    """What the verbs of a stage lack."""
    known = functions_of(modules)
    return [told for name in sorted(exported(modules) & set(known)) for told in lacking(known[name], known)]


def lacking(function: Function, known: dict[str, Function]) -> list[str]:
    """What one verb lacks. A receiver of the audit log says in its docstring in whose transaction it runs."""
    parts = reachable(function, known)
    calls = {call.rsplit(".", 1)[-1] for part in parts for _, call in called(part)}
    marks = {ast.unparse(mark).rsplit(".", 1)[-1] for part in parts for mark in part.decorator_list}
    effects = " ".join((ast.get_docstring(function) or "").split())
    told = {
        "takes positional arguments": function.args.args or function.args.posonlyargs or function.args.vararg,
        "leaves no audit event": "record" not in calls,
        "opens no transaction": "atomic" not in calls | marks
        and not re.search("in (its|the caller's) transaction", effects),
        "says nothing about its effects": not effects,
    }
    return [f"{function.name} {what}" for what, wrong in told.items() if wrong]


def test_there_are_actions() -> None:
    assert {"accounts", "release"} <= set(stages())


@pytest.mark.parametrize("stage", stages())
def test_every_action_is_keyword_only_and_audited_in_one_transaction(stage: str) -> None:
    assert faults(stages()[stage]) == []


GOOD = '''
@transaction.atomic
def open_sitting(*, actor):
    """Open it."""
    _write(actor)

def _write(actor):
    record(actor=actor, event="x", subject="y")
'''


@pytest.mark.parametrize(
    ("source", "told"),
    [
        (GOOD, []),
        (GOOD.replace("*, actor", "actor"), ["open_sitting takes positional arguments"]),
        (GOOD.replace("record(", "print("), ["open_sitting leaves no audit event"]),
        (GOOD.replace("@transaction.atomic", ""), ["open_sitting opens no transaction"]),
        (GOOD.replace('"""Open it."""', ""), ["open_sitting says nothing about its effects"]),
    ],
)
def test_the_detector_sees_a_bad_action(source: str, told: list[str]) -> None:
    assert faults([ast.parse(source)]) == told


def test_a_package_of_actions_is_judged_by_what_it_exports() -> None:
    package = ast.parse('from .opening import open_sitting\n__all__ = ["open_sitting"]')
    opening = ast.parse(GOOD.replace("record(", "log(") + "\ndef helper(row): ...\n")
    helpers = ast.parse("def log(**event):\n    record(**event)\n")

    assert faults([package, opening]) == ["open_sitting leaves no audit event"]
    assert faults([package, opening, helpers]) == []
