"""Candidates of one level and their files, for tests that walk a sitting through its life."""

from dataclasses import dataclass
from pathlib import Path

from fangbang.cli.demo.client import Ask
from fangbang.cli.demo.office import Files

BEIJING, TIBET = "110000", "540000"
SUBJECTS = ("ability", "policy", "practice")
HEAD = "准考证号,姓名,证件类型,证件号码,级别,报考级别,省份,报考科目"


@dataclass(frozen=True)
class Candidate:
    ticket: str
    document: str
    name: str
    province: str
    marks: tuple[int, int, int]

    @property
    def ask(self) -> Ask:
        return Ask("ticket-document", (self.ticket, self.document))

    @property
    def ask_by_name(self) -> Ask:
        return Ask("document-name", (self.document, self.name))

    def registered(self) -> str:
        kind = f"其他,{self.document},middle,full,{self.province}"
        return f"{self.ticket},{self.name},{kind},{'|'.join(SUBJECTS)}"

    def scored(self) -> list[str]:
        return [
            f"{self.ticket},{self.document},{subject},{mark}"
            for subject, mark in zip(SUBJECTS, self.marks, strict=True)
        ]


def write(path: Path, rows: list[str], head: str) -> Path:
    path.write_text("\n".join([head, *rows]) + "\n", encoding="utf-8")
    return path


def files(folder: Path, year: int, people: tuple[Candidate, ...]) -> Files:
    folder.mkdir()
    registrations = [candidate.registered() + f",{year}" for candidate in people]
    marks = [row for candidate in people for row in candidate.scored()]
    return Files(
        write(folder / "registrations.csv", registrations, f"{HEAD},年度"),
        write(folder / "marks.csv", marks, "准考证号,证件号码,科目,成绩"),
    )
