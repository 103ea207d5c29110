"""No table and no folder can be forgotten: each stands in one class of the retention schedule, or is exempt with a
reason."""

import re
from collections import Counter
from fnmatch import fnmatch
from pathlib import Path

import pytest
from django.apps import apps
from django.db import connection

from fangbang.project.ending import ENDINGS
from fangbang.project.layout import Layout
from fangbang.project.retention import DataClass, Exempt, exempt, schedule
from tests.guard.source import PACKAGE, python_files

CLASSES = schedule(None)
COVERS: list[DataClass | Exempt] = [*CLASSES, *exempt()]
TABLES = Counter(table for item in COVERS for table in item.tables)
FOLDERS = [folder for item in COVERS for folder in item.folders]
MADE_OF_THEM = {"home", "office", "keeper"}
"""Folders that hold nothing but what stands in a class of its own."""
_PLACE = re.compile(r"\b(?:layout|LAYOUT)\.(office|home|keeper) / \"([\w.-]+)\"")


def unnamed(path: str) -> bool:
    """Whether no class and no exemption covers a path below HOME."""
    parts = Path(path).parts
    starts = ["/".join(parts[:count]) for count in range(1, len(parts) + 1)]
    return not any(fnmatch(start, folder) for start in starts for folder in FOLDERS)


def test_every_model_stands_in_one_class() -> None:
    models = {model._meta.db_table for model in apps.get_models()}

    assert models - set(TABLES) == set()
    assert [table for table, times in TABLES.items() if times > 1] == []


@pytest.mark.django_db
def test_every_table_of_the_database_stands_in_one_class() -> None:
    assert set(connection.introspection.table_names()) == set(TABLES)


def test_every_place_of_the_layout_stands_in_a_class() -> None:
    layout = Layout(Path("/home-of-all"))
    properties = {name for name, value in vars(Layout).items() if isinstance(value, property)}
    places = {str(getattr(layout, name).relative_to(layout.home)) for name in properties - MADE_OF_THEM}

    assert {place for place in places if unnamed(place)} == set()
    assert {"office/uploads", "drop"} <= places


def test_no_code_names_a_place_that_stands_in_no_class() -> None:
    found = {}
    for path in python_files(PACKAGE):
        for folder, name in _PLACE.findall(path.read_text("utf-8")):
            place = name if folder == "home" else f"{folder}/{name}"
            if place != "node" and unnamed(place):
                found[place] = path.name

    assert found == {}


@pytest.mark.parametrize("place", ["office/letters/a.pdf", "office/exporting", "somewhere", "node"])
def test_the_guard_sees_a_place_that_was_forgotten(place: str) -> None:
    assert unnamed(place)


def test_every_class_that_is_carried_out_covers_something_and_has_an_end() -> None:
    carried = {item.id for item in CLASSES if item.carried_out}

    assert carried == set(ENDINGS)
    assert [item.id for item in CLASSES if not item.tables and not item.folders] == ["leftovers", "backups"]
    assert [item.why for item in exempt() if len(item.why) < 20] == []
