"""What waits in the drop folder for a visitor's own hands: the marking centre's two files, a wrong one, and one that
makes the gate red. Each lies beside its signed manifest: the centre means what it sent."""

from pathlib import Path

import polars as pl

from fangbang.simulate.centre import (
    ABSENT_WORD,
    MARKS,
    REGISTRATION_COLUMNS,
    REGISTRATIONS,
    SittingFiles,
    centre_key,
    write_manifest,
)
from fangbang.simulate.cohort import Plan
from fangbang.simulate.mistakes import MARK, TICKET

GOOD_REGISTRATIONS, GOOD_MARKS = "1-registrations.csv", "2-marks.csv"
WRONG, RED = "wrong-marks.csv", "red-marks.csv"
BAD_ROWS = 12
"""Rows of the wrong file that go to quarantine."""
_SPOILED = (
    (MARK, pl.lit("6O")),
    (MARK, pl.lit("9999")),
    (MARK, pl.lit("")),
    (TICKET, pl.lit("99") + pl.col(TICKET).str.slice(2)),
)
"""Column and what stands in it, in turn: a letter, more than the full mark, nothing, a ticket that nobody has."""


def lay_out(plan: Plan, written: Path, drop: Path) -> list[str]:
    """Put the four files of the plan's sitting, whose cohort was written to `written`, into the drop folder with their
    manifests; returns the files' names."""
    drop.mkdir(parents=True, exist_ok=True)
    sent = written / str(plan.rules.year)
    marks = pl.read_csv(sent / MARKS, infer_schema=False).with_columns(pl.col(MARK).fill_null(""))
    _move(sent / REGISTRATIONS, drop / GOOD_REGISTRATIONS)
    _move(sent / MARKS, drop / GOOD_MARKS)
    for name, changed in ((WRONG, _wrong(marks)), (RED, _red(marks))):
        with SittingFiles(written / name, plan.rules) as files:
            files.add(pl.DataFrame(schema=dict.fromkeys(REGISTRATION_COLUMNS, pl.String)), changed)
        write_manifest(files, files.marks, centre_key(plan.seed))
        _move(files.marks.path, drop / name)
    return sorted(path.name for path in drop.glob("*.csv"))


def _wrong(marks: pl.DataFrame) -> pl.DataFrame:
    """Bad rows, evenly spread over the file."""
    places = [(place + 1) * marks.height // (BAD_ROWS + 1) for place in range(BAD_ROWS)]
    for turn, (column, spoiled) in enumerate(_SPOILED):
        hit = pl.int_range(pl.len()).is_in(places[turn :: len(_SPOILED)])
        marks = marks.with_columns(pl.when(hit).then(spoiled).otherwise(pl.col(column)).alias(column))
    return marks


def _red(marks: pl.DataFrame) -> pl.DataFrame:
    """Whoever was absent has a mark of 0: every row can be read, and the whole cannot be."""
    return marks.with_columns(pl.col(MARK).replace(ABSENT_WORD, "0"))


def _move(file: Path, target: Path) -> None:
    """A file with its manifest, whole or not at all."""
    file.with_suffix(".manifest.json").replace(target.with_suffix(".manifest.json"))
    file.replace(target)
