"""Makes the shipped `mark-shapes.json` from real mark frequencies: the source stays outside, a few kilobytes ship.

A shape is the curve "what share of the candidates has at most this share of the full mark", kept at `resolution`
steps in whole millionths. Frequencies off the grid are spread over the step they fall into.
"""

import csv
import hashlib
import tomllib
from collections import Counter
from collections.abc import Iterable, Mapping
from decimal import Decimal
from fractions import Fraction
from importlib import resources
from itertools import accumulate
from pathlib import Path
from typing import Any

from fangbang.core.canonical import canonical_json
from fangbang.core.errors import FangbangError, Phrase
from fangbang.simulate.problems import BAD_SOURCE, UNUSABLE_SOURCE

SHIPPED = Path(__file__).with_name("mark-shapes.json")

Frequencies = Mapping[tuple[int, str], Mapping[Decimal, int]]
"""(year, subject) → mark → candidates."""


def recipe() -> dict[str, Any]:
    """The committed recipe, `shapes.toml`."""
    return tomllib.loads((resources.files("fangbang.simulate") / "shapes.toml").read_text("utf-8"))


def read_frequencies(source: Path) -> Frequencies:
    """Read columns year, subject, score, count. Raises FangbangError on anything else."""
    table: dict[tuple[int, str], Counter[Decimal]] = {}
    with source.open(encoding="utf-8", newline="") as stream:
        for number, row in enumerate(csv.DictReader(stream), start=2):
            try:
                key, mark, count = (int(row["year"]), row["subject"]), Decimal(row["score"]), int(row["count"])
            except (KeyError, ArithmeticError, ValueError, TypeError) as error:
                raise FangbangError(BAD_SOURCE, file=source.name, row=number) from error
            table.setdefault(key, Counter())[mark] += count
    return table


def pooled(table: Frequencies, subjects: Iterable[str], years: tuple[int, int]) -> Counter[Decimal]:
    """Frequencies of all the named subjects over all years from the first to the last, together."""
    total: Counter[Decimal] = Counter()
    for subject in subjects:
        for year in range(years[0], years[1] + 1):
            total.update(table.get((year, subject), {}))
    return total


def _check(source: Path, shape: str, frequencies: Mapping[Decimal, int], full: Decimal) -> None:
    """INPUT for a shape that has nobody, or marks beyond the full one."""
    reason = Phrase("", "")
    if sum(frequencies.values()) <= 0:
        reason = Phrase(f"nobody for the shape {shape}", f"曲线 {shape} 没有考生")
    elif not 0 <= min(frequencies) <= max(frequencies) <= full:
        reason = Phrase(f"marks of the shape {shape} lie in 0 … {full}", f"曲线 {shape} 的分数须在 0 至 {full} 之间")
    if reason:
        raise FangbangError(UNUSABLE_SOURCE, file=source.name, reason=reason)


def cumulative(frequencies: Mapping[Decimal, int], full: Decimal, resolution: int, scale: int) -> list[int]:
    """The curve at steps 0 … resolution in parts of `scale`; the last is `scale` itself.

    Step k stands for the marks nearest to k/resolution of the full mark; a mark halfway counts half to each side.
    """
    weights = [Fraction(0)] * (resolution + 1)
    for mark, count in frequencies.items():
        place = Fraction(mark) / Fraction(full) * resolution
        nearest = place.numerator // place.denominator
        rest = place - nearest
        weights[nearest] += count if rest < Fraction(1, 2) else Fraction(count, 2) if rest == Fraction(1, 2) else 0
        if rest >= Fraction(1, 2):
            weights[nearest + 1] += count if rest > Fraction(1, 2) else Fraction(count, 2)
    total = sum(weights)
    return [round(part / total * scale) for part in accumulate(weights)]


def absences(source: Path, words: Iterable[str], subjects: list[str]) -> dict[str, int]:
    """Candidates of a file with one row each: all of them, absent throughout, and absent in some subjects only."""
    absent = set(words)
    counts = Counter[str]()
    with source.open(encoding="utf-8", newline="") as stream:
        reader = csv.DictReader(stream)
        if lacking := sorted(set(subjects) - set(reader.fieldnames or ())):
            names = ", ".join(lacking)
            raise FangbangError(UNUSABLE_SOURCE, file=source.name, reason=Phrase(f"no column {names}", f"缺列 {names}"))
        for row in reader:
            missed = sum(row[subject] in absent for subject in subjects)
            counts["candidates"] += 1
            counts["throughout"] += missed == len(subjects)
            counts["partly"] += 0 < missed < len(subjects)
    return {name: counts[name] for name in ("candidates", "throughout", "partly")}


def fit(source: Path, absence_source: Path) -> dict[str, Any]:
    """The content of `mark-shapes.json`: a pure function of the recipe and the two sources."""
    plan, table = recipe(), read_frequencies(source)
    full, resolution, scale = Decimal(plan["full"]), int(plan["resolution"]), int(plan["scale"])
    shapes = {}
    for item in plan["shape"]:
        frequencies = pooled(table, item["subjects"], tuple(item["years"]))
        _check(source, item["id"], frequencies, full)
        shapes[item["id"]] = {
            "note": item["note"],
            "candidates": sum(frequencies.values()),
            "cumulative": cumulative(frequencies, full, resolution, scale),
        }
    asked = plan["absences"]
    return {
        "format": plan["format"],
        "source": {"title": plan["title"], "sha256": _sha256(source)},
        "resolution": resolution,
        "scale": scale,
        "shapes": shapes,
        "absences": {
            "source": {"title": asked["title"], "sha256": _sha256(absence_source)},
            **absences(absence_source, asked["words"], asked["subjects"]),
        },
    }


def rendered(content: dict[str, Any]) -> bytes:
    """The bytes of the shipped file: canonical JSON and a line end."""
    return canonical_json(content) + b"\n"


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
