"""The second calculator: the whole cohort at once, in Polars, written from the catalogue's data.

It shares no decision with `rules.py`: marks are whole thousandths here, lines come from joins, windows from ranks of
exam years in a table, outcomes from counts. It explains nothing; it only has to come to the same rows.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

import polars as pl

from fangbang.adjudication.assembly import Chunk
from fangbang.adjudication.rules import AnnouncedLine
from fangbang.exams.model import SittingRules

_LOOK_BACK = 40
_LOOK_AHEAD = 60


@dataclass(frozen=True)
class EngineRows:
    """entries: r, subject, mark, code, full, line (thousandths), status, in the chunk's order.
    outcomes: r, outcome, by r. passes: r, subject, year, through, region, sorted by all."""

    entries: pl.DataFrame
    outcomes: pl.DataFrame
    passes: pl.DataFrame


class Engine:
    """Tables made once for a sitting, joined with every chunk."""

    def __init__(self, rules: SittingRules, announced: Sequence[AnnouncedLine]) -> None:
        self._year = rules.year
        self._papers = _paper_table(rules)
        self._codes = _code_table(rules)
        self._owed = _owed_table(rules)
        self._windows = _window_table(rules)
        self._renamed = _renaming_table(rules)
        self._full_lines = _line_table(announced, regional=False)
        self._regional_lines = _line_table(announced, regional=True)
        self._known_lines = _known_line_table(rules)
        self._not_held = dict(rules.not_held)

    def run(self, chunk: Chunk) -> EngineRows:
        """Every candidate of the chunk."""
        entries = self._statuses(chunk)
        flags = self._flags(chunk, entries)
        entries = _final(entries.join(flags, on="r", how="left", maintain_order="left"))
        history = self._history(chunk)
        passes = self._passes(chunk, entries, history.filter(~pl.col("exempt")))
        outcomes = self._outcomes(chunk, entries, flags, passes, history.filter("exempt"))
        return EngineRows(
            entries=entries.select("r", "subject", "mark", "code", "full", "line", "status"),
            outcomes=outcomes,
            passes=passes.select("r", "subject", "year", "through", "region").sort(
                "r", "subject", "year", "through", "region"
            ),
        )

    def _statuses(self, chunk: Chunk) -> pl.DataFrame:
        """Each entry with its rounded mark, both lines and its status on its own."""
        lined = (
            chunk.entries.join(self._papers, on=["level", "subject"], how="left", maintain_order="left")
            .join(self._known_lines, on=["level", "subject", "province"], how="left", maintain_order="left")
            .join(self._full_lines, on=["level", "subject", "province"], how="left", maintain_order="left")
            .join(
                self._full_lines.filter(pl.col("province") == "").select("level", "subject", everywhere="announced"),
                on=["level", "subject"],
                how="left",
                maintain_order="left",
            )
            .join(
                self._regional_lines.rename({"announced": "lower"}),
                on=["level", "subject", "province"],
                how="left",
                maintain_order="left",
            )
            .join(self._codes, on="code", how="left", maintain_order="left")
        )
        return (
            lined.with_columns(
                upper=pl.coalesce("announced", "own", "everywhere", "national"),
                lower=pl.coalesce("lower", "regional"),
                mark=_rounded(),
            )
            .with_columns(
                lower=pl.when((pl.col("lower") >= pl.col("upper")).fill_null(False))
                .then(None)
                .otherwise(pl.col("lower"))
            )
            .with_columns(alone=_status_alone())
        )

    def _flags(self, chunk: Chunk, entries: pl.DataFrame) -> pl.DataFrame:
        """Per candidate: held back, void, all absent."""
        found = entries.group_by("r").agg(
            gap=(pl.col("mark").is_null() & pl.col("code").is_null()).any(),
            void=(pl.col("scope") == "sitting").fill_null(False).any(),
            absent=(pl.col("alone") == "absent").all(),
        )
        return (
            chunk.people.select("r", "withheld", "doc_type", "doc_number")
            .join(found, on="r", how="left")
            .with_columns(void=pl.col("void").any().over("doc_type", "doc_number"))
            .select("r", held=pl.col("withheld") | pl.col("gap"), void="void", absent="absent")
        )

    def _history(self, chunk: Chunk) -> pl.DataFrame:
        """Earlier passes under today's subject names that fit the registration's specialty and province."""
        people = chunk.people.select("r", "level", "province", own="specialty")
        return (
            chunk.history.join(people, on="r", how="left")
            .join(self._renamed, left_on=["level", "subject"], right_on=["level", "former"], how="inner")
            .filter(
                pl.col("region").is_in([""]) | (pl.col("region") == pl.col("province")),
                ~pl.col("by_specialty") | (pl.col("specialty") == pl.col("own")),
                pl.col("year") < self._year + pl.col("exempt").cast(pl.Int32),
            )
            .select("r", "today", "year", "region", "exempt", decided="through")
            .rename({"today": "subject"})
        )

    def _passes(self, chunk: Chunk, entries: pl.DataFrame, history: pl.DataFrame) -> pl.DataFrame:
        """Every pass that counts today: r, subject, year, through, region."""
        now = entries.filter(pl.col("status").is_in(["passed", "passed-regionally"])).select(
            "r",
            "subject",
            year=pl.lit(self._year, pl.Int32),
            region=pl.when(pl.col("status") == "passed").then(pl.lit("")).otherwise(pl.col("province")),
            decided=pl.lit(None, pl.Int32),
        )
        earned = pl.concat([now, history.select(now.columns)])
        people = chunk.people.select("r", "level", "category", "province").join(
            self._windows, on=["level", "category"], how="left"
        )
        dated = earned.join(people, on="r", how="left").join(
            self._calendar(chunk), on=["province", "window", "year"], how="left"
        )
        counting = dated.with_columns(through=pl.coalesce("decided", "through")).filter(pl.col("through") >= self._year)
        latest = counting.sort("through", "year").group_by("r", "subject", "region").last()
        full = latest.filter(pl.col("region") == "").select("r", "subject", full_through="through")
        return latest.join(full, on=["r", "subject"], how="left").filter(
            (pl.col("region") == "") | pl.col("full_through").is_null() | (pl.col("full_through") < pl.col("through"))
        )

    def _calendar(self, chunk: Chunk) -> pl.DataFrame:
        """(province, window, year) → the last exam year in which a pass of that year counts.

        Exam years of a province are numbered; a pass of year y lasts to the year whose number is W - 1 further on.
        """
        years = pl.DataFrame({"year": range(self._year - _LOOK_BACK, self._year + _LOOK_AHEAD)}).cast(pl.Int32)
        lost = [(province, year) for year, places in self._not_held.items() for province in places]
        lost_table = pl.DataFrame(lost, schema={"place": pl.String, "year": pl.Int32}, orient="row")
        everywhere = lost_table.filter(pl.col("place") == "*").select("year", gone=pl.lit(True)).unique()
        there = (
            lost_table.filter(pl.col("place") != "*").select("year", province="place", missing=pl.lit(True)).unique()
        )
        grid = (
            chunk.people.select("province")
            .unique()
            .join(years, how="cross")
            .join(everywhere, on="year", how="left")
            .join(there, on=["province", "year"], how="left")
            .with_columns(held=~(pl.col("gone").fill_null(False) | pl.col("missing").fill_null(False)))
            .sort("province", "year")
            .with_columns(number=pl.col("held").cast(pl.Int32).cum_sum().over("province"))
        )
        ends = grid.filter("held").select("province", "number", through="year")
        lasting = grid.join(self._windows.select("window").unique(), how="cross").with_columns(
            number=pl.col("number") + pl.col("window") - 1
        )
        single = pl.when(pl.col("window") == 1).then(pl.col("year")).otherwise(pl.col("through"))
        return lasting.join(ends, on=["province", "number"], how="left").select(
            "province", "window", "year", through=single
        )

    def _outcomes(
        self,
        chunk: Chunk,
        entries: pl.DataFrame,
        flags: pl.DataFrame,
        passes: pl.DataFrame,
        exempt: pl.DataFrame,
    ) -> pl.DataFrame:
        """Count, for each candidate, the subjects owed, passed at the full line, passed at all and waiting."""
        owed = (
            chunk.people.select("r", "level", "category")
            .join(self._owed, on=["level", "category"], how="left")
            .join(exempt.select("r", "subject").unique(), on=["r", "subject"], how="anti")
        )
        at_full = passes.filter(pl.col("region") == "").select("r", "subject", full=pl.lit(1))
        at_any = passes.select("r", "subject", any=pl.lit(1)).unique()
        waiting = entries.filter(pl.col("status") == "line-not-announced").select("r", "subject", waits=pl.lit(1))
        keys = ["r", "subject"]
        counts = (
            owed.join(at_full, on=keys, how="left")
            .join(at_any, on=keys, how="left")
            .join(waiting, on=keys, how="left")
            .group_by("r")
            .agg(pl.len().alias("owed"), pl.col("full").count(), pl.col("any").count(), pl.col("waits").count())
        )
        return (
            flags.join(counts, on="r", how="left")
            .with_columns(pl.col("owed", "full", "any", "waits").fill_null(0))
            .sort("r")
            .select("r", outcome=_outcome_expression())
        )


def _rounded() -> pl.Expr:
    """Marks in thousandths, rounded to the paper's unit."""
    mark, unit, mode = pl.col("mark"), pl.col("unit"), pl.col("mode")
    below = mark // unit
    rest = mark % unit
    up = (rest * 2 > unit) | ((rest * 2 == unit) & ((mode == "half-up") | (below % 2 == 1)))
    nearest = (below + up.cast(pl.Int64)) * unit
    return pl.when(mode == "none").then(mark).when(mode == "down").then(below * unit).otherwise(nearest)


