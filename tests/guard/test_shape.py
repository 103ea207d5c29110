"""The shape that keeps the code readable, and the two things only one place may do: tell the time, round a mark."""

import ast
from pathlib import Path

import pytest

from tests.guard.source import PACKAGE, ROOT, called, functions, python_files, tree

MAX_FILE = 400
MAX_FUNCTION = 50
CLOCK = PACKAGE / "core" / "clock.py"
CLOCK_READERS = {
    "datetime.now", "datetime.utcnow", "datetime.today", "date.today", "time.time", "time.time_ns", "time.gmtime",
    "time.localtime", "datetime.datetime.now", "datetime.date.today", "timezone.now", "timezone.localtime",
}  # fmt: skip
MARK_PLACES = ("exams", "intake", "adjudication", "books", "snapshot/record.py")


def written() -> list[Path]:
    return [path for folder in ("src", "tests", "bench", "docs") for path in python_files(ROOT / folder)]


def too_long(path: Path) -> list[str]:
    """Files and functions past their limit."""
    name = path.relative_to(ROOT) if path.is_relative_to(ROOT) else path.name
    lines = path.read_text(encoding="utf-8").count("\n")
    told = [f"{name}: {lines} lines"] if lines > MAX_FILE else []
    for function in functions(tree(path)):
        size = (function.end_lineno or 0) - function.lineno + 1
        if size > MAX_FUNCTION:
            told.append(f"{name}: {function.name} has {size} lines")
    return told


def clock_readings(module: ast.AST) -> list[int]:
    return [line for line, name in called(module) if name in CLOCK_READERS]


def float_makers(module: ast.AST) -> list[int]:
    """Lines that make a float: `float(…)`, a float literal, a float annotation, a floating column type."""
    lines = {line for line, name in called(module) if name == "float" or name.endswith((".float64", ".float32"))}
    for node in ast.walk(module):
        match node:
            case ast.Constant(value=float()) | ast.Attribute(attr="Float64" | "Float32" | "FloatField"):
                lines.add(node.lineno)
            case ast.arg(annotation=ast.expr() as type_) | ast.AnnAssign(annotation=type_):
                if "float" in ast.unparse(type_).split(" | "):
                    lines.add(node.lineno)
    return sorted(lines)


def test_no_file_and_no_function_is_too_long_to_read() -> None:
    assert [fault for path in written() for fault in too_long(path)] == []


def test_the_length_detector_sees_one(tmp_path: Path) -> None:
    path = tmp_path / "long.py"
    path.write_text("def long() -> None:\n" + "    pass\n" * MAX_FILE)

    assert too_long(path) == ["long.py: 401 lines", "long.py: long has 401 lines"]


def test_nothing_but_the_clock_reads_a_clock() -> None:
    readers = {
        path.relative_to(ROOT).as_posix(): clock_readings(tree(path)) for path in python_files() if path != CLOCK
    }

    assert {name: lines for name, lines in readers.items() if lines} == {}


def test_the_clock_detector_sees_a_reading() -> None:
    assert clock_readings(tree(CLOCK)) != []
    assert clock_readings(ast.parse("stamp = time.time()\nlater = time.monotonic()")) == [1]


@pytest.mark.parametrize("place", MARK_PLACES)
def test_no_mark_can_become_a_float(place: str) -> None:
    files = [PACKAGE / place] if place.endswith(".py") else python_files(PACKAGE / place)

    makers = {path.relative_to(ROOT).as_posix(): float_makers(tree(path)) for path in files}

    assert {name: lines for name, lines in makers.items() if lines} == {}


def test_the_float_detector_sees_each_way() -> None:
    source = (
        "a = float(text)\nb = 0.6\ndef f(mark: float | None): ...\nc = pl.Float64\nd: float = 0\ne = pa.float64()\n"
    )

    assert float_makers(ast.parse(source)) == [1, 2, 3, 4, 5, 6]
