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

    def told(self) -> dict[str, Any]:
        """As it stands in the result."""
        return {
            "stage": self.name,
            "seconds": round(self.seconds, 2),
            "cpu_seconds": round(self.cpu_seconds, 2),
            "rows": self.rows,
            "rows_per_second": round(self.rows / self.seconds) if self.seconds else 0,
            "peak_mb": round(self.peak_bytes / 1e6),
        }


def main(arguments: Sequence[str]) -> int:
    """Run the bench; the last line of standard output is one JSON object."""
    options = parse(arguments)
    sizes = [options.candidates // 10, options.candidates] if options.linearity else [options.candidates]
    runs = [run(size, options.folder) for size in sizes if size]
    outcome = {**told(runs[-1], options.candidates), "machine": machine.describe()}
    outcome["versions"] = machine.versions("polars", "pyarrow", "cryptography", "django")
    outcome["linearity"] = linearity(runs, sizes) if len(runs) > 1 else None
    print(json.dumps(outcome) if options.json else json.dumps(outcome, indent=2, ensure_ascii=False))
    if options.record:
        record_pipeline(outcome)
    return 0


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """The options."""
    parser = argparse.ArgumentParser(prog="bench pipeline", description=__doc__)
    parser.add_argument("--candidates", type=int, default=100_000)
    parser.add_argument("--json", action="store_true", help="one line instead of an indented object")
    parser.add_argument("--folder", type=Path, help="where the throw-away installation goes (default: temporary)")
    parser.add_argument("--no-linearity", dest="linearity", action="store_false", help="leave the tenth out")
    parser.add_argument("--record", action="store_true", help="append rows to bench/RESULTS.md")
    return parser.parse_args(arguments)


def run(candidates: int, parent: Path | None) -> list[Stage]:
    """All stages of one size in a fresh installation, which is removed afterwards."""
    with tempfile.TemporaryDirectory(prefix="bench-", dir=parent) as name:
        home = Path(name)
        return [run_stage(stage, home, candidates) for stage in ORDER]


def run_stage(stage: str, home: Path, candidates: int) -> Stage:
    """One stage in a process of its own; raises StageFailedError."""
    root = Path(__file__).parent.parent
    environ = {"PYTHONPATH": f"{root}:{root / 'src'}", "FANGBANG_HOME": str(home)}
    command = [sys.executable, "-m", "bench.stages", stage, str(home), str(candidates)]
    seen = watch(command, home / f"{stage}.log", environ)
    rows = int(json.loads(seen.output.splitlines()[-1])["rows"])
    done = Stage(stage, seen.seconds, seen.cpu_seconds, seen.peak_bytes, rows)
    peak = f"peak {done.peak_bytes / 1e6:6.0f} MB"
    print(f"{candidates:>9,}  {stage:14s}{done.seconds:8.2f} s  {peak}", file=sys.stderr, flush=True)
    return done


def total(stages: Sequence[Stage]) -> Stage:
    """Files to sealed snapshot: seconds added, the highest peak, rows = marks."""
    counted = [stage for stage in stages if stage.name in COUNTED]
    marks = next(stage.rows for stage in stages if stage.name == "marks")
    seconds, cpu = sum(stage.seconds for stage in counted), sum(stage.cpu_seconds for stage in counted)
    return Stage("total", seconds, cpu, max(stage.peak_bytes for stage in counted), marks)


def told(stages: Sequence[Stage], candidates: int) -> dict[str, Any]:
    """The result of one size."""
    whole, yardstick = total(stages), next(stage for stage in stages if stage.name == "polars")
    return {
        "candidates": candidates,
        "marks": whole.rows,
        "seconds": round(whole.seconds, 2),
        "ratio_polars": round(whole.seconds / yardstick.seconds, 1),
        "peak_mb": whole.told()["peak_mb"],
        "stages": [stage.told() for stage in stages if stage.name != "office"] + [whole.told()],
    }


def linearity(runs: Sequence[Sequence[Stage]], sizes: Sequence[int]) -> dict[str, float]:
    """Seconds per row at the full size ÷ the same at a tenth, by stage: 1 is linear, below 1 is start-up cost."""
    small, large = ({stage.name: stage for stage in (*stages, total(stages))} for stages in runs)
    growth = sizes[1] / sizes[0]
    return {
        name: round(large[name].seconds / (small[name].seconds * growth), 2)
        for name in (*COUNTED, "verify", "polars", "total")
    }
