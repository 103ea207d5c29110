"""`fangbang adjudicate` and `fangbang lines`, from the command line to the database."""

import json
import os
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from fangbang.accounts import actions as accounts
from fangbang.adjudication import actions, queries
from fangbang.adjudication.actions import HistoryBook
from fangbang.adjudication.shadows import shadow_cohort
from fangbang.audit.rules import SYSTEM, Actor
from fangbang.books.store import BookKeys, BookStore
from fangbang.cli import main
from fangbang.cli.edge import Session
from fangbang.cli.layout import Layout
from fangbang.core.clock import ManualClock
from fangbang.core.errors import Kind
from fangbang.people import actions as people
from fangbang.people.rules import DocumentType, resident_id_check_digit
from fangbang.people.rules.vault import DocumentVault
from tests.accounts.keyed import signed_by
from tests.adjudication.office import take_in
from tests.adjudication.test_sentinels import above_only
from tests.adjudication.world import FOLDER, TIBET, TRIAL, Person, mark, sat

pytestmark = pytest.mark.django_db

PEOPLE = [Person(1, sat("w4", mark("a", 60), mark("d", "5.00"))), Person(2, sat("w1", mark("a", 55), province=TIBET))]


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, clock: ManualClock) -> BookStore:
    """An initialised HOME with two adjudicators who have keys and an importer, and the books of demo custody."""
    monkeypatch.setenv("FANGBANG_HOME", str(tmp_path))
    monkeypatch.setenv("FANGBANG_PASSPHRASE_FILE", str(tmp_path / "passphrase"))
    monkeypatch.setenv("FANGBANG_EXAMS", str(FOLDER))
    layout = Layout(tmp_path)
    layout.make()
    for identity, role in (("zhang", "adjudicator"), ("qian", "adjudicator"), ("li", "importer")):
        accounts.add_operator(actor=SYSTEM, operator_id=identity, name=identity, roles=[role], clock=clock)
    for identity in ("zhang", "qian"):
        signed_by(identity, tmp_path, clock)
    return BookStore(layout.books, BookKeys.create(layout.book_keys))


def fangbang(clock: ManualClock, *arguments: str) -> Result:
    return CliRunner().invoke(main, ["--lang", "en", *arguments], obj=Session(clock=clock))


RAN = len(shadow_cohort(TRIAL, []))


def signed(who: str) -> list[str]:
    """The words by which somebody signs with their own key."""
    return ["--as", who, "--key", str(Path(os.environ["FANGBANG_HOME"]) / f"{who}.pem")]


def told(clock: ManualClock, *arguments: str) -> Any:
    result = fangbang(clock, "--json", *arguments)
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def test_a_sitting_is_decided_and_shown(store: BookStore, clock: ManualClock) -> None:
    sitting = take_in(store, clock, 2026, PEOPLE)

    done = told(clock, "adjudicate", "run", sitting, "--as", "zhang")

    assert (done["candidates"], done["compared"], done["disagreements"]) == (2, 2, 0)
    assert done["counts"]["outcomes"] == {"line-not-announced": 1, "partly-passed": 1}
    assert told(clock, "adjudicate", "show", done["run"]) == done
    assert told(clock, "adjudicate", "list", sitting) == {"runs": [done]}
    assert done["run"] in fangbang(clock, "adjudicate", "list").output


def test_the_text_names_the_calculators_and_their_disagreements(store: BookStore, clock: ManualClock) -> None:
    sitting = take_in(store, clock, 2026, PEOPLE)

    result = fangbang(clock, "adjudicate", "run", sitting, "--as", "zhang")

    assert "2 candidates, two calculators, 0 disagreements (finished)" in result.output
    assert f"{RAN} sentinels, {RAN} right, 0 among the candidates" in result.output


