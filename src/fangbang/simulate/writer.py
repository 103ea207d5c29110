"""Writes a whole simulated cohort to a folder: the centre's files of both years, the answer key, the people to try."""

import json
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from fangbang.core.errors import FangbangError
from fangbang.simulate.answers import answers
from fangbang.simulate.centre import (
    LAST_YEAR,
    THIS_YEAR,
    SittingFiles,
    centre_key,
    marks,
    registrations,
    write_manifest,
)
from fangbang.simulate.cohort import Plan, frames, slices
from fangbang.simulate.mistakes import Mistake, Parts, as_json, plant, victims
from fangbang.simulate.paper import Level
from fangbang.simulate.problems import FOLDER_IN_USE

ANSWERS, MISTAKES, CENTRE = "answers.parquet", "mistakes.json", "centre.pub"

Progress = Callable[[int], None]


@dataclass(frozen=True)
class Written:
    """What was written: rows of each file by its path below the folder."""

    folder: Path
    rows: dict[str, int]
    mistakes: tuple[Mistake, ...]


def write_cohort(plan: Plan, folder: Path, progress: Progress = lambda done: None) -> Written:
    """Write everything below `folder`, which must be empty or absent. `progress` is told the persons done so far.

    Memory depends on the slice, not on the cohort.
    """
    if folder.exists() and any(folder.iterdir()):
        raise FangbangError(FOLDER_IN_USE, folder=folder.name)
    with CohortFiles(plan, folder) as files:
        for start, stop in slices(0, plan.candidates + plan.leaving):
            for level, frame in frames(plan, start, stop):
                files.add(level, frame)
            progress(stop)
    return files.finish()


class CohortFiles:
    """Everything that is written for one cohort, open at once, growing by frames."""

    def __init__(self, plan: Plan, folder: Path) -> None:
        self.plan, self.folder = plan, folder
        self._victims = victims(plan.candidates, plan.mistakes)
        self._made: list[Mistake] = []
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        self._now = self._stack.enter_context(SittingFiles(self.folder, self.plan.rules))
        self._last = self._stack.enter_context(SittingFiles(self.folder, self.plan.last)) if self.plan.last else None
        self._key = AnswerFile(self.folder / ANSWERS)
        self._stack.callback(self._key.close)
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def add(self, level: Level, frame: pl.DataFrame) -> None:
        """Write one level's frame to the files of both years, with the mistakes that fall into it."""
        rules = self.plan.rules
        parts = Parts(
            registrations(rules, level, frame, THIS_YEAR),
            marks(rules, level, frame, THIS_YEAR),
            answers(self.plan, level, frame),
        )
        parts, made = plant(parts, rules, level, self._victims)
        self._made += made
        self._now.add(parts.registrations, parts.marks)
        self._key.add(parts.answers)
        if self._last and self.plan.last:
            before = self.plan.last
            self._last.add(registrations(before, level, frame, LAST_YEAR), marks(before, level, frame, LAST_YEAR))

    def finish(self) -> Written:
        """After closing: the manifests, the list of mistakes, the people to try."""
        centre = centre_key(self.plan.seed)
        rows: dict[str, int] = {}
        for files in filter(None, (self._now, self._last)):
            for file in (files.registrations, files.marks):
                write_manifest(files, file, centre)
                rows[f"{files.rules.year}/{file.path.name}"] = file.rows
        public = centre.public_key().public_bytes_raw().hex()
        (self.folder / CENTRE).write_text(public + "\n")
        (self.folder / MISTAKES).write_text(json.dumps(as_json(self._made), ensure_ascii=False, indent=1) + "\n")
        return Written(self.folder, rows, tuple(self._made))


class AnswerFile:
    """The answer key as a Parquet file that grows by frames."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._writer: pq.ParquetWriter | None = None

    def add(self, frame: pl.DataFrame) -> None:
        table: pa.Table = frame.to_arrow()
        if self._writer is None:
            self._schema = table.schema
            self._writer = pq.ParquetWriter(self.path, self._schema, compression="zstd")
        self._writer.write_table(table.cast(self._schema))

    def close(self) -> None:
        if self._writer is not None:
            self._writer.close()
