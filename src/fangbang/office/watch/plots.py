"""Small curves as inline SVG, without styles of their own: the sheet colours them, numbers beside them say the same."""

from collections.abc import Sequence
from html import escape

from markupsafe import Markup

WIDTH, HEIGHT = 300, 60
_EDGE = 3


def sparkline(values: Sequence[float], label: str) -> Markup:
    """A line over the values, the oldest left, from 0 to the highest; `label` says in words what it shows."""
    top = max([*values, 0.0]) or 1.0
    step = (WIDTH - 2 * _EDGE) / max(1, len(values) - 1)
    points = " ".join(
        f"{_EDGE + place * step:.1f},{HEIGHT - _EDGE - value / top * (HEIGHT - 2 * _EDGE):.1f}"
        for place, value in enumerate(values)
    )
    drawn = f'<polyline points="{points}"/>' if len(values) > 1 else ""
    return Markup(  # noqa: S704 - numbers, and a label that is escaped
        f'<svg class="spark" role="img" aria-label="{escape(label)}" viewBox="0 0 {WIDTH} {HEIGHT}" '
        f'preserveAspectRatio="none"><line x1="0" x2="{WIDTH}" y1="{HEIGHT - _EDGE}" y2="{HEIGHT - _EDGE}"/>'
        f"{drawn}</svg>"
    )
