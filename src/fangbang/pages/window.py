"""The small picture of the rolling window: a strip of years for every subject. `static/app.js` draws the same.

It repeats the statements and adds nothing: a strip's text alternative is the sentences about its subject.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from fangbang.exams.vocabulary import StatementCode

MOST_YEARS = 8
STEP = 56
"""Width of a year in the picture's units."""
_KEPT = (StatementCode.WINDOW_EARNED, StatementCode.WINDOW_EARNED_REGIONALLY)
_SHOWN = (*_KEPT, StatementCode.WINDOW_LAPSED, StatementCode.WINDOW_OWED)


@dataclass(frozen=True)
class Strip:
    """One subject. `years`: (year, state); a state is passed, counts, lapsed, open or none."""

    name: str
    alternative: str
    years: tuple[tuple[int, str], ...]

    @property
    def width(self) -> int:
        return len(self.years) * STEP


def strips(
    statements: Sequence[Sequence[Any]], year: int, name: Callable[[str], str], say: Callable[[Sequence[Any]], str]
) -> tuple[Strip, ...]:
    """The picture for a sitting of `year`; empty if no pass, present or lapsed, could be drawn."""
    shown = [item for item in statements if item[0] in _SHOWN]
    earned = [item[2] for item in shown if item[0] != StatementCode.WINDOW_OWED]
    if not earned or not year:
        return ()
    owing = any(item[0] == StatementCode.WINDOW_OWED for item in shown)
    last = max([year, *(item[3] for item in shown if item[0] in _KEPT)])
    if last == year and owing:
        last = year + 1
    years = range(max(min([year, *earned]), last - MOST_YEARS + 1), last + 1)
    made: dict[str, list[Sequence[Any]]] = {}
    for item in shown:
        made.setdefault(item[1], []).append(item)
    return tuple(
        Strip(name(subject), " ".join(map(say, said)), tuple((each, _state(each, year, owing, said)) for each in years))
        for subject, said in made.items()
    )


def _state(each: int, year: int, owing: bool, said: Sequence[Sequence[Any]]) -> str:
    states = {_state_of(each, year, owing, item) for item in said}
    return next((state for state in ("passed", "counts", "lapsed", "open") if state in states), "none")


def _state_of(each: int, year: int, owing: bool, item: Sequence[Any]) -> str:
    """`owing`: some subject is not passed yet, so that a pass is to be earned again once it counts no longer."""
    code = item[0]
    if code == StatementCode.WINDOW_OWED:
        return "open" if each > year else "none"
    if code == StatementCode.WINDOW_LAPSED:
        return "lapsed" if each == item[2] else "none"
    if each == item[2]:
        return "passed"
    if each < item[2]:
        return "none"
    return "counts" if each <= item[3] else "open" if owing else "none"
