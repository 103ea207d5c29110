"""The shipped mark shapes: draws marks on any paper (full mark and step) from curves of real sittings."""

import json
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from importlib import resources
from typing import Any


@dataclass(frozen=True)
class Shape:
    """One curve: `curve[k]` of `scale` candidates have at most the share k / (len(curve) - 1) of the full mark."""

    id: str
    curve: tuple[int, ...]
    scale: int

    def at(self, share: float) -> float:
        """Share of the candidates whose mark lies at or below this share of the full mark, between 0 and 1.

        The mass of step k is spread evenly from half a step below it to half a step above it.
        """
        last = len(self.curve) - 1
        place = min(max(share * last + 0.5, 0.0), last + 1.0)
        whole = min(int(place), last)
        below = self.curve[whole - 1] if whole else 0
        return (below + (self.curve[whole] - below) * (place - whole)) / self.scale

    def thresholds(self, steps: int) -> list[float]:
        """For a paper of `steps` equal steps: at index k, the share of candidates with a mark of at most k steps.

        The last entry is 1. A uniform number u in [0, 1) belongs to the first index whose entry exceeds u.
        """
        inner = [self.at((step + 0.5) / steps) for step in range(steps)]
        return [*inner, 1.0]


@dataclass(frozen=True)
class Absence:
    """Shares of candidates who stay away from the whole sitting, and from one subject only."""

    throughout: float
    partly: float


@cache
def _content() -> dict[str, Any]:
    text = (resources.files("fangbang.simulate") / "mark-shapes.json").read_text("utf-8")
    content: dict[str, Any] = json.loads(text)
    return content


@cache
def load_shapes() -> dict[str, Shape]:
    """All shipped shapes by id."""
    content = _content()
    scale = int(content["scale"])
    return {name: Shape(name, tuple(item["cumulative"]), scale) for name, item in content["shapes"].items()}


@cache
def load_absence() -> Absence:
    """The shipped absence shares."""
    counts = _content()["absences"]
    everyone = counts["candidates"]
    return Absence(throughout=counts["throughout"] / everyone, partly=counts["partly"] / everyone)


def steps_of(full: Decimal, step: Decimal) -> int:
    """Number of steps on a paper; both are exact, so a remainder is a mistake in the catalogue (ValueError)."""
    count, rest = divmod(full, step)
    if rest:
        raise ValueError("the full mark is not a whole number of steps")
    return int(count)
