"""A candidate who is called otherwise after publication: from two people's decision to what a node answers."""

from dataclasses import replace
from pathlib import Path

import pytest

from fangbang.cli.demo.office import APPROVERS, IMPORTER
from tests.harness import Installation
from tests.release.walking import BEIJING, Candidate, files

pytestmark = pytest.mark.timeout(300)

BEFORE = Candidate("11260001", "SYN00011126", "甲一", BEIJING, (70, 71, 58))
AFTER = replace(BEFORE, name="甲新")
OTHER = Candidate("11260002", "SYN00021126", "乙二", BEIJING, (70, 71, 72))
NEXT = replace(AFTER, ticket="11270001", marks=(10, 10, 72))


def rename(it: Installation, folder: Path) -> None:
    """One asks, another approves."""
    row = f"其他,{BEFORE.document},{BEFORE.name},{AFTER.name}"
    path = folder / "renamed.csv"
    path.write_text(row + "\n", encoding="utf-8")
    asked = it.verbs("people", "rename", str(path), "--basis", "更名〔2026〕3号", "--as", IMPORTER)
    it.verbs("people", "approve", asked["proposal"], *it.office.signed(APPROVERS[0]))


def told(it: Installation, sitting: str, *people: Candidate) -> list[tuple[str, str, int, str]]:
    """By ticket: what each is called, the outcome, version and reason."""
    answers = it.ask_all(sitting, [person.ask for person in people])
    records = [answer["record"] for answer in answers]
    return [(item["name"], item["outcome"], item["version"], item["reason"]) for item in records]


def states_by_name(it: Installation, sitting: str) -> list[str]:
    """Whether the candidate is found by document and former name, by document and name now."""
    return [answer["state"] for answer in it.ask_all(sitting, [BEFORE.ask_by_name, AFTER.ask_by_name])]


def test_a_changed_name_goes_the_whole_way_to_the_candidates_screen(tmp_path: Path) -> None:
    with Installation(tmp_path / "home") as it:
        sitting = it.office.take_in("social-worker", 2026, files(tmp_path / "2026", 2026, (BEFORE, OTHER)))
        it.office.adjudicate(sitting)
        base = it.publish(sitting)
        it.until(lambda: states_by_name(it, sitting) == ["found", "not-found"])
        before = told(it, sitting, BEFORE, OTHER)

        rename(it, tmp_path)
        it.office.adjudicate(sitting)
        overlay = it.publish(sitting, overlay=base)
        it.until(lambda: states_by_name(it, sitting) == ["not-found", "found"])
        after = told(it, sitting, AFTER, OTHER)

        # The year after, files have the new name, and the passes of the former one count.
        later = it.office.take_in("social-worker", 2027, files(tmp_path / "2027", 2027, (NEXT,)))
        it.office.adjudicate(later)
        it.publish(later)
        it.until(lambda: it.ask_all(later, [NEXT.ask])[0]["state"] == "found")

        shown = it.verbs("release", "show", overlay)
        assert before == [("甲一", "partly-passed", 1, ""), ("乙二", "qualified", 1, "")]
        assert after == [("甲新", "partly-passed", 2, "details"), ("乙二", "qualified", 1, "")]
        assert told(it, later, NEXT) == [("甲新", "qualified", 1, "")]
        assert shown["frozen"]["changes"] == {"details": 1}
