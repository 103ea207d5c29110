"""Two keepers, one history: what both know after they have spoken. Pure.

Decisions are numbered. The one who has decided more (in a later term, or further in the same one) is followed; what can
never be taken back is kept from both: a withdrawal, and a posting whose hour both know.
"""

import msgspec

from fangbang.core.canonical import content_hash
from fangbang.core.errors import FangbangError
from fangbang.keeper.problems import OTHER_HOUR
from fangbang.keeper.roster import newest
from fangbang.keeper.state import KeeperState, Sealed, State, Switches

_POSTED = (KeeperState.PUBLISHED, KeeperState.SUPERSEDED)


def rank(state: State) -> tuple[int, int]:
    """Who is followed: the higher one."""
    return (state.term, state.decisions)


def digest(state: State) -> str:
    """Equal if and only if two keepers have decided the same. What time alone brings (postings) is left out."""
    releases = {
        name: [item.snapshot_id, item.header_sha256, item.t, item.serial, item.state is KeeperState.WITHDRAWN]
        for name, item in state.releases.items()
        if item.state is not KeeperState.SEALING
    }
    pages = [state.pages.counter, state.pages.bundle]
    switches = [state.switches.serial, msgspec.to_builtins(state.switches.on)]
    told = {"rank": list(rank(state)), "lead": state.lead, "releases": releases, "pages": pages, "switches": switches}
    return content_hash(told)


def merged(own: State, theirs: State) -> State:
    """What `own` becomes when it hears `theirs`. Its board's counter stays its own.

    INTEGRITY if theirs would move the hour of something that is posted here.
    """
    first, second = (theirs, own) if rank(theirs) > rank(own) else (own, theirs)
    kept = {name: _kept(item, second.releases.get(name)) for name, item in first.releases.items()}
    added = {
        name: item
        for name, item in second.releases.items()
        if name not in kept and item.state is not KeeperState.SEALING and rank(second) == rank(first)
    }
    _refuse_moved_hours(own, kept)
    withdrawn = sum(
        kept[name].state is KeeperState.WITHDRAWN and item.state is not KeeperState.WITHDRAWN
        for name, item in first.releases.items()
    )
    switches, joined = _switches(first.switches, second.switches)
    apart = bool(withdrawn) or joined
    return State(
        counter=own.counter,
        pages=max(own.pages, theirs.pages, key=lambda pages: pages.counter),
        releases={**kept, **added},
        workers=newest(own.workers.values(), theirs.workers.values()),
        decisions=max(own.decisions, theirs.decisions) + apart,
        switches=switches,
        posted=max(own.posted, theirs.posted),
        term=first.term,
        lead=first.lead,
        acts=own.acts,
        alone=first.alone,
    )


def _switches(first: Switches, second: Switches) -> tuple[Switches, bool]:
    """The later switches; of two that were moved apart, all that either closed (True then)."""
    if first.serial != second.serial or first.on == second.on:
        return max(first, second, key=lambda switches: switches.serial), False
    named = {(item.name, item.subject): item for item in sorted((*second.on, *first.on), key=repr)}
    on = tuple(sorted(named.values(), key=repr))
    return Switches(first.serial + 1, on), True


def _kept(first: Sealed, second: Sealed | None) -> Sealed:
    """One release as both know it: a withdrawal stands, and so do a posting at the same hour and an end that was
    reached."""
    known = _known(first, second)
    if second is None or (second.snapshot_id, second.t) != (known.snapshot_id, known.t):
        return known
    ends = [item.ended_at for item in (first, second) if item.ended_at is not None]
    return msgspec.structs.replace(known, ended_at=min(ends, default=None))


def _known(first: Sealed, second: Sealed | None) -> Sealed:
    if second is None or second.snapshot_id != first.snapshot_id or first.state is KeeperState.WITHDRAWN:
        return first
    if second.state is KeeperState.WITHDRAWN:
        return msgspec.structs.replace(first, state=second.state, notice=second.notice)
    if second.state in _POSTED and first.state is KeeperState.SCHEDULED and first.t == second.t:
        return second
    if second.state is KeeperState.SUPERSEDED and first.state is KeeperState.PUBLISHED:
        return second
    return first


def _refuse_moved_hours(own: State, after: dict[str, Sealed]) -> None:
    for name, item in own.releases.items():
        other = after.get(name)
        stands = item.state in _POSTED and other is not None and other.state is not KeeperState.WITHDRAWN
        if stands and other and (other.snapshot_id, other.t) != (item.snapshot_id, item.t):
            raise FangbangError(OTHER_HOUR, release=name)


def secrets_of(state: State) -> set[str]:
    """The names of the secrets that a keeper with this state must hold: keys of releases, peppers of sittings."""
    live = [item for item in state.releases.values() if item.state is not KeeperState.WITHDRAWN]
    return {f"release-{item.snapshot_id}" for item in live} | {f"pepper-{item.sitting}" for item in live}
