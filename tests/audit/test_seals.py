"""Transactions that end: the application's own writes are sealed, those of others are found, and nothing is built on
them. On a database of its own, in a process of its own."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import ROOT
from tests.project.databases import new_database

EDITED = ["accounts_operator", "wang", "changed"]
NOTED = ["accounts_operator", "wang", "noted"]


@dataclass
class Office:
    """An installation that lives in its own processes."""

    environment: dict[str, str]

    def run(self, *words: str, code: int = 0) -> str:
        done = subprocess.run(
            [sys.executable, "-m", *words], env={**os.environ, **self.environment}, cwd=ROOT, check=False,
            capture_output=True, text=True,
        )  # fmt: skip
        assert done.returncode == code, done.stderr
        return done.stdout

    def steps(self, *names: str) -> list[Any]:
        told: list[Any] = json.loads(self.run("tests.audit.living", *names).splitlines()[-1])
        return told


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def office(request: pytest.FixtureRequest, tmp_path: Path) -> Office:
    environment = {"FANGBANG_HOME": str(tmp_path), "FANGBANG_LANG": "en"}
    if request.param == "postgresql":
        environment["FANGBANG_DATABASE"] = new_database(request.getfixturevalue("postgresql_url"), tmp_path.name)
    office = Office(environment)
    office.run("fangbang", "init")
    return office


def test_what_the_application_writes_is_never_found(office: Office) -> None:
    told = office.steps("act", "change", "outside_a_transaction", "migrate_again", "a_new_table", "broken_off", "many")

    assert [step["found"] for step in told] == [[]] * 7
    assert told[-1]["returned"] == [0]


def test_an_edit_is_found_and_nothing_is_built_on_it(office: Office) -> None:
    told = office.steps("act", "edit", "change", "forget_notes", "change", "migrate_again")

    assert told[1]["found"] == [NOTED, EDITED]
    assert (told[2]["returned"], told[2]["found"]) == ("audit.row-edited", [NOTED, EDITED])
    assert (told[4]["returned"], told[4]["found"]) == ("audit.row-edited", [EDITED])
    assert told[5]["found"] == [EDITED]


def test_an_edit_taken_back_leaves_its_note(office: Office) -> None:
    told = office.steps("act", "edit", "edit_back", "act")

    assert told[2]["found"] == [NOTED]
    assert told[3]["found"] == [NOTED]


def test_an_upgrade_refuses_an_edited_database(office: Office) -> None:
    told = office.steps("act", "edit", "a_new_table")

    assert (told[2]["returned"], told[2]["found"]) == ("audit.tampered", [NOTED, EDITED])


def test_seals_that_were_taken_away_are_not_made_anew(office: Office) -> None:
    told = office.steps("act", "drop_tally", "migrate_again", "change")

    assert told[2]["found"] == [["audit_tally", "1", "tally"]]
    assert told[3]["returned"] == "audit.tally-broken"


def test_check_lists_tables_and_rows_and_enters_them_once(office: Office) -> None:
    office.steps("act", "edit")

    told = json.loads(office.run("fangbang", "--json", "audit", "check", code=6))
    office.run("fangbang", "audit", "check", code=6)

    assert told["edits"][0] == {"table": "accounts_operator", "row": "wang", "what": "noted"}
    entered = json.loads(office.run("fangbang", "--json", "audit", "show"))["entries"]
    assert [entry["event"] for entry in entered].count("audit.edit-found") == 2


def test_check_finds_nothing_and_remembers_how_far_the_database_had_come(office: Office, tmp_path: Path) -> None:
    office.steps("act")

    told = json.loads(office.run("fangbang", "--json", "audit", "check"))

    assert told == {"edits": []}
    assert json.loads((tmp_path / "office" / "seen.json").read_bytes())["revision"] > 1


def test_an_older_copy_in_the_place_of_the_database_is_found(office: Office, tmp_path: Path) -> None:
    file = tmp_path / "office" / "office.sqlite3"
    if not file.exists():
        pytest.skip("a database server's files are not swapped while it runs")
    older = file.read_bytes()
    office.steps("act")
    office.run("fangbang", "audit", "check")
    for wal in file.parent.glob("office.sqlite3-*"):
        wal.unlink()
    file.write_bytes(older)

    told = json.loads(office.run("fangbang", "--json", "audit", "check", code=6))

    assert told["edits"] == [{"table": "audit_tally", "row": "1", "what": "older"}]
