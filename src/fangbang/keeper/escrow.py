"""The custodians' copies, opened by hand: to see that they open, and to make a lost keeper anew.

A folder of copies is what a keeper wrote beside its secrets (`wrapped`). It is carried to offline media; whoever finds
it finds ciphertext.
"""

from collections.abc import Mapping
from pathlib import Path

import msgspec
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from fangbang.core.errors import FangbangError
from fangbang.core.files import durable_folder
from fangbang.keeper.problems import BAD_STATE, NOT_IN_ESCROW, QUORUM_DAMAGED
from fangbang.keeper.quorum import Quorum, part_of, unwrap
from fangbang.keeper.state import load_state, save_state
from fangbang.keeper.wrapped import ESCROW

AHEAD = 1_000_000
"""How far a recovered keeper's counter jumps: past every board that nodes may have seen from the lost one."""


def open_copies(folder: Path, custodians: Mapping[str, X25519PrivateKey]) -> dict[str, bytes]:
    """Every secret in the folder, by name. REFUSED with fewer custodians than needed, INTEGRITY for a damaged copy."""
    found = {path.stem: _opened(path, custodians) for path in sorted(folder.glob("*.json"))}
    if not found:
        raise FangbangError(NOT_IN_ESCROW)
    return found


def _opened(path: Path, custodians: Mapping[str, X25519PrivateKey]) -> bytes:
    try:
        quorum = msgspec.json.decode(path.read_bytes(), type=Quorum)
    except (msgspec.MsgspecError, ValueError) as error:
        raise FangbangError(QUORUM_DAMAGED) from error
    if quorum.purpose != f"{ESCROW}/{path.stem}":
        raise FangbangError(QUORUM_DAMAGED)
    return unwrap(quorum, {name: part_of(quorum, name, private) for name, private in custodians.items()})


def recover_state(copy: Path, target: Path, secrets: Mapping[str, bytes]) -> int:
    """Put a copy of the lost keeper's state into the new folder; its board's counter, moved on. INTEGRITY if the copy
    was changed. The copy must be the newest: what it does not know is to be ordered again."""
    if "state" not in secrets or not copy.exists():
        raise FangbangError(BAD_STATE)
    state = load_state(copy, secrets["state"])
    state.counter += AHEAD
    durable_folder(target.parent, mode=0o700)
    save_state(target, state, secrets["state"])
    return state.counter
