"""Geometry of plots: bars and outlines in a box of 1000 × 300, which the page draws as SVG. Words and numbers stand
beside it in HTML, so that they are read aloud, grow with the reader's letters and wrap on a phone."""

from collections.abc import Sequence
from dataclasses import dataclass

from fangbang.release.rules.pictures import Bar

WIDTH, HEIGHT = 1000, 300
_KEPT = 12
"""Height of the mark of a bar whose people are not told."""


@dataclass(frozen=True)
class Rect:
    """A bar; `kept`: it only says that its people are not told."""

    x: float
    y: float
    width: float
    height: float
    kept: bool


@dataclass(frozen=True)
class Plot:
    """Bars, the outline of the year before (points of a polyline; "" for none) and where the line stands."""

    rects: Sequence[Rect]
    outline: str
    line: float | None
    bars: Sequence[Bar]
    low: int
    high: int

    @property
    def total(self) -> int:
        return sum(bar.people or 0 for bar in self.bars)

    @property
    def total_before(self) -> int:
        return sum(bar.before or 0 for bar in self.bars)


def plot(bars: Sequence[Bar], step: int, line: int | None = None) -> Plot | None:
    """Bars over their marks, each as high as its share of people for each mark; the year before as an outline of its
    own shares. `step` is 0 where a bar reaches from mark to mark. None without bars."""
    if not bars:
        return None
    low, high = bars[0].low, bars[-1].high + step
    now, before = (_heights(bars, [getattr(bar, name) for bar in bars]) for name in ("people", "before"))
    top = max([*(one for one in (*now, *before) if one), 1e-9])
    edges = [(_across(bar.low, low, high), _across(bar.high + step, low, high)) for bar in bars]
    rects = [_rect(edge, None if share is None else share / top) for edge, share in zip(edges, now, strict=True)]
    known = any(share for share in before)
    return Plot(
        rects,
        _outline(edges, [(share or 0.0) / top for share in before]) if known else "",
        None if line is None or not low <= line < high else _across(line, low, high),
        bars,
        low,
        bars[-1].high,
    )


def _heights(bars: Sequence[Bar], people: Sequence[int | None]) -> list[float | None]:
    total = sum(count or 0 for count in people)
    return [
        None if count is None else count / bar.bins / total if total else 0.0
        for bar, count in zip(bars, people, strict=True)
    ]


def _across(mark: int, low: int, high: int) -> float:
    return round(WIDTH * (mark - low) / max(1, high - low), 2)


def _rect(edge: tuple[float, float], share: float | None) -> Rect:
    height = _KEPT if share is None else round(HEIGHT * share, 2)
    return Rect(edge[0], HEIGHT - height, round(edge[1] - edge[0], 2), height, share is None)


def _outline(edges: Sequence[tuple[float, float]], shares: Sequence[float]) -> str:
    points = [
        f"{x:g},{HEIGHT - HEIGHT * share:.1f}"
        for (left, right), share in zip(edges, shares, strict=True)
        for x in (left, right)
    ]
    return " ".join(points)
