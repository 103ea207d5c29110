"""The project's own source as data: what the guards look at."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "src" / "fangbang"

# Rooms with database tables, and the office that composes them; everything else of the package is free of Django, and
# so is `cli` until a verb runs. `project` is Django's settings.
DJANGO_ROOMS = (
    "catalogue",
    "people",
    "intake",
    "adjudication",
    "release",
    "accounts",
    "desk",
    "jobs",
    "notices",
    "audit",
    "office",
)
OPEN_TO_OTHERS = ("rules", "queries", "actions", "problems", "events")  # events: the audit log's vocabulary
FREE_ROOMS = ("core", "exams", "books", "snapshot", "keeper", "lookup", "pages", "simulate")


def rooms() -> set[str]:
    """The folders of the package that hold code."""
    return {path.parent.name for path in PACKAGE.glob("*/__init__.py")}


def python_files(folder: Path = PACKAGE) -> list[Path]:
    """Every Python file that people wrote below a folder (migrations are generated)."""
    return sorted(path for path in folder.rglob("*.py") if "migrations" not in path.parts)


@cache
def tree(path: Path) -> ast.Module:
    """The file, parsed once."""
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def module_name(path: Path) -> str:
    """Dotted name of a file below src/."""
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def functions(module: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Every function and method, nested ones included."""
    return (node for node in ast.walk(module) if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)))


def imported(module: ast.AST) -> Iterator[tuple[int, str]]:
    """(line, dotted name) of everything a file imports, also inside functions and for type checking only."""
    for node in ast.walk(module):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from ((node.lineno, f"{node.module}.{alias.name}") for alias in node.names)


def called(node: ast.AST) -> Iterator[tuple[int, str]]:
    """(line, dotted name as written) of every call below a node: `datetime.now`, `float`, `self.save`."""
    for child in ast.walk(node):
        if isinstance(child, ast.Call):
            yield child.lineno, ast.unparse(child.func)
