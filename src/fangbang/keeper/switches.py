"""Switches as the keeper holds them: an order moves one of them once enough approvers signed it.

The first signature of an order that takes two is kept until the second comes; another order that is carried out
meanwhile has its serial, and the one that waited is void.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import msgspec

from fangbang.core.canonical import content_hash
from fangbang.core.errors import FangbangError
from fangbang.keeper.problems import OTHER_SWITCHES
from fangbang.keeper.state import PendingSwitch, Switches
from fangbang.release.rules import SwitchStanding, TrustedKey, check_switch, check_switch_form
from fangbang.snapshot.board import Switch


def next_switches(
    known: Switches,
    order: Mapping[str, Any],
    approvals: Iterable[Mapping[str, Any]],
    trusted: Mapping[str, TrustedKey],
    now: datetime,
) -> tuple[Switches, int]:
    """(how things stand after these signatures under this order, how many more it takes). The newest order given again
    changes nothing."""
    check_switch_form(order)
    name = content_hash(dict(order))
    if name == known.last:
        return known, 0
    if order["serial"] != known.serial + 1:
        raise FangbangError(OTHER_SWITCHES, serial=known.serial)
    pending = known.pending
    kept = pending.approvals if pending is not None and content_hash(pending.order) == name else ()
    # The same signature given again, after a crash, is no second one.
    signed = list({str(item.get("operator")): dict(item) for item in (*kept, *approvals)}.values())
    standing = next((_standing(item) for item in known.on if _is(item, order) and item.in_force(now)), None)
    needed = check_switch(order, signed, trusted, standing, now)
    if len(signed) < needed:
        waiting = PendingSwitch(dict(order), tuple(signed))
        return msgspec.structs.replace(known, pending=waiting), needed - len(signed)
    left = [item for item in known.on if not _is(item, order) and item.in_force(now)]
    on = tuple([*left, _switch(order)] if order["on"] else left)
    return Switches(known.serial + 1, on, name), 0


def _is(item: Switch, order: Mapping[str, Any]) -> bool:
    return (item.name, item.subject) == (order["name"], order["subject"])


def _standing(item: Switch) -> SwitchStanding:
    return SwitchStanding(item.value, item.until)


def _switch(order: Mapping[str, Any]) -> Switch:
    return msgspec.convert({name: order[name] for name in ("name", "subject", "value", "until", "notice")}, Switch)
