"""`fangbang people` as two members of staff run it."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.intake.files import document, registration, write_rows
from tests.project.databases import environment_of

PERMITS = ("H1234567801", "H1234567802")


class Desk:
    """Runs the command line on a HOME of its own."""

    def __init__(self, home: Path) -> None:
        self.home = home

    def json(self, *words: str, operator: str = "li", typed: str = "") -> dict[str, Any]:
        done = subprocess.run(
            [sys.executable, "-m", "fangbang", "--json", *words],
            capture_output=True,
            text=True,
            input=typed,
            env={
                **os.environ,
                **environment_of(self.home / "data"),
                "FANGBANG_OPERATOR": operator,
                "FANGBANG_KEY": str(self.home / f"{operator}.pem"),
                "FANGBANG_PASSPHRASE_FILE": str(self.home / "passphrase"),
            },
            check=False,
        )
        value: dict[str, Any] = json.loads(done.stdout or done.stderr)
        return value | {"exit": done.returncode, "out": done.stdout + done.stderr}


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    desk = Desk(tmp_path)
    (tmp_path / "passphrase").write_text("a passphrase of the tests\n")

    def key_out(who: str) -> tuple[str, str]:
        return "--key-out", str(tmp_path / f"{who}.pem")

    for words in (
        ("init",),
        ("operator", "add", "admin", "--name", "陈静", "--role", "administrator"),
        ("operator", "add", "li", "--name", "李雷", "--role", "importer", "--as", "admin", *key_out("li")),
        ("operator", "add", "wang", "--name", "王芳", "--role", "approver", "--as", "admin", *key_out("wang")),
        ("sitting", "open", "social-worker", "2026"),
    ):
        assert desk.json(*words)["exit"] == 0
    return desk


def test_from_a_suggestion_to_a_person(desk: Desk) -> None:
    rows = [registration(1)] + [
        registration(2 + place, 证件类型="港澳居民来往内地通行证", 证件号码=number, 姓名="陈大文")
        for place, number in enumerate(PERMITS)
    ]
    desk.json("intake", "registrations", "social-worker-2026", str(write_rows(desk.home / "a.csv", rows)))

    suggested = desk.json("people", "suggest", "social-worker-2026")
    asked = desk.json(
        "people", "link", "-", "--basis", "申请 7", typed="".join(f"港澳通行证,{number}\n" for number in PERMITS)
    )
    own = desk.json("people", "approve", asked["proposal"])
    waiting = desk.json("people", "show")
    approved = desk.json("people", "approve", asked["proposal"], operator="wang")
    shown = desk.json("people", "show")

    assert [item["reason"] for item in suggested["suggestions"]] == ["permit-renewed"]
    assert (own["exit"], own["code"]) == (5, "people.same-staff")
    assert waiting["proposals"] == [{"kind": "link", "proposal": asked["proposal"], "asked_by": "li"}]
    assert (approved["state"], len(shown["persons"]), shown["proposals"]) == ("approved", 1, [])
    assert {kind for kind, _ in shown["persons"][0]["documents"]} == {"hk-macao-permit"}
    for told in (suggested, asked, waiting, shown):
        assert not any(number in told["out"] for number in (*PERMITS, document(1), "陈大文"))


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("护照,E12345678\n", "cli.two-documents"),
        ("护照,E12345678\n无,1\n", "people.document-type"),
        ("护照,E12345678\n身份证,1\n", "people.document-length"),
    ],
)
def test_what_is_no_pair_of_documents_is_refused(desk: Desk, typed: str, code: str) -> None:
    refused = desk.json("people", "link", "-", "--basis", "x", typed=typed)

    assert (refused["exit"], refused["code"]) == (3, code)
    assert "E12345678" not in refused["out"]


def test_nobody_approves_with_another_s_key(desk: Desk) -> None:
    typed = "".join(f"港澳通行证,{number}\n" for number in PERMITS)
    asked = desk.json("people", "link", "-", "--basis", "申请 7", typed=typed)

    refused = desk.json("people", "approve", asked["proposal"], "--as", "wang")

    assert (refused["exit"], refused["code"]) == (5, "release.untrusted-key")
    assert [item["proposal"] for item in desk.json("people", "show")["proposals"]] == [asked["proposal"]]


def linked(desk: Desk) -> dict[str, Any]:
    typed = "".join(f"港澳通行证,{number}\n" for number in PERMITS)
    asked = desk.json("people", "link", "-", "--basis", "申请 7", typed=typed)
    desk.json("people", "approve", asked["proposal"], operator="wang")
    return asked


def test_a_link_is_taken_back_by_two_people(desk: Desk) -> None:
    link = linked(desk)

    asked = desk.json("people", "undo", link["proposal"], "--basis", "申请 9")
    own = desk.json("people", "approve", asked["proposal"])
    desk.json("people", "approve", asked["proposal"], operator="wang")
    shown = desk.json("people", "show", "--decided")
    again = desk.json("people", "undo", link["proposal"], "--basis", "申请 9")

    assert (own["code"], again["code"]) == ("people.same-staff", "people.not-approved")
    assert (shown["persons"], shown["proposals"]) == ([], [])
    assert [(one["kind"], one["proposal"], one["state"], one["basis"], one["by"]) for one in shown["decided"]] == [
        ("undo", asked["proposal"], "approved", "申请 9", "wang"),
        ("link", link["proposal"], "undone", "申请 7", "wang"),
    ]


def test_a_change_of_name_is_decided_by_two_and_not_suggested_again(desk: Desk) -> None:
    for place, name in enumerate(("陈大文", "陈大明")):
        year = str(2025 + place)
        if place == 0:
            desk.json("sitting", "open", "social-worker", year)
        row = registration(1, 姓名=name, 准考证号=f"11{year}0001")
        taken = desk.json("intake", "registrations", f"social-worker-{year}", str(write_rows(desk.home / year, [row])))
        assert taken["exit"] == 0, taken
    sittings = ("social-worker-2025", "social-worker-2026")
    typed = f"居民身份证,{document(1)},陈大文,陈大明\n"

    before = desk.json("people", "suggest", *sittings)
    asked = desk.json("people", "rename", "-", "--basis", "更名 3", typed=typed)
    waiting = desk.json("people", "suggest", *sittings)
    desk.json("people", "approve", asked["proposal"], operator="wang")
    after = desk.json("people", "suggest", *sittings)

    assert [[item["reason"] for item in told["suggestions"]] for told in (before, waiting, after)] == [
        ["name-changed"],
        ["name-changed"],
        [],
    ]
    for told in (before, asked, waiting, desk.json("people", "show", "--decided")):
        assert not any(secret in told["out"] for secret in (document(1), "陈大文", "陈大明"))


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("护照,E12345678,甲一\n", "cli.one-renamed"),
        ("护照,E12345678,甲一,乙二\n护照,E12345678,甲一,乙二\n", "cli.one-renamed"),
        ("无,1,甲一,乙二\n", "people.document-type"),
        ("护照,E12345678,甲一,乙2\n", "people.name-characters"),
        ("护照,E12345678,甲一,甲 一\n", "people.same-name"),
    ],
)
def test_what_is_no_change_of_name_is_refused(desk: Desk, typed: str, code: str) -> None:
    refused = desk.json("people", "rename", "-", "--basis", "x", typed=typed)

    assert (refused["exit"], refused["code"]) == (3, code)
    assert not any(secret in refused["out"] for secret in ("E12345678", "甲一", "乙"))
