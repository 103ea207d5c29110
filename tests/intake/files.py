"""Files as marking centres send them, small enough to read, and one sitting to send them to."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fangbang.books.keys import BookKeys
from fangbang.books.store import BookStore
from fangbang.exams.catalogue import load_catalogue
from fangbang.exams.model import SittingRules
from fangbang.intake.opening import open_source
from fangbang.intake.pipeline import Order, Taken, take_in
from fangbang.intake.profiles import Profile, default_profile
from fangbang.people.rules import resident_id_check_digit

REGISTRATION_HEADER = (
    "准考证号", "档案号", "姓名", "证件类型", "证件号码", "级别", "报考级别", "专业", "省份", "地市", "报考科目",
)  # fmt: skip
MARK_HEADER = ("准考证号", "证件号码", "科目", "成绩")
PRIOR_HEADER = ("证件类型", "证件号码", "姓名", "级别", "科目", "合格年度", "有效期至")
SUBJECTS = ("社会工作综合能力(中级)", "社会工作法规与政策(中级)", "社会工作实务(中级)")
ABILITY, POLICY, PRACTICE = SUBJECTS


def rules() -> SittingRules:
    """The social worker examination of 2026."""
    return load_catalogue().sitting("social-worker", 2026)


def document(person: int) -> str:
    """A sound identity number that no authority issues (division 99…)."""
    body = f"99{person // 1000:04d}198{person % 10}0{1 + person % 9}1{person % 10}{person % 1000:03d}"
    return body + resident_id_check_digit(body)


def ticket(person: int) -> str:
    return f"26{person:010d}"


def registration(person: int, **changes: str) -> dict[str, str]:
    """One row of a registrations file; keyword arguments are columns."""
    return {
        "准考证号": ticket(person),
        "档案号": f"A{person:08d}",
        "姓名": "张三",
        "证件类型": "居民身份证",
        "证件号码": document(person),
        "级别": "中级",
        "报考级别": "考全科",
        "专业": "",
        "省份": "北京市",
        "地市": "",
        "报考科目": "|".join(SUBJECTS),
    } | changes


def mark(person: int, value: str = "60", subject: str = ABILITY, **changes: str) -> dict[str, str]:
    """One row of a marks file."""
    return {"准考证号": ticket(person), "证件号码": document(person), "科目": subject, "成绩": value} | changes


def prior(person: int, **changes: str) -> dict[str, str]:
    """One row of a prior-passes file."""
    return {
        "证件类型": "居民身份证", "证件号码": document(person), "姓名": "张三", "级别": "中级",
        "科目": ABILITY, "合格年度": "2025", "有效期至": "",
    } | changes  # fmt: skip


def write_rows(path: Path, rows: Sequence[dict[str, str]], encoding: str = "utf-8") -> Path:
    """A CSV file with the columns of its rows."""
    header = list(dict.fromkeys(column for row in rows for column in row))
    lines = [",".join(header), *(",".join(row.get(column, "") for column in header) for row in rows)]
    path.write_bytes(("\n".join(lines) + "\n").encode(encoding))
    return path


@dataclass
class Desk:
    """An intake desk without a database: keeps the books of one sitting as batches come in."""

    folder: Path
    rules: SittingRules = field(default_factory=rules)
    books: dict[str, str] = field(default_factory=dict)
    last_year: str | None = None

    def __post_init__(self) -> None:
        self.store = BookStore(self.folder / "books", BookKeys.draw())

    def take(self, kind: str, path: Path, profile: Profile | None = None, **options: Any) -> Taken:
        """Take a file in; the next batch of its kind builds on it."""
        taken = take_in(
            Order(
                kind=kind,
                source=open_source(path, sheets=profile.sheets if profile else ()),
                profile=profile or default_profile(kind),
                rules=self.rules,
                store=self.store,
                base=self.books.get(kind),
                registrations=self.books.get("registrations"),
                last_year=self.last_year,
                quarantine=self.folder / "quarantine",
                **options,
            )
        )
        self.books[kind] = taken.book.name
        return taken

    def register(self, *rows: dict[str, str], **options: Any) -> Taken:
        """Take in registrations; half of the rows and more may be bad."""
        path = write_rows(self.folder / f"registrations-{len(self.books)}.csv", rows)
        return self.take("registrations", path, **{"bad_share": 1, **options})

    def mark(self, *rows: dict[str, str], **options: Any) -> Taken:
        """Take in marks."""
        path = write_rows(self.folder / f"marks-{len(self.books)}.csv", rows)
        return self.take("marks", path, **{"bad_share": 1, **options})

    def rows(self, kind: str) -> list[dict[str, Any]]:
        """The sitting's book of a kind."""
        rows: list[dict[str, Any]] = self.store.read(self.books[kind]).to_pylist()
        return rows
