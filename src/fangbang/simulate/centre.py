"""The marking centre: writes the files that it would send for a sitting, chunk by chunk.

Registrations come in GB18030, as many authorities still write it, marks in UTF-8. 䶮 comes as the private-use character
that older software has in its place.
"""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Self

import polars as pl
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from fangbang.exams.model import SittingRules
from fangbang.intake.rules import build_manifest, sign_manifest
from fangbang.simulate.answers import mark_text, sits
from fangbang.simulate.paper import Level

REGISTRATIONS, MARKS = "registrations.csv", "marks.csv"
REGISTRATION_COLUMNS = (
    "准考证号", "档案号", "姓名", "证件类型", "证件号码", "级别", "报考级别", "专业", "省份", "地市", "报考科目",
)  # fmt: skip
MARK_COLUMNS = ("准考证号", "证件号码", "科目", "成绩")
DOCUMENT_NAMES = {"resident-id": "居民身份证", "hmt-residence": "港澳台居民居住证", "passport": "护照"}
ABSENT_WORD = "缺考"

_OLD_FORM = ("\u4dae", "\ue863")
"""A character, and what older software has for it in the private use area."""


@dataclass(frozen=True)
class Columns:
    """Which year of a frame is written: the prefix of its results and the column of its ticket."""

    prefix: str
    ticket: str


THIS_YEAR = Columns("now", "ticket")
LAST_YEAR = Columns("last", "last_ticket")


def registrations(rules: SittingRules, level: Level, frame: pl.DataFrame, columns: Columns) -> pl.DataFrame:
    """The rows of the registration file, with the Chinese headers and names a centre uses."""
    names = rules.levels[level.id]
    subjects = pl.concat_list(
        pl.when(pl.col(f"{columns.prefix}/{paper.subject}").is_not_null()).then(
            pl.lit(names.subjects[paper.subject].name.zh)
        )
        for paper in level.papers
    )
    categories = {item.id: item.name.zh for item in names.categories.values()}
    return frame.filter(sits(level, columns.prefix)).select(
        pl.col(columns.ticket).alias("准考证号"),
        pl.col("archive").alias("档案号"),
        pl.col("name").alias("姓名"),
        pl.col("doc_type").replace_strict(DOCUMENT_NAMES, return_dtype=pl.String).alias("证件类型"),
        pl.col("doc_number").alias("证件号码"),
        pl.lit(names.name.zh).alias("级别"),
        pl.col("category").replace_strict(categories, return_dtype=pl.String).alias("报考级别"),
        pl.lit("").alias("专业"),
        pl.col("province").alias("省份"),
        pl.col("city").alias("地市"),
        subjects.list.drop_nulls().list.join("|").alias("报考科目"),
    )


def marks(rules: SittingRules, level: Level, frame: pl.DataFrame, columns: Columns) -> pl.DataFrame:
    """The rows of the marks file: one for each candidate and subject, in the candidates' order."""
    names = rules.levels[level.id].subjects
    parts = []
    for place, paper in enumerate(level.papers):
        value = pl.col(f"{columns.prefix}/{paper.subject}")
        code = pl.when(value == -1).then(pl.lit(ABSENT_WORD)).otherwise(value.cast(pl.String))
        parts.append(
            frame.filter(value.is_not_null()).select(
                pl.col(columns.ticket).alias("准考证号"),
                pl.col("doc_number").alias("证件号码"),
                pl.lit(names[paper.subject].name.zh).alias("科目"),
                pl.coalesce(mark_text(paper, columns.prefix), code).alias("成绩"),
                pl.lit(place, dtype=pl.UInt8).alias("place"),
            )
        )
    return pl.concat(parts).sort("准考证号", "place").drop("place")


class CsvFile:
    """A CSV file that grows by frames, in one encoding. Not durable: a sender's file, not ours."""

    def __init__(self, path: Path, columns: Iterable[str], encoding: str) -> None:
        self.path = path
        self.encoding = encoding
        self.rows = 0
        self._columns = tuple(columns)
        self._hash = hashlib.sha256()
        self._stream = path.open("wb")
        self._write(",".join(self._columns) + "\n")

    @property
    def sha256(self) -> str:
        return self._hash.hexdigest()

    def add(self, frame: pl.DataFrame) -> None:
        """Append the rows of a frame whose columns are this file's."""
        self._write(frame.select(self._columns).write_csv(include_header=False, quote_style="necessary"))
        self.rows += frame.height

    def close(self) -> None:
        self._stream.close()

    def _write(self, text: str) -> None:
        if self.encoding == "gb18030":
            text = text.replace(*_OLD_FORM)
        data = text.encode(self.encoding)
        self._hash.update(data)
        self._stream.write(data)


