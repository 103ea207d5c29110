"""`fangbang retention` as administrators run it."""

import json
import os
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from fangbang.accounts import actions as accounts
from fangbang.audit import queries as log
from fangbang.audit.rules import SYSTEM
from fangbang.cli import main
from fangbang.cli.edge import Session
from fangbang.core.clock import ManualClock
from fangbang.core.errors import Kind
from fangbang.project import retention
from fangbang.project.layout import Layout
from tests.accounts.keyed import signed_by

pytestmark = pytest.mark.django_db
SHIPPED = Path(retention.__file__).parent / "retention.toml"


@pytest.fixture
def layout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, clock: ManualClock) -> Layout:
    """A HOME with two administrators, an importer, and one file of two classes that is over its time."""
    monkeypatch.setenv("FANGBANG_HOME", str(tmp_path))
    monkeypatch.delenv("FANGBANG_OPERATOR", raising=False)
    layout = Layout(tmp_path)
    layout.make()
    for operator, role in (("chen", "administrator"), ("zhao", "administrator"), ("li", "importer")):
        accounts.add_operator(actor=SYSTEM, operator_id=operator, name=operator, roles=[role], clock=clock)
    monkeypatch.setenv("FANGBANG_KEY", str(tmp_path / "zhao.pem"))
    monkeypatch.setenv("FANGBANG_PASSPHRASE_FILE", str(tmp_path / "passphrase"))
    signed_by("zhao", tmp_path, clock)
    layout.exports.mkdir()
    for path, days in ((layout.quarantine / "a.csv", 91), (layout.exports / "exp-a.sealed", 2)):
        path.write_text("x")
        at = (clock.now() - timedelta(days=days)).timestamp()
        os.utime(path, (at, at))
    return layout


def fangbang(clock: ManualClock, *words: str) -> Result:
    return CliRunner().invoke(main, ["--lang", "en", *words], obj=Session(clock=clock))


def told(clock: ManualClock, *words: str) -> Any:
    result = fangbang(clock, "--json", "retention", *words)
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def refusal(clock: ManualClock, *words: str) -> tuple[int, str]:
    result = fangbang(clock, "--json", "retention", *words)
    return result.exit_code, json.loads(result.stderr.splitlines()[-1])["code"]


def test_the_schedule_is_shown_with_what_is_due(layout: Layout, clock: ManualClock) -> None:
    shown = told(clock, "show")["classes"]

    assert {item["class"]: item["due"] for item in shown if item["due"]} == {"quarantine": 1, "export-files": 1}
    assert [item["class"] for item in shown] == [item.id for item in retention.schedule(None)]
    assert next(item for item in shown if item["class"] == "export-files") == {
        "class": "export-files", "days": 1, "source": "个人信息保护法 第十九条（实现处理目的所必要的最短时间）",
        "sure": False, "daily": True, "due": 1,
    }  # fmt: skip


def test_the_schedule_as_text_marks_what_is_unsure(layout: Layout, clock: ManualClock) -> None:
    lines = fangbang(clock, "retention", "show").stdout.splitlines()

    assert [line.split()[:2] for line in lines if "Quarantined" in line] == [["1", "90"]]
    assert sum("(unsure)" in line for line in lines) == sum(not item.sure for item in retention.schedule(None))


def test_two_administrators_end_what_is_due_and_dry_ends_nothing(layout: Layout, clock: ManualClock) -> None:
    asked = told(clock, "ask", "--as", "chen")
    dry = told(clock, "carry-out", "--as", "zhao")
    still = (layout.quarantine / "a.csv").exists()

    done = told(clock, "carry-out", "--as", "zhao", "--yes")

    due = {"quarantine": 1, "export-files": 1}
    assert (asked, dry, still, done) == ({"asked": "chen"}, {"due": due, "ended": None}, True, {"ended": due})
    assert not (layout.quarantine / "a.csv").exists()
    assert [entry.event for entry in log.latest(3)] == [
        "retention.asked", "accounts.decision-signed", "retention.carried-out",
    ]  # fmt: skip


def test_the_second_administrator_signs_with_their_own_key(layout: Layout, clock: ManualClock) -> None:
    told(clock, "ask", "--as", "zhao")

    refused = refusal(clock, "carry-out", "--as", "chen", "--yes")

    assert refused == (Kind.REFUSED.exit_code, "release.untrusted-key")
    assert (layout.quarantine / "a.csv").exists()


def test_what_waits_for_nobody_is_ended_without_asking(layout: Layout, clock: ManualClock) -> None:
    dry = told(clock, "daily")
    still = (layout.exports / "exp-a.sealed").exists()

    done = told(clock, "daily", "--yes")

    assert (dry, still, done) == (
        {"due": {"export-files": 1}, "ended": None}, True, {"ended": {"export-files": 1}},
    )  # fmt: skip
    assert (layout.quarantine / "a.csv").exists()
    assert told(clock, "daily", "--yes") == {"ended": {}}


@pytest.mark.parametrize("operator", ["chen", "zhao"])
def test_nobody_carries_out_what_nobody_else_asked(layout: Layout, clock: ManualClock, operator: str) -> None:
    told(clock, "ask", "--as", "chen") if operator == "chen" else None

    assert refusal(clock, "carry-out", "--as", operator, "--yes") == (Kind.REFUSED.exit_code, "project.not-asked")
    assert (layout.quarantine / "a.csv").exists()


@pytest.mark.parametrize("verb", ["ask", "carry-out"])
@pytest.mark.parametrize(
    ("words", "code", "kind"),
    [
        (["--as", "li"], "accounts.role-missing", Kind.REFUSED),
        (["--as", "nobody"], "accounts.unknown-operator", Kind.INPUT),
        ([], "cli.nobody-acts", Kind.INPUT),
    ],
)
def test_only_administrators_in_service_ask_and_carry_out(
    layout: Layout, clock: ManualClock, verb: str, words: list[str], code: str, kind: Kind
) -> None:
    assert refusal(clock, verb, *words) == (kind.exit_code, code)


@pytest.mark.parametrize("words", [["show"], ["ask", "--as", "chen"], ["daily"], ["daily", "--yes"]])
def test_a_schedule_that_cannot_be_used_is_told(
    layout: Layout, clock: ManualClock, settings: Any, tmp_path: Path, words: list[str]
) -> None:
    settings.RETENTION = tmp_path / "own.toml"
    settings.RETENTION.write_text(SHIPPED.read_text().replace("days = 90", "days = -1"))

    assert refusal(clock, *words) == (Kind.INPUT.exit_code, "project.bad-retention")


def test_an_office_that_was_not_made_is_told(
    clock: ManualClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FANGBANG_HOME", str(tmp_path / "none"))

    assert refusal(clock, "show") == (Kind.STATE.exit_code, "project.not-initialised")
