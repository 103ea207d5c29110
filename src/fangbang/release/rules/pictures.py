"""What the plots of a frozen report show, from its `marks`: numbers about few people merged or kept back. Pure.

Marks are in thousandths of a point, as in the report; shares and positions are fractions.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from fangbang.release.rules.cells import merged, protected, protected_row
from fangbang.release.rules.spreads import PARTS

_MOST_TEETH = 20
"""A comb of more teeth is not read by eye."""
_PERIODS = (1_000, 5_000, 10_000)
"""A comb goes over one point, five or ten."""
_AROUND = 12
"""So many steps on each side of the line are looked at."""


@dataclass(frozen=True)
class Bar:
    """People with marks `low` … `high`, now and the year before (None: not told). `bins`: how many marks that is."""

    low: int
    high: int
    bins: int
    people: int | None
    before: int | None = None


@dataclass(frozen=True)
class Place:
    """A province: its mean against the country's, zeros and people without a mark. None: not told."""

    code: str
    sat: int | None
    mean: float | None
    apart: float | None
    """Points above (below 0: under) the mean of all."""
    zeros: float | None
    without: float | None


@dataclass(frozen=True)
class Picture:
    """One subject. `line` is the pass line that most people were held to, `year_before` 0 if there is none to compare
    with. `bars`: the whole distribution; `near`: the marks around the line; `comb`: people by the place of their mark
    within `period`."""

    level: str
    subject: str
    full: int
    step: int
    line: int | None
    lines: Sequence[int]
    year_before: int
    bars: Sequence[Bar]
    near: Sequence[Bar]
    period: int
    comb: Sequence[Bar]
    places: Sequence[Place]


def pictures(report: Mapping[str, Any], least: int) -> list[Picture]:
    """Every subject of a report; none if it was frozen without its marks counted."""
    marks = report["marks"]
    if marks is None:
        return []
    return [_picture(key, now, marks["earlier"], least) for key, now in sorted(marks["now"]["subjects"].items())]


def distribution(report: Mapping[str, Any], key: str, provinces: Sequence[str], least: int) -> list[Bar]:
    """The marks of one subject (`level/subject`): step by step for a release of the whole nation (`provinces` empty),
    else those of some provinces together, by twentieths of the full mark."""
    now = ((report["marks"] or {}).get("now") or {"subjects": {}})["subjects"].get(key)
    if now is None:
        return []
    if not provinces:
        return _bars(now, None, least)
    return _by_parts(now, provinces, least)


def _by_parts(now: Mapping[str, Any], provinces: Sequence[str], least: int) -> list[Bar]:
    """All provinces are protected in one table, so that no two pages tell more than it does; several provinces together
    are told where each is."""
    known = now["provinces"]
    if not any(code in known for code in provinces):
        return []
    table = dict(zip(known, protected([one["parts"] for one in known.values()], least), strict=False))
    wanted = [table[code] for code in provinces if code in table]
    edges = [part * now["full"] // PARTS for part in range(PARTS + 1)]
    return [
        Bar(low, high, 1, None if any(row[part] is None for row in wanted) else sum(row[part] or 0 for row in wanted))
        for part, (low, high) in enumerate(pairwise(edges))
    ]


def _picture(key: str, now: Mapping[str, Any], earlier: Sequence[Mapping[str, Any]], least: int) -> Picture:
    level, _, subject = key.partition("/")
    year, before = next(
        ((one["year"], one["subjects"][key]) for one in earlier if _alike(now, one["subjects"].get(key))), (0, None)
    )
    lines = now.get("lines", [])
    bars = _bars(now, before, least)
    period = _period(now["step"], now["full"])
    return Picture(
        level,
        subject,
        now["full"],
        now["step"],
        lines[0] if lines else None,
        lines,
        year,
        bars,
        _near(bars, lines[0], now["step"]) if lines else [],
        period,
        _comb(now, before, period, least),
        _places(now, least),
    )


def _alike(now: Mapping[str, Any], before: Mapping[str, Any] | None) -> bool:
    return before is not None and (now["full"], now["step"]) == (before["full"], before["step"])


def _bars(now: Mapping[str, Any], before: Mapping[str, Any] | None, least: int) -> list[Bar]:
    step, known = now["step"], before is not None and sum(before["marks"]) >= least
    histograms = [now["marks"], *([before["marks"]] if before is not None and known else [])]
    return [
        Bar(cell.first * step, cell.last * step, cell.width, cell.people[0], cell.people[1] if known else None)
        for cell in merged(histograms, least)
    ]


def _near(bars: Sequence[Bar], line: int, step: int) -> list[Bar]:
    reach = _AROUND * step
    return [bar for bar in bars if bar.high >= line - reach and bar.low <= line + reach]


def _period(step: int, full: int) -> int:
    """The longest that has few enough teeth to be read and is found several times on the paper; 0 for none."""
    fitting = [one for one in _PERIODS if one % step == 0 and 2 <= one // step <= _MOST_TEETH and one * 2 <= full]
    return max(fitting, default=0)


def _comb(now: Mapping[str, Any], before: Mapping[str, Any] | None, period: int, least: int) -> list[Bar]:
    """People by the last digits of their mark; the ends of the paper are left out, where marks are favoured anyway."""
    if not period:
        return []
    teeth = _teeth(now, period, least)
    old = _teeth(before, period, least) if before is not None else [None] * len(teeth)
    return [
        Bar(at * now["step"], at * now["step"], 1, people, was)
        for at, (people, was) in enumerate(zip(teeth, old, strict=True))
    ]


def _teeth(of: Mapping[str, Any], period: int, least: int) -> list[int | None]:
    count = period // of["step"]
    inside = list(enumerate(of["marks"]))[1:-1]
    return protected_row([sum(people for at, people in inside if at % count == tooth) for tooth in range(count)], least)


def _places(now: Mapping[str, Any], least: int) -> list[Place]:
    provinces = now["provinces"]
    if not provinces:
        return []
    sat = protected([[one["sat"], one["absent"] + one["other"]] for one in provinces.values()], least)
    zeros = protected_row([one["zero"] for one in provinces.values()], least)
    people = sum(one["sat"] for one in provinces.values())
    middle = sum(one["sum"] for one in provinces.values()) / people if people else 0.0
    return [
        _place(code, one["sum"], row, zero, middle)
        for (code, one), row, zero in zip(provinces.items(), sat[:-1], zeros, strict=True)
    ]


def _place(code: str, total: int, row: Sequence[int | None], zeros: int | None, middle: float) -> Place:
    sat, without, everyone = row
    mean = total / sat if sat else None
    return Place(
        code,
        sat,
        mean,
        None if mean is None else mean - middle,
        None if zeros is None or not sat else zeros / sat,
        None if without is None or not everyone else without / everyone,
    )
