"""What a visitor practises with does what the demonstration says of it: bad rows, a red gate, and a way out of both."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from fangbang.cli.demo import YEAR
from fangbang.cli.demo.front import SECOND_CANDIDATES, SECOND_EXAM, Second, prepare_second
from fangbang.cli.demo.office import IMPORTER, PROVINCES_OF_DESKS, STAFF, Office
from fangbang.cli.demo.practice import BAD_ROWS, GOOD_MARKS, GOOD_REGISTRATIONS, RED, WRONG
from fangbang.cli.demo.verbs import VerbsApart
from fangbang.cli.layout import Layout
from fangbang.cli.simulate import planned
from fangbang.exams.cities import region_code
from fangbang.simulate.cohort import frames

pytestmark = pytest.mark.timeout(240)
PLAN = planned(
    SECOND_EXAM, YEAR, candidates=SECOND_CANDIDATES, seed=2, history=False, mistakes=0, cities=PROVINCES_OF_DESKS
)


@dataclass
class Practice:
    """An office whose second sitting waits."""

    office: Office
    drop: Path
    second: Second

    def take(self, kind: str, name: str, *more: str) -> dict[str, Any]:
        """What an importer does with a file of the drop folder."""
        path = self.drop / name
        words = ["intake", kind, self.second.sitting, str(path), "--as", IMPORTER]
        return self.office.verbs(*words, "--manifest", str(path.with_suffix(".manifest.json")), *more)

    def red(self) -> list[str]:
        """The checks that stop the sitting as it is now."""
        self.office.adjudicate(self.second.sitting, withhold=True)
        release = self.office.freeze(self.second.sitting)
        return list(self.office.verbs("release", "show", release)["red"])


@pytest.fixture
def practice(tmp_path: Path) -> Iterator[Practice]:
    home = tmp_path / "home"
    verbs = VerbsApart(home)
    try:
        office = Office(verbs, home / "staff")
        office.furnish()
        yield Practice(
            office, Layout(home).drop, prepare_second(office, PLAN, tmp_path / "files", Layout(home).drop, lambda: None)
        )
    finally:
        verbs.close()


def test_bad_rows_are_kept_out_and_a_red_gate_turns_green(practice: Practice) -> None:
    assert practice.second.files == [GOOD_REGISTRATIONS, GOOD_MARKS, RED, WRONG]
    practice.take("registrations", GOOD_REGISTRATIONS)

    wrong = practice.take("marks", WRONG)
    practice.take("marks", RED, "--corrects", "1")
    stopped = practice.red()
    right = practice.take("marks", GOOD_MARKS, "--corrects", "2")
    let_through = practice.red()

    assert (wrong["quarantined"], len(wrong["findings"])) == (BAD_ROWS, 4)
    assert right["quarantined"] == 0
    assert (stopped, let_through) == (["shares"], [])


def test_the_city_desk_has_candidates_to_answer() -> None:
    (desk,) = [member for member in STAFF if member.role == "city-desk"]
    found = [
        region_code(*row)
        for _, frame in frames(PLAN, 0, PLAN.candidates)
        for row in frame.select("province", "city").rows()
    ]

    assert found.count(desk.region) > 10
    assert {code[:2] for code in found if code[2:] != "0000"} - {"11", "12", "31", "50"} == {desk.region[:2]}
