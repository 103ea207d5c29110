"""A marks file, long or wide: each row checked alone. `joining.py` then joins them with the registrations."""

from collections.abc import Mapping
from functools import partial

import polars as pl

from fangbang.exams.model import SittingRules
from fangbang.intake import cells
from fangbang.intake.findings import FIELD, Findings
from fangbang.intake.profiles import FIELDS, Profile
from fangbang.intake.source import CODE, ROW
from fangbang.intake.totals import Totals
from fangbang.intake.vocabulary import Vocabulary
from fangbang.people.rules.columns import normalise_names

COLUMNS = ("ticket", "doc_number", "subject", "milli", "code", "name")
_NUMBER = r"^[0-9]{1,6}(\.[0-9]+)?$"
_CODE = r"^-[0-9]{1,6}$"
_MARK_WITH_WORD = r"^[0-9]+(\.[0-9]+)?\s*\D+$"
_YES = ("1", "是", "Y", "y", "√", "缺考")
_NO = ("", "0", "否", "N", "n")


class MarkReader:
    """Reads one file's rows, long or wide, into `row` and `COLUMNS`, noting what is wrong and adding up totals."""

    def __init__(self, rules: SittingRules, profile: Profile, columns: dict[str, str], totals: Totals) -> None:
        self._rules = rules
        self._profile = profile
        self._columns = columns
        self._vocabulary = Vocabulary(rules)
        self._totals = totals
        self.fields: dict[str, str] = self._wide_fields()
        """Subject → the field to name in findings about its mark; empty for long files."""
        self._above: tuple[str, str] = ("", "")
        self._neighbours: list[pl.Series] = []

    @property
    def beside_neighbour(self) -> pl.Series:
        """Rows whose ticket is the neighbouring row's, though the document is another."""
        return pl.concat([pl.Series(ROW, [], dtype=pl.UInt32), *self._neighbours])

    def _wide_fields(self) -> dict[str, str]:
        words = ((word, self._vocabulary.subjects.get(word)) for word in self._profile.subjects)
        return {subject: f"subject/{word}" for word, subject in words if subject is not None}

    def _note_neighbours(self, frame: pl.DataFrame) -> None:
        """Must see the rows in the order of the file."""
        if not len(frame):
            return
        pair = frame.select("ticket", "doc_number")
        above = pl.concat([pl.DataFrame([self._above], schema=pair.schema, orient="row"), pair[:-1]])
        same = (pair["ticket"] == above["ticket"]) & (pair["doc_number"] != above["doc_number"])
        wrong = same & (pair["ticket"] != "")
        # Which of the two was pasted shows only when they are joined with the registrations: both are kept in mind.
        self._neighbours.append(frame[ROW].filter(wrong | wrong.shift(-1, fill_value=False)))
        self._above = pair.row(-1)

    def read(self, raw: pl.DataFrame, findings: Findings) -> pl.DataFrame:
        """The sound rows of a frame that has the file's columns."""
        frame = self._fields(raw)
        self._totals.add_rows(len(frame))
        found = Findings()
        frame = self._long(frame) if self._profile.form == "wide" else frame
        texts = [column for column in frame.columns if column not in (ROW, "mark")]
        cells.check_cells(frame, texts, found)
        cells.check_year(frame, self._rules.year, found)
        frame = frame.with_columns(
            cells.folded_numbers(frame["ticket"]),
            cells.folded_numbers(frame["doc_number"]),
            normalise_names(frame["name"]),
            self._vocabulary.subjects.column(frame["subject"]),
        )
        self._note_neighbours(frame)
        cells.check_ticket(frame, found)
        cells.check_test_names(frame, found)
        cells.check_swapped(frame, found)
        cells.note(frame, "doc_number", pl.col("doc_number") == "", "people.document-blank", found)
        cells.note(
            frame, "doc_number", pl.col("doc_number").str.contains(r"^[0-9](\.[0-9]+)?E\+?[0-9]+$"),
            "people.document-spreadsheet", found,
        )  # fmt: skip
        cells.note(frame, "subject", pl.col("subject").is_null(), "intake.subject-unknown", found)
        frame = self._valued(frame, found)
        self._totals.add_marks(frame)
        findings.merge(found)
        return cells.without(frame, found).select(ROW, *COLUMNS)

    def _fields(self, raw: pl.DataFrame) -> pl.DataFrame:
        present = [pl.col(column).alias(field) for field, column in self._columns.items()]
        frame = cells.cleaned(raw.select(ROW, *present))
        absent = [field for field in FIELDS["marks"] if field not in self._columns and field != "year"]
        return frame.with_columns(pl.lit(self._profile.constants.get(field, "")).alias(field) for field in absent)

    def _long(self, frame: pl.DataFrame) -> pl.DataFrame:
        """A row a subject out of a column a subject."""
        wide = [f"subject/{subject}" for subject in self._profile.subjects]
        rest = [column for column in frame.columns if column not in (*wide, "subject", "mark")]
        tall = (
            frame.drop("subject", "mark")
            .unpivot(on=wide, index=rest, variable_name="subject", value_name="mark")
            .with_columns(pl.col("subject").str.strip_prefix("subject/"))
            .sort(ROW, maintain_order=True)
        )
        return tall.filter(pl.col("mark") != "") if self._profile.blank == "skip" else tall

    def _valued(self, frame: pl.DataFrame, found: Findings) -> pl.DataFrame:
        """Cell → `milli` or `code`, exactly one of them where nothing is wrong."""
        text = pl.col("mark").str.to_uppercase()
        frame = frame.with_columns(_half_width(frame["mark"]))
        number = pl.col("mark").str.contains(_NUMBER)
        code = pl.col("mark").str.contains(_CODE)
        word = pl.col("mark").is_in(list(self._profile.absent)) | text.is_in([w.upper() for w in self._profile.absent])
        flag = pl.col("absent").is_in(_YES)
        fraction = pl.col("mark").str.extract(r"\.([0-9]*?)0*$").fill_null("")
        blank = pl.col("mark") == ""
        frame = frame.with_columns(
            number.alias("_number"), code.alias("_code"), word.alias("_word"), flag.alias("_flag"),
            blank.alias("_blank"), (number & (fraction.str.len_bytes() > 3)).alias("_long"),
        )  # fmt: skip
        note = partial(self._note, frame, found)
        note("intake.mark-decimals", pl.col("_long"))
        both = (pl.col("_number") & pl.col("_flag")) | (
            pl.col("mark").str.contains(_MARK_WITH_WORD) & pl.col("mark").str.contains_any(list(self._profile.absent))
        )
        note("intake.mark-and-absent", both)
        note("intake.mark-blank", pl.col("_blank") & ~pl.col("_flag"))
        plain = pl.col("_number") | pl.col("_code") | pl.col("_word") | pl.col("_blank")
        note("intake.mark-format", (~plain & ~both) | ~pl.col("absent").is_in([*_YES, *_NO]))
        value = pl.col("mark").str.to_integer(strict=False)
        note("intake.code-unknown", pl.col("_code") & ~value.is_between(-9, -1))
        whole = pl.col("mark").str.extract(r"^([0-9]+)").cast(pl.Int64, strict=False)
        milli = whole * 1000 + fraction.str.slice(0, 3).str.pad_end(3, "0").cast(pl.Int64, strict=False)
        return frame.with_columns(
            pl.when(pl.col("_number") & ~pl.col("_long")).then(milli).alias("milli"),
            pl.when("_code").then(value).when(pl.col("_word") | (pl.col("_flag") & pl.col("_blank"))).then(pl.lit(-1))
            .cast(pl.Int16, strict=False).alias("code"),
        )  # fmt: skip

    def _note(self, frame: pl.DataFrame, found: Findings, code: str, wrong: pl.Expr) -> None:
        note_marks(frame, self.fields, wrong, code, found)


def note_marks(
    frame: pl.DataFrame,
    fields: Mapping[str, str],
    wrong: pl.Expr,
    code: str,
    findings: Findings,
    plain: str = "mark",
) -> None:
    """`cells.note` that names the subject's own column, where a subject has one."""
    if not fields:
        cells.note(frame, plain, wrong, code, findings)
        return
    field = pl.col("subject").replace_strict(dict(fields), default=plain, return_dtype=pl.String)
    findings.add_frame(frame.filter(wrong).select(ROW, field.alias(FIELD), pl.lit(code).alias(CODE)))


def _half_width(marks: pl.Series) -> pl.Series:
    odd = marks.filter(marks.str.contains(r"[\x{FF01}-\x{FF5E}\x{2212}\s]")).unique()
    table = {code: chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)} | {0x2212: "-", 0x2013: "-"}
    changed = {text: "".join(text.translate(table).split()) for text in odd}
    return marks.replace(list(changed), list(changed.values())) if changed else marks
