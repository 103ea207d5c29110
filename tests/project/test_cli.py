"""The staff's command line on a real HOME: set up, enter people, read and verify the log, see tampering."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.project.databases import edit_behind, environment_of


class Office:
    """A HOME, and the commands run on it, each in a process of its own."""

    def __init__(self, folder: Path) -> None:
        self.home = folder / "home"
        self.environment = {
            **os.environ,
            **environment_of(self.home),
            "FANGBANG_LANG": "en",
        }

    def run(self, *words: str, code: int = 0) -> dict[str, Any]:
        """The verb's JSON answer, or its JSON error if it is to end with another exit code."""
        done = subprocess.run(
            [sys.executable, "-m", "fangbang", "--json", *words],
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == code, done.stderr
        answer: dict[str, Any] = json.loads((done.stderr if code else done.stdout).splitlines()[-1])
        return answer


@pytest.fixture
def office(tmp_path: Path) -> Office:
    made = Office(tmp_path)
    made.run("init")
    return made


def test_an_office_is_set_up_and_its_log_verified(office: Office, tmp_path: Path) -> None:
    (tmp_path / "pass").write_text("correct horse battery\n")
    secret = ("--passphrase-file", str(tmp_path / "pass"))
    assert office.run("init")["made"] is False

    office.run("operator", "add", "admin", "--name", "陈静", "--role", "administrator")
    key = str(tmp_path / "wang.pem")
    wang = ("operator", "add", "wang", "--name", "王芳", "--role", "approver", "--key-out", key, *secret)
    refused = office.run(*wang, code=3)
    added = office.run(*wang, "--as", "admin")

    assert refused["code"] == "cli.nobody-acts"
    assert (tmp_path / "wang.pem").stat().st_mode & 0o777 == 0o600
    trusted = json.loads((office.home / "keeper" / "trust.json").read_text())["keys"]
    assert [item["key_id"] for item in trusted] == [added["key_id"]]
    assert office.run("audit", "verify")["entries"] == 4


@pytest.mark.parametrize(("words", "code"), [("short", "accounts.weak-passphrase"), ("", "cli.file-exists")])
def test_a_key_that_cannot_be_made_enters_nobody(office: Office, tmp_path: Path, words: str, code: str) -> None:
    key = tmp_path / "wang.pem"
    (tmp_path / "pass").write_text((words or "correct horse battery") + "\n")
    if not words:
        key.write_text("mine")
    office.run("operator", "add", "admin", "--name", "陈静", "--role", "administrator")
    wang = ("operator", "add", "wang", "--name", "王芳", "--role", "approver", "--as", "admin", "--key-out", str(key))

    refused = office.run(*wang, "--passphrase-file", str(tmp_path / "pass"), code=3)

    assert refused["code"] == code
    assert [item["id"] for item in office.run("operator", "list")["operators"]] == ["admin"]


def test_retiring_is_said_first_and_done_with_yes(office: Office, tmp_path: Path) -> None:
    (tmp_path / "pass").write_text("correct horse battery\n")
    office.run("operator", "add", "admin", "--name", "陈静", "--role", "administrator")
    made = ("--key-out", str(tmp_path / "wang.pem"), "--passphrase-file", str(tmp_path / "pass"), "--as", "admin")
    key = office.run("operator", "add", "wang", "--name", "王芳", "--role", "approver", *made)["key_id"]

    def trusted() -> list[str]:
        kept = json.loads((office.home / "keeper" / "trust.json").read_text())["keys"]
        return [item["key_id"] for item in kept]

    by_admin = ("--reason", "lost", "--as", "admin")
    unknown = office.run("operator", "retire-key", "00" * 16, *by_admin, code=3)
    dry = office.run("operator", "retire-key", key, *by_admin)
    before = trusted()
    done = office.run("operator", "retire-key", key, *by_admin, "--yes")
    dry_person = office.run("operator", "retire", "wang", "--as", "admin")
    still = office.run("operator", "list")["operators"][1]["retired"]
    office.run("operator", "retire", "wang", "--as", "admin", "--yes")

    assert unknown["code"] == "accounts.unknown-key"
    assert (dry["operator"], dry["dry"], before) == ("wang", True, [key])
    assert (done["dry"], trusted()) == (False, [])
    assert (dry_person["dry"], dry_person["keys"], still) == (True, [], False)
    assert office.run("operator", "list")["operators"][1]["retired"] is True


def test_a_log_edited_behind_the_offices_back_ends_with_exit_code_6(office: Office) -> None:
    edit_behind(office.environment, "UPDATE audit_event SET actor_id = 'nobody'", guard="audit_event_no_update")

    assert office.run("audit", "verify", code=6)["code"] == "audit.chain-broken"


def test_before_init_a_verb_says_what_to_do(tmp_path: Path) -> None:
    assert Office(tmp_path).run("release", "status", code=4)["code"] == "project.not-initialised"
