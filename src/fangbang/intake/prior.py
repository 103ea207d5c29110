"""Passes and exemptions of years before this system: the same checks, the same quarantine, a book of their own."""

from collections.abc import Callable, Iterator
from pathlib import Path

import polars as pl
import pyarrow as pa

from fangbang.books.ahead import ahead
from fangbang.books.schemas import PRIOR_PASSES
from fangbang.exams.model import SittingRules
from fangbang.intake import cells
from fangbang.intake.findings import FIELD, Findings
from fangbang.intake.profiles import FIELDS, Profile
from fangbang.intake.registrations import DOCUMENT_TYPES, YOUNGEST
from fangbang.intake.renaming import Renamings
from fangbang.intake.source import CODE, ROW
from fangbang.intake.spool import Spool
from fangbang.intake.vocabulary import Vocabulary, Words
from fangbang.people.rules.columns import document_codes, name_codes, normalise_names

KEYS = ("doc_number", "level", "subject", "year")
COLUMNS = tuple(PRIOR_PASSES.names)
BASES = Words({"": "pass", "合格": "pass", "pass": "pass", "免试": "exemption", "exemption": "exemption"})
_YEAR = r"^(19|20)[0-9]{2}$"


class PriorPassReader:
    """Reads one file's rows into the book's columns, noting what is wrong."""

    def __init__(self, rules: SittingRules, profile: Profile, columns: dict[str, str]) -> None:
        self._rules = rules
        self._profile = profile
        self._columns = columns
        self._vocabulary = Vocabulary(rules, no_province=True)
        self.seen = 0
        """Data rows so far, good or bad."""
        self.warnings: dict[str, int] = {}

    def read(self, raw: pl.DataFrame, findings: Findings) -> pl.DataFrame:
        """The sound rows of a frame that has the file's columns."""
        frame = self._fields(raw)
        self.seen += len(frame)
        found = Findings()
        cells.check_cells(frame, [column for column in frame.columns if column != ROW], found)
        frame = self._understood(frame)
        cells.check_test_names(frame, found)
        cells.check_swapped(frame, found, ("name",))
        for field, code in (
            ("doc_type", "people.document-type"),
            ("level", "intake.level-unknown"),
            ("subject", "intake.subject-unknown"),
            ("basis", "intake.basis-unknown"),
            ("specialty", "intake.specialty-unknown"),
        ):
            cells.note(frame, field, pl.col(field).is_null(), code, found)
        self._check_person(frame, found)
        self._check_years(frame, found)
        self._check_subjects(frame, found)
        findings.merge(found)
        sound = cells.without(frame, found).with_columns(pl.col("until").alias("through")).select(ROW, *COLUMNS)
        cells.warn_of_regions(sound, self.warnings)
        return sound

    def _fields(self, raw: pl.DataFrame) -> pl.DataFrame:
        present = [pl.col(column).alias(field) for field, column in self._columns.items()]
        frame = cells.cleaned(raw.select(ROW, *present))
        absent = [field for field in FIELDS["prior-passes"] if field not in self._columns]
        return frame.with_columns(pl.lit(self._profile.constants.get(field, "")).alias(field) for field in absent)

    def _understood(self, frame: pl.DataFrame) -> pl.DataFrame:
        words = self._vocabulary
        return frame.with_columns(
            cells.folded_numbers(frame["doc_number"]),
            normalise_names(frame["name"]),
            DOCUMENT_TYPES.column(frame["doc_type"]),
            words.levels.column(frame["level"]),
            words.subjects.column(frame["subject"]),
            words.provinces.column(frame["region"]),
            frame["specialty"] if words.specialties is None else words.specialties.column(frame["specialty"]),
            BASES.column(frame["basis"]),
            pl.when(pl.col("earned").str.contains(_YEAR)).then(pl.col("earned")).cast(pl.Int16).alias("year"),
            pl.when(pl.col("through").str.contains(_YEAR)).then(pl.col("through")).cast(pl.Int16).alias("until"),
        )

    def _check_person(self, frame: pl.DataFrame, found: Findings) -> None:
        codes = document_codes(pl.col("doc_type"), pl.col("doc_number"), self._rules.year - YOUNGEST)
        typed = frame.filter(pl.col("doc_type").is_not_null())
        found.add_frame(typed.select(ROW, pl.lit("doc_number").alias(FIELD), codes.alias(CODE)))
        found.add_frame(frame.select(ROW, pl.lit("name").alias(FIELD), name_codes(frame["name"]).alias(CODE)))
        cells.note(frame, "region", pl.col("region").is_null(), "intake.province-unknown", found)

    def _check_years(self, frame: pl.DataFrame, found: Findings) -> None:
        late = pl.col("year").is_null() | (pl.col("year") >= self._rules.year)
        cells.note(frame, "earned", late, "intake.year-format", found)
        bad = (pl.col("through") != "") & (pl.col("until").is_null() | (pl.col("until") < pl.col("year")))
        cells.note(frame, "through", bad.fill_null(False), "intake.through-format", found)

    def _check_subjects(self, frame: pl.DataFrame, found: Findings) -> None:
        known = [f"{level.id}|{subject}" for level in self._rules.levels.values() for subject in level.subjects]
        pair = pl.concat_str("level", "subject", separator="|")
        cells.note(frame, "subject", (~pair.is_in(known)).fill_null(False), "intake.subject-unknown", found)


