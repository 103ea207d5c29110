"""The answer key: what every candidate's result must be, worked out here from the draw alone.

A third calculation, short on purpose and sharing no code with `adjudication`: it knows full lines, windows of one year
back, and what the four kinds of result codes do. It serves `--check` only and is never read by the pipeline.
"""

import polars as pl

from fangbang.exams.model import Effect, SittingRules
from fangbang.exams.vocabulary import Outcome, SubjectStatus
from fangbang.simulate.cohort import Plan, line_of, voiding_codes, window_of
from fangbang.simulate.paper import Level, Paper, levels_of

_BY_EFFECT = {
    Effect.ABSENT: SubjectStatus.ABSENT,
    Effect.VIOLATION: SubjectStatus.VIOLATION,
    Effect.INVALID: SubjectStatus.INVALID,
}
IDENTITY = ("person", "ticket", "archive", "name", "doc_type", "doc_number", "level", "category", "province")


def answers(plan: Plan, level: Level, frame: pl.DataFrame) -> pl.DataFrame:
    """One row per candidate of this year: identity, outcome, `history` (passes of last year that count), subjects.

    `subjects` is a list of {subject, mark (text) or null, code or null, status} in the catalogue's order.
    """
    frame = frame.filter(sits(level, "now")).with_columns(pl.lit(level.id).alias("level"))
    names = [paper.subject for paper in level.papers]
    # In two steps: an expression that stands in several others would be worked out anew in each.
    frame = frame.with_columns(
        *[
            status.alias(f"status/{name}")
            for name, status in zip(names, _statuses(plan.rules, level, "now"), strict=True)
        ],
        *[counts.alias(f"counts/{name}") for name, counts in zip(names, _counted_last(plan, level), strict=True)],
    )
    statuses = [pl.col(f"status/{name}") for name in names]
    counted = [pl.col(f"counts/{name}") for name in names]
    return frame.select(
        *IDENTITY,
        _outcome(level, statuses, counted).alias("outcome"),
        pl.sum_horizontal(counted).cast(pl.Int16).alias("history"),
        pl.concat_list(
            pl.when(pl.col(f"now/{paper.subject}").is_not_null()).then(_subject(paper, status))
            for paper, status in zip(level.papers, statuses, strict=True)
        )
        .list.drop_nulls()
        .alias("subjects"),
    )


def sits(level: Level, prefix: str) -> pl.Expr:
    """Whether the row registered for anything that year."""
    return pl.any_horizontal(pl.col(f"{prefix}/{paper.subject}").is_not_null() for paper in level.papers)


def mark_text(paper: Paper, prefix: str) -> pl.Expr:
    """The mark as text, null for codes and for subjects not registered."""
    steps = pl.col(f"{prefix}/{paper.subject}")
    texts = dict(enumerate(paper.marks()))
    return pl.when(steps >= 0).then(steps.replace_strict(texts, default=None, return_dtype=pl.String))


def _subject(paper: Paper, status: pl.Expr) -> pl.Expr:
    steps = pl.col(f"now/{paper.subject}")
    return pl.struct(
        pl.lit(paper.subject).alias("subject"),
        mark_text(paper, "now").alias("mark"),
        pl.when(steps < 0).then(steps).cast(pl.Int16).alias("code"),
        status.alias("status"),
    )


def _statuses(rules: SittingRules, level: Level, prefix: str) -> list[pl.Expr]:
    """A status for each paper; null where not registered."""
    columns = [pl.col(f"{prefix}/{paper.subject}") for paper in level.papers]
    void = pl.any_horizontal(column.is_in(voiding_codes(rules)) for column in columns)
    by_code = {code: _BY_EFFECT[item.effect].value for code, item in rules.codes.items()}
    return [
        pl.when(column < 0)
        .then(column.replace_strict(by_code, default=SubjectStatus.UNDEFINED_CODE.value, return_dtype=pl.String))
        .when(column.is_not_null() & void)
        .then(pl.lit(SubjectStatus.VOID.value))
        .when(column.is_not_null() & line_of(paper).is_null())
        .then(pl.lit(SubjectStatus.LINE_NOT_ANNOUNCED.value))
        .when(column >= line_of(paper))
        .then(pl.lit(SubjectStatus.PASSED.value))
        .when(column < line_of(paper))
        .then(pl.lit(SubjectStatus.NOT_PASSED.value))
        for paper, column in zip(level.papers, columns, strict=True)
    ]


def _counted_last(plan: Plan, level: Level) -> list[pl.Expr]:
    """For each paper: whether last year's pass still counts."""
    if plan.last is None:
        return [pl.lit(False)] * len(level.papers)
    before = next(item for item in levels_of(plan.last) if item.id == level.id)
    open_window = window_of(level) > 1
    return [
        ((status == SubjectStatus.PASSED.value) & open_window).fill_null(False)
        for status in _statuses(plan.last, before, "last")
    ]


def _outcome(level: Level, statuses: list[pl.Expr], counted: list[pl.Expr]) -> pl.Expr:
    passed = [(status == SubjectStatus.PASSED.value).fill_null(False) for status in statuses]
    has = [now | then for now, then in zip(passed, counted, strict=True)]
    owed = [
        pl.col("category").is_in([entry.category for entry in level.entries if paper.subject in entry.owes])
        for paper in level.papers
    ]
    complete = pl.all_horizontal(~owes | done for owes, done in zip(owed, has, strict=True))
    absent = pl.all_horizontal((status == SubjectStatus.ABSENT.value).fill_null(True) for status in statuses)
    waiting = pl.any_horizontal((status == SubjectStatus.LINE_NOT_ANNOUNCED.value) for status in statuses)
    void = pl.any_horizontal((status == SubjectStatus.VIOLATION.value) for status in statuses)
    cases = (
        (void, Outcome.VOID),
        (absent, Outcome.ABSENT),
        (complete, Outcome.QUALIFIED),
        (waiting, Outcome.LINE_NOT_ANNOUNCED),
        (pl.any_horizontal(has), Outcome.PARTLY_PASSED),
    )
    return pl.coalesce(
        *[pl.when(case.fill_null(False)).then(pl.lit(outcome.value)) for case, outcome in cases],
        pl.lit(Outcome.NOT_PASSED.value),
    )
