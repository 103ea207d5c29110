"""Verbs that neither the demonstration nor another test runs: what they do, and what they refuse."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from fangbang.accounts import actions as accounts
from fangbang.accounts.rules import prove_possession
from fangbang.accounts.rules.keyfiles import encrypted_pem
from fangbang.audit import queries as audit
from fangbang.audit.rules import SYSTEM
from fangbang.books.keys import BookKeys
from fangbang.cli import main
from fangbang.cli.edge import Session
from fangbang.core.clock import ManualClock
from fangbang.core.errors import Kind
from fangbang.project.layout import Layout
from fangbang.release import actions, queries
from fangbang.release.rules import ReleaseKind, Scope, red_checks
from fangbang.simulate.fit import recipe
from tests.intake.files import prior, write_rows
from tests.office.desk import Desk
from tests.release.people import RED_FACTS, SITTING, WANG, ZHAO

pytestmark = pytest.mark.django_db
PASSPHRASE = "a passphrase of the tests"
STAFF = (
    ("chen", "administrator"),
    ("zhou", "administrator"),
    ("li", "importer"),
    (WANG.id, "approver"),
    (ZHAO.id, "approver"),
)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, clock: ManualClock) -> Path:
    """An office with its staff; two approvers have keys, in files."""
    monkeypatch.setenv("FANGBANG_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("FANGBANG_OPERATOR", raising=False)
    monkeypatch.setenv("FANGBANG_PASSPHRASE_FILE", str(tmp_path / "passphrase"))
    (tmp_path / "passphrase").write_text(f"{PASSPHRASE}\n")
    layout = Layout(tmp_path / "home")
    layout.make()
    BookKeys.create(layout.book_keys)
    for operator, role in STAFF:
        accounts.add_operator(actor=SYSTEM, operator_id=operator, name=operator, roles=[role], clock=clock)
    for person in (WANG, ZHAO):
        public, proof = person.key.public_key().public_bytes_raw(), prove_possession(person.key, person.id)
        accounts.enrol_key(actor=SYSTEM, operator_id=person.id, public_key=public, proof=proof, clock=clock)
        (tmp_path / f"{person.id}.pem").write_bytes(encrypted_pem(person.key, PASSPHRASE))
    return tmp_path


def fangbang(clock: ManualClock, *words: str) -> Result:
    return CliRunner().invoke(main, ["--lang", "en", *words], obj=Session(clock=clock))


def told(clock: ManualClock, *words: str) -> Any:
    result = fangbang(clock, "--json", *words)
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def refusal(clock: ManualClock, *words: str) -> tuple[int, str]:
    result = fangbang(clock, "--json", *words)
    return result.exit_code, json.loads(result.stderr.splitlines()[-1])["code"]


@pytest.fixture
def red(home: Path, clock: ManualClock) -> str:
    """A frozen report whose joins are red."""
    opened = actions.open_release(actor=SYSTEM, sitting_id=SITTING, scope=Scope(), kind=ReleaseKind.BASE, clock=clock)
    actions.freeze(actor=SYSTEM, release_id=opened, facts=replace(RED_FACTS, seen=audit.head().seq), clock=clock)
    return opened


def override(home: Path, release: str, who: str, *more: str, key: str = "") -> list[str]:
    words = ["release", "override", release, "joins", "--reason", "two rows of a closed site", "--as", who]
    return [*words, "--key", str(home / f"{key or who}.pem"), *more]


def reds(release: str) -> list[str]:
    return list(red_checks(queries.frozen_report(release)))


def test_two_approvers_override_a_red_check_and_dry_overrides_nothing(home: Path, red: str, clock: ManualClock) -> None:
    dry = told(clock, *override(home, red, WANG.id))
    untouched = queries.release(red).report_hash

    told(clock, *override(home, red, WANG.id, "--yes"))
    after_one = reds(red)
    told(clock, *override(home, red, ZHAO.id, "--yes"))

    assert (dry["dry"], after_one, reds(red)) == (True, ["joins"], [])
    assert queries.release(red).report_hash != untouched


def test_one_approver_twice_overrides_nothing(home: Path, red: str, clock: ManualClock) -> None:
    for _ in range(2):
        fangbang(clock, *override(home, red, WANG.id, "--yes"))

    assert reds(red) == ["joins"]


def test_nobody_overrides_with_another_s_key_or_without_the_role(home: Path, red: str, clock: ManualClock) -> None:
    borrowed = fangbang(clock, *override(home, red, WANG.id, "--yes", key=ZHAO.id))
    importer = refusal(clock, *override(home, red, "li", "--yes", key=WANG.id))

    assert borrowed.exit_code != 0
    assert importer == (Kind.REFUSED.exit_code, "accounts.role-missing")
    assert reds(red) == ["joins"]


def test_sittings_are_listed_with_their_files_and_releases(home: Path, clock: ManualClock) -> None:
    none = fangbang(clock, "sitting", "list").output
    told(clock, "sitting", "open", "social-worker", "2026", "--as", "li")

    listed = told(clock, "sitting", "list")

    assert none == "No sittings yet\n"
    assert listed == {"sittings": [{"sitting": "social-worker-2026", "batches": 0, "releases": []}]}


@pytest.mark.parametrize(
    "words",
    [
        ("lines", "list"),
        ("lines", "proposals"),
        ("adjudicate", "list"),
        ("adjudicate", "withheld"),
        ("release", "status"),
        ("intake", "list"),
    ],
)
def test_a_sitting_that_was_never_opened_is_not_just_empty(
    home: Path, clock: ManualClock, words: tuple[str, str]
) -> None:
    assert refusal(clock, *words, "social-worker-2062") == (Kind.STATE.exit_code, "intake.no-sitting")


def test_a_member_of_staff_cannot_be_of_an_exam_that_is_none(home: Path, clock: ManualClock) -> None:
    words = ("operator", "add", "han", "--name", "韩", "--role", "adjudicator", "--as", "chen", "--exam")

    assert refusal(clock, *words, "social-walker") == (Kind.INPUT.exit_code, "exams.unknown-exam")
    assert told(clock, *words, "social-worker")["operator"] == "han"


def test_a_line_that_is_no_number_is_told(home: Path, clock: ManualClock) -> None:
    told(clock, "operator", "add", "han", "--name", "韩", "--role", "adjudicator", "--as", "chen")
    told(clock, "sitting", "open", "social-worker", "2026", "--as", "han")
    words = ("lines", "propose", "social-worker-2026", "sixty", "--level", "junior", "--document", "x", "--as", "han")

    result = fangbang(clock, *words)

    assert result.exit_code == Kind.INPUT.exit_code
    assert "[adjudication.bad-line]" in result.stderr
    assert "no number" in result.stderr


def test_passes_of_before_are_taken_in(home: Path, clock: ManualClock) -> None:
    told(clock, "sitting", "open", "social-worker", "2026", "--as", "li")
    path = write_rows(home / "prior.csv", [prior(1), prior(2)])

    done = told(clock, "intake", "prior-passes", "social-worker-2026", str(path), "--as", "li")
    nowhere = refusal(clock, "intake", "prior-passes", "social-worker-2027", str(path), "--as", "li")

    assert (done["accepted"], done["quarantined"]) == (2, 0)
    assert nowhere == (Kind.STATE.exit_code, "intake.no-sitting")


def test_a_lost_factor_takes_two_administrators(home: Path, clock: ManualClock) -> None:
    code = told(clock, "office", "invite", "li", "--as", "chen")["code"]
    never = refusal(clock, "office", "recover", "li", "--as", "chen")

    assert len(code.replace("-", "")) >= 20
    assert never == (Kind.STATE.exit_code, "accounts.not-enrolled")


@pytest.fixture
def enrolled(home: Path, clock: ManualClock, monkeypatch: pytest.MonkeyPatch) -> Path:
    """That office, in which `li` and `zhou` have set up how they sign in."""
    monkeypatch.setattr("fangbang.office.middleware.office_clock", lambda: clock)
    for who in ("li", "zhou"):
        Desk(clock).enrol(who)
    return home


def test_two_administrators_let_somebody_in_anew(enrolled: Path, clock: ManualClock) -> None:
    asked = told(clock, "office", "recover", "li", "--as", "chen")
    alone = told(clock, "office", "recover", "li", "--as", "chen")
    given = told(clock, "office", "recover", "li", "--as", "zhou")

    assert [item["code"] for item in (asked, alone)] == [None, None]
    assert Desk(clock).post("/enrol", code=given["code"]).headers["Location"] == "/enrol/password"
    events = [entry.event for entry in audit.entries(subject="li")]
    assert events.count("accounts.recovery-confirmed") == 1


def test_nobody_but_administrators_recovers_and_not_oneself(enrolled: Path, clock: ManualClock) -> None:
    told(clock, "office", "recover", "zhou", "--as", "chen")

    importer = refusal(clock, "office", "recover", "zhou", "--as", "li")
    oneself = refusal(clock, "office", "recover", "zhou", "--as", "zhou")

    assert importer == (Kind.REFUSED.exit_code, "accounts.role-missing")
    assert oneself == (Kind.REFUSED.exit_code, "accounts.second-person-needed")


def sources(folder: Path, frequencies: str = "", absences: str = "") -> list[str]:
    """Frequencies of every subject that the recipe names, and a sitting of three; the options that name them."""
    plan = recipe()
    rows = ["year,subject,score,count"]
    for item in plan["shape"]:
        rows += [f"{item['years'][0]},{subject},{mark},{mark}" for subject in item["subjects"] for mark in range(1, 11)]
    names, absent = plan["absences"]["subjects"], plan["absences"]["words"][0]
    marks = [",".join(names), ",".join([absent] * len(names)), ",".join([absent, *["5"] * (len(names) - 1)])]
    marks.append(",".join(["5"] * len(names)))
    one, other = folder / "frequencies.csv", folder / "marks.csv"
    one.write_text(frequencies or "\n".join(rows) + "\n", encoding="utf-8")
    other.write_text(absences or "\n".join(marks) + "\n", encoding="utf-8")
    return ["--source", str(one), "--absences", str(other), "--out", str(folder / "shapes.json")]


def test_shapes_are_made_from_frequencies(tmp_path: Path, clock: ManualClock) -> None:
    done = told(clock, "simulate", "fit", *sources(tmp_path))

    made = json.loads((tmp_path / "shapes.json").read_bytes())
    assert done["shapes"] == sorted(made["shapes"]) == sorted(item["id"] for item in recipe()["shape"])
    assert made["absences"]["candidates"] == 3
    assert (made["absences"]["throughout"], made["absences"]["partly"]) == (1, 1)
    curve = made["shapes"]["objective-easy"]["cumulative"]
    assert (curve[0], curve[4], curve[-1]) == (0, round(made["scale"] / 55), made["scale"])


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"frequencies": "year,subject,score\n2020,GDCD,5\n"}, "simulate.bad-source"),
        ({"frequencies": "year,subject,score,count\n"}, "simulate.unusable-source"),
        ({"frequencies": "year,subject,score,count\n2020,GDCD,11,5\n"}, "simulate.unusable-source"),
        ({"absences": "literature\n5\n"}, "simulate.unusable-source"),
    ],
)
def test_sources_of_shapes_that_cannot_be_used_are_told(
    tmp_path: Path, clock: ManualClock, given: dict[str, str], code: str
) -> None:
    assert refusal(clock, "simulate", "fit", *sources(tmp_path, **given)) == (Kind.INPUT.exit_code, code)
    assert not (tmp_path / "shapes.json").exists()


def test_a_source_of_shapes_that_is_not_there_is_told(tmp_path: Path, clock: ManualClock) -> None:
    words = sources(tmp_path)
    (tmp_path / "marks.csv").unlink()

    assert refusal(clock, "simulate", "fit", *words)[1].startswith("cli.usage.")


def test_a_cohort_is_the_same_for_the_same_seed(tmp_path: Path, clock: ManualClock) -> None:
    words = ("simulate", "cohort", "--candidates", "50", "--mistakes", "3", "--no-history", "--out")

    one, two = (told(clock, *words, str(tmp_path / name)) for name in ("one", "two"))
    files = [
        {path.name: path.read_bytes() for path in (tmp_path / name).rglob("*") if path.suffix == ".csv"}
        for name in ("one", "two")
    ]

    assert (one["mistakes"], one["rows"]) == (3, two["rows"])
    assert files[0] == files[1] != {}


def test_a_cohort_of_an_unknown_exam_is_told(tmp_path: Path, clock: ManualClock) -> None:
    refused = refusal(clock, "simulate", "cohort", "--exam", "none", "--out", str(tmp_path / "x"))

    assert refused[0] == Kind.INPUT.exit_code
