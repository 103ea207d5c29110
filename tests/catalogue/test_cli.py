"""`fangbang exams propose`, `approve`, `refuse`, `take-back`, `proposals`: a changed file, by two people."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from fangbang.accounts import actions as accounts
from fangbang.audit import queries as audit
from fangbang.audit.rules import SYSTEM
from fangbang.catalogue import queries
from fangbang.catalogue.models import Change
from fangbang.cli import main
from fangbang.cli.edge import Session
from fangbang.cli.layout import Layout
from fangbang.core.clock import ManualClock
from fangbang.core.errors import Kind
from fangbang.exams.catalogue import load_catalogue
from fangbang.exams.changing import LARGEST, in_force
from fangbang.intake import actions as intake
from fangbang.release import actions as release_actions
from fangbang.release import queries as releases
from fangbang.release.rules import ReleaseKind, Scope
from tests.accounts.keyed import signed_by
from tests.office.desk import enter
from tests.release.people import FACTS, SITTING

pytestmark = pytest.mark.django_db
SHIPPED = in_force(None)["social-worker"].data.decode()
CHANGED = SHIPPED.replace('full = "100"', 'full = "120"', 1)
REASON = ("--reason", "人社厅发〔2026〕7号")


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, clock: ManualClock) -> Path:
    """An office with a folder of exam files, an editor `sun`, approvers `wang` and `zhao`, and the changed file."""
    monkeypatch.setenv("FANGBANG_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("FANGBANG_EXAMS", str(tmp_path / "exams"))
    monkeypatch.delenv("FANGBANG_OPERATOR", raising=False)
    (tmp_path / "exams").mkdir()
    Layout(tmp_path / "home").make()
    enter(clock, "sun", "catalogue-editor")
    enter(clock, "wang")
    enter(clock, "zhao")
    (tmp_path / "changed.toml").write_text(CHANGED)
    return tmp_path


def fangbang(clock: ManualClock, *words: str, language: str = "en") -> Result:
    return CliRunner().invoke(main, ["--lang", language, *words], obj=Session(clock=clock))


def told(clock: ManualClock, *words: str) -> Any:
    result = fangbang(clock, "--json", "exams", *words)
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def refusal(clock: ManualClock, *words: str) -> tuple[int, str]:
    result = fangbang(clock, "--json", "exams", *words)
    return result.exit_code, json.loads(result.stderr.splitlines()[-1])["code"]


def proposed(home: Path, clock: ManualClock) -> str:
    change: str = told(clock, "propose", str(home / "changed.toml"), *REASON, "--as", "sun", "--yes")["change"]
    return change


def test_a_changed_file_goes_from_an_editor_to_an_approver_into_force(home: Path, clock: ManualClock) -> None:
    intake.open_sitting(actor=SYSTEM, exam_id="social-worker", year=2026, catalogue=load_catalogue(), clock=clock)
    words = ["propose", str(home / "changed.toml"), *REASON, "--as", "sun"]

    dry, none = told(clock, *words), queries.changes()
    change = told(clock, *words, "--yes")["change"]
    looked, before = told(clock, "approve", change, "--as", "wang"), [*(home / "exams").iterdir()]
    done = told(clock, "approve", change, *signed_by("wang", home, clock), "--yes")

    assert (dry["done"], none, looked["done"], before) == (False, [], False, [])
    assert (dry["change"], looked["change"]) == ("", change), "what is not entered has no id"
    assert dry["years"] == looked["years"] == done["years"]
    changes = [item for part in done["years"]["social-worker"] for item in part["changes"]]
    assert {(item["before"], item["after"]) for item in changes if "full" in item["place"]} == {("100", "120")}
    assert (done["state"], done["decided_by"], done["sittings"]) == ("in-force", "wang", ["social-worker-2026"])
    assert (home / "exams" / "social-worker.toml").read_text() == CHANGED
    assert done["version"] == load_catalogue(home / "exams").version
    assert [entry.event for entry in audit.latest(2)] == ["accounts.decision-signed", "catalogue.put-in-force"]


def test_whoever_approves_sees_first_what_is_voided(home: Path, clock: ManualClock) -> None:
    release = release_actions.open_release(
        actor=SYSTEM, sitting_id=SITTING, scope=Scope(), kind=ReleaseKind.BASE, clock=clock
    )
    release_actions.freeze(actor=SYSTEM, release_id=release, facts=FACTS, clock=clock)
    change = proposed(home, clock)

    looked = told(clock, "approve", change, "--as", "wang")

    assert (looked["voids"], releases.release(release).state) == ([release], "adjudicated")
    assert f"loses its approvals  {release}" in fangbang(clock, "exams", "approve", change, "--as", "wang").output


@pytest.mark.parametrize(("language", "words"), [("zh", "未执行；加 --yes 执行"), ("en", "nothing done; add --yes")])
def test_people_read_years_doubts_and_lines(home: Path, clock: ManualClock, language: str, words: str) -> None:
    change = proposed(home, clock)

    lines = fangbang(clock, "exams", "approve", change, "--as", "wang", language=language).stdout.splitlines()

    assert lines[0].endswith(words)
    assert [line for line in lines if line.endswith("100 → 120")] != []
    assert [line[:7] for line in lines if line.startswith(("-papers", "+papers"))] == ["-papers", "+papers"]
    assert f"SHA-256  {queries.change(change).sha256}" in lines


def test_nobody_approves_their_own_or_with_another_s_key_or_by_name(home: Path, clock: ManualClock) -> None:
    accounts.change_roles(actor=SYSTEM, operator_id="sun", roles=["catalogue-editor", "approver"], clock=clock)
    change, borrowed = proposed(home, clock), signed_by("wang", home, clock)[2:]

    own = refusal(clock, "approve", change, *signed_by("sun", home, clock), "--yes")
    lent = refusal(clock, "approve", change, "--as", "zhao", *borrowed, "--yes")
    by_name = refusal(clock, "approve", change, "--as", "zhao", "--yes")

    assert own == (Kind.REFUSED.exit_code, "catalogue.second-person")
    assert lent == (Kind.REFUSED.exit_code, "release.untrusted-key")
    assert by_name == (Kind.INPUT.exit_code, "cli.no-key-file")
    assert [*(home / "exams").iterdir()] == []
    assert audit.latest(1)[0].event != "accounts.decision-signed", "what is refused takes the signature's entry back"


def test_a_refused_file_is_listed_with_its_reason_and_decided_once(home: Path, clock: ManualClock) -> None:
    change = proposed(home, clock)

    told(clock, "refuse", change, "--reason", "110", "--as", "wang")
    again = refusal(clock, "approve", change, *signed_by("zhao", home, clock), "--yes")

    (listed,) = told(clock, "proposals")["proposals"]
    assert (listed["change"], listed["state"], listed["answer"]) == (change, "refused", "110")
    assert again == (Kind.STATE.exit_code, "catalogue.not-waiting")
    assert change in fangbang(clock, "exams", "proposals", "--file", "social-worker").output
    assert told(clock, "proposals", "--file", "fire-1")["proposals"] == []


def test_an_author_takes_their_own_back_and_nobody_else_s(home: Path, clock: ManualClock) -> None:
    enter(clock, "lin", "catalogue-editor")
    change = proposed(home, clock)

    other = refusal(clock, "take-back", change, "--as", "lin")
    done = told(clock, "take-back", change, "--as", "sun")

    assert other == (Kind.REFUSED.exit_code, "catalogue.not-yours")
    assert (done["state"], done["years"]) == ("taken-back", {})


@pytest.mark.parametrize(
    ("text", "code", "kind"),
    [
        (SHIPPED, "catalogue.same-file", Kind.STATE),
        ("id = ", "exams.bad-file", Kind.INPUT),
        ("#" * (LARGEST + 1), "exams.too-large", Kind.INPUT),
    ],
)
def test_a_file_that_cannot_be_proposed_is_told(
    home: Path, clock: ManualClock, text: str, code: str, kind: Kind
) -> None:
    (home / "changed.toml").write_text(text)

    refused = refusal(clock, "propose", str(home / "changed.toml"), *REASON, "--as", "sun", "--yes")

    assert (refused, queries.changes()) == ((kind.exit_code, code), [])


@pytest.mark.parametrize(
    ("words", "code", "kind"),
    [
        (["propose", "none.toml", *REASON, "--as", "sun"], "cli.unreadable", Kind.INPUT),
        (["propose", "changed.toml", "--reason", " ", "--as", "sun"], "catalogue.no-reason", Kind.INPUT),
        (["propose", "changed.toml", *REASON, "--as", "wang"], "accounts.role-missing", Kind.REFUSED),
        (["propose", "changed.toml", *REASON], "cli.nobody-acts", Kind.INPUT),
        (["approve", "cat-none", "--as", "wang"], "catalogue.unknown", Kind.INPUT),
        (["refuse", "cat-none", *REASON, "--as", "wang"], "catalogue.unknown", Kind.INPUT),
        (["take-back", "cat-none", "--as", "sun"], "catalogue.unknown", Kind.INPUT),
    ],
)
def test_what_cannot_be_done_is_told(
    home: Path, clock: ManualClock, monkeypatch: pytest.MonkeyPatch, words: list[str], code: str, kind: Kind
) -> None:
    monkeypatch.chdir(home)

    assert refusal(clock, *words) == (kind.exit_code, code)


@pytest.mark.parametrize(("region", "exams"), [("110000", []), ("", ["fire-1"])])
def test_a_province_or_another_exam_s_staff_decides_nothing(
    home: Path, clock: ManualClock, region: str, exams: list[str]
) -> None:
    enter(clock, "li", "catalogue-editor", region=region, exams=exams)
    enter(clock, "wu", "approver", region=region, exams=exams)
    change = proposed(home, clock)

    proposes = refusal(clock, "propose", str(home / "changed.toml"), *REASON, "--as", "li", "--yes")
    approves = refusal(clock, "approve", change, "--as", "wu")
    refuses = refusal(clock, "refuse", change, "--reason", "no", "--as", "wu")

    assert {proposes, approves, refuses} == {(Kind.REFUSED.exit_code, "accounts.role-missing")}
    assert queries.change(change).state == "waiting"


@pytest.mark.parametrize("exams", [[], ["social-worker"]])
def test_a_file_that_fits_no_longer_can_still_be_refused(home: Path, clock: ManualClock, exams: list[str]) -> None:
    enter(clock, "wu", "approver", exams=exams)
    change = proposed(home, clock)
    Change.objects.filter(pk=change).update(content="id = ")

    approves = refusal(clock, "approve", change, *signed_by("wu", home, clock), "--yes")
    refused = told(clock, "refuse", change, "--reason", "no", "--as", "wu")

    assert approves == (Kind.INPUT.exit_code, "exams.bad-file")
    assert (refused["state"], refused["done"]) == ("refused", True)


def test_a_file_whose_row_was_changed_is_not_put_in_force(home: Path, clock: ManualClock) -> None:
    change = proposed(home, clock)
    Change.objects.filter(pk=change).update(content=CHANGED.replace('"120"', '"130"'))

    refused = refusal(clock, "approve", change, *signed_by("wang", home, clock), "--yes")

    assert refused == (Kind.INTEGRITY.exit_code, "catalogue.altered")
    assert ([*(home / "exams").iterdir()], queries.change(change).state) == ([], "waiting")
    assert audit.latest(1)[0].event == "accounts.key-enrolled", "the signature's entry is taken back"


def test_a_refusal_needs_a_reason(home: Path, clock: ManualClock) -> None:
    change = proposed(home, clock)

    assert refusal(clock, "refuse", change, "--reason", " ", "--as", "wang") == (
        Kind.INPUT.exit_code, "catalogue.no-reason",
    )  # fmt: skip


def test_without_a_folder_nothing_is_proposed_or_put_in_force(
    home: Path, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    change = proposed(home, clock)
    monkeypatch.delenv("FANGBANG_EXAMS")

    proposes = refusal(clock, "propose", str(home / "changed.toml"), *REASON, "--as", "sun", "--yes")
    approves = refusal(clock, "approve", change, *signed_by("wang", home, clock), "--yes")

    assert {proposes, approves} == {(Kind.STATE.exit_code, "catalogue.no-folder")}


def test_another_file_than_the_author_saw_is_told(home: Path, clock: ManualClock) -> None:
    change = proposed(home, clock)
    (home / "exams" / "social-worker.toml").write_text(CHANGED + "\n# by hand\n")

    refused = refusal(clock, "approve", change, *signed_by("wang", home, clock), "--yes")

    assert refused == (Kind.STATE.exit_code, "catalogue.changed-meanwhile")
    assert audit.latest(1)[0].event == "accounts.key-enrolled"
