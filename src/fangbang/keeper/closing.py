"""When the anonymous lookup of a release is over.

Whoever has a live node's memory can try documents and tickets one after the other, so that nodes do not hold keys for
ever: N days after its hour a release leaves the board, and its envelopes with it. Releases of one sitting that overlap
close together, at the latest of their hours: a node asks a sitting as a whole, and must not say "not found" of a
province whose release is over while another's is not. What is over never comes back, whatever is published later: an
end that was reached is written down (`ended_at`), and nothing moves it, however late a release is posted whose hour lay
before it.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

import msgspec

from fangbang.core.clock import from_wire, to_wire
from fangbang.keeper.state import KeeperState, Sealed, State

_NEVER = "9999-12-31T23:59:59.999999Z"
_WAITING = (KeeperState.SEALING, KeeperState.SEALED, KeeperState.SCHEDULED)


def closing_of(t: str, kind: str, days: int) -> str | None:
    """When a release of hour `t` closes, as decided with its hour; an overlay closes with its base."""
    return to_wire(from_wire(t) + timedelta(days=days)) if kind == "base" else None


def closings(state: State) -> dict[str, str]:
    """Published release → when it closes (with those of its sitting that overlap); those that never close left out."""
    found: dict[str, str] = {}
    for sitting in {item.sitting for item in state.releases.values()}:
        live = [item for item in state.releases.values() if item.sitting == sitting and _posted(item)]
        bases = sorted((item for item in live if item.kind == "base"), key=lambda item: item.published_at or "")
        found |= {item.release: item.ended_at for item in bases if item.ended_at is not None}
        found |= _together(item for item in bases if item.ended_at is None)
        found |= {item.release: found[item.base] for item in live if item.kind != "base" and item.base in found}
    return {release: end for release, end in found.items() if end < _NEVER}


def ended(state: State, now: datetime) -> dict[str, Sealed]:
    """The published bases whose end is reached now and was not before, each with that end for good. To be kept before
    anything more is posted."""
    ends, at = closings(state), to_wire(now)
    return {
        name: msgspec.structs.replace(item, ended_at=ends[name])
        for name, item in state.releases.items()
        if item.kind == "base" and item.ended_at is None and ends.get(name, _NEVER) <= at
    }


def _together(bases: Iterable[Sealed]) -> dict[str, str]:
    """Bases of one sitting, the first one first: each closes at the last closing of its row of overlapping ones."""
    rows: list[tuple[list[str], str]] = []
    for item in bases:
        end = item.closes_at or _NEVER  # posted before there were closings
        if rows and (item.published_at or "") < rows[-1][1]:
            names, until = rows.pop()
            rows.append(([*names, item.release], max(until, end)))
        else:
            rows.append(([item.release], end))
    return {name: until for names, until in rows for name in names}


def _posted(item: Sealed) -> bool:
    return item.state is KeeperState.PUBLISHED


def answered(state: State, now: datetime) -> list[Sealed]:
    """What nodes hold keys of: published, and not closed yet."""
    ends, at = closings(state), to_wire(now)
    return [item for item in state.releases.values() if _posted(item) and ends.get(item.release, _NEVER) > at]


def closed(state: State, now: datetime) -> list[Sealed]:
    """What is over: published releases that have closed; superseded and withdrawn ones at the end of their own days."""
    ends, at = closings(state), to_wire(now)
    return [
        item
        for item in sorted(state.releases.values(), key=lambda item: item.order)
        if item.state not in _WAITING
        and (ends.get(item.release, _NEVER) if _posted(item) else _own_end(state, item)) <= at
    ]


def _own_end(state: State, item: Sealed) -> str:
    base = item if item.kind == "base" else state.releases.get(item.base, item)
    return base.closes_at or _NEVER


def sitting_closes_at(state: State, releases: Iterable[Sealed], now: datetime) -> str | None:
    """What the board says of a sitting: when what is answered closes; else the last past; else what is to come."""
    ends, at = closings(state), to_wire(now)
    live = [item for item in releases if _posted(item)]
    if any(item.release not in ends for item in live):
        return None
    told = [ends[item.release] for item in live]
    return max((end for end in told if end > at), default=None) or max(
        told or (item.closes_at for item in releases if item.closes_at), default=None
    )