def _status_alone() -> pl.Expr:
    mark, upper, lower = pl.col("mark"), pl.col("upper"), pl.col("lower")
    return (
        pl.when(mark.is_null() & pl.col("code").is_null())
        .then(pl.lit("withheld"))
        .when(mark.is_null())
        .then(pl.col("effect").fill_null("undefined-code"))
        .when(upper.is_null())
        .then(pl.lit("line-not-announced"))
        .when(mark >= upper)
        .then(pl.lit("passed"))
        .when(mark >= lower)
        .then(pl.lit("passed-regionally"))
        .otherwise(pl.lit("not-passed"))
    )


def _final(entries: pl.DataFrame) -> pl.DataFrame:
    """Statuses after another subject's code or a withholding reached them, with the line that decided."""
    held = pl.col("held")
    lower_decides = pl.col("lower").is_not_null() & pl.col("alone").is_in(["passed-regionally", "not-passed"])
    return entries.with_columns(
        status=pl.when(held)
        .then(pl.lit("withheld"))
        .when(pl.col("void") & pl.col("mark").is_not_null())
        .then(pl.lit("void"))
        .otherwise(pl.col("alone")),
        line=pl.when(held).then(None).when(lower_decides).then(pl.col("lower")).otherwise(pl.col("upper")),
        mark=pl.when(held).then(None).otherwise(pl.col("mark")),
        code=pl.when(held).then(None).otherwise(pl.col("code")),
    )


