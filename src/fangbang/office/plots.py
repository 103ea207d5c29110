"""Plots as SVG for a page: shapes with classes only, since the pages' policy allows no styles of their own. Beside
every plot stands a table that says the same."""

from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, HEIGHT = 640, 240
_LEFT, _TOP, _RIGHT, _BOTTOM = 48, 16, 8, 36
_LABELS = 11
"""At most so many values are written below the bars."""


@dataclass(frozen=True)
class Bar:
    """One step: what rises from the middle, and what hangs from it."""

    label: str
    up: int
    down: int
    marked: bool = False


def two_way_bars(bars: Sequence[Bar], title: str) -> str:
    """Bars up and down from one line, the marked step set off. Labels are numbers: nothing in it needs escaping but the
    title."""
    most_up, most_down = (max((getattr(bar, way) for bar in bars), default=0) for way in ("up", "down"))
    high = HEIGHT - _TOP - _BOTTOM
    middle = _TOP + (high * most_up // (most_up + most_down) if most_up + most_down else high // 2)
    wide, parts = WIDTH - _LEFT - _RIGHT, []
    every = -(-len(bars) // _LABELS)
    for place, bar in enumerate(bars):
        left = _LEFT + wide * place // len(bars)
        width = max(2, wide // len(bars) - 4)
        if bar.marked:
            parts.append(f'<rect class="chosen" x="{left - 2}" y="{_TOP}" width="{width + 4}" height="{high}"/>')
        up, down = (high * count // max(most_up + most_down, 1) for count in (bar.up, bar.down))
        parts.append(f'<rect class="up" x="{left}" y="{middle - up}" width="{width}" height="{up}"/>')
        parts.append(f'<rect class="down" x="{left}" y="{middle}" width="{width}" height="{down}"/>')
        if place % every == 0 or bar.marked:
            parts.append(
                f'<text x="{left + width // 2}" y="{HEIGHT - 14}" text-anchor="middle">{_safe(bar.label)}</text>'
            )
    parts.append(f'<line class="axis" x1="{_LEFT}" y1="{middle}" x2="{WIDTH - _RIGHT}" y2="{middle}"/>')
    for count, y in ((most_up, _TOP), (-most_down, HEIGHT - _BOTTOM)):
        if count:
            parts.append(f'<text x="{_LEFT - 6}" y="{y + 4}" text-anchor="end">{count:+d}</text>')
    box = f'viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{_safe(title)}"'
    return f'<svg class="plot" {box}>{"".join(parts)}</svg>'


def _safe(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;")
