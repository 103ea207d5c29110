"""From what the keeper remembers to what the board says."""

from collections.abc import Collection, Mapping
from datetime import datetime

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from fangbang.core.clock import to_wire
from fangbang.core.errors import FangbangError
from fangbang.keeper.closing import closed, sitting_closes_at
from fangbang.keeper.custody import Custody
from fangbang.keeper.folders import KeeperFolders
from fangbang.keeper.state import KeeperState, Sealed, State, load_state
from fangbang.snapshot.board import BOARD_FORMAT, LIFETIME, Board, SittingBoard, SnapshotRef, parse_board
from fangbang.snapshot.header import Text, key_id

_RANK = (KeeperState.PUBLISHED, KeeperState.WITHDRAWN, KeeperState.SCHEDULED, KeeperState.SEALED)
"""What a sitting is called when its releases differ: the first of these that any of them is in."""


def board_at(
    state: State, now: datetime, envelopes: Mapping[str, Mapping[str, str]], kept: Collection[str] = ()
) -> Board:
    """The board with the state's counter. `kept`: closed snapshots that lie in the archive, which nodes may erase."""
    sittings = sorted({item.sitting for item in state.releases.values()})
    shown = {sitting: _sitting(state, sitting, now, kept) for sitting in sittings}
    return Board(
        format=BOARD_FORMAT,
        counter=state.counter,
        issued_at=to_wire(now),
        expires_at=to_wire(now + LIFETIME),
        sittings={sitting: entry for sitting, entry in shown.items() if entry is not None},
        envelopes={worker: dict(letters) for worker, letters in envelopes.items()},
        switches=tuple(item for item in state.switches.on if item.in_force(now)),
        switch_serial=state.switches.serial,
        decisions=state.decisions,
        posted=state.posted,
    )


def resumed(folders: KeeperFolders, custody: Custody, signing: Ed25519PrivateKey) -> State:
    """The state as it is read at a start, counting on after the board that this keeper left in public: out of a backup
    the state is older, and nodes take no lower counter. A board that is missing, damaged or another's counts for
    nothing."""
    state, public = load_state(folders.state, custody.state_key), signing.public_key()
    try:
        seen = parse_board(folders.board_of(custody.keeper).read_bytes(), {key_id(public): public}).counter
    except (OSError, FangbangError):
        seen = 0
    state.counter = max(state.counter, seen)
    return state


def _sitting(state: State, sitting: str, now: datetime, kept: Collection[str]) -> SittingBoard | None:
    releases = sorted(
        (item for item in state.releases.values() if item.sitting == sitting), key=lambda item: item.order
    )
    # A withdrawn overlay only steps back to what it corrected; a withdrawn base is the sitting's own state.
    telling = [item for item in releases if item.state.shown or item.withdrawn_base]
    if not telling:
        return None
    name = next(rank for rank in _RANK if any(item.state is rank for item in telling))
    leading = [item for item in telling if item.state is name]
    hours = sorted(item.t for item in telling if item.t and item.state.shown)
    notice = leading[-1].notice if name is KeeperState.WITHDRAWN else None
    newest = telling[-1]  # not one that is being sealed, whose exam has no name yet
    over = {item.snapshot_id for item in closed(state, now)}
    return SittingBoard(
        exam_id=newest.exam_id,
        exam=Text(newest.exam.zh, newest.exam.en),
        year=newest.year,
        state=name.value,
        t=hours[0] if hours else None,
        snapshots=tuple(_ref(item) for item in releases if item.state.shown and item.snapshot_id not in over),
        notice=Text(notice.zh, notice.en) if notice else None,
        closes_at=sitting_closes_at(state, [item for item in releases if item.state.shown], now),
        closed=tuple(item.snapshot_id for item in releases if item.snapshot_id in over and item.snapshot_id in kept),
    )


def _ref(item: Sealed) -> SnapshotRef:
    return SnapshotRef(
        id=item.snapshot_id,
        role=item.kind,
        path=f"snapshots/{item.snapshot_id}",
        header_sha256=item.header_sha256,
        t=item.t,
        published_at=item.published_at,
    )