def _outcome_expression() -> pl.Expr:
    return (
        pl.when("held")
        .then(pl.lit("withheld"))
        .when("void")
        .then(pl.lit("void"))
        .when("absent")
        .then(pl.lit("absent"))
        .when(pl.col("full") == pl.col("owed"))
        .then(pl.lit("qualified"))
        .when(pl.col("any") == pl.col("owed"))
        .then(pl.lit("qualified-regionally"))
        .when(pl.col("waits") > 0)
        .then(pl.lit("line-not-announced"))
        .when(pl.col("any") > 0)
        .then(pl.lit("partly-passed"))
        .otherwise(pl.lit("not-passed"))
    )


def _milli(value: Decimal | None) -> int | None:
    """Points as whole thousandths, read from the plain decimal text."""
    if value is None:
        return None
    whole, _, places = f"{value:f}".partition(".")
    return int(whole + places.ljust(3, "0")[:3])


def _paper_table(rules: SittingRules) -> pl.DataFrame:
    rows = [
        (
            level.id,
            subject.id,
            _milli(subject.full),
            _milli(subject.national_line),
            subject.rounding.mode.value,
            _milli(subject.rounding.to),
        )
        for level in rules.levels.values()
        for subject in level.subjects.values()
    ]
    schema = {
        "level": pl.String,
        "subject": pl.String,
        "full": pl.Int64,
        "national": pl.Int64,
        "mode": pl.String,
        "unit": pl.Int64,
    }
    return pl.DataFrame(rows, schema=schema, orient="row")


