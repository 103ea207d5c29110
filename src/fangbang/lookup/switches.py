"""What the board's switches mean for a worker at one moment: made once when they change, never asked by a query."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from fangbang.core.clock import from_wire
from fangbang.exams.vocabulary import SwitchName
from fangbang.snapshot.board import Board
from fangbang.snapshot.header import Text


@dataclass(frozen=True)
class Closing:
    """Why a query is closed: until when (None: nobody has said), and what the authority says of it."""

    until: datetime | None = None
    notice: Text | None = None


@dataclass(frozen=True)
class InForce:
    """The switches that are on. `closed`: sitting → its closing; `static`: everything is closed."""

    static: Closing | None = None
    closed: Mapping[str, Closing] = field(default_factory=dict)
    kinds: frozenset[str] = frozenset()
    """Kinds of credentials that are turned off."""
    riddles_off: bool = False
    extra_bits: int = 0

    def closing(self, sitting: str) -> Closing | None:
        """Why the query of a sitting is closed; None if no switch closes it."""
        return self.static or self.closed.get(sitting)


def in_force(board: Board | None, now: datetime) -> InForce:
    """What is on at `now`. A switch that this program does not know is left out: a newer keeper may have it."""
    closed: dict[str, Closing] = {}
    static, kinds, riddles_off, bits = None, set(), False, 0
    for item in board.switches if board else ():
        if not item.in_force(now):
            continue
        closing = Closing(from_wire(item.until) if item.until else None, item.notice)
        match item.name:
            case SwitchName.STATIC:
                static = closing
            case SwitchName.QUERY:
                closed[item.subject] = closing
            case SwitchName.KIND:
                kinds.add(item.subject)
            case SwitchName.RIDDLES:
                riddles_off = True
            case SwitchName.PRICE:
                bits = item.value
    return InForce(static, closed, frozenset(kinds), riddles_off, bits)
