"""A registrations file: rows checked alone (`read`), then against each other and earlier batches (`settle`)."""

from collections.abc import Callable, Iterator
from pathlib import Path

import polars as pl
import pyarrow as pa

from fangbang.books.ahead import ahead
from fangbang.books.schemas import REGISTRATIONS
from fangbang.exams.model import SittingRules
from fangbang.intake import cells
from fangbang.intake.findings import FIELD, Findings
from fangbang.intake.profiles import FIELDS, Profile
from fangbang.intake.renaming import Renamings
from fangbang.intake.source import CODE, ROW
from fangbang.intake.spool import Cursor, Spool
from fangbang.intake.vocabulary import Choice, Vocabulary, Words
from fangbang.people.rules.columns import document_codes, name_codes, normalise_names
from fangbang.people.rules.documents import TYPE_NAMES, DocumentType

KEYS = ("doc_number", "level", "ticket")
JOINT = "|"
"""Lists travel through the spool as one text; neither ids nor folded tickets hold this character."""
YOUNGEST = 10
"""Nobody younger registers for a professional examination: a later birth year is a mistyped number."""
_PLAIN = [field.name for field in REGISTRATIONS if field.type == pa.string()]
COLUMNS = [*_PLAIN, "subjects", "subject_tickets"]
_CHOICE = ("level", "category", "specialty", "subjects")
DOCUMENT_TYPES = Words({word: kind.value for kind in DocumentType for word in (kind.value, *TYPE_NAMES[kind])})


class RegistrationReader:
    """Reads one file's rows into the columns of the book (lists joined by `JOINT`), noting what is wrong."""

    def __init__(self, rules: SittingRules, profile: Profile, columns: dict[str, str]) -> None:
        self._rules = rules
        self._profile = profile
        self._columns = columns
        self._vocabulary = Vocabulary(rules, profile.delimiter, no_province="province" in profile.constants)
        self.seen = 0
        """Data rows so far, good or bad."""
        self._choices: dict[tuple[str, ...], Choice] = {}
        self.warnings: dict[str, int] = {}

    def read(self, raw: pl.DataFrame, findings: Findings) -> pl.DataFrame:
        """The sound rows of a frame that has the file's columns."""
        frame = self._fields(raw)
        self.seen += len(frame)
        found = Findings()
        cells.check_cells(frame, [column for column in frame.columns if column != ROW], found)
        cells.check_year(frame, self._rules.year, found)
        frame = self._folded(frame)
        cells.check_ticket(frame, found)
        cells.check_archive(frame, found)
        cells.check_test_names(frame, found)
        cells.check_swapped(frame, found)
        self._check_person(frame, found)
        frame = self._understood(frame, found)
        frame = self._with_tickets(frame, found)
        findings.merge(found)
        sound = cells.without(frame, found).select(ROW, *COLUMNS)
        cells.warn_of_regions(sound, self.warnings)
        return sound

    def _fields(self, raw: pl.DataFrame) -> pl.DataFrame:
        fields = FIELDS["registrations"]
        present = [pl.col(column).alias(field) for field, column in self._columns.items()]
        frame = cells.cleaned(raw.select(ROW, *present))
        constants = [
            pl.lit(self._profile.constants.get(field, "")).alias(field)
            for field in fields
            if field not in self._columns
        ]
        return frame.with_columns(constants).drop([] if "year" in self._columns else ["year"])

    def _folded(self, frame: pl.DataFrame) -> pl.DataFrame:
        return frame.with_columns(
            *(cells.folded_numbers(frame[field]) for field in ("ticket", "archive", "doc_number")),
            normalise_names(frame["name"]),
            DOCUMENT_TYPES.column(frame["doc_type"]),
            self._vocabulary.provinces.column(frame["province"]),
        )

    def _check_person(self, frame: pl.DataFrame, found: Findings) -> None:
        cells.note(frame, "doc_type", pl.col("doc_type").is_null(), "people.document-type", found)
        cells.note(frame, "province", pl.col("province").is_null(), "intake.province-unknown", found)
        codes = document_codes(pl.col("doc_type"), pl.col("doc_number"), self._rules.year - YOUNGEST)
        typed = frame.filter(pl.col("doc_type").is_not_null())
        found.add_frame(typed.select(ROW, pl.lit("doc_number").alias(FIELD), codes.alias(CODE)))
        found.add_frame(frame.select(ROW, pl.lit("name").alias(FIELD), name_codes(frame["name"]).alias(CODE)))

    def _understood(self, frame: pl.DataFrame, found: Findings) -> pl.DataFrame:
        """Words of level, category, specialty and subjects → ids. There are few combinations: each is decided once."""
        words = frame.select(_CHOICE).unique(maintain_order=True)
        choices = [self._choice(key) for key in words.iter_rows()]
        table = words.with_columns(
            pl.Series("level_id", [choice.level for choice in choices], dtype=pl.String),
            pl.Series("category_id", [choice.category for choice in choices], dtype=pl.String),
            pl.Series("specialty_id", [choice.specialty for choice in choices], dtype=pl.String),
            pl.Series("subject_ids", [JOINT.join(choice.subjects) for choice in choices], dtype=pl.String),
            pl.Series("place", range(len(choices)), dtype=pl.UInt32),
        )
        joined = frame.join(table, on=list(_CHOICE), how="left", maintain_order="left")
        for place, choice in enumerate(choices):
            for field, code in choice.found:
                found.add(joined.filter(pl.col("place") == place)[ROW], field, code)
        return joined.with_columns(
            pl.col("level_id").alias("level"),
            pl.col("category_id").alias("category"),
            pl.col("specialty_id").alias("specialty"),
            pl.col("subject_ids").alias("subjects"),
        )

    def _choice(self, key: tuple[str, ...]) -> Choice:
        if key not in self._choices:
            level, category, specialty, subjects = key
            named = subjects if "subjects" in self._columns or "subjects" in self._profile.constants else None
            self._choices[key] = self._vocabulary.choice(level, category, specialty, named)
        return self._choices[key]

    def _with_tickets(self, frame: pl.DataFrame, found: Findings) -> pl.DataFrame:
        """Subject tickets aligned with the subjects; the one ticket for all where the file names none."""
        if (frame["subject_tickets"] == "").all():
            return frame
        given = pl.col("subject_tickets").str.split(self._profile.delimiter).list.eval(pl.element().str.strip_chars())
        frame = frame.with_columns(pl.when(pl.col("subject_tickets") == "").then(None).otherwise(given).alias("given"))
        parts = frame.select(ROW, "given").explode("given").drop_nulls()
        parts = parts.with_columns(cells.folded_numbers(parts["given"]))
        cells.note(
            parts, "subject_tickets", ~pl.col("given").str.contains("^[0-9A-Z]{4,32}$"), "intake.ticket-format", found
        )
        wrong = pl.col("given").list.len() != pl.col("subjects").str.count_matches(JOINT, literal=True) + 1
        cells.note(frame, "subject_tickets", wrong.fill_null(False), "intake.subject-tickets", found)
        folded = parts.group_by(ROW, maintain_order=True).agg(pl.col("given").str.join(JOINT).alias("folded"))
        return frame.join(folded, on=ROW, how="left", maintain_order="left").with_columns(
            pl.col("folded").fill_null("").alias("subject_tickets")
        )