class PriorPasses:
    """All prior passes of a sitting on their way into a book."""

    def __init__(self, work: Path, findings: Findings, run_rows: int = 500_000) -> None:
        self._spool = Spool(work, KEYS, run_rows=run_rows, frame_rows=run_rows // 4)
        self._findings = findings
        self.accepted = 0
        self.rows = 0
        self.renamings = Renamings({})

    def __enter__(self) -> "PriorPasses":
        return self

    def __exit__(self, *_: object) -> None:
        self._spool.__exit__(None, None, None)

    def add(self, frame: pl.DataFrame) -> None:
        """Rows of the new file (`row` set) or of the book before it (`row` null)."""
        self._spool.add(frame)

    def batches(self, progress: Callable[[int], None] | None = None) -> Iterator[pa.RecordBatch]:
        """Settle conflicts and yield the book's rows in order. Call once."""
        for frame, _ in ahead(self._spool.frames()):
            kept = self._without_twins(self._without_other_names(frame))
            self.rows += len(kept)
            self.accepted += kept[ROW].count()
            if progress is not None:
                progress(len(frame))
            table = kept.select(COLUMNS).to_arrow(compat_level=pl.CompatLevel.oldest()).cast(PRIOR_PASSES)
            yield from table.to_batches()

    def _without_other_names(self, frame: pl.DataFrame) -> pl.DataFrame:
        """One document, one name: where new rows bring another, none of them says which is right. A former name and the
        one that it was changed to by decision are one."""
        named = frame.with_columns(self.renamings.present(frame).alias("now"))
        two = (pl.col("now").n_unique().over("doc_number") > 1) & pl.col(ROW).is_not_null()
        cells.note(named, "name", two, "intake.document-two-names", self._findings)
        return named.filter(~two).drop("now")

    def _without_twins(self, frame: pl.DataFrame) -> pl.DataFrame:
        crowded = frame.select(pl.struct(KEYS).is_duplicated()).to_series()
        if not crowded.any():
            return frame
        twins = frame.filter(crowded).sort(ROW, nulls_last=False)
        first = pl.int_range(pl.len()).over(KEYS) == 0
        same = pl.all_horizontal(pl.col(column).eq_missing(pl.col(column).first().over(KEYS)) for column in COLUMNS)
        marked = twins.with_columns(
            first.alias("_first"),
            same.alias("_same"),
            same.all().over(KEYS).alias("_alike"),
            pl.col(ROW).is_null().any().over(KEYS).alias("_known"),
        )
        settled = pl.col("_alike") | pl.col("_known")
        repeated = pl.col("_same") & ~pl.col("_first") & settled
        cells.note(marked, "", repeated, "intake.row-repeated", self._findings)
        differs = ~pl.col("_same") & pl.col("_known")
        cells.note(marked, "subject", differs, "intake.pass-already-accepted", self._findings)
        cells.note(marked, "subject", ~settled, "intake.pass-twice", self._findings)
        kept = marked.filter(pl.col("_first") & settled).select(frame.columns)
        return pl.concat([frame.filter(~crowded), kept]).sort(KEYS)


def from_book(batch: pa.RecordBatch) -> pl.DataFrame:
    """Book rows with a null row number: these were accepted before."""
    frame = pl.DataFrame(pl.from_arrow(pa.Table.from_batches([batch])))
    return frame.select(pl.lit(None, dtype=pl.UInt32).alias(ROW), *COLUMNS)
