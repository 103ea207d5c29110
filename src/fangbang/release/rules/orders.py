"""The hour, the withdrawal and the page bundle: the orders that change what the public sees after sealing."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from fangbang.core.clock import from_wire, to_wire
from fangbang.core.errors import FangbangError
from fangbang.release.problems import BAD_DOCUMENT, REASON_MISSING
from fangbang.release.rules.signing import Approval, check_signatures, sign_document
from fangbang.release.rules.trust import TrustedKey

SCHEDULE_FORMAT = "fangbang-schedule/1"
WITHDRAWAL_FORMAT = "fangbang-withdrawal/1"
PAGES_FORMAT = "fangbang-pages-order/1"

_SCHEDULE_FIELDS = {
    "format": str,
    "release": str,
    "sitting": str,
    "snapshot": str,
    "header": str,
    "t": str,
    "serial": int,
}
_WITHDRAWAL_FIELDS = {"format": str, "release": str, "sitting": str, "snapshot": str, "notice": dict}
_PAGES_FIELDS = {"format": str, "bundle": str, "counter": int}


def schedule_order(
    *, release: str, sitting: str, snapshot: str, header: str, t: datetime, serial: int
) -> dict[str, Any]:
    """The hour T of one sealed snapshot (`header`: SHA-256 of its header file). `serial` is 1 for the first hour and
    grows with each move, so that an older order cannot be played again: whoever carries it out keeps the highest."""
    return {
        "format": SCHEDULE_FORMAT,
        "release": release,
        "sitting": sitting,
        "snapshot": snapshot,
        "header": header,
        "t": to_wire(t),
        "serial": serial,
    }


def sign_schedule(private_key: Ed25519PrivateKey, schedule: Mapping[str, Any], operator: str) -> Approval:
    """Approve an hour as `operator`."""
    return sign_document(private_key, schedule, operator)


def check_schedule(
    schedule: Mapping[str, Any],
    approvals: Iterable[Approval | Mapping[str, Any]],
    trusted_keys: Mapping[str, TrustedKey],
    *,
    importers: Collection[str] = (),
) -> datetime:
    """The hour T, if two different approvers, none of them an importer, signed this order."""
    _check_form(schedule, SCHEDULE_FORMAT, _SCHEDULE_FIELDS, "schedule")
    check_signatures(schedule, approvals, trusted_keys, excluded=importers)
    try:
        return from_wire(schedule["t"])
    except ValueError as error:
        raise FangbangError(BAD_DOCUMENT, what="schedule") from error


def withdrawal_order(*, release: str, sitting: str, snapshot: str, zh: str, en: str) -> dict[str, Any]:
    """Take a snapshot back; the notice is what candidates read instead. INPUT without a text in both languages."""
    if not zh.strip() or not en.strip():
        raise FangbangError(REASON_MISSING)
    return {
        "format": WITHDRAWAL_FORMAT,
        "release": release,
        "sitting": sitting,
        "snapshot": snapshot,
        "notice": {"zh": zh.strip(), "en": en.strip()},
    }


def sign_withdrawal(private_key: Ed25519PrivateKey, order: Mapping[str, Any], operator: str) -> Approval:
    """Order a withdrawal as `operator`."""
    return sign_document(private_key, order, operator)


def check_withdrawal(
    order: Mapping[str, Any],
    approvals: Iterable[Approval | Mapping[str, Any]],
    trusted_keys: Mapping[str, TrustedKey],
) -> None:
    """One approver is enough, an importer too: a withdrawal shows nothing to anybody, and it must not wait."""
    _check_form(order, WITHDRAWAL_FORMAT, _WITHDRAWAL_FIELDS, "withdrawal")
    check_signatures(order, approvals, trusted_keys, needed=1)


def pages_order(*, bundle: str, counter: int) -> dict[str, Any]:
    """Show another page bundle (its SHA-256). `counter` is the one that the pointer gets: an order works once."""
    return {"format": PAGES_FORMAT, "bundle": bundle, "counter": counter}


def pages_subject(bundle: str) -> str:
    """What the audit log calls a bundle (its SHA-256) that somebody proposes as a file."""
    return f"pages {bundle}"


def sign_pages(private_key: Ed25519PrivateKey, order: Mapping[str, Any], operator: str) -> Approval:
    """Answer for a page bundle as `operator`."""
    return sign_document(private_key, order, operator)


def check_pages(
    order: Mapping[str, Any],
    approvals: Iterable[Approval | Mapping[str, Any]],
    trusted_keys: Mapping[str, TrustedKey],
) -> None:
    """One approver is enough: a bundle holds no result, and a wrong notice must not stand for want of a second."""
    _check_form(order, PAGES_FORMAT, _PAGES_FIELDS, "pages order")
    check_signatures(order, approvals, trusted_keys, needed=1)


def _check_form(order: Mapping[str, Any], form: str, fields: Mapping[str, type], what: str) -> None:
    right = isinstance(order, Mapping) and set(order) == set(fields) and order["format"] == form
    if not (right and all(type(order[name]) is kind for name, kind in fields.items())):
        raise FangbangError(BAD_DOCUMENT, what=what)
