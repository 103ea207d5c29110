"""What is wrong with a node, and how the whole service does: pure, from readings and the keeper's board.

A finding is a code with its arguments; `board.<code>` says it in words. Red: somebody is not answered, or answered from
something else than the board names. Amber: look at it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from itertools import pairwise

from fangbang.office.watch.readings import Reading
from fangbang.snapshot.board import Board

STALE = 60.0
"""Seconds: a node opens nothing new from an older board."""
BEHIND = 4
"""A board is issued every five seconds; so many behind is more than copying takes."""
SLOW = 0.5
"""Seconds of waiting that people feel."""
Finding = tuple[str | int, ...]


class Lamp(IntEnum):
    """Worst last."""

    GREEN = 0
    AMBER = 1
    RED = 2

    @property
    def word(self) -> str:
        return self.name.lower()


@dataclass(frozen=True)
class NodeView:
    """A node as the board shows it; no reading: it does not answer."""

    name: str
    lamp: Lamp
    findings: tuple[Finding, ...]
    reading: Reading | None
    rate: float
    """Answers a second since the reading before."""


@dataclass(frozen=True)
class Sample:
    """What every node said at one moment (seconds of a clock that only grows); None: it did not answer."""

    at: float
    readings: Mapping[str, Reading | None]


def view_of(name: str, samples: Sequence[Sample], board: Board | None) -> NodeView:
    """Judge one node by its last readings and the board as it stands."""
    said = [(item.at, item.readings.get(name)) for item in samples]
    last = said[-1][1] if said else None
    if last is None:
        heard = [at for at, reading in said if reading is not None]
        silent = int(said[-1][0] - heard[-1]) if heard else -1
        return NodeView(name, Lamp.RED, (("down", silent) if heard else ("never",),), None, 0.0)
    findings = [*_red(last, board)]
    ambers = [*_amber(last, next((item for _, item in reversed(said[:-1]) if item), None))]
    lamp = Lamp.RED if findings else Lamp.AMBER if ambers else Lamp.GREEN
    return NodeView(name, lamp, (*findings, *ambers), last, rate(said))


def _red(node: Reading, board: Board | None) -> Iterable[Finding]:
    if not node.workers:
        yield ("no-workers",)
    if node.board_age > STALE:
        yield ("stale",)
    if board is None:
        return
    if node.board < board.counter - BEHIND:
        yield "behind", board.counter - node.board
    if node.switches < board.switch_serial:
        yield "switches", board.switch_serial
    held = {item.snapshot: item for item in node.held}
    for sitting, entry in board.sittings.items():
        for ref in entry.snapshots:
            found = held.get(ref.id)
            if found is None:
                yield "missing", sitting
            elif found.header != ref.header_sha256:
                yield "other-root", sitting, found.root[:12]
            elif ref.published_at is not None and entry.state == "published" and not found.open:
                yield "not-open", sitting
    named = {ref.id for entry in board.sittings.values() for ref in entry.snapshots}
    strange = [item for item in node.held if item.open and item.snapshot not in named]
    yield from (("unknown-root", item.sitting, item.root[:12]) for item in strange)


def _amber(node: Reading, before: Reading | None) -> Iterable[Finding]:
    if max(node.lag, node.waits.get("0.99", 0.0)) > SLOW:
        yield "slow", int(1000 * max(node.lag, node.waits.get("0.99", 0.0)))
    if before is not None and node.errors > before.errors:
        yield "errors", node.errors - before.errors
    yield from (("alarm", kind) for kind in node.alarms)


def rate(said: Sequence[tuple[float, Reading | None]]) -> float:
    """Answers a second between the last two readings; a node that started anew counts from nothing."""
    known = [(at, sum(item.answers.values())) for at, item in said[-2:] if item is not None]
    if len(known) < 2 or known[1][0] <= known[0][0]:
        return 0.0
    grown = known[1][1] - known[0][1]
    return (grown if grown >= 0 else known[1][1]) / (known[1][0] - known[0][0])


def grown(samples: Sequence[Sample], states: Iterable[str]) -> list[float]:
    """The rate of these states over all nodes, between each two samples that follow one another."""
    wanted, rates = list(states), []
    for one, two in pairwise(samples):
        total = sum(_growth(one.readings.get(name), item, wanted) for name, item in two.readings.items())
        rates.append(total / (two.at - one.at) if two.at > one.at else 0.0)
    return rates


def _growth(before: Reading | None, after: Reading | None, states: Sequence[str]) -> int:
    if before is None or after is None:
        return 0
    return sum(_step(before.answers.get(state, 0), after.answers.get(state, 0)) for state in states)


def _step(before: int, after: int) -> int:
    return after - before if after >= before else after


def slowest(samples: Sequence[Sample], quantile: str) -> list[float]:
    """The longest wait over all nodes at each sample, in seconds."""
    return [
        max((item.waits.get(quantile, 0.0) for item in sample.readings.values() if item is not None), default=0.0)
        for sample in samples
    ]
