"""Counting of outcome rows (Polars frames) for the gate, streamed: what is kept is one row for each (level, subject,
province, city, mark, code, status) that occurs, so memory does not grow with the number of candidates.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import polars as pl

from fangbang.exams.model import SittingRules
from fangbang.exams.vocabulary import SubjectStatus
from fangbang.release.rules.spreads import Moments, Paper, SubjectSpread, YearSpread, spread_of

COLUMNS = ("name", "doc_number", "level", "province", "city", "subjects")
"""What is read of an outcomes book."""
_FOLD = 500_000
"""Rows of partial counts that are held before they are added up."""
_THOUSAND = 1000
_PASSED = (SubjectStatus.PASSED.value, SubjectStatus.PASSED_REGIONALLY.value)
_TEST_NAME = r"(?i)\btest\b|\bdemo\b|\bdummy\b|\bsample\b|测试|測試|试测|样例"
_TEST_NUMBER = "^(?:" + "|".join(f"{digit}{{5,}}" for digit in range(10)) + ")[Xx]?$"
_SCHEMA: dict[str, Any] = {
    **dict.fromkeys(("level", "subject", "province", "city", "status"), pl.String),
    "mark": pl.Int64,
    "code": pl.Int16,
    "full": pl.Int64,
    "line": pl.Int64,
    "people": pl.Int64,
}


def count(frames: Iterable[pl.DataFrame]) -> pl.DataFrame:
    """Rows of an outcomes book, frame by frame (`COLUMNS`), as `add_up` returns them."""
    return add_up(map(_entries, frames))


def add_up(entries: Iterable[pl.DataFrame]) -> pl.DataFrame:
    """People by everything in `_SCHEMA`; marks, full marks and lines in thousandths. Entries are rows of the same
    columns, one a person and subject, without `people`."""
    parts = [pl.DataFrame(schema=_SCHEMA).select(sorted(_SCHEMA))]
    for frame in entries:
        parts.append(_folded(frame.with_columns(people=pl.lit(1, pl.Int64))))
        if sum(part.height for part in parts[1:]) > _FOLD:
            parts = [_folded(pl.concat(parts))]
    return _folded(pl.concat(parts))


def papers_of(rules: SittingRules) -> list[Paper]:
    """The papers of a sitting."""
    return [
        Paper(level.id, subject.id, int(subject.full * _THOUSAND), int(subject.step * _THOUSAND))
        for level in rules.levels.values()
        for subject in level.subjects.values()
    ]


def year_spread(year: int, papers: Sequence[Paper], counted: pl.DataFrame) -> YearSpread:
    """The counts of a sitting by subject; of other subjects nothing is kept."""
    return YearSpread(year, {paper.key: found for paper in papers if (found := _subject(paper, counted))})


def impossible(counted: pl.DataFrame) -> dict[str, int]:
    """People in states that cannot be, by kind. A withheld or voided subject is none of them."""
    passed = pl.col("status").is_in(_PASSED)
    kinds = {
        "absent-and-passed": pl.col("code").is_not_null() & passed,
        "mark-and-code": pl.col("code").is_not_null() & pl.col("mark").is_not_null(),
        "passed-without-mark": pl.col("code").is_null() & pl.col("mark").is_null() & passed,
        "passed-below-line": (pl.col("status") == SubjectStatus.PASSED.value) & (pl.col("mark") < pl.col("line")),
        "failed-above-line": (pl.col("status") == SubjectStatus.NOT_PASSED.value) & (pl.col("mark") >= pl.col("line")),
        "outside-paper": (pl.col("mark") < 0) | (pl.col("mark") > pl.col("full")),
    }
    sums = counted.select(**{kind: pl.col("people").filter(told).sum() for kind, told in kinds.items()}).row(
        0, named=True
    )
    return {kind: int(people) for kind, people in sums.items() if people}


def rows_of_tests(frame: pl.DataFrame) -> int:
    """Rows whose name or document number no person has, but people who try a system out do."""
    odd = pl.col("name").str.contains(_TEST_NAME) | pl.col("doc_number").str.contains(_TEST_NUMBER)
    return int(frame.select(odd.sum()).item())


def _entries(frame: pl.DataFrame) -> pl.DataFrame:
    rows = frame.select("level", "province", "city", pl.col("subjects")).explode("subjects").drop_nulls("subjects")
    return (
        rows.unnest("subjects")
        .with_columns((pl.col(name) * _THOUSAND).cast(pl.Int64) for name in ("mark", "full", "line"))
        .select(name for name in sorted(_SCHEMA) if name != "people")
        .with_columns(pl.col("code").cast(pl.Int16))
    )


def _folded(frame: pl.DataFrame) -> pl.DataFrame:
    key = [name for name in sorted(_SCHEMA) if name != "people"]
    return frame.group_by(key).agg(pl.col("people").sum()).select(sorted(_SCHEMA))


def _subject(paper: Paper, counted: pl.DataFrame) -> SubjectSpread | None:
    own = counted.filter((pl.col("level") == paper.level) & (pl.col("subject") == paper.subject))
    if own.is_empty():
        return None
    rows: dict[str, list[tuple[int | None, int | None, int]]] = {}
    by_province = own.group_by("province", "mark", "code").agg(pl.col("people").sum())
    for province, mark, code, people in by_province.iter_rows():
        rows.setdefault(province, []).append((mark, code, people))
    spreads = {place: spread_of(found) for place, found in rows.items()}
    return SubjectSpread(paper, spreads, _cities(own), _line_marks(own))


def _line_marks(own: pl.DataFrame) -> tuple[int, ...]:
    lines = own.drop_nulls("line").group_by("line").agg(pl.col("people").sum())
    return tuple(lines.sort("people", "line", descending=True)["line"].to_list())


def _cities(own: pl.DataFrame) -> Mapping[str, Moments]:
    people, mark, code = pl.col("people"), pl.col("mark"), pl.col("code")
    sat = code.is_null() & mark.is_not_null()
    sums = own.group_by("province", "city").agg(
        people.filter(sat).sum().alias("sat"),
        (mark * people).filter(sat).sum().alias("total"),
        (mark.cast(pl.Int128) * mark * people).filter(sat).sum().alias("squares"),
        people.filter(sat & (mark == 0)).sum().alias("zeros"),
        people.filter(code == -1).sum().alias("absent"),
        people.filter(code.is_not_null() & (code != -1)).sum().alias("others"),
    )
    return {f"{province}/{city}": Moments(*map(int, parts)) for province, city, *parts in sums.iter_rows() if city}
