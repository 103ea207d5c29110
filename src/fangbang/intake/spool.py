"""An external sort: any number of rows in, frames in key order out, in the memory of one run.

Rows gather until a run is full; a full run is sorted and written to the disk as ciphertext (`spill.py`). Frames come
out cut at borders of the first key, so that rows with
the same first key are always in the same frame.
"""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import polars as pl

from fangbang.intake.spill import Spill

RUN_ROWS = 750_000
FRAME_ROWS = 250_000
_BATCH_ROWS = 4_096
"""What is held of each run while runs are merged, and for as long as a merged frame is in use. Of 30 million rows there
are 60 runs."""
_SAMPLE = 512
"""One key in so many is kept to find the borders between frames."""


class Cursor:
    """Reads sorted frames and hands out the rows below a border."""

    def __init__(self, frames: Iterable[pl.DataFrame], key: str) -> None:
        self._frames = iter(frames)
        self._key = key
        self._held: list[pl.DataFrame] = []
        self._over = False

    def below(self, border: str | None) -> list[pl.DataFrame]:
        """Every row not handed out yet whose key is below the border; None = all that are left."""
        taken: list[pl.DataFrame] = []
        while (frame := self._next()) is not None:
            if border is None or frame[self._key][-1] < border:
                taken.append(frame)
                continue
            place = frame[self._key].search_sorted(border, side="left")
            if place:
                taken.append(frame.slice(0, place))
            self._held = [frame.slice(place)]
            break
        return taken

    def _next(self) -> pl.DataFrame | None:
        if self._held:
            return self._held.pop()
        return next((frame for frame in self._frames if len(frame)), None)


class Spool:
    """Rows of one schema, sorted by `keys` (texts, compared by their UTF-8 bytes). Use as a context manager."""

    def __init__(
        self, folder: Path, keys: Sequence[str], run_rows: int = RUN_ROWS, frame_rows: int = FRAME_ROWS
    ) -> None:
        self._folder = folder
        self._keys = list(keys)
        self._run_rows = run_rows
        self._frame_rows = frame_rows
        self._gathered: list[pl.DataFrame] = []
        self._count = 0
        self._runs: list[Spill] = []
        self._samples: list[pl.Series] = []
        self.rows = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._gathered = []
        for run in self._runs:
            run.close()
        self._runs = []

    def add(self, frame: pl.DataFrame) -> None:
        """Take rows, in any order."""
        self._gathered.append(frame)
        self._count += len(frame)
        self.rows += len(frame)
        if self._count >= self._run_rows:
            self._flush()

    def frames(self) -> Iterator[tuple[pl.DataFrame, str | None]]:
        """Sorted frames, each with the border above it (None: the last). May be called again, once it is used up."""
        if not self._runs:
            whole = self._sorted()
            self._gathered = [] if whole is None else [whole]
            sources: list[Iterable[pl.DataFrame]] = [] if whole is None else [[whole]]
            samples = [] if whole is None else [whole[self._keys[0]].gather_every(_SAMPLE)]
        else:
            self._flush()
            sources, samples = [run.frames() for run in self._runs], self._samples
        cursors = [Cursor(source, self._keys[0]) for source in sources]
        for border in [*self._borders(samples), None]:
            parts = [part for cursor in cursors for part in cursor.below(border)]
            if parts:
                yield (pl.concat(parts).sort(self._keys) if len(parts) > 1 else parts[0]), border

    def _borders(self, samples: list[pl.Series]) -> list[str]:
        count = self.rows // self._frame_rows
        if not samples or count == 0:
            return []
        keys = pl.concat(samples).sort()
        return (
            keys.gather([len(keys) * place // (count + 1) for place in range(1, count + 1)]).unique().sort().to_list()
        )

    def _sorted(self) -> pl.DataFrame | None:
        return pl.concat(self._gathered).sort(self._keys) if self._gathered else None

    def _flush(self) -> None:
        run = self._sorted()
        self._gathered, self._count = [], 0
        if run is None or not len(run):
            return
        # Copied out of the run: texts that are merely picked would keep all of its texts in memory.
        sample = run[self._keys[0]].gather_every(_SAMPLE).to_list()
        self._samples.append(pl.Series(sample, dtype=pl.String))
        self._runs.append(Spill(self._folder, run, _BATCH_ROWS))
