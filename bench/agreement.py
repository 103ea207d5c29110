"""`python -m bench agreement --candidates N`: both calculators over N random candidates of all selectable exams.

Every candidate has a chance of history in each of five years. One disagreement fails the run. So does a planted bug
that is not found: first one in the exact calculator, then one in the engine, each over a small crowd. The 13th exam
file (`tax-legacy`) is historical: no sitting can be opened for it.
"""

import argparse
import json
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import polars as pl

from bench import machine
from bench.crowd import announced_lines, crowd
from fangbang.adjudication import cohort
from fangbang.adjudication.calculation import Calculation
from fangbang.adjudication.engine import Engine
from fangbang.adjudication.problems import DISAGREEMENT
from fangbang.core.errors import FangbangError
from fangbang.exams.catalogue import load_catalogue
from fangbang.exams.model import SittingRules
from fangbang.exams.vocabulary import SubjectStatus

YEAR = 2025
CONTROL = 2_000
Told = dict[str, Any]


def agree(rules: SittingRules, candidates: int, seed: int, workers: int = 2) -> Told:
    """Both calculators over one sitting: candidates, passes met, disagreements and where, outcomes, seconds."""
    books, inputs = crowd(rules, candidates, seed)
    begun = time.perf_counter()
    calculation = Calculation(books, inputs, rules, announced_lines(rules), withhold_missing=True, workers=workers)
    try:
        for _ in calculation.batches():
            pass
    except FangbangError as error:
        if error.problem is not DISAGREEMENT:
            raise
    tally = calculation.tally
    return {
        "candidates": tally.candidates,
        "history": tally.history,
        "disagreements": tally.disagreements,
        "samples": tally.samples,
        "outcomes": tally.counts()["outcomes"],
        "seconds": round(time.perf_counter() - begun, 2),
    }


def _wrong_at_the_line(sound: Callable[..., Any]) -> Callable[..., Any]:
    """Whoever is exactly at the line fails."""

    def broken(*arguments: Any) -> Any:
        result = sound(*arguments)
        at_line = result.mark is not None and result.mark == result.line
        wrong = at_line and result.status is SubjectStatus.PASSED
        return replace(result, status=SubjectStatus.NOT_PASSED) if wrong else result

    return broken


def _a_year_too_long(sound: Callable[..., Any]) -> Callable[..., Any]:
    """Every pass lasts a year longer."""

    def broken(*arguments: Any) -> Any:
        rows = sound(*arguments)
        return replace(rows, passes=rows.passes.with_columns(pl.col("through") + 1))

    return broken


PLANTED: dict[str, tuple[Any, str, Callable[[Callable[..., Any]], Callable[..., Any]]]] = {
    "rules": (cohort, "subject_result", _wrong_at_the_line),
    "engine": (Engine, "run", _a_year_too_long),
}
"""Calculator → where its bug is planted and what it is."""


@contextmanager
def planted(calculator: str) -> Iterator[None]:
    """One calculator with its bug, as long as the block lasts."""
    place, name, bug = PLANTED[calculator]
    sound = getattr(place, name)
    setattr(place, name, bug(sound))
    try:
        yield
    finally:
        setattr(place, name, sound)


def controls(rules: SittingRules, seed: int) -> dict[str, int]:
    """How many disagreements each planted bug gives; zero is a failure."""
    found = {}
    for calculator in PLANTED:
        with planted(calculator):
            found[calculator] = int(agree(rules, CONTROL, seed)["disagreements"])
    return found


def measure(candidates: int, seed: int) -> Told:
    """Spread the candidates evenly over every exam that can be opened."""
    catalogue = load_catalogue()
    exams = [exam.id for exam in catalogue.exams() if exam.selectable]
    share, rest = divmod(candidates, len(exams))
    sizes = [share + (place < rest) for place in range(len(exams))]
    begun = time.perf_counter()
    told = {
        exam: agree(catalogue.sitting(exam, YEAR), size, seed + place)
        for place, (exam, size) in enumerate(zip(exams, sizes, strict=True))
        if size
    }
    return {
        "bench": "agreement",
        "candidates": sum(item["candidates"] for item in told.values()),
        "exams": len(told),
        "history": sum(item["history"] for item in told.values()),
        "disagreements": sum(item["disagreements"] for item in told.values()),
        "controls": controls(catalogue.sitting(exams[0], YEAR), seed),
        "seconds": round(time.perf_counter() - begun, 1),
        "seed": seed,
        "machine": machine.describe(),
        "by_exam": told,
    }


def main(arguments: Sequence[str]) -> int:
    """Run it; exit code 1 on a disagreement or a planted bug that was not found."""
    parser = argparse.ArgumentParser(prog="bench agreement", description=__doc__)
    parser.add_argument("--candidates", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true", help="one JSON object on the last line")
    options = parser.parse_args(arguments)
    outcome = measure(options.candidates, options.seed)
    sound = outcome["disagreements"] == 0 and all(outcome["controls"].values())
    if options.json:
        print(json.dumps(outcome))
    else:
        for exam, item in outcome["by_exam"].items():
            print(f"{exam:<24} {item['candidates']:>9,} {item['disagreements']:>5} {item['seconds']:>7} s")
        print(f"{outcome['candidates']:,} candidates, {outcome['disagreements']} disagreements")
        print(f"planted bugs found: {outcome['controls']}")
    return 0 if sound else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
