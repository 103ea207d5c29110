"""One sitting's life after its first publication, verb by verb, with a keeper and a node as processes.

Base → a mark corrected (first overlay) → a regional line weeks later and a withheld result released (second overlay) →
a third one is refused → a new base → withdrawn → released again. Candidates ask over HTTP after each step.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from fangbang.cli.demo.office import ADJUDICATOR, APPROVERS, IMPORTER, Member
from fangbang.core.clock import from_wire
from fangbang.core.errors import FangbangError
from tests.harness import Installation
from tests.release.walking import BEIJING, TIBET, Candidate, files, write

pytestmark = pytest.mark.timeout(300)

STAYS = Candidate("11260001", "SYN00011126", "甲一", BEIJING, (70, 71, 72))
CORRECTED = Candidate("11260002", "SYN00021126", "乙二", BEIJING, (70, 71, 58))
REGIONAL = Candidate("54260003", "SYN00035426", "丙三", TIBET, (70, 71, 56))
WITHHELD = Candidate("11260004", "SYN00041126", "丁四", BEIJING, (80, 81, 82))
PEOPLE = (STAYS, CORRECTED, REGIONAL, WITHHELD)
RIGHT = 60


@pytest.fixture(scope="module")
def it(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    with Installation(tmp_path_factory.mktemp("overlays")) as running:
        yield running


def seen(it: Installation, sitting: str) -> list[tuple[str, int, str]]:
    """What each candidate is told: outcome, version, reasons."""
    answers = it.ask_all(sitting, [candidate.ask for candidate in PEOPLE])
    assert {answer["state"] for answer in answers} == {"found"}
    return [
        (answer["record"]["outcome"], answer["record"]["version"], answer["record"]["reason"]) for answer in answers
    ]


def published(it: Installation, sitting: str, *people: Candidate) -> list[datetime]:
    """When what these candidates are told was published."""
    answers = it.ask_all(sitting, [person.ask for person in people])
    return [from_wire(answer["published_at"]) for answer in answers if answer["state"] == "found"]


def publish(it: Installation, sitting: str, overlay: str = "") -> str:
    """Decide, freeze, approve, seal, distribute, schedule, and wait until the node answers from it."""
    it.office.adjudicate(sitting)
    release = it.to_the_vault(sitting, overlay)
    t = it.schedule(release)
    it.until(lambda: it.state_of(release) == "published")
    it.until(lambda: t in published(it, sitting, *PEOPLE))
    return release


def as_adjudicator(it: Installation, *words: str) -> dict[str, Any]:
    return it.verbs(*words, "--as", ADJUDICATOR, "--yes")


class Walk:
    """The sitting on its way; each step publishes something and says what every candidate must then be told."""

    def __init__(self, it: Installation, folder: Path) -> None:
        self.it, self.office, self.folder = it, it.office, folder
        self.sitting = self.office.take_in("social-worker", 2026, files(folder / "2026", 2026, PEOPLE))

    def publish_the_base(self) -> None:
        self._by_two("withhold", "雷同核查")
        self.base = publish(self.it, self.sitting)

        assert seen(self.it, self.sitting) == [
            ("qualified", 1, ""),
            ("partly-passed", 1, ""),
            ("partly-passed", 1, ""),
            ("withheld", 1, ""),
        ]

    def _by_two(self, verb: str, reason: str) -> None:
        ticket = self.folder / "ticket.txt"
        ticket.write_text(WITHHELD.ticket)
        told = (str(ticket), "--reason", reason, "--basis", "人社部令第31号第六条")
        request = as_adjudicator(self.it, "adjudicate", verb, self.sitting, *told)["request"]
        self.it.verbs("adjudicate", "agree", request, "--yes", *self.office.signed(APPROVERS[0]))

    def decide_next_year(self) -> None:
        """The later sitting takes what counts now as its history."""
        people = (replace(CORRECTED, ticket="11270001"),)
        self.later = self.office.take_in("social-worker", 2027, files(self.folder / "2027", 2027, people))
        self.with_old_history = self.office.adjudicate(self.later)

        assert self.it.verbs("adjudicate", "outdated")["outdated"] == []

    def correct_a_mark(self) -> None:
        """By a file of its own; without the notice it would be set aside."""
        row = f"{CORRECTED.ticket},{CORRECTED.document},practice,{RIGHT}"
        mended = write(self.folder / "mended.csv", [row], "准考证号,证件号码,科目,成绩")
        notice = ("--corrects", "更正〔2026〕1号", "--as", IMPORTER)
        self.it.verbs("intake", "marks", self.sitting, str(mended), *notice)
        self.first = publish(self.it, self.sitting, overlay=self.base)

        assert seen(self.it, self.sitting) == [
            ("qualified", 1, ""),
            ("qualified", 2, "mark"),
            ("partly-passed", 1, ""),
            ("withheld", 1, ""),
        ]
        (stays,), (corrected,) = (published(self.it, self.sitting, person) for person in (STAYS, CORRECTED))
        assert corrected > stays

    def run_next_year_again(self) -> None:
        """It used the old history: a task, closed by its new run."""
        tasks = self.it.verbs("adjudicate", "outdated")["outdated"]
        assert [(task["sitting"], task["changed"], task["cause"]) for task in tasks] == [
            (self.later, self.sitting, self.first)
        ]

        anew = self.office.adjudicate(self.later)

        assert self.it.verbs("adjudicate", "outdated")["outdated"] == []
        assert anew["history"][0]["book"] != self.with_old_history["history"][0]["book"]

    def announce_a_regional_line_and_release_the_withheld(self) -> None:
        line = ("lines", "propose", self.sitting, "55", "--level", "middle", "--regional", "--province", TIBET)
        proposal = as_adjudicator(self.it, *line, "--document", "单独划线〔2026〕1号")["proposal"]
        self.office.enter(Member("qian", "钱进", "adjudicator"), key=True)
        self.it.verbs("lines", "approve", proposal, "--yes", *self.office.signed("qian"))
        self._by_two("unwithhold", "核查通过")
        self.second = publish(self.it, self.sitting, overlay=self.base)

        assert seen(self.it, self.sitting) == LAST
        assert self.it.verbs("release", "show", self.second)["frozen"]["changes"] == {"line": 1, "released": 1}

    def make_a_new_base(self) -> None:
        """Two overlays are live: the refusal of a third one says what to do."""
        with pytest.raises(FangbangError) as caught:
            self.office.freeze(self.sitting, self.base)
        assert "release.too-many-overlays" in str(caught.value)

        self.anew = publish(self.it, self.sitting)

        assert seen(self.it, self.sitting) == LAST
        old = (self.base, self.first, self.second)
        assert [self.it.state_of(release) for release in (*old, self.anew)] == ["superseded"] * 3 + ["published"]

    def withdraw_and_release_again(self) -> None:
        """Nodes prepare the next release while the sitting is withdrawn; the later sitting's history is gone."""
        words = ("release", "withdraw", self.anew, "--zh", "更正中", "--en", "Being corrected", "--as", APPROVERS[0])
        self.it.verbs(*words, "--key", str(self.office.key_file(APPROVERS[0])), *_passphrase(self.it), "--yes")
        self.it.until(lambda: self.it.ask_all(self.sitting, [STAYS.ask])[0]["state"] == "withdrawn")
        tasks = self.it.verbs("adjudicate", "outdated")["outdated"]

        publish(self.it, self.sitting)

        assert [task["sitting"] for task in tasks] == [self.later]
        assert seen(self.it, self.sitting) == LAST


LAST = [
    ("qualified", 1, ""),
    ("qualified", 2, "mark"),
    ("qualified-regionally", 2, "line"),
    ("qualified", 2, "released"),
]


def test_a_sitting_after_its_first_publication(it: Installation, tmp_path: Path) -> None:
    walk = Walk(it, tmp_path)

    walk.publish_the_base()
    walk.decide_next_year()
    walk.correct_a_mark()
    walk.run_next_year_again()
    walk.announce_a_regional_line_and_release_the_withheld()
    walk.make_a_new_base()
    walk.withdraw_and_release_again()

    it.verbs("audit", "verify")
    assert it.verbs("audit", "check")["edits"] == []


def _passphrase(it: Installation) -> list[str]:
    path = it.home / "staff" / "passphrase"
    return ["--passphrase-file", str(path)]
