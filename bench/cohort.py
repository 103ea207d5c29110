"""The candidates whose results every contestant of `bench lookup` serves: the same people, the same content."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

PROVINCES = ("110000", "310000", "320000", "330000", "370000", "410000", "430000", "440000", "510000", "610000")
SURNAMES = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗"
GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华"
SUBJECTS = ("ability", "practice", "law")
SITTING = "social-worker-2026"
LEVEL = "middle"
WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


@dataclass(frozen=True, slots=True)
class Subject:
    """One subject of a candidate: an exact mark in tenths, so that no float comes near it."""

    id: str
    tenths: int

    @property
    def mark(self) -> str:
        return f"{self.tenths // 10}.{self.tenths % 10}" if self.tenths % 10 else str(self.tenths // 10)

    @property
    def status(self) -> str:
        return "passed" if self.tenths >= 600 else "not-passed"


@dataclass(frozen=True, slots=True)
class Candidate:
    """A synthetic candidate. The document's sequence number 000 is given to no real person."""

    ticket: str
    archive: str
    name: str
    document: str
    province: str
    subjects: tuple[Subject, ...]

    @property
    def masked(self) -> str:
        return f"{self.document[:3]}{'*' * 11}{self.document[-4:]}"

    @property
    def outcome(self) -> str:
        passed = sum(item.status == "passed" for item in self.subjects)
        return ("not-passed", "partly-passed", "partly-passed", "qualified")[passed]

    @property
    def statements(self) -> list[list[str | int]]:
        """The explanation, as codes: what was earned, what is owed, what comes next."""
        said: list[list[str | int]] = [
            ["window.earned", item.id, 2026, 2029] if item.status == "passed" else ["window.owed", item.id]
            for item in self.subjects
        ]
        done = self.outcome == "qualified"
        return [*said, ["window.rule", 4, 0], ["next.certificate"] if done else ["next.retake", 2027]]


def cohort(size: int, seed: int = 20260601) -> Iterator[Candidate]:
    """`size` different people in ticket order; the same for the same seed."""
    chance = random.Random(seed)
    for number in range(size):
        province = PROVINCES[number % len(PROVINCES)]
        subjects = tuple(Subject(item, 5 * chance.randint(40, 200)) for item in SUBJECTS)
        name = chance.choice(SURNAMES) + "".join(chance.choices(GIVEN, k=2))
        yield Candidate(
            f"26{number:010d}", f"{number:014d}", name, resident_id(number // 10, int(province)), province, subjects
        )


def resident_id(serial: int, province: int) -> str:
    """A resident identity number with a right check digit: a day of birth for each serial, then the next county."""
    counties, days = divmod(serial, 18_000)
    born = date(1955, 1, 1) + timedelta(days=days)
    body = f"{province + 101 + counties}{born:%Y%m%d}000"
    return body + check_digit(body)


def check_digit(body: str) -> str:
    """ISO 7064 MOD 11-2 over the 17 leading digits."""
    total = sum(int(digit) * weight for digit, weight in zip(body, WEIGHTS, strict=True))
    return "10X98765432"[total % 11]
