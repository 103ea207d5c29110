"""One run over one sitting: both calculators over every candidate, compared, written as rows of an outcomes book."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import polars as pl
import pyarrow as pa
import pyarrow.compute as pc

from fangbang.adjudication.assembly import CHUNK, Books, Chunk, Inputs, chunks
from fangbang.adjudication.cohort import Cohort, Judged, entry_rows, outcome_rows, pass_lists
from fangbang.adjudication.compare import Disagreement, compare
from fangbang.adjudication.engine import Engine
from fangbang.adjudication.lengths import record_lengths
from fangbang.adjudication.problems import DISAGREEMENT, MISSING_MARKS, RECORD_TOO_LONG, WITHHELD_GONE
from fangbang.adjudication.published import covered
from fangbang.adjudication.rules import AnnouncedLine, Lines
from fangbang.adjudication.versions import versioned
from fangbang.books.schemas import MARK, OUTCOMES, SHADOW, SUBJECT_OUTCOME
from fangbang.core.errors import FangbangError
from fangbang.exams.model import SittingRules
from fangbang.exams.room import record_room

Progress = Callable[[int], None]
"""Called with the number of candidates done since the last call."""

SAMPLES = 20
_BATCH = 65_536
VERSION = 1


@dataclass
class Tally:
    """What a run counts while it goes over the candidates."""

    candidates: int = 0
    missing: int = 0
    """Registered subjects with neither mark nor code."""
    disagreements: int = 0
    samples: list[str] = field(default_factory=list)
    """Where the first disagreements are: registration rows (from 1) and columns, never a person."""
    outcomes: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    """(level, province, outcome)"""
    statuses: Counter[tuple[str, str, str, str]] = field(default_factory=Counter)
    """(level, subject, province, status)"""
    history: int = 0
    """Earlier passes and exemptions that met a registration."""
    withheld: set[str] = field(default_factory=set)
    """Tickets held back by decision that were met."""
    longest: int = 0
    """Bytes of the longest record."""
    too_long: int = 0
    """Records that do not fit."""
    changes: Counter[str] = field(default_factory=Counter)
    """Candidates whose result is another one than they were shown, by reasons (`ChangeReason`)."""
    shadows: int = 0
    """Rows to be written that are of shadow people: in a run of real books none may be."""

    def counts(self) -> dict[str, Any]:
        """As JSON: totals, by outcome, by level and subject, by province."""
        return {
            "candidates": self.candidates,
            "missing_marks": self.missing,
            "withheld": len(self.withheld),
            "history": self.history,
            "changes": dict(sorted(self.changes.items())),
            "outcomes": _nested(self.outcomes, (2,)),
            "levels": _nested(self.outcomes, (0, 2)),
            "provinces": _nested(self.outcomes, (1, 2)),
            "subjects": _nested(self.statuses, (0, 1, 3)),
            "provinces_levels": _nested(self.outcomes, (1, 0, 2)),
            "provinces_subjects": _nested(self.statuses, (2, 0, 1, 3)),
        }


def _nested(counter: Counter[Any], places: Sequence[int]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, count in sorted(counter.items()):
        inner = found
        for place in places[:-1]:
            inner = inner.setdefault(key[place], {})
        inner[key[places[-1]]] = inner.get(key[places[-1]], 0) + count
    return found


class Calculation:
    """A run in progress. Read `batches` to the end; then `tally` is whole. Both calculators see every candidate."""

    def __init__(
        self,
        books: Books,
        inputs: Inputs,
        rules: SittingRules,
        announced: Sequence[AnnouncedLine] = (),
        *,
        withhold_missing: bool = False,
        workers: int = 1,
        chunk: int = CHUNK,
        progress: Progress | None = None,
    ) -> None:
        self.tally = Tally()
        self.cohort = Cohort(rules, Lines(rules, announced))
        self.engine = Engine(rules, announced)
        self._chunks = chunks(books, inputs, rules, chunk)
        self._year = rules.year
        self._withheld = inputs.withheld
        self._room = record_room(rules)
        self._shown = covered(inputs.before) if inputs.before else None
        self._withhold_missing = withhold_missing
        self._workers = workers
        self._progress = progress or (lambda _: None)

    def batches(self) -> Iterator[pa.RecordBatch]:
        """The rows of the outcomes book in the order of the registrations.

        Raises, after the last candidate was seen: MISSING_MARKS (unless withheld), DISAGREEMENT, RECORD_TOO_LONG. A
        book whose writing meets one of them does not come into being.
        """
        for judged, table, odd in self._compared():
            self._count(judged, odd)
            if not self.tally.disagreements:
                yield from table.to_batches(max_chunksize=_BATCH)
            self._progress(judged.chunk.people.height)
        if gone := self._withheld - self.tally.withheld:
            raise FangbangError(WITHHELD_GONE, count=len(gone))
        if self.tally.missing and not self._withhold_missing:
            raise FangbangError(MISSING_MARKS, count=self.tally.missing)
        if self.tally.disagreements:
            raise FangbangError(DISAGREEMENT, count=self.tally.disagreements, where=self.tally.samples[0])
        if self.tally.too_long:
            told = {"count": self.tally.too_long, "longest": self.tally.longest, "room": self._room}
            raise FangbangError(RECORD_TOO_LONG, **told)

    def _compared(self) -> Iterator[tuple[Judged, pa.Table, list[Disagreement]]]:
        """Each chunk with the rows that will be written; it is these that the second calculator is compared with."""
        with ThreadPoolExecutor(1) as pool:
            for chunk in self._chunks:
                engine = pool.submit(self.engine.run, chunk) if self._workers > 1 else None
                judged = self.cohort.judge(chunk)
                table = self._versioned(chunk, outcome_table(judged))
                self._measure(table)
                self.tally.shadows += _shadows(table)
                rows = self.engine.run(chunk) if engine is None else engine.result()
                yield judged, table, compare(table, rows)

    def _measure(self, table: pa.Table) -> None:
        lengths = record_lengths(table)
        self.tally.too_long += int((lengths > self._room).sum())
        self.tally.longest = max(self.tally.longest, int(lengths.max() or 0))  # type: ignore[arg-type]

    def _versioned(self, chunk: Chunk, table: pa.Table) -> pa.Table:
        """The rows with their versions, where the sitting was published before."""
        if self._shown is None:
            return table
        table, changes = versioned(table, chunk.before, self._shown, self._year)
        self.tally.changes.update(changes)
        return table

    def _count(self, judged: Judged, odd: Sequence[Disagreement]) -> None:
        tally, chunk = self.tally, judged.chunk
        for item in odd[: SAMPLES - len(tally.samples)]:
            tally.samples.append(f"row {tally.candidates + item.r + 1}: {item.where}")
        tally.disagreements += len(odd)
        tally.candidates += chunk.people.height
        tally.history += chunk.history.height
        tally.withheld.update(chunk.people.filter("withheld")["ticket"].to_list())
        tally.missing += _gaps(chunk)
        people = chunk.people.select("level", "province").with_columns(outcome_rows(judged)["outcome"])
        entries = chunk.entries.select("level", "subject", "province").with_columns(entry_rows(judged)["status"])
        for frame, counter in ((people, tally.outcomes), (entries, tally.statuses)):
            for *key, count in frame.group_by(frame.columns).len().iter_rows():
                counter[tuple(key)] += count


def _shadows(table: pa.Table) -> int:
    marked = pc.or_(pc.starts_with(table["doc_number"], SHADOW), pc.starts_with(table["ticket"], SHADOW))
    return table.filter(marked).num_rows


def _gaps(chunk: Chunk) -> int:
    return chunk.entries.filter(pl.col("mark").is_null() & pl.col("code").is_null()).height


def outcome_table(judged: Judged) -> pa.Table:
    """The chunk's rows of an OUTCOMES book."""
    people, outcomes = judged.chunk.people, outcome_rows(judged)
    columns: dict[str, Any] = {name: people[name].to_arrow() for name in OUTCOMES.names if name in people.columns}
    columns["outcome"] = outcomes["outcome"].to_arrow()
    columns["subjects"] = _subject_lists(judged)
    columns["passes"] = pass_lists(judged).to_arrow()
    columns["statements"] = outcomes["statements"].to_arrow()
    columns["version"] = pa.repeat(pa.scalar(VERSION, pa.int16()), people.height)
    columns["reason"] = pa.repeat(pa.scalar("", pa.string()), people.height)
    return pa.table([columns[name] for name in OUTCOMES.names], names=OUTCOMES.names).cast(OUTCOMES)


def _subject_lists(judged: Judged) -> Any:
    rows = entry_rows(judged).with_columns(ticket=judged.chunk.entries["ticket"])
    fields = [
        points(rows[item.name]) if item.type == MARK else rows[item.name].to_arrow().cast(item.type)
        for item in SUBJECT_OUTCOME.fields
    ]
    structs = pa.StructArray.from_arrays(fields, fields=SUBJECT_OUTCOME.fields)
    counts = judged.chunk.entries.group_by("r", maintain_order=True).len()["len"].cast(pl.Int32)
    offsets = pl.concat([pl.Series([0], dtype=pl.Int32), counts.cum_sum().cast(pl.Int32)])
    make: Any = pa.ListArray.from_arrays
    return make(offsets.to_arrow(), structs)


def points(thousandths: pl.Series) -> Any:
    """Whole thousandths as exact decimals: the same digits, read with three places."""
    whole: Any = thousandths.cast(pl.Int64).to_arrow().cast(pa.decimal128(19, 0))
    same: Any = pa.Array.from_buffers(pa.decimal128(19, 3), len(whole), whole.buffers(), whole.null_count, whole.offset)
    return same.cast(MARK)