class SittingFiles:
    """Both files of one sitting, open for writing below `folder`/<year>, with the control totals of the marks."""

    def __init__(self, folder: Path, rules: SittingRules) -> None:
        self.rules = rules
        self.folder = folder / str(rules.year)
        self.folder.mkdir(parents=True)
        self.registrations = CsvFile(self.folder / REGISTRATIONS, REGISTRATION_COLUMNS, "gb18030")
        self.marks = CsvFile(self.folder / MARKS, MARK_COLUMNS, "utf-8")
        self.totals = Totals(rules)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.registrations.close()
        self.marks.close()

    def add(self, people: pl.DataFrame, results: pl.DataFrame) -> None:
        """Append to both files."""
        self.registrations.add(people)
        self.marks.add(results)
        self.totals.add(results)


class Totals:
    """Control totals of a marks file by subject id, as the centre counts them: in whole thousandths."""

    def __init__(self, rules: SittingRules) -> None:
        self._ids = {
            subject.name.zh: subject.id for level in rules.levels.values() for subject in level.subjects.values()
        }
        self._parts: list[pl.DataFrame] = []

    def add(self, results: pl.DataFrame) -> None:
        """Count the rows of a marks frame; rows whose mark cannot be read count in no total."""
        subject = pl.col("科目").replace_strict(self._ids, return_dtype=pl.String)
        thousandths = (pl.col("成绩").cast(pl.Decimal(12, 3), strict=False) * 1000).cast(pl.Int64)
        mark = pl.when(thousandths >= 0).then(thousandths)
        absent = (pl.col("成绩") == ABSENT_WORD).cast(pl.Int64)
        read = results.select(subject=subject, mark=mark, absent=absent, code=thousandths < 0)
        read = read.filter(pl.col("mark").is_not_null() | (pl.col("absent") > 0) | pl.col("code"))
        self._parts.append(_summed(read.with_columns(rows=pl.lit(1), low=pl.col("mark"), high=pl.col("mark"))))

    def result(self) -> dict[str, dict[str, object]]:
        """Subject id → rows, sum, min, max (decimal texts), absent."""
        if not self._parts:
            return {}
        return {
            row["subject"]: {
                "rows": row["rows"],
                "sum": _points(row["mark"]),
                "min": _points(row["low"]),
                "max": _points(row["high"]),
                "absent": row["absent"],
            }
            for row in _summed(pl.concat(self._parts)).sort("subject").iter_rows(named=True)
        }


def _summed(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.group_by("subject", maintain_order=True).agg(
        pl.col("rows").cast(pl.Int64).sum(),
        pl.col("mark").sum(),
        pl.col("low").min(),
        pl.col("high").max(),
        pl.col("absent").sum(),
    )


def _points(thousandths: int | None) -> str | None:
    return None if thousandths is None else f"{(Decimal(thousandths) / 1000).normalize():f}"


def centre_key(seed: int) -> Ed25519PrivateKey:
    """The simulated centre's signing key: a function of the seed, worth nothing outside a simulation."""
    return Ed25519PrivateKey.from_private_bytes(hashlib.sha256(f"simulated marking centre {seed}".encode()).digest())


def write_manifest(files: SittingFiles, file: CsvFile, key: Ed25519PrivateKey) -> Path:
    """The signed manifest beside a closed file: `marks.manifest.json`."""
    is_marks = file is files.marks
    manifest = build_manifest(
        sitting=files.rules.id,
        kind="marks" if is_marks else "registrations",
        file=file.path.name,
        sha256=file.sha256,
        rows=file.rows,
        subjects=files.totals.result() if is_marks else {},
    )
    target = file.path.with_suffix(".manifest.json")
    target.write_text(json.dumps(sign_manifest(manifest, key), ensure_ascii=False, indent=1) + "\n", "utf-8")
    return target
