"""`fangbang release confirm` and `waive`, as a provincial centre and two approvers run them."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from fangbang.accounts import actions as accounts
from fangbang.audit import queries as audit
from fangbang.audit.rules import SYSTEM
from fangbang.cli import main
from fangbang.cli.edge import Session
from fangbang.core.clock import ManualClock
from fangbang.core.errors import Kind
from fangbang.project.layout import Layout
from fangbang.release import actions, queries
from fangbang.release.rules import ReleaseKind, Scope, Word
from tests.release.counted import BEIJING, COUNTED, TIANJIN
from tests.release.people import SITTING

pytestmark = pytest.mark.django_db
STAFF = (
    ("ma", "provincial-centre", BEIJING),
    ("wang", "approver", ""),
    ("zhao", "approver", ""),
    ("li", "importer", ""),
)


@pytest.fixture
def release(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, clock: ManualClock) -> str:
    """A frozen report of three provinces; one has a centre."""
    monkeypatch.setenv("FANGBANG_HOME", str(tmp_path))
    monkeypatch.delenv("FANGBANG_OPERATOR", raising=False)
    Layout(tmp_path).make()
    for operator, role, region in STAFF:
        accounts.add_operator(
            actor=SYSTEM, operator_id=operator, name=operator, roles=[role], region=region, clock=clock
        )
    opened = actions.open_release(actor=SYSTEM, sitting_id=SITTING, scope=Scope(), kind=ReleaseKind.BASE, clock=clock)
    actions.freeze(actor=SYSTEM, release_id=opened, facts=replace(COUNTED, seen=audit.head().seq), clock=clock)
    return opened


def fangbang(clock: ManualClock, *words: str) -> Result:
    return CliRunner().invoke(main, ["--lang", "en", *words], obj=Session(clock=clock))


def told(clock: ManualClock, *words: str) -> Any:
    result = fangbang(clock, "--json", "release", *words)
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def refusal(clock: ManualClock, *words: str) -> tuple[int, str]:
    result = fangbang(clock, "--json", "release", *words)
    return result.exit_code, json.loads(result.stderr.splitlines()[-1])["code"]


def said(release: str) -> list[tuple[str, Word]]:
    return [(item.operator, item.word) for item in queries.said(release)]


def test_a_centre_sees_its_counts_and_confirms_them(release: str, clock: ManualClock) -> None:
    dry = told(clock, "confirm", release, BEIJING, "--as", "ma")
    nothing = said(release)

    done = told(clock, "confirm", release, BEIJING, "--as", "ma", "--yes")

    assert (dry["dry"], dry["registered"], dry["outcomes"]) == (True, 4, {"qualified": 2, "not-passed": 2})
    assert (dry["unsettled"], nothing) == ([BEIJING], [])
    assert (done["dry"], done["unsettled"], said(release)) == (False, [], [("ma", Word.CONFIRMED)])
    assert set(done["levels"]) == {"junior", "senior"}


def test_the_text_says_what_is_missing(release: str, clock: ManualClock) -> None:
    dry = fangbang(clock, "release", "confirm", release, BEIJING, "--as", "ma").output
    done = fangbang(clock, "release", "confirm", release, BEIJING, "--as", "ma", "--yes").output

    assert "4 registered; not-passed 2, qualified 2 (nothing done; add --yes)\nMissing: 110000" in dry
    assert done.endswith("Missing: -\n")


def test_a_centre_disputes_and_confirms_after_all(release: str, clock: ManualClock) -> None:
    dispute = ("--dispute", "12 absent are missing")
    disputed = told(clock, "confirm", release, BEIJING, *dispute, "--as", "ma", "--yes")

    confirmed = told(clock, "confirm", release, BEIJING, "--as", "ma", "--yes")

    assert (disputed["disputing"], confirmed["disputing"], confirmed["unsettled"]) == ([BEIJING], [], [])


def test_two_approvers_go_on_without_a_province(release: str, clock: ManualClock) -> None:
    words = ("waive", release, BEIJING, "--reason", "the line is down")

    dry = told(clock, *words, "--as", "wang")
    one = told(clock, *words, "--as", "wang", "--yes")
    again = told(clock, *words, "--as", "wang", "--yes")
    two = told(clock, *words, "--as", "zhao", "--yes")

    assert [item["waived"] for item in (dry, one, again, two)] == [[], [], [], [BEIJING]]
    assert [item["unsettled"] for item in (dry, one, again, two)] == [[BEIJING]] * 3 + [[]]
    assert said(release) == [("wang", Word.WAIVED), ("zhao", Word.WAIVED)]


@pytest.mark.parametrize(
    ("words", "kind", "code"),
    [
        (["confirm", BEIJING, "--as", "wang"], Kind.REFUSED, "accounts.role-missing"),
        (["confirm", TIANJIN, "--as", "ma"], Kind.REFUSED, "accounts.role-missing"),
        (["confirm", BEIJING], Kind.INPUT, "cli.nobody-acts"),
        (["confirm", BEIJING, "--dispute", " ", "--as", "ma"], Kind.INPUT, "release.reason-missing"),
        (["waive", BEIJING, "--reason", "x", "--as", "ma"], Kind.REFUSED, "accounts.role-missing"),
        (["waive", BEIJING, "--reason", " ", "--as", "wang"], Kind.INPUT, "release.reason-missing"),
        (["waive", "650000", "--reason", "x", "--as", "wang"], Kind.INPUT, "release.not-asked"),
        (["waive", BEIJING, "--reason", "x", "--as", "nobody"], Kind.INPUT, "accounts.unknown-operator"),
    ],
)
def test_who_may_not_and_what_cannot_be_is_told(
    release: str, clock: ManualClock, words: list[str], kind: Kind, code: str
) -> None:
    refused = refusal(clock, words[0], release, *words[1:], "--yes")

    assert (refused, said(release)) == ((kind.exit_code, code), [])


@pytest.mark.parametrize(
    "words", [["confirm", BEIJING, "--as", "ma"], ["waive", BEIJING, "--reason", "x", "--as", "wang"]]
)
def test_before_something_is_frozen_there_is_nothing_to_say(release: str, clock: ManualClock, words: list[str]) -> None:
    scope = Scope(levels=("junior",))
    drafted = actions.open_release(actor=SYSTEM, sitting_id=SITTING, scope=scope, kind=ReleaseKind.BASE, clock=clock)

    assert refusal(clock, words[0], drafted, *words[1:]) == (Kind.STATE.exit_code, "release.not-frozen")


@pytest.mark.parametrize("words", [["confirm", "--as", "ma"], ["waive", "--reason", "x", "--as", "wang"]])
def test_an_unknown_release_is_told(release: str, clock: ManualClock, words: list[str]) -> None:
    assert refusal(clock, words[0], "rel-none", BEIJING, *words[1:]) == (Kind.INPUT.exit_code, "release.unknown")
