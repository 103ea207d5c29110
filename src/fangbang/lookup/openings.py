"""Which addresses a worker answers how, made anew whenever the board, the opened sittings or the switches change.

The query finds its address in one of two tables; so a closed sitting costs a query nothing, and an open one no look at
any switch.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime

from fangbang.lookup.answers import State, plain
from fangbang.lookup.hotpath import OpenSitting, Query
from fangbang.lookup.switches import InForce
from fangbang.snapshot.board import Board

SCORE = b"/score/"
Waiting = dict[bytes, tuple[State, bytes]]


def tables(
    board: Board, opened: Mapping[str, OpenSitting], force: InForce, make: Callable[[OpenSitting], Query], now: datetime
) -> tuple[dict[bytes, Query], Waiting]:
    """(address → its query, address → the one answer of a sitting that is not answered now)."""
    queries: dict[bytes, Query] = {}
    for sitting, found in opened.items():
        kinds = found.kinds - force.kinds
        if kinds and force.closing(sitting) is None:
            queries[SCORE + sitting.encode()] = make(found if kinds == found.kinds else replace(found, kinds=kinds))
    waiting: Waiting = {}
    for sitting, entry in board.sittings.items():
        # Whoever closes the query may not yet know which kinds a sitting has: with none of them left it is closed too.
        shut = force.closing(sitting) is not None or (sitting in opened and not opened[sitting].kinds - force.kinds)
        # Version 1 of the answers has one word for what is closed, for a while or for good; texts tell which.
        shut = shut or entry.ended(now)
        waiting[SCORE + sitting.encode()] = closed_answer(sitting, entry.state, entry.t, shut=shut)
    return queries, waiting


def closed_answer(sitting: str, state: str, t: str | None, *, shut: bool = False) -> tuple[State, bytes]:
    """The answer of a sitting that this worker does not answer now. `shut`: by a switch, or by its
    end; before T nothing shows it."""
    if state == "withdrawn":
        return State.WITHDRAWN, plain(State.WITHDRAWN, sitting=sitting)
    if state == "published":
        found = State.CLOSED if shut else State.UNAVAILABLE
        return found, plain(found, sitting=sitting)
    return State.NOT_RELEASED, plain(State.NOT_RELEASED, sitting=sitting, t=t)
