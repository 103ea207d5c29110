"""A real sitting end to end: 9,377 candidates, first while no line is announced, then with a line as an overlay.

The marks are those that its authority published. Names and documents are not in the file, and are synthesised from the
exam number; everything else is as it was sent. Every candidate asks over real HTTP and is compared with the file.
"""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from fangbang.cli.demo.client import Ask
from fangbang.cli.demo.office import ADJUDICATOR, Files, Member
from tests.harness import Installation

HERE = Path(__file__).parent
SOURCE = "sitting-2024-marks.csv"
SITTING = "entrance-2024"
SUBJECTS = ("literature", "foreign_language", "mathematics")
LINE = Decimal("5")
DIGITS = str.maketrans("0123456789", "零一二三四五六七八九")

pytestmark = [pytest.mark.shared_data, pytest.mark.timeout(400)]


@dataclass(frozen=True)
class Candidate:
    """One row of the source file."""

    number: str
    marks: dict[str, Decimal | None]

    @property
    def document(self) -> str:
        return f"SYN{self.number}"

    @property
    def name(self) -> str:
        return self.number.translate(DIGITS)

    def ask(self) -> Ask:
        return Ask("ticket-document", (self.number, self.document))

    def subjects(self, line: Decimal | None) -> list[tuple[str, Decimal | None, int | None, str]]:
        """What each subject must say while `line` holds."""
        return [
            (subject, mark, -1 if mark is None else None, _status(mark, line)) for subject, mark in self.marks.items()
        ]

    def outcome(self, line: Decimal | None) -> str:
        """What the result must be while `line` holds."""
        statuses = [status for *_, status in self.subjects(line)]
        if set(statuses) == {"absent"}:
            return "absent"
        if line is None:
            return "line-not-announced"
        if set(statuses) == {"passed"}:
            return "qualified"
        return "partly-passed" if "passed" in statuses else "not-passed"


def _status(mark: Decimal | None, line: Decimal | None) -> str:
    if mark is None:
        return "absent"
    if line is None:
        return "line-not-announced"
    return "passed" if mark >= line else "not-passed"


def read_source(path: Path) -> list[Candidate]:
    with path.open(encoding="utf-8", newline="") as stream:
        return [
            Candidate(row["exam_number"], {name: _mark(row[name]) for name in SUBJECTS})
            for row in csv.DictReader(stream)
        ]


def _mark(text: str) -> Decimal | None:
    return None if text == "vắng" else Decimal(text)


def write_files(candidates: list[Candidate], source: Path, folder: Path) -> Files:
    """The published marks with a document to each row, and the registrations that were never published."""
    documents = {candidate.number: candidate.document for candidate in candidates}
    files = Files(folder / "registrations.csv", folder / "marks.csv", HERE / "profile.toml")
    with source.open(encoding="utf-8", newline="") as read, files.marks.open("w", encoding="utf-8", newline="") as out:
        rows = csv.DictReader(read)
        assert rows.fieldnames
        written = csv.DictWriter(out, [*rows.fieldnames, "document"])
        written.writeheader()
        written.writerows({**row, "document": documents[row["exam_number"]]} for row in rows)
    with files.registrations.open("w", encoding="utf-8", newline="") as out:
        people = csv.writer(out)
        people.writerow(["准考证号", "姓名", "证件类型", "证件号码", "级别", "报考级别", "省份", "报考科目"])
        people.writerows(
            [item.number, item.name, "其他", item.document, "standard", "full", "110000", "|".join(SUBJECTS)]
            for item in candidates
        )
    return files


def differing(candidates: list[Candidate], answers: list[dict[str, Any]], line: Decimal | None) -> list[str]:
    """Exam numbers whose answer is not what the file says."""
    return [
        candidate.number
        for candidate, answer in zip(candidates, answers, strict=True)
        if answer["state"] != "found" or _said(answer["record"]) != _due(candidate, line)
    ]


def _said(record: dict[str, Any]) -> tuple[Any, ...]:
    subjects = [
        (item["subject"], item["mark"] and Decimal(item["mark"]), item["code"], item["status"])
        for item in record["subjects"]
    ]
    return record["name"], record["ticket"], record["outcome"], subjects


def _due(candidate: Candidate, line: Decimal | None) -> tuple[Any, ...]:
    return candidate.name, candidate.number, candidate.outcome(line), candidate.subjects(line)


@pytest.fixture(scope="module")
def candidates(shared_data: Path) -> list[Candidate]:
    return read_source(shared_data / SOURCE)


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    with Installation(tmp_path_factory.mktemp("real-sitting"), exams=HERE / "exams", workers=2) as running:
        yield running


def test_the_source_is_the_sitting_we_know(candidates: list[Candidate]) -> None:
    assert len(candidates) == 9377
    assert sum(None in candidate.marks.values() for candidate in candidates) == 98
    assert {candidate.outcome(None) for candidate in candidates} == {"line-not-announced", "absent"}


def test_every_candidate_finds_what_the_file_says_before_and_after_the_line(
    candidates: list[Candidate], installation: Installation, shared_data: Path, tmp_path: Path
) -> None:
    """One test, since the overlay stands on the base: marks first, the line weeks later."""
    office = installation.office
    files = write_files(candidates, shared_data / SOURCE, tmp_path)
    sitting = office.take_in("entrance", 2024, files)
    asks = [candidate.ask() for candidate in candidates]
    first = office.adjudicate(sitting)

    base = installation.publish(sitting)
    before = installation.ask_all(sitting, asks)

    assert sitting == SITTING
    assert [batch["quarantined"] for batch in office.batches] == [0, 0]
    assert first["disagreements"] == 0
    assert differing(candidates, before, line=None) == []

    words = ("lines", "propose", sitting, str(LINE), "--level", "standard", "--document", "2024-1")
    proposal = installation.verbs(*words, "--as", ADJUDICATOR, "--yes")["proposal"]
    office.enter(Member("qian", "钱进", "adjudicator"), key=True)
    installation.verbs("lines", "approve", proposal, "--yes", *office.signed("qian"))
    second = office.adjudicate(sitting)
    installation.publish(sitting, overlay=base)
    installation.until(lambda: installation.ask_all(sitting, asks[:1])[0]["published_at"] != before[0]["published_at"])
    after = installation.ask_all(sitting, asks)

    assert second["disagreements"] == 0
    assert differing(candidates, after, line=LINE) == []
    assert {answer["record"]["outcome"] for answer in after} == {"qualified", "partly-passed", "not-passed", "absent"}


def test_the_comparison_sees_a_wrong_answer(candidates: list[Candidate]) -> None:
    """Positive control of `differing`."""
    candidate = candidates[0]
    subjects = [
        {"subject": subject, "mark": str(mark), "code": code, "status": status}
        for subject, mark, code, status in candidate.subjects(LINE)
    ]
    record = {
        "name": candidate.name,
        "ticket": candidate.number,
        "outcome": candidate.outcome(LINE),
        "subjects": subjects,
    }
    wrong = {**record, "subjects": [{**subjects[0], "mark": "8.24"}, *subjects[1:]]}

    assert differing([candidate], [{"state": "found", "record": record}], LINE) == []
    assert differing([candidate], [{"state": "found", "record": wrong}], LINE) == [candidate.number]
    assert differing([candidate], [{"state": "not-found"}], LINE) == [candidate.number]
