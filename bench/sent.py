"""What a marking centre sends for `bench pipeline`: everybody sits the three subjects of one level.

The same people and marks as `fangbang simulate cohort`, in the form that the run asks for.
"""

from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import polars as pl

from bench.job import EXAM, LEVEL, SEED, YEAR, Job

if TYPE_CHECKING:
    from fangbang.exams.model import SittingRules
    from fangbang.intake.profiles import Profile
    from fangbang.simulate.cohort import Plan
    from fangbang.simulate.paper import Level

SUBJECT_TICKETS = "科目准考证号"


def write_files(job: Job) -> int:
    """Write HOME/files: registrations (GB18030) and marks (UTF-8). Rows of both."""
    from fangbang.simulate.centre import MARKS, REGISTRATION_COLUMNS, REGISTRATIONS, THIS_YEAR, CsvFile, registrations
    from fangbang.simulate.cohort import frames, slices

    plan = _plan(job)
    folder = job.home / "files"
    folder.mkdir()
    own_tickets = (SUBJECT_TICKETS,) if job.entries == 5 else ()
    header = _mark_header(plan.rules, job.form)
    with (
        closing(CsvFile(folder / REGISTRATIONS, (*REGISTRATION_COLUMNS, *own_tickets), "gb18030")) as people,
        closing(CsvFile(folder / MARKS, header, "utf-8")) as marks,
    ):
        for start, stop in slices(0, plan.candidates):
            for level, frame in frames(plan, start, stop):
                people.add(registrations(plan.rules, level, frame, THIS_YEAR).with_columns(_subject_tickets()))
                marks.add(_marks(plan.rules, level, frame, job.form))
        return people.rows + marks.rows


def marks_profile(job: Job, rules: "SittingRules") -> "Profile | None":
    """How the marks file is read: None = by its usual headers."""
    from fangbang.intake.profiles import Profile

    if job.form == "long":
        return None
    return Profile(kind="marks", form="wide", subjects=_subject_names(rules))


def source(home: Path, kind: str) -> Path:
    """The file of this kind."""
    found = sorted((home / "files").glob(f"*{kind}*.csv"))
    if len(found) != 1:
        raise SystemExit(f"expected one file of {kind}, found {len(found)}")
    return found[0]


def _plan(job: Job) -> "Plan":
    from fangbang.cli.simulate import planned

    plan = planned(EXAM, YEAR, candidates=job.candidates, seed=SEED, history=False, mistakes=0)
    rules = msgspec.structs.replace(plan.rules, levels={LEVEL: plan.rules.levels[LEVEL]})
    return replace(plan, rules=rules)


def _subject_names(rules: "SittingRules") -> dict[str, str]:
    return {subject.id: subject.name.zh for subject in rules.levels[LEVEL].subjects.values()}


def _mark_header(rules: "SittingRules", form: str) -> tuple[str, ...]:
    from fangbang.simulate.centre import MARK_COLUMNS

    return MARK_COLUMNS if form == "long" else (*MARK_COLUMNS[:2], *_subject_names(rules).values())


def _marks(rules: "SittingRules", level: "Level", frame: pl.DataFrame, form: str) -> pl.DataFrame:
    from fangbang.simulate.answers import mark_text
    from fangbang.simulate.centre import ABSENT_WORD, THIS_YEAR, marks

    if form == "long":
        return marks(rules, level, frame, THIS_YEAR)
    names, cells = _subject_names(rules), []
    for paper in level.papers:
        value = pl.col(f"now/{paper.subject}")
        code = pl.when(value == -1).then(pl.lit(ABSENT_WORD)).otherwise(value.cast(pl.String))
        cells.append(pl.coalesce(mark_text(paper, "now"), code).alias(names[paper.subject]))
    return frame.select(pl.col("ticket").alias("准考证号"), pl.col("doc_number").alias("证件号码"), *cells)


def _subject_tickets() -> pl.Expr:
    """The first subject has the main ticket, the others have one of their own."""
    ticket = pl.col("准考证号")
    return pl.concat_str(ticket, ticket + "A", ticket + "B", separator="|").alias(SUBJECT_TICKETS)
