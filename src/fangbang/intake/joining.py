"""Marks on their way into a book: joined with the registrations by ticket and document both, conflicts settled."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType

import polars as pl
import pyarrow as pa

from fangbang.books.ahead import ahead
from fangbang.books.schemas import MARKS
from fangbang.core.fold import fold_name
from fangbang.exams.model import SittingRules
from fangbang.intake import cells
from fangbang.intake.findings import FIELD, Findings
from fangbang.intake.marks import note_marks
from fangbang.intake.source import CODE, ROW
from fangbang.intake.spool import Cursor, Spool

KEYS = ("doc_number", "ticket", "subject")
REGISTRATION_COLUMNS = ("ticket", "doc_number", "name", "level", "subjects", "subject_tickets")
_THOUSANDTHS = pa.decimal128(19, 0)


class Marks:
    """All marks of a sitting on their way into a book: a new file's rows, and the ones already accepted."""

    def __init__(
        self,
        rules: SittingRules,
        work: Path,
        findings: Findings,
        last_year: Iterator[pa.RecordBatch],
        fields: Mapping[str, str] = MappingProxyType({}),
        run_rows: int = 500_000,
    ) -> None:
        self.corrects = False
        """Whether a new row may take the place of one accepted before."""
        self._spool = Spool(work, KEYS, run_rows=run_rows, frame_rows=run_rows // 4)
        self._findings = findings
        self._papers = _papers(rules)
        self.accepted = 0
        self.rows = 0
        self.missing: dict[str, int] = {}
        self.beside_neighbour = pl.Series(ROW, [], dtype=pl.UInt32)
        """Rows that had their neighbour's ticket; of these, the ones that found no registration were pasted."""
        self._fields = fields
        self._names: dict[tuple[str, str], str] = {}
        self._shifted: list[pl.DataFrame] = []
        self._last_year = Cursor(map(from_book, last_year), "doc_number")
        self.of_last_year = 0
        """Rows of the new file that stand in the marks of the sitting before, mark and all."""

    def know_names(self, corrected: Mapping[tuple[str, str, str], str]) -> None:
        """Changes of names that two members of staff decided: (document type, number, former name) → name."""
        self._names = {(number, fold_name(name)): fold_name(now) for (_, number, name), now in corrected.items()}

    def __enter__(self) -> "Marks":
        return self

    def __exit__(self, *_: object) -> None:
        self._spool.__exit__(None, None, None)

    def add(self, frame: pl.DataFrame) -> None:
        """Rows of the new file (`row` set) or of the book before it (`row` null)."""
        self._spool.add(frame)

    def batches(
        self, registrations: Iterator[pa.RecordBatch], progress: Callable[[int], None] | None = None
    ) -> Iterator[pa.RecordBatch]:
        """Join with the registrations (in book order), settle conflicts, yield the book's rows in order. Call once."""
        known = Cursor(
            (pl.DataFrame(pl.from_arrow(pa.Table.from_batches([batch]))) for batch in registrations), "doc_number"
        )
        for frame, border in ahead(self._spool.frames()):
            last_year = self._last_year.below(border)
            kept = self._settled(frame, _papers_owed(known.below(border)), last_year)
            self.rows += len(kept)
            self.accepted += kept[ROW].count()
            if progress is not None:
                progress(len(frame))
            yield from to_book(kept)
        self._count_missing(_papers_owed(known.below(None)), None)
        self._tell_shifted()

    def _settled(self, frame: pl.DataFrame, owed: pl.DataFrame, last_year: list[pl.DataFrame]) -> pl.DataFrame:
        """`owed`: one row for each paper that a registered person sits, as `_papers_owed` makes it."""
        joined = frame.join(owed, on=["doc_number", "ticket", "subject"], how="left", maintain_order="left")
        lost = joined.filter(pl.col("level").is_null())
        before = pl.concat(last_year) if last_year else None
        if before is not None:
            paper = ["doc_number", "ticket", "subject", "milli", "code"]
            new = frame.filter(pl.col(ROW).is_not_null())
            self.of_last_year += len(new.join(before, on=paper, how="semi", nulls_equal=True))
        if len(lost):
            self._diagnose(self._without_last_years(lost.select(frame.columns), before), owed)
        joined = joined.filter(pl.col("level").is_not_null()).join(
            self._papers, on=["level", "subject"], how="left", maintain_order="left"
        )
        kept = self._within_paper(joined)
        kept = self._without_twins(kept)
        self._count_missing(owed, kept)
        return kept.with_columns(pl.col("paper_ticket").alias("ticket")).sort(KEYS)

    def _diagnose(self, lost: pl.DataFrame, owed: pl.DataFrame) -> None:
        """Why a mark found no registration. (Rows accepted before cannot be among them.)"""
        people = owed.select("doc_number").unique()
        tickets = owed.select("doc_number", "ticket").unique()
        stranger = lost.join(people, on="doc_number", how="anti")
        person = lost.join(people, on="doc_number", how="semi")
        shifted = person.join(tickets, on=["doc_number", "ticket"], how="anti")
        other = person.join(tickets, on=["doc_number", "ticket"], how="semi")
        self._findings.add(stranger[ROW], "doc_number", "intake.marks-not-registered")
        right = owed.group_by("doc_number").agg(pl.col("ticket").first().alias("right"))
        # As hashes: of a file that slipped as a whole, millions of rows are kept. They decide only what a row is told.
        found = shifted.join(right, on="doc_number", how="left")
        self._shifted.append(found.select(ROW, pl.col("ticket", "right").hash(seed=0)))
        note_marks(
            other, self._fields, pl.lit(True), "intake.marks-subject-not-registered", self._findings, plain="subject"
        )

    def _without_last_years(self, lost: pl.DataFrame, before: pl.DataFrame | None) -> pl.DataFrame:
        if before is None:
            return lost
        pair = ["doc_number", "ticket"]
        self._findings.add(lost.join(before, on=pair, how="semi")[ROW], "ticket", "intake.marks-last-year")
        return lost.join(before, on=pair, how="anti")

    def _tell_shifted(self) -> None:
        """What the rows tell whose ticket is another's, taken together in the order of the file."""
        if not self._shifted:
            return
        rows = pl.concat(self._shifted).unique(ROW).sort(ROW)
        ahead = (pl.col("ticket") == pl.col("right").shift(1)) & (pl.col(ROW) == pl.col(ROW).shift(1) + 1)
        behind = (pl.col("ticket") == pl.col("right").shift(-1)) & (pl.col(ROW) + 1 == pl.col(ROW).shift(-1))
        pasted = pl.col(ROW).is_in(self.beside_neighbour.implode())
        told = rows.select(
            ROW,
            pl.lit("ticket").alias(FIELD),
            pl.when((ahead | behind).fill_null(False))
            .then(pl.lit("intake.rows-shifted"))
            .when(pasted)
            .then(pl.lit("intake.ticket-of-neighbour"))
            .otherwise(pl.lit("intake.marks-other-ticket"))
            .alias(CODE),
        )
        self._findings.add_frame(told)

    def _within_paper(self, frame: pl.DataFrame) -> pl.DataFrame:
        new = pl.col(ROW).is_not_null()
        named = frame.filter(new & (pl.col("name") != "") & (pl.col("name") != pl.col("name_right")))
        other = [
            row
            for row, number, *names in named.select(ROW, "doc_number", "name", "name_right").iter_rows()
            if len({self._names.get((number, name), name) for name in map(fold_name, names)}) > 1
        ]
        self._findings.add_rows(other, "name", "intake.marks-other-name")
        above = new & (pl.col("milli") > pl.col("full")).fill_null(False)
        off = new & (pl.col("milli") % pl.col("step") != 0).fill_null(False)
        note_marks(frame, self._fields, above, "intake.mark-above-full", self._findings)
        note_marks(frame, self._fields, off & ~above, "intake.mark-off-step", self._findings)
        kept = frame.filter(~above & ~off)
        return kept.filter(~pl.col(ROW).is_in(other) | pl.col(ROW).is_null()) if other else kept

    def _without_twins(self, frame: pl.DataFrame) -> pl.DataFrame:
        """One mark a paper: equal rows collapse, different ones are all set aside, an accepted one stays."""
        paper = ("doc_number", "level", "subject")
        crowded = (
            frame.select(pl.struct(paper).is_duplicated()).to_series()
            if len(frame)
            else pl.Series([], dtype=pl.Boolean)
        )
        if not crowded.any():
            return frame
        if self.corrects:
            frame = _corrected(frame, paper)
            crowded = frame.select(pl.struct(paper).is_duplicated()).to_series()
        twins = frame.filter(crowded).sort(ROW, nulls_last=False)
        first = pl.int_range(pl.len()).over(paper) == 0
        same = pl.all_horizontal(pl.col(c).eq_missing(pl.col(c).first().over(paper)) for c in ("milli", "code"))
        marked = twins.with_columns(
            first.alias("_first"),
            same.alias("_same"),
            same.all().over(paper).alias("_alike"),
            pl.col(ROW).is_null().any().over(paper).alias("_known"),
        )
        settled = pl.col("_alike") | pl.col("_known")
        repeated = pl.col("_same") & ~pl.col("_first") & settled
        if self._fields:  # a mended wide row brings marks along that were accepted: no fault of the row
            repeated &= ~pl.col("_known")
        cells.note(marked, "", repeated, "intake.row-repeated", self._findings)
        other = ~pl.col("_same") & pl.col("_known")
        note_marks(marked, self._fields, other, "intake.mark-already-accepted", self._findings)
        note_marks(marked, self._fields, ~settled, "intake.marks-twice", self._findings)
        kept = marked.filter(pl.col("_first") & settled)
        return pl.concat([frame.filter(~crowded), kept.select(frame.columns)])

    def _count_missing(self, owed: pl.DataFrame, kept: pl.DataFrame | None) -> None:
        papers = owed.select("doc_number", "level", "subject").unique()
        if kept is not None:
            papers = papers.join(
                kept.select("doc_number", "level", "subject"), on=["doc_number", "level", "subject"], how="anti"
            )
        for subject, count in papers.group_by("subject").len().iter_rows():
            self.missing[subject] = self.missing.get(subject, 0) + count


def _papers(rules: SittingRules) -> pl.DataFrame:
    """Level, subject → full mark and step in thousandths."""
    rows = [
        (level.id, subject.id, int(subject.full * 1000), int(subject.step * 1000))
        for level in rules.levels.values()
        for subject in level.subjects.values()
    ]
    return pl.DataFrame(
        rows, schema={"level": pl.String, "subject": pl.String, "full": pl.Int64, "step": pl.Int64}, orient="row"
    )


def _papers_owed(frames: list[pl.DataFrame]) -> pl.DataFrame:
    """Every paper of these registrations under each ticket that may name it: the paper's own, and the main one."""
    if not frames:
        return pl.DataFrame(
            schema=dict.fromkeys(("doc_number", "ticket", "subject", "level", "name", "paper_ticket"), pl.String)
        )
    exploded = pl.concat(frames).explode("subjects", "subject_tickets").select(
        "doc_number", "ticket", pl.col("subjects").alias("subject"), "level", "name",
        pl.col("subject_tickets").alias("paper_ticket"),
    )  # fmt: skip
    own = exploded.filter(pl.col("paper_ticket") != pl.col("ticket"))
    if not len(own):
        return exploded
    return pl.concat([exploded, own.with_columns(pl.col("paper_ticket").alias("ticket"))]).unique()


def to_book(frame: pl.DataFrame) -> list[pa.RecordBatch]:
    """Settled rows → batches of the book's schema; thousandths become decimals without arithmetic."""
    table = frame.select("ticket", "doc_number", "subject", "milli", "code").to_arrow(
        compat_level=pl.CompatLevel.oldest()
    )
    batches = []
    for batch in table.to_batches():
        whole = batch.column("milli").cast(_THOUSANDTHS)
        mark = pa.Array.from_buffers(pa.decimal128(19, 3), len(whole), whole.buffers(), whole.null_count, whole.offset)
        columns = [
            batch.column("ticket"),
            batch.column("doc_number"),
            batch.column("subject"),
            mark,
            batch.column("code"),
        ]
        batches.append(
            pa.RecordBatch.from_arrays(
                [column.cast(field.type) for column, field in zip(columns, MARKS, strict=True)], schema=MARKS
            )
        )
    return batches


def from_book(batch: pa.RecordBatch) -> pl.DataFrame:
    """Inverse of `to_book`, with a null row number: these rows were accepted before."""
    mark = batch.column("mark").cast(pa.decimal128(19, 3))
    milli = pa.Array.from_buffers(_THOUSANDTHS, len(mark), mark.buffers(), mark.null_count, mark.offset).cast(
        pa.int64()
    )
    frame = pl.DataFrame(pl.from_arrow(pa.Table.from_batches([batch.drop_columns(["mark"])])))
    return frame.select(
        pl.lit(None, dtype=pl.UInt32).alias(ROW), "ticket", "doc_number", "subject",
        pl.Series("milli", pl.from_arrow(milli)), "code", pl.lit("").alias("name"),
    )  # fmt: skip


def _corrected(frame: pl.DataFrame, paper: tuple[str, ...]) -> pl.DataFrame:
    """Without the accepted mark of a paper for which the new file says one other thing. New rows that differ among
    themselves correct nothing: the accepted mark stays, and they are set aside."""
    new = pl.col(ROW).is_not_null()
    said = pl.struct("milli", "code").filter(new)
    one = (said.n_unique().over(paper) == 1) & new.any().over(paper)
    return frame.filter(new | ~one)
