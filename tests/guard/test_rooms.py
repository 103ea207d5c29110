"""Walls between the rooms: what is free of Django stays free of it; a stage is entered by its doors only."""

import ast
import subprocess
import sys
from collections.abc import Iterator

import pytest

from tests.guard.source import (
    DJANGO_ROOMS,
    FREE_ROOMS,
    OPEN_TO_OTHERS,
    PACKAGE,
    imported,
    module_name,
    python_files,
    rooms,
    tree,
)

BLOCKER = """
import importlib, sys

class Blocker:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == "django":
            raise ImportError(f"{name} is blocked")

sys.meta_path.insert(0, Blocker())
broken = {}
for name in sys.argv[1:]:
    try:
        importlib.import_module(name)
    except ImportError as error:
        broken[name] = str(error)
print(broken)
"""


def broken_without_django(modules: list[str]) -> dict[str, str]:
    """Import modules in a new interpreter where Django cannot be imported; module → error."""
    done = subprocess.run([sys.executable, "-c", BLOCKER, *modules], capture_output=True, text=True, check=True)
    answer: dict[str, str] = ast.literal_eval(done.stdout)
    return answer


def free_modules() -> list[str]:
    """Every module of the free rooms, and the pure ones of the stages with tables."""
    free = [path for room in FREE_ROOMS for path in python_files(PACKAGE / room)]
    for room in DJANGO_ROOMS:
        for name in ("rules", "problems"):
            free += [path for path in (PACKAGE / room / f"{name}.py", PACKAGE / room / name) if path.exists()]
    return sorted({module_name(path) for path in free} | {"fangbang.cli", "fangbang.cli.edge"})


def trespasses(importer: str, module: ast.AST) -> Iterator[str]:
    """Imports of another stage's insides."""
    for line, name in imported(module):
        parts = name.split(".")
        if len(parts) < 3 or parts[0] != "fangbang" or parts[1] not in DJANGO_ROOMS:
            continue
        if importer.split(".")[1] != parts[1] and parts[2] not in OPEN_TO_OTHERS:
            yield f"{importer}:{line} {name}"


def test_every_room_is_known_to_the_guards() -> None:
    assert rooms() - {"cli", "project"} - set(DJANGO_ROOMS) - set(FREE_ROOMS) == set()


def test_free_rooms_and_all_rules_import_where_django_does_not_exist() -> None:
    assert broken_without_django(free_modules()) == {}


def test_the_blocker_sees_django() -> None:
    assert list(broken_without_django(["fangbang.core.ids", "fangbang.audit.models"])) == ["fangbang.audit.models"]


@pytest.mark.parametrize("family", ["lookup", "verify", "exams", "simulate"])
def test_help_of_a_verb_family_loads_no_django(family: str) -> None:
    code = f"""
import sys
from fangbang.cli import main
main([{family!r}, "--help"], standalone_mode=False)
print(sorted(name for name in ("django", "polars", "pyarrow") if name in sys.modules))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert "django" not in done.stdout.splitlines()[-1]


def test_a_stage_is_entered_by_rules_queries_actions_and_problems_only() -> None:
    outside = [path for path in python_files() if path.parent != PACKAGE]

    assert [fault for path in outside for fault in trespasses(module_name(path), tree(path))] == []


@pytest.mark.parametrize(
    "line",
    [
        "from fangbang.release.models import Release",
        "import fangbang.release.gate",
        "def f():\n    from fangbang.release import models",
    ],
)
def test_the_trespass_detector_sees_one(line: str) -> None:
    assert len(list(trespasses("fangbang.keeper.server", ast.parse(line)))) == 1


@pytest.mark.parametrize(
    "line", ["from fangbang.release.rules import ReleaseState", "from fangbang.release import queries", "import django"]
)
def test_the_doors_are_open(line: str) -> None:
    assert list(trespasses("fangbang.keeper.server", ast.parse(line))) == []
