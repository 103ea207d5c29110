"""`fangbang intake` as a person at the desk runs it: texts, JSON, exit codes."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.intake.files import ABILITY, mark, registration, write_rows
from tests.project.databases import environment_of


class Desk:
    """Runs the command line on a HOME of its own."""

    def __init__(self, home: Path) -> None:
        self.home = home

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "fangbang", *words],
            capture_output=True,
            text=True,
            env={**os.environ, **environment_of(self.home / "data"), "FANGBANG_OPERATOR": "li"},
            check=False,
        )

    def json(self, *words: str) -> dict[str, Any]:
        done = self.run("--json", *words)
        value: dict[str, Any] = json.loads(done.stdout or done.stderr)
        return value | {"exit": done.returncode}


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    desk = Desk(tmp_path)
    for words in (
        ("init",),
        ("operator", "add", "admin", "--name", "陈静", "--role", "administrator"),
        ("operator", "add", "li", "--name", "李雷", "--role", "importer", "--as", "admin"),
        ("sitting", "open", "social-worker", "2026"),
    ):
        assert desk.run(*words).returncode == 0
    return desk


def test_a_day_at_the_intake_desk(desk: Desk) -> None:
    people = write_rows(
        desk.home / "报名.csv", [registration(1), registration(2), registration(3, 省份="江南")], "gb18030"
    )
    marks = write_rows(desk.home / "成绩.csv", [mark(1), mark(2, "缺考")])

    too_early = desk.json("intake", "marks", "social-worker-2026", str(marks))
    first = desk.json("intake", "registrations", "social-worker-2026", str(people))
    told = desk.run("intake", "marks", "social-worker-2026", str(marks))
    again = desk.run("--lang", "en", "intake", "marks", "social-worker-2026", str(marks))
    listed = desk.json("intake", "list", "social-worker-2026")

    assert (too_early["exit"], too_early["code"]) == (4, "intake.no-registrations")
    assert (first["exit"], first["accepted"], first["quarantined"]) == (0, 2, 1)
    assert first["findings"] == {"intake.province-unknown": 1}
    assert Path(first["quarantine"]).is_file()
    assert "成绩.csv：2 行，接收 2 行，隔离 0 行" in told.stdout
    assert "nothing was done" in again.stdout
    assert [(item["kind"], item["accepted"]) for item in listed["batches"]] == [("marks", 2), ("registrations", 2)]
    assert "".join((told.stderr, again.stderr)) == ""


def test_a_mapping_is_guessed_saved_and_used(desk: Desk) -> None:
    people = write_rows(desk.home / "报名.csv", [registration(1), registration(2)])
    rows = [
        {"准考号": row["准考证号"], "身份证号码(必填)": row["证件号码"], "姓名": "张三", ABILITY: "61.0", "备注": "x"}
        for row in (mark(1), mark(2))
    ]
    marks = write_rows(desk.home / "成绩.csv", rows)
    desk.run("intake", "registrations", "social-worker-2026", str(people))

    guessed = desk.json("intake", "guess", str(marks), "--sitting", "social-worker-2026")
    shown = desk.run("intake", "guess", str(marks), "--sitting", "social-worker-2026")
    mended = guessed["profile"].replace("[columns]", '[columns]\nticket = "准考号"').replace('"准考号", ', "")
    (desk.home / "方案.toml").write_text(mended)
    saved = desk.json("intake", "profile", "save", "北京", str(desk.home / "方案.toml"))
    taken = desk.json("intake", "marks", "social-worker-2026", str(marks), "--profile", "北京")
    other = desk.json("intake", "marks", "social-worker-2026", str(marks), "--profile", "上海")

    assert (guessed["kind"], guessed["form"], guessed["subjects"]) == ("marks", "wide", {"ability": ABILITY})
    assert (guessed["missing"], guessed["unread"]) == (["ticket"], ["准考号", "备注"])
    assert guessed["columns"] == {"doc_number": "身份证号码(必填)", "name": "姓名"}
    assert guessed["preview"][0]["姓名"] == "张*"
    for secret in (rows[0]["身份证号码(必填)"], rows[0]["准考号"], "61.0", "张三"):
        assert secret not in shown.stdout
    assert (saved["exit"], desk.json("intake", "profile", "list")["profiles"]) == (0, ["北京"])
    assert desk.run("intake", "profile", "show", "北京").stdout.startswith('format = "fangbang-profile/1"')
    assert (taken["exit"], taken["accepted"]) == (0, 2)
    assert (other["exit"], other["code"]) == (3, "intake.no-profile")


def test_a_file_past_a_cap_is_refused(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    people = write_rows(desk.home / "报名.csv", [registration(1), registration(2)])
    monkeypatch.setenv("FANGBANG_INTAKE_ROWS", "1")

    refused = desk.json("intake", "registrations", "social-worker-2026", str(people))

    assert (refused["exit"], refused["code"]) == (3, "intake.too-many-rows")


def test_a_centres_key_is_retired_only_when_told_so(desk: Desk) -> None:
    key = "ab" * 31 + "cd"
    enrolled = desk.json("intake", "centre", "阅卷中心", key, "--as", "admin")
    words = ("intake", "retire-centre", key, "--reason", "遗失", "--as", "admin")

    dry = desk.json(*words)
    done = desk.json(*words, "--yes")
    again = desk.json(*words)

    assert [told["exit"] for told in (enrolled, dry, done)] == [0, 0, 0], (enrolled, dry, done)
    assert [(told["name"], told["batches"], told["dry"]) for told in (dry, done)] == [
        ("阅卷中心", [], True),
        ("阅卷中心", [], False),
    ]
    assert (again["exit"], again["code"]) == (3, "intake.unknown-centre")