def _code_table(rules: SittingRules) -> pl.DataFrame:
    rows = [(code.code, code.effect.value, code.scope.value) for code in rules.codes.values()]
    return pl.DataFrame(rows, schema={"code": pl.Int16, "effect": pl.String, "scope": pl.String}, orient="row")


def _categories(rules: SittingRules) -> Iterable[tuple[str, str, int, tuple[str, ...]]]:
    """Every (level, category, window, owed), "" standing for a level's first category."""
    for level in rules.levels.values():
        for place, category in enumerate(level.categories.values()):
            for name in ("", category.id) if place == 0 else (category.id,):
                yield level.id, name, category.window, category.owes


def _window_table(rules: SittingRules) -> pl.DataFrame:
    rows = [(level, category, window) for level, category, window, _ in _categories(rules)]
    return pl.DataFrame(rows, schema={"level": pl.String, "category": pl.String, "window": pl.Int32}, orient="row")


def _owed_table(rules: SittingRules) -> pl.DataFrame:
    rows = [(level, category, subject) for level, category, _, owes in _categories(rules) for subject in owes]
    return pl.DataFrame(rows, schema={"level": pl.String, "category": pl.String, "subject": pl.String}, orient="row")


def _renaming_table(rules: SittingRules) -> pl.DataFrame:
    rows = [
        (level.id, former, subject.id, subject.by_specialty)
        for level in rules.levels.values()
        for subject in level.subjects.values()
        for former in {subject.id, *subject.succeeds}
    ]
    schema = {"level": pl.String, "former": pl.String, "today": pl.String, "by_specialty": pl.Boolean}
    return pl.DataFrame(rows, schema=schema, orient="row")


def _line_table(announced: Iterable[AnnouncedLine], *, regional: bool) -> pl.DataFrame:
    rows = [
        (line.level, line.subject, line.province, _milli(line.value)) for line in announced if line.regional is regional
    ]
    schema = {"level": pl.String, "subject": pl.String, "province": pl.String, "announced": pl.Int64}
    return pl.DataFrame(rows, schema=schema, orient="row")


def _known_line_table(rules: SittingRules) -> pl.DataFrame:
    rows = [
        (
            level.id,
            subject.id,
            region,
            _milli(subject.own_lines.get(region)),
            _milli(subject.regional_lines.get(region)),
        )
        for level in rules.levels.values()
        for subject in level.subjects.values()
        for region in {*subject.own_lines, *subject.regional_lines}
    ]
    schema = {"level": pl.String, "subject": pl.String, "province": pl.String, "own": pl.Int64, "regional": pl.Int64}
    return pl.DataFrame(rows, schema=schema, orient="row")
