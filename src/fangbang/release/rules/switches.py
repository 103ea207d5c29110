"""Switches: what an approver may turn off on every query node at once, and how many people it takes to turn it back.

Closing must not wait: one approver is enough for whatever shows less to the public, or asks more of it. Whatever opens
again (turning a switch back, ending it sooner, lowering a price) takes two. An order names the serial that it makes, so
that it works once and in its turn.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from fangbang.core.clock import from_wire, to_wire
from fangbang.core.errors import FangbangError
from fangbang.exams.vocabulary import CredentialKind, SwitchName
from fangbang.release.problems import BAD_DOCUMENT, BAD_SWITCH, NOT_SWITCHED, PAST_SWITCH, REASON_MISSING
from fangbang.release.rules.signing import TWO_PEOPLE, Approval, check_signatures
from fangbang.release.rules.trust import TrustedKey

SWITCH_FORMAT = "fangbang-switch/1"
MOST_BITS = 8
"""Bits that a price may be raised by; the highest price of a node's own limits holds all the same."""
LONGEST_NOTICE = 500
_FIELDS: Mapping[str, tuple[type, ...]] = {
    "format": (str,),
    "serial": (int,),
    "name": (str,),
    "subject": (str,),
    "on": (bool,),
    "value": (int,),
    "until": (str, type(None)),
    "notice": (dict, type(None)),
    "reason": (str,),
}


@dataclass(frozen=True)
class SwitchStanding:
    """How a switch stands: bits of a price (else 0), and when it ends by itself (`core.clock.to_wire`), if it does."""

    value: int = 0
    until: str | None = None


def switch_order(
    *,
    serial: int,
    name: str,
    reason: str,
    subject: str = "",
    on: bool = True,
    value: int = 0,
    until: datetime | None = None,
    zh: str = "",
    en: str = "",
) -> dict[str, Any]:
    """Move one switch. `serial` is one more than that of the order before. A notice is what the public reads; it has
    both languages or none. INPUT if anything does not go together."""
    notice = {"zh": zh.strip(), "en": en.strip()} if zh.strip() or en.strip() else None
    order = {
        "format": SWITCH_FORMAT,
        "serial": serial,
        "name": name,
        "subject": subject,
        "on": on,
        "value": value,
        "until": None if until is None else to_wire(until),
        "notice": notice,
        "reason": reason.strip(),
    }
    check_switch_form(order)
    return order


def check_switch_form(order: Mapping[str, Any]) -> None:
    """INPUT unless this is an order that `switch_order` makes."""
    right = isinstance(order, Mapping) and set(order) == set(_FIELDS) and order["format"] == SWITCH_FORMAT
    if not (right and all(type(order[name]) in kinds for name, kinds in _FIELDS.items())):
        raise FangbangError(BAD_DOCUMENT, what="switch order")
    if not order["reason"].strip():
        raise FangbangError(REASON_MISSING)
    if not (_fits(order) and _is_told(order["notice"]) and _is_moment(order["until"])):
        raise FangbangError(BAD_SWITCH)


def needed_for(order: Mapping[str, Any], standing: SwitchStanding | None) -> int:
    """How many approvers this order takes where the switch stands so (None: it is not on). STATE if it is to be turned
    back and is not on."""
    if standing is None:
        if not order["on"]:
            raise FangbangError(NOT_SWITCHED)
        return 1
    sooner = order["until"] is not None and (standing.until is None or order["until"] < standing.until)
    return TWO_PEOPLE if not order["on"] or order["value"] < standing.value or sooner else 1


def check_switch(
    order: Mapping[str, Any],
    approvals: Iterable[Approval | Mapping[str, Any]],
    trusted_keys: Mapping[str, TrustedKey],
    standing: SwitchStanding | None,
    now: datetime,
) -> int:
    """Hold an order and the signatures so far to the rules: each signature is right, the signers are different people.
    Returns how many it takes; fewer may be there yet."""
    check_switch_form(order)
    if order["until"] is not None and from_wire(order["until"]) <= now:
        raise FangbangError(PAST_SWITCH)
    needed = needed_for(order, standing)
    check_signatures(order, approvals, trusted_keys, needed=1)
    return needed


def _fits(order: Mapping[str, Any]) -> bool:
    """Whether name, subject and value go together."""
    name, subject, value = order["name"], order["subject"], order["value"]
    if name == SwitchName.PRICE:
        return not subject and (1 <= value <= MOST_BITS if order["on"] else value == 0)
    if value:
        return False
    if name == SwitchName.QUERY:
        return bool(subject) and len(subject) <= 80 and subject.isprintable()
    if name == SwitchName.KIND:
        return subject in set(CredentialKind)
    return name in (SwitchName.RIDDLES, SwitchName.STATIC) and not subject


def _is_told(notice: Any) -> bool:
    if notice is None:
        return True
    texts = [notice.get("zh"), notice.get("en")]
    return set(notice) == {"zh", "en"} and all(
        isinstance(text, str) and 0 < len(text) <= LONGEST_NOTICE and text.isprintable() and text == text.strip()
        for text in texts
    )


def _is_moment(until: str | None) -> bool:
    try:
        return until is None or to_wire(from_wire(until)) == until
    except ValueError:
        return False