class Registrations:
    """All registrations of a sitting on their way into a book: a new file's rows, and the ones already accepted."""

    def __init__(
        self, work: Path, findings: Findings, last_year: Iterator[pa.RecordBatch], run_rows: int = 300_000
    ) -> None:
        self._last_year = Cursor(map(_frame, last_year), "doc_number")
        self._spool = Spool(work, KEYS, run_rows=run_rows, frame_rows=run_rows // 4)
        self._findings = findings
        self._hashes: list[pl.Series] = []
        self.renamings = Renamings({})
        self.accepted = 0
        self.rows = 0
        self.of_last_year = 0
        """Accepted rows of the new file whose person and ticket both were last year's."""

    def __enter__(self) -> "Registrations":
        return self

    def __exit__(self, *_: object) -> None:
        self._spool.__exit__(None, None, None)

    def add(self, frame: pl.DataFrame) -> None:
        """Rows of the new file (`row` set) or of the book before it (`row` null)."""
        self._hashes.append(_tickets(frame)["ticket"].hash(seed=0))
        self._spool.add(frame.with_columns(pl.col(ROW).cast(pl.UInt32)))

    def batches(self, progress: Callable[[int], None] | None = None) -> Iterator[pa.RecordBatch]:
        """Settle every conflict and yield the book's rows in order. Call once."""
        shared = self._shared_tickets()
        for frame, border in ahead(self._spool.frames()):
            kept = self._settled(frame, shared)
            self._compare(kept, self._last_year.below(border))
            self.rows += len(kept)
            self.accepted += kept[ROW].count()
            if progress is not None:
                progress(len(frame))
            yield from to_book(kept)

    def _compare(self, kept: pl.DataFrame, last_year: list[pl.DataFrame]) -> None:
        if last_year:
            new = kept.filter(pl.col(ROW).is_not_null())
            same = new.join(pl.concat(last_year), on=["doc_number", "ticket"], how="semi")
            self.of_last_year += len(same)

    def _shared_tickets(self) -> pl.DataFrame:
        """Tickets that stand for more than one registration, by an exact look at those whose hashes met."""
        if not self._hashes:
            return pl.DataFrame(schema={"ticket": pl.String})
        hashes = pl.concat(self._hashes).sort()
        self._hashes = []
        met = hashes.filter(hashes == hashes.shift(1)).unique()
        if not len(met):
            return pl.DataFrame(schema={"ticket": pl.String})
        parts = []
        for frame, _ in ahead(self._spool.frames()):
            tickets = _tickets(frame)
            parts.append(tickets.filter(pl.col("ticket").hash(seed=0).is_in(met.implode())))
        owners = pl.concat(parts).unique().group_by("ticket").agg(pl.len().alias("owners"))
        return owners.filter(pl.col("owners") > 1).select("ticket")

    def _settled(self, frame: pl.DataFrame, shared: pl.DataFrame) -> pl.DataFrame:
        """Nearly every person stands alone in the sorted frame: only neighbours need a look, and shared tickets."""
        document = pl.col("doc_number")
        crowded = ((document == document.shift(1)) | (document == document.shift(-1))).fill_null(False)
        kept = frame.filter(~crowded)
        neighbours = frame.filter(crowded)
        if len(neighbours):
            kept = pl.concat([kept, self._neighbours_settled(neighbours)]).sort(KEYS)
        return self._without_shared(kept, shared) if len(shared) else kept

    def _neighbours_settled(self, frame: pl.DataFrame) -> pl.DataFrame:
        frame = self._without_repeats(frame)
        frame = frame.with_columns(self.renamings.present(frame).alias("now"))
        person = ("doc_number", "level")
        new = pl.col(ROW).is_not_null()
        many = pl.len().over(person) > 1
        known = (~new).any().over(person)
        tickets = pl.col("ticket").n_unique().over(person) > 1
        checks = {
            ("name", "intake.document-two-names"): new & (pl.col("now").n_unique().over("doc_number") > 1),
            ("doc_number", "intake.already-registered"): new & many & known,
            ("ticket", "intake.person-two-tickets"): new & many & ~known & tickets,
            ("doc_number", "intake.person-two-registrations"): new & many & ~known & ~tickets,
        }
        return self._without(frame, checks).drop("now")

    def _without_shared(self, frame: pl.DataFrame, shared: pl.DataFrame) -> pl.DataFrame:
        owners = _tickets(frame).join(shared, on="ticket", how="semi").select("doc_number", "level").unique()
        marked = frame.join(
            owners.with_columns(pl.lit(True).alias("shared")),
            on=["doc_number", "level"],
            how="left",
            maintain_order="left",
        )
        wrong = pl.col("shared").fill_null(False) & pl.col(ROW).is_not_null()
        return self._without(marked, {("ticket", "intake.ticket-two-people"): wrong}).drop("shared")

    def _without(self, frame: pl.DataFrame, checks: dict[tuple[str, str], pl.Expr]) -> pl.DataFrame:
        """Note the rows of each check, and leave them out."""
        marked = frame.with_columns(wrong.alias(code) for (_, code), wrong in checks.items())
        for field, code in checks:
            cells.note(marked, field, pl.col(code), code, self._findings)
        return marked.filter(~pl.any_horizontal(code for _, code in checks)).select(frame.columns)

    def _without_repeats(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Of wholly equal rows the first stays (an accepted one before a new one): that loses nothing."""
        first = pl.int_range(pl.len()).over(COLUMNS, order_by=pl.col(ROW).fill_null(0)) == 0
        return self._without(frame, {("", "intake.row-repeated"): ~first})


def _frame(batch: pa.RecordBatch) -> pl.DataFrame:
    return pl.DataFrame(pl.from_arrow(pa.Table.from_batches([batch])))


def _tickets(frame: pl.DataFrame) -> pl.DataFrame:
    """Every ticket of every registration, once: `ticket`, `doc_number`, `level`."""
    plain = frame.filter(pl.col("subject_tickets") == "").select("ticket", "doc_number", "level")
    many = frame.filter(pl.col("subject_tickets") != "")
    if not len(many):
        return plain
    own = pl.concat_list(pl.concat_list("ticket"), pl.col("subject_tickets").str.split(JOINT)).list.unique()
    return pl.concat([plain, many.select(own.alias("ticket"), "doc_number", "level").explode("ticket")])


def to_book(frame: pl.DataFrame) -> list[pa.RecordBatch]:
    """Spool rows → batches of the book's schema."""
    subjects = pl.col("subjects").str.split(JOINT)
    tickets = (
        pl.when(pl.col("subject_tickets") == "")
        .then(pl.col("ticket").repeat_by(subjects.list.len()))
        .otherwise(pl.col("subject_tickets").str.split(JOINT))
    )
    lists = frame.with_columns(subjects.alias("subjects"), tickets.alias("subject_tickets")).select(REGISTRATIONS.names)
    table = lists.to_arrow(compat_level=pl.CompatLevel.oldest()).cast(REGISTRATIONS)
    return list(table.to_batches())


def from_book(batch: pa.RecordBatch) -> pl.DataFrame:
    """Inverse of `to_book`, with a null row number: these rows were accepted before."""
    frame = _frame(batch)
    same = pl.col("subject_tickets").list.eval(pl.element().n_unique()).list.first() == 1
    one = same & (pl.col("subject_tickets").list.first() == pl.col("ticket"))
    joined = pl.when(one).then(pl.lit("")).otherwise(pl.col("subject_tickets").list.join(JOINT))
    return frame.select(
        pl.lit(None, dtype=pl.UInt32).alias(ROW),
        *_PLAIN,
        pl.col("subjects").list.join(JOINT),
        joined.alias("subject_tickets"),
    )