def test_the_text_names_the_sentinels_that_came_out_wrong(
    store: BookStore, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    sitting = take_in(store, clock, 2026, PEOPLE)
    above_only(monkeypatch)

    result = fangbang(clock, "adjudicate", "run", sitting, "--as", "zhang")

    assert f"{RAN} sentinels, {RAN} right" not in result.output
    assert "\n  main/110000/w1/at-the-lines\n" in result.output


def test_a_run_of_an_earlier_year_can_be_named_as_history(store: BookStore, clock: ManualClock) -> None:
    earlier = take_in(store, clock, 2025, [Person(1, sat("w3", mark("a", 60)))])
    later = take_in(store, clock, 2026, [Person(1, sat("w3", mark("c", 45)))])
    first = told(clock, "adjudicate", "run", earlier, "--as", "zhang")

    done = told(clock, "adjudicate", "run", later, "--as", "zhang", "--history-run", first["run"])

    assert done["counts"]["outcomes"] == {"qualified": 1}


def test_a_sitting_whose_history_changed_is_listed_until_it_was_run_again(store: BookStore, clock: ManualClock) -> None:
    earlier = take_in(store, clock, 2025, [Person(1, sat("w3", mark("a", 60)))])
    later = take_in(store, clock, 2026, [Person(1, sat("w3", mark("c", 45)))])
    first = told(clock, "adjudicate", "run", earlier, "--as", "zhang")
    told(clock, "adjudicate", "run", later, "--as", "zhang")
    wanted = [HistoryBook(earlier, 2025, first["outcomes"], "rel-9")]
    actions.open_recomputation(sitting_id=later, earlier=earlier, wanted=wanted, cause="rel-9", clock=clock)

    before = told(clock, "adjudicate", "outdated")["outdated"]
    done = told(clock, "adjudicate", "run", later, "--as", "zhang", "--history-run", first["run"])

    assert [(item["sitting"], item["changed"], item["cause"]) for item in before] == [(later, earlier, "rel-9")]
    assert told(clock, "adjudicate", "outdated") == {"outdated": []}
    assert [item["closed_by"] for item in told(clock, "adjudicate", "outdated", "--all")["outdated"]] == [done["run"]]


@pytest.mark.parametrize("text", ["", "110626000001\n110626000002\n"])
def test_a_file_of_no_or_several_tickets_is_refused(
    store: BookStore, clock: ManualClock, tmp_path: Path, text: str
) -> None:
    (tmp_path / "ticket.txt").write_text(text, encoding="utf-8")
    words = ["withhold", "some-2026", str(tmp_path / "ticket.txt"), "--reason", "x", "--basis", "y", "--as", "zhang"]

    result = fangbang(clock, "adjudicate", *words)

    assert (result.exit_code, result.stderr) == (
        3,
        "Error [cli.one-ticket] The file must have one line: the ticket number\n",
    )


def test_withholding_is_dry_without_yes_and_listed_without_end(
    store: BookStore, clock: ManualClock, tmp_path: Path
) -> None:
    sitting = take_in(store, clock, 2026, PEOPLE)
    ticket = tmp_path / "ticket.txt"
    ticket.write_text(f"{PEOPLE[1].ticket}\n", encoding="utf-8")
    words = ["adjudicate", "withhold", sitting, str(ticket), "--reason", "雷同核查", "--as", "zhang"]
    words += ["--basis", "人社部令第31号第六条"]
    agree = ["adjudicate", "agree"]

    dry = told(clock, *words)
    before = told(clock, "adjudicate", "withheld", sitting)
    done = told(clock, *words, "--yes")
    waiting = told(clock, "adjudicate", "withheld", sitting)["requests"]
    told(clock, *agree, done["request"], *signed("qian"), "--yes")
    run = told(clock, "adjudicate", "run", sitting, "--as", "zhang")
    words[1] = "unwithhold"
    lifting = told(clock, *words, "--yes")["request"]
    told(clock, *agree, lifting, *signed("qian"), "--yes")

    assert (dry["done"], before["withheld"], before["requests"], done["done"]) == (False, [], [], True)
    assert [item["request"] for item in waiting] == [done["request"]]
    assert run["counts"]["outcomes"]["withheld"] == 1
    kept = told(clock, "adjudicate", "withheld", sitting)["withheld"]
    assert [(item["ticket"], item["by"], item["second"], item["lifted_second"]) for item in kept] == [
        (PEOPLE[1].ticket, "zhang", "qian", "qian")
    ]
    assert "雷同核查" in fangbang(clock, "adjudicate", "withheld", sitting).output


def test_a_withholding_is_agreed_to_with_a_key_and_refused_without(
    store: BookStore, clock: ManualClock, tmp_path: Path
) -> None:
    sitting, ticket = take_in(store, clock, 2026, PEOPLE), tmp_path / "ticket.txt"
    ticket.write_text(f"{PEOPLE[1].ticket}\n", encoding="utf-8")
    words = ["adjudicate", "withhold", sitting, str(ticket), "--reason", "雷同核查", "--basis", "第六条"]
    request = told(clock, *words, "--as", "zhang", "--yes")["request"]
    agree = ["adjudicate", "agree", request, "--as", "qian"]

    dry = told(clock, *agree)
    by_name = refusal(clock, *agree, "--yes")
    borrowed = refusal(clock, *agree, "--yes", *signed("zhang")[2:])
    told(clock, *agree, "--refuse", "--yes")

    assert dry["done"] is False
    assert by_name == (Kind.INPUT.exit_code, "cli.no-key-file")
    assert borrowed == (Kind.REFUSED.exit_code, "release.untrusted-key")
    assert [item.state for item in queries.withholding_requests(sitting)] == ["refused"]


class Identified(Person):
    """A person with a number that passes every check; the sequence number 000 is given to nobody."""

    @property
    def document(self) -> str:
        start = f"110101199003{self.number:02d}000"
        return start + resident_id_check_digit(start)


def test_passes_under_another_document_count_once_two_members_of_staff_linked_them(
    store: BookStore, clock: ManualClock, tmp_path: Path
) -> None:
    then, now = Identified(9, sat("w3", mark("a", 60))), Identified(1, sat("w3", mark("c", 45)))
    earlier, later = take_in(store, clock, 2025, [then]), take_in(store, clock, 2026, [now])
    first = told(clock, "adjudicate", "run", earlier, "--as", "zhang")
    words = ("adjudicate", "run", later, "--as", "zhang", "--history-run", first["run"])
    accounts.add_operator(actor=SYSTEM, operator_id="sun", name="sun", roles=["importer"], clock=clock)
    asked = people.propose_link(
        actor=Actor("li", "li"),
        first=(DocumentType.RESIDENT_ID, then.document),
        second=(DocumentType.RESIDENT_ID, now.document),
        basis="京考〔2026〕12号",
        vault=DocumentVault.of(BookKeys.load(Layout(tmp_path).book_keys).derived("people")),
        clock=clock,
    )

    before = told(clock, *words)
    told(clock, "people", "approve", asked.id, *signed_by("sun", tmp_path, clock))
    after = told(clock, *words)

    assert [run["counts"]["outcomes"] for run in (before, after)] == [{"partly-passed": 1}, {"qualified": 1}]
    assert before["run"] != after["run"]


def test_only_an_adjudicator_runs(store: BookStore, clock: ManualClock) -> None:
    sitting = take_in(store, clock, 2026, PEOPLE)

    result = fangbang(clock, "adjudicate", "run", sitting, "--as", "li")

    assert result.exit_code == Kind.REFUSED.exit_code
    assert queries.runs() == []


def announced(clock: ManualClock, *line: str, by: tuple[str, str] = ("zhang", "qian")) -> Any:
    """A line that one proposed and another approved."""
    proposal = told(clock, "lines", "propose", *line, "--as", by[0], "--yes")["proposal"]
    return told(clock, "lines", "approve", proposal, *signed(by[1]), "--yes")


def refusal(clock: ManualClock, *words: str) -> tuple[int, str]:
    result = fangbang(clock, "--json", *words)
    return result.exit_code, json.loads(result.stderr.splitlines()[-1])["code"]


def test_a_line_counts_once_a_second_person_approved_it(store: BookStore, clock: ManualClock) -> None:
    sitting = take_in(store, clock, 2026, PEOPLE)
    line = ["lines", "propose", sitting, "5", "--level", "main", "--subject", "d", "--document", "N1", "--as", "zhang"]

    dry = told(clock, *line)
    none = told(clock, "lines", "proposals", sitting)["proposals"]
    proposed = told(clock, *line, "--yes")
    looked = told(clock, "lines", "approve", proposed["proposal"], "--as", "qian")
    before = queries.lines(sitting)
    approved = told(clock, "lines", "approve", proposed["proposal"], *signed("qian"), "--yes")

    assert (dry["done"], none, proposed["state"], looked["done"], before) == (False, [], "proposed", False, [])
    assert (approved["state"], approved["done"]) == ("approved", True)
    assert [(item.subject, item.value) for item in queries.lines(sitting)] == [("d", Decimal(5))]


def test_both_see_whom_each_step_would_change(store: BookStore, clock: ManualClock) -> None:
    sitting = take_in(store, clock, 2026, PEOPLE)
    line = ["lines", "propose", sitting, "5", "--level", "main", "--subject", "d", "--document", "N1", "--as", "zhang"]

    proposed = told(clock, *line, "--yes")
    looked = told(clock, "lines", "approve", proposed["proposal"], "--as", "qian")

    assert proposed["preview"] == looked["preview"]
    assert "5" in {step["value"] for step in looked["preview"]}
    assert queries.proposal(proposed["proposal"]).preview is not None


def test_before_there_are_marks_a_line_has_no_preview(store: BookStore, clock: ManualClock) -> None:
    from fangbang.exams.catalogue import load_catalogue
    from fangbang.intake import actions as intake

    sitting = intake.open_sitting(
        actor=SYSTEM, exam_id="trial", year=2026, catalogue=load_catalogue(FOLDER), clock=clock
    ).id

    done = announced(clock, sitting, "6", "--level", "main", "--document", "N1")

    assert (done["preview"], done["state"]) == (None, "approved")


def test_nobody_approves_their_own_line(store: BookStore, clock: ManualClock) -> None:
    sitting = take_in(store, clock, 2026, PEOPLE)
    line = [sitting, "6", "--level", "main", "--document", "N1", "--as", "zhang", "--yes"]
    proposal = told(clock, "lines", "propose", *line)["proposal"]

    refused = refusal(clock, "lines", "approve", proposal, *signed("zhang"), "--yes")

    assert (refused, queries.lines(sitting)) == ((Kind.REFUSED.exit_code, "adjudication.same-person"), [])


def test_a_line_is_approved_with_one_s_own_key_alone(store: BookStore, clock: ManualClock) -> None:
    sitting = take_in(store, clock, 2026, PEOPLE)
    line = [sitting, "6", "--level", "main", "--document", "N1", "--as", "zhang", "--yes"]
    approve = ["lines", "approve", told(clock, "lines", "propose", *line)["proposal"], "--yes", "--as", "qian"]

    by_name = refusal(clock, *approve)
    borrowed = refusal(clock, *approve, *signed("zhang")[2:])

    assert by_name == (Kind.INPUT.exit_code, "cli.no-key-file")
    assert borrowed == (Kind.REFUSED.exit_code, "release.untrusted-key")
    assert queries.lines(sitting) == []


def test_a_line_is_decided_once(store: BookStore, clock: ManualClock) -> None:
    sitting = take_in(store, clock, 2026, PEOPLE)
    line = [sitting, "6", "--level", "main", "--document", "N1", "--as", "zhang", "--yes"]
    proposal = told(clock, "lines", "propose", *line)["proposal"]

    refused = told(clock, "lines", "refuse", proposal, "--reason", "文号有误", "--as", "qian")
    again = refusal(clock, "lines", "approve", proposal, *signed("qian"), "--yes")

    assert refused["state"] == "refused"
    assert again == (Kind.STATE.exit_code, "adjudication.proposal-decided")
    listed = told(clock, "lines", "proposals", sitting)["proposals"]
    assert [(item["state"], item["by"], item["reason"]) for item in listed] == [("refused", "zhang", "文号有误")]
    assert proposal in fangbang(clock, "lines", "proposals", sitting).output


@pytest.mark.parametrize("verb", [["approve"], ["refuse", "--reason", "x"]])
def test_an_unknown_proposal_is_an_input_error(store: BookStore, clock: ManualClock, verb: list[str]) -> None:
    refused = refusal(clock, "lines", verb[0], "lin-none", *verb[1:], "--as", "qian")

    assert refused == (Kind.INPUT.exit_code, "adjudication.unknown-proposal")


def test_a_refusal_of_a_line_needs_a_reason(store: BookStore, clock: ManualClock) -> None:
    sitting = take_in(store, clock, 2026, PEOPLE)
    line = [sitting, "6", "--level", "main", "--document", "N1", "--as", "zhang", "--yes"]
    proposal = told(clock, "lines", "propose", *line)["proposal"]

    refused = refusal(clock, "lines", "refuse", proposal, "--reason", " ", "--as", "qian")

    assert refused == (Kind.INPUT.exit_code, "adjudication.no-reason")


def test_a_province_s_adjudicator_decides_for_that_province_alone(store: BookStore, clock: ManualClock) -> None:
    accounts.add_operator(
        actor=SYSTEM, operator_id="luo", name="罗桑", roles=["adjudicator"], region=TIBET, clock=clock
    )
    sitting = take_in(store, clock, 2026, PEOPLE)
    line = [sitting, "60", "--level", "main", "--subject", "b", "--document", "N1"]
    regional = [*line, "--regional", "--province", "西藏"]

    nation = refusal(clock, "lines", "propose", *line, "--as", "luo", "--yes")
    proposal = told(clock, "lines", "propose", *line, "--as", "zhang", "--yes")["proposal"]
    approves = refusal(clock, "lines", "approve", proposal, "--as", "luo", "--yes")
    done = announced(clock, *regional, by=("luo", "zhang"))

    missing = (Kind.REFUSED.exit_code, "accounts.role-missing")
    assert (nation, approves, done["provinces"]) == (missing, missing, [TIBET])


def test_a_regional_line_by_the_provinces_name(store: BookStore, clock: ManualClock) -> None:
    sitting = take_in(store, clock, 2026, PEOPLE)
    place = ["--level", "main", "--subject", "b", "--regional", "--province", "西藏", "--document", "N1"]

    announced(clock, sitting, "60", *place)

    listed = told(clock, "lines", "list", sitting)["lines"]
    assert [(item["province"], item["regional"], item["value"]) for item in listed] == [(TIBET, True, "60")]
    assert TIBET in fangbang(clock, "lines", "list", sitting).output


def test_all_subjects_of_a_level_at_once_or_none(store: BookStore, clock: ManualClock) -> None:
    sitting = take_in(store, clock, 2026, PEOPLE)
    common = ["--level", "main", "--document", "N1"]

    too_high = fangbang(clock, "lines", "propose", sitting, "60", *common, "--as", "zhang", "--yes")
    after = queries.proposals(sitting)
    fine = announced(clock, sitting, "6", *common)

    assert (too_high.exit_code, after) == (Kind.INPUT.exit_code, [])
    assert fine["subjects"] == ["a", "b", "c", "d"]
    assert [item.subject for item in queries.lines(sitting)] == ["a", "b", "c", "d"]


@pytest.mark.parametrize(
    ("value", "options"),
    [("sixty", ["--level", "main"]), ("6", ["--level", "none"]), ("6", ["--level", "main", "--province", "江南"])],
)
def test_a_line_that_cannot_be_used_is_an_input_error(
    store: BookStore, clock: ManualClock, value: str, options: list[str]
) -> None:
    sitting = take_in(store, clock, 2026, PEOPLE)

    result = fangbang(clock, "lines", "propose", sitting, value, *options, "--document", "N1", "--as", "zhang")

    assert result.exit_code == Kind.INPUT.exit_code
