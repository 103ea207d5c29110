"""The exact calculator over a whole cohort: `rules.py` for every candidate, each distinct pattern reasoned once.

A subject's result depends only on (level, subject, province, mark or code); the level's outcome only on the standing,
the subjects' statuses and codes, and the history. Both are remembered, so that a million candidates cost a few
thousand judgements and one dictionary look-up each.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import polars as pl

from fangbang.adjudication.assembly import Chunk
from fangbang.adjudication.problems import TOO_MANY_KINDS
from fangbang.adjudication.rules import (
    Entry,
    Judgement,
    Lines,
    Pass,
    Seen,
    Standing,
    SubjectResult,
    judge,
    reaches_sitting,
    seen_of,
    subject_result,
)
from fangbang.core.canonical import canonical_json
from fangbang.core.errors import FangbangError
from fangbang.exams.model import SittingRules
from fangbang.exams.vocabulary import SubjectStatus

THOUSAND = 1000
_MARK_BITS, _CODE_BITS = 31, 17
_STANDING = ["level", "category", "province", "specialty", "withheld", "void"]

Pattern = tuple[Standing, tuple[Seen, ...], tuple[Pass, ...]]


@dataclass(frozen=True)
class Judged:
    """One chunk, judged.

    cell: for each row of `entries` its place in `cells`. pattern: for each row of `people` its place in `judgements`.
    """

    chunk: Chunk
    cells: Sequence[SubjectResult]
    cell: pl.Series
    judgements: Sequence[Judgement]
    pattern: list[int]


class Cohort:
    """Remembers what it has reasoned from one chunk to the next."""

    def __init__(self, rules: SittingRules, lines: Lines) -> None:
        self._rules = rules
        self._lines = lines
        self._cells: dict[tuple[Any, ...], int] = {}
        self._results: list[SubjectResult] = []
        self._seen: list[int] = []
        self._seen_ids: dict[Seen, int] = {}
        self._seen_values: list[Seen] = []
        self._patterns: dict[tuple[Any, ...], int] = {}
        self._judgements: list[Judgement] = []

    def judge(self, chunk: Chunk) -> Judged:
        """Every candidate of the chunk."""
        cell = self._cells_of(chunk.entries)
        seen = pl.Series(self._seen, dtype=pl.Int32).gather(cell).to_list()
        counts = chunk.entries.group_by("r", maintain_order=True).len()["len"].to_list()
        standing_of, standings = _standings(chunk.people.with_columns(void=self._void(chunk)))
        history = _histories(chunk.history)
        pattern, start, patterns = [], 0, self._patterns
        for r, (who, count) in enumerate(zip(standing_of, counts, strict=True)):
            end = start + count
            standing = standings[who]
            key = (standing, tuple(seen[start:end]), history.get(r, ()))
            start = end
            found = patterns.get(key)
            pattern.append(self._reason(key) if found is None else found)
        return Judged(chunk, self._results, cell, self._judgements, pattern)

    def _void(self, chunk: Chunk) -> pl.Series:
        """For each registration whether any registration of its document has a code that reaches the sitting."""
        codes = [code for code in self._rules.codes if reaches_sitting(code, self._rules.codes)]
        struck = set(chunk.entries.filter(pl.col("code").is_in(codes))["r"].to_list())
        documents = list(chunk.people.select("doc_type", "doc_number").iter_rows()) if struck else []
        of_struck = {documents[r] for r in struck}
        return pl.Series([document in of_struck for document in documents] or [False] * chunk.people.height)

    def _reason(self, key: tuple[Any, ...]) -> int:
        standing, seen, history = key
        known = [self._seen_values[index] for index in seen]
        self._judgements.append(judge(Standing(*standing), self._rules, known, [Pass(*item) for item in history]))
        self._patterns[key] = len(self._judgements) - 1
        return self._patterns[key]

    def _cells_of(self, entries: pl.DataFrame) -> pl.Series:
        """For each entry the number of its distinct (level, subject, province, mark, code)."""
        kinds = entries.select("level", "subject", "province").unique(maintain_order=True).with_row_index("kind")
        if kinds.height >= 1 << (63 - _MARK_BITS - _CODE_BITS):
            raise FangbangError(TOO_MANY_KINDS)
        packed = entries.join(kinds, on=["level", "subject", "province"], how="left", maintain_order="left").select(
            key=pl.col("kind").cast(pl.Int64) * (1 << (_MARK_BITS + _CODE_BITS))
            + pl.col("mark").fill_null(-1).add(1) * (1 << _CODE_BITS)
            + pl.col("code").cast(pl.Int64).fill_null(1 << 15).add(1 << 15),
        )["key"]
        firsts = pl.DataFrame({"key": packed}).with_row_index("at").group_by("key").agg(pl.col("at").first())
        distinct = entries.select("level", "subject", "province", "mark", "code")[firsts["at"]]
        numbers = [self._cell(*row) for row in distinct.iter_rows()]
        table = firsts.select("key").with_columns(cell=pl.Series(numbers, dtype=pl.Int32))
        return pl.DataFrame({"key": packed}).join(table, on="key", how="left", maintain_order="left")["cell"]

    def _cell(self, level: str, subject: str, province: str, mark: int | None, code: int | None) -> int:
        key = (level, subject, province, mark, code)
        if key not in self._cells:
            exact = None if mark is None else Decimal(mark) / THOUSAND
            rules = self._rules.levels[level].subjects[subject]
            lines = self._lines.of(level, subject, province)
            result = subject_result(Entry(subject, exact, code), rules, self._rules.codes, lines)
            self._cells[key] = len(self._results)
            self._results.append(result)
            self._seen.append(self._seen_id(result))
        return self._cells[key]

    def _seen_id(self, result: SubjectResult) -> int:
        key = seen_of(result)
        if key not in self._seen_ids:
            self._seen_ids[key] = len(self._seen_values)
            self._seen_values.append(key)
        return self._seen_ids[key]


def _standings(people: pl.DataFrame) -> tuple[list[int], list[tuple[Any, ...]]]:
    distinct = people.select(_STANDING).unique(maintain_order=True).with_row_index("standing")
    numbers = people.join(distinct, on=_STANDING, how="left", maintain_order="left")["standing"].to_list()
    rows = distinct.drop("standing").iter_rows()
    return numbers, list(rows)


def _histories(history: pl.DataFrame) -> dict[int, tuple[tuple[Any, ...], ...]]:
    columns = ["subject", "year", "region", "specialty", "exempt", "through"]
    found: dict[int, list[tuple[Any, ...]]] = {}
    for r, *item in history.select("r", *columns).sort(["r", *columns]).iter_rows():
        found.setdefault(r, []).append(tuple(item))
    return {r: tuple(items) for r, items in found.items()}


def entry_rows(judged: Judged) -> pl.DataFrame:
    """One row an entry in the order of `entries`: r, subject, mark, full, line (thousandths), code, status."""
    table = pl.DataFrame(
        {
            "subject": [item.subject for item in judged.cells],
            "mark": [thousandths(item.mark) for item in judged.cells],
            "code": [item.code for item in judged.cells],
            "full": [thousandths(item.full) for item in judged.cells],
            "line": [thousandths(item.line) for item in judged.cells],
        },
        schema={"subject": pl.String, "mark": pl.Int64, "code": pl.Int16, "full": pl.Int64, "line": pl.Int64},
    )[judged.cell]
    rows = table.with_columns(r=judged.chunk.entries["r"], status=_final_statuses(judged))
    hidden = pl.col("status") == SubjectStatus.WITHHELD.value
    return rows.with_columns(
        *(pl.when(hidden).then(None).otherwise(pl.col(name)).alias(name) for name in ("mark", "code", "line"))
    )


def _final_statuses(judged: Judged) -> pl.Series:
    statuses = pl.Series(
        [[status.value for status in item.statuses.values()] for item in judged.judgements], dtype=pl.List(pl.String)
    )
    return statuses.gather(judged.pattern).explode()


def outcome_rows(judged: Judged) -> pl.DataFrame:
    """One row a candidate in order: outcome, statements (canonical JSON)."""
    table = pl.DataFrame(
        {
            "outcome": [item.outcome.value for item in judged.judgements],
            "statements": [
                canonical_json([list(statement) for statement in item.statements]).decode()
                for item in judged.judgements
            ],
        },
        schema={"outcome": pl.String, "statements": pl.String},
    )
    return table[judged.pattern]


def pass_lists(judged: Judged) -> pl.Series:
    """One list a candidate in order: the passes that count."""
    kind = pl.List(pl.Struct({"subject": pl.String, "year": pl.Int16, "through": pl.Int16, "region": pl.String}))
    values = [
        [
            {"subject": item.subject, "year": item.year, "through": item.through, "region": item.region}
            for item in judgement.passes
        ]
        for judgement in judged.judgements
    ]
    return pl.Series("passes", values, dtype=kind).gather(judged.pattern)


def thousandths(value: Decimal | None) -> int | None:
    """An exact decimal with at most three places as a whole number."""
    return None if value is None else int(value * THOUSAND)
