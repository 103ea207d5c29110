"""`python -m bench pipeline --candidates N`: from a marking centre's files to a sealed snapshot, stage by stage.

Every stage is a process of its own, so that seconds and peak memory are its own (interpreter start included). The
yardstick, in the same run: Polars merely rewriting the same CSV files as Parquet. A tenth of the size runs first, so
that the cost per row of both sizes can be compared.
"""

import argparse
import json
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench import machine
from bench.job import ENTRIES, FORMS, SUBJECTS, Job
from bench.results import record_pipeline
from bench.watch import watch

COUNTED = ("registrations", "marks", "adjudicate", "seal")
"""Files to sealed snapshot. Making the files, the empty installation and the full verification are timed apart."""
ORDER = ("files", "office", *COUNTED, "verify", "polars")


@dataclass(frozen=True)
class Stage:
    """What one stage took. Memory: anonymous + shared, summed over its processes, in bytes."""

    name: str
    seconds: float
    cpu_seconds: float
    peak_bytes: int
    rows: int
    mapped_bytes: int = 0
    """Pages of mapped files, apart from the peak."""

    def told(self) -> dict[str, Any]:
        """As it stands in the result."""
        return {
            "stage": self.name,
            "seconds": round(self.seconds, 2),
            "cpu_seconds": round(self.cpu_seconds, 2),
            "rows": self.rows,
            "rows_per_second": round(self.rows / self.seconds) if self.seconds else 0,
            "peak_mb": round(self.peak_bytes / 1e6),
            "mapped_mb": round(self.mapped_bytes / 1e6),
        }


def main(arguments: Sequence[str]) -> int:
    """Run the bench; the last line of standard output is one JSON object."""
    options, before = parse(arguments), machine.load_average()
    sizes = [options.candidates // 10, options.candidates] if options.linearity else [options.candidates]
    order = ORDER[ORDER.index(options.since) : ORDER.index(options.until) + 1]
    runs = [run(order, size, options) for size in sizes if size]
    shape = {"form": options.form, "entries": options.entries}
    outcome = {**shape, **told(runs[-1], options.candidates), "machine": machine.describe()}
    outcome["versions"] = machine.versions("polars", "pyarrow", "cryptography", "django")
    outcome["load_average_before"] = round(before, 2)
    outcome["linearity"] = linearity(runs, sizes) if len(runs) > 1 else None
    print(json.dumps(outcome) if options.json else json.dumps(outcome, indent=2, ensure_ascii=False))
    if options.record:
        record_pipeline(outcome)
    return 0


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """The options."""
    parser = argparse.ArgumentParser(prog="bench pipeline", description=__doc__)
    parser.add_argument("--candidates", type=int, default=100_000)
    parser.add_argument("--form", choices=FORMS, default="long", help="marks file: a row, or a column, a subject")
    parser.add_argument("--entries", type=int, choices=ENTRIES, default=2, help="entries a candidate")
    parser.add_argument("--until", choices=ORDER, default=ORDER[-1], help="stop after this stage")
    parser.add_argument("--home", type=Path, help="an installation that is kept (one size only): go on in it later")
    parser.add_argument("--since", choices=ORDER, default=ORDER[0], help="begin with this stage, in a --home")
    parser.add_argument("--json", action="store_true", help="one line instead of an indented object")
    parser.add_argument("--folder", type=Path, help="where the throw-away installation goes (default: temporary)")
    parser.add_argument("--no-linearity", dest="linearity", action="store_false", help="leave the tenth out")
    parser.add_argument("--record", action="store_true", help="append rows to bench/RESULTS.md")
    options = parser.parse_args(arguments)
    options.linearity = options.linearity and options.home is None
    if options.since != ORDER[0] and options.home is None:
        parser.error("--since needs a --home where the stages before it were run")
    return options


def run(order: Sequence[str], candidates: int, options: argparse.Namespace) -> list[Stage]:
    """These stages at one size in a fresh installation, which is removed afterwards, or in the one that is kept."""
    if options.home is not None:
        options.home.mkdir(parents=True, exist_ok=True)
        job = Job(options.home, candidates, options.form, options.entries)
        return [run_stage(stage, job) for stage in order]
    with tempfile.TemporaryDirectory(prefix="bench-", dir=options.folder) as name:
        job = Job(Path(name), candidates, options.form, options.entries)
        return [run_stage(stage, job) for stage in order]


def run_stage(stage: str, job: Job) -> Stage:
    """One stage in a process of its own; raises StageFailedError."""
    root = Path(__file__).parent.parent
    environ = {"PYTHONPATH": f"{root}:{root / 'src'}", "FANGBANG_HOME": str(job.home)}
    command = [sys.executable, "-m", "bench.stages", stage, job.argument()]
    seen = watch(command, job.home / f"{stage}.log", environ)
    rows = int(json.loads(seen.output.splitlines()[-1])["rows"])
    done = Stage(stage, seen.seconds, seen.cpu_seconds, seen.peak_bytes, rows, seen.peak_mapped_bytes)
    peak = f"peak {done.peak_bytes / 1e6:6.0f} MB and {done.mapped_bytes / 1e6:5.0f} MB mapped"
    print(f"{job.candidates:>10,}  {stage:14s}{done.seconds:8.2f} s  {peak}", file=sys.stderr, flush=True)
    return done


def total(stages: Sequence[Stage]) -> Stage | None:
    """Files to sealed snapshot: seconds added, the highest peaks, rows = marks. None unless all of it was run."""
    counted = [stage for stage in stages if stage.name in COUNTED]
    if len(counted) < len(COUNTED):
        return None
    marks = next(stage.rows for stage in counted if stage.name == "marks")
    seconds, cpu = sum(stage.seconds for stage in counted), sum(stage.cpu_seconds for stage in counted)
    peak, mapped = max(stage.peak_bytes for stage in counted), max(stage.mapped_bytes for stage in counted)
    return Stage("total", seconds, cpu, peak, marks, mapped)


def told(stages: Sequence[Stage], candidates: int) -> dict[str, Any]:
    """The result of one size. Total, and its ratio to Polars, only where all that belongs to them was run."""
    whole, yardstick = total(stages), next((stage for stage in stages if stage.name == "polars"), None)
    shown = [stage for stage in stages if stage.name != "office"] + ([whole] if whole else [])
    return {
        "candidates": candidates,
        "marks": candidates * SUBJECTS,
        "seconds": round(whole.seconds, 2) if whole else None,
        "ratio_polars": round(whole.seconds / yardstick.seconds, 1) if whole and yardstick else None,
        "peak_mb": max(stage.told()["peak_mb"] for stage in shown) if shown else None,
        "stages": [stage.told() for stage in shown],
    }


def linearity(runs: Sequence[Sequence[Stage]], sizes: Sequence[int]) -> dict[str, float]:
    """Seconds per row at the full size ÷ the same at a tenth, by stage: 1 is linear, below 1 is start-up cost."""
    small, large = ({stage.name: stage for stage in (*stages, total(stages)) if stage} for stages in runs)
    growth = sizes[1] / sizes[0]
    return {
        name: round(large[name].seconds / (small[name].seconds * growth), 2)
        for name in large
        if name not in ("files", "office")
    }
