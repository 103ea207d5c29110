"""How long each class of data is kept, what is over that time now, and the end of it.

The schedule is data with its sources (`retention.toml`; an authority's own file instead by FANGBANG_RETENTION). Two
administrators end what is over: one asks, another carries it out; both are in the audit log, with counts.
"""

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from pathlib import Path

import msgspec

from fangbang.accounts import actions as accounts
from fangbang.accounts import queries as staff
from fangbang.audit import actions as audit
from fangbang.audit import queries as log
from fangbang.audit.events import AuditEvent
from fangbang.audit.rules import Actor, decode_details
from fangbang.core.canonical import content_hash
from fangbang.core.clock import Clock
from fangbang.core.errors import FangbangError
from fangbang.core.files import sync_folder
from fangbang.project.layout import Layout
from fangbang.project.problems import BAD_RETENTION, NOT_ASKED

ASKED_FOR = timedelta(days=7)
"""How long what one administrator asked for may be carried out by another."""
SUBJECT = "retention"


class DataClass(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One class of data as the schedule has it. `days` 0: as long as the office exists."""

    id: str
    zh: str
    en: str
    days: int
    source: str
    sure: bool
    why_zh: str
    why_en: str
    carried_out: bool


@dataclass(frozen=True)
class Due:
    """What of a class is over its time: how many, and the moment before which they lie."""

    of: DataClass
    before: datetime | None
    count: int


def schedule(own: Path | None) -> list[DataClass]:
    """The schedule; INPUT if a file is none, or names a class that nobody could carry out."""
    text = (files("fangbang.project") / "retention.toml").read_text("utf-8") if own is None else own.read_text("utf-8")
    try:
        found = msgspec.convert(tomllib.loads(text)["class"], list[DataClass])
    except (tomllib.TOMLDecodeError, KeyError, msgspec.ValidationError) as error:
        raise FangbangError(BAD_RETENTION, what=str(error)[:200]) from error
    for item in found:
        if item.days < 0 or (item.carried_out and (item.id not in _COUNTS or item.days == 0)):
            raise FangbangError(BAD_RETENTION, what=item.id)
    return found


def due(layout: Layout, classes: Sequence[DataClass], now: datetime) -> list[Due]:
    """What of each class is over its time now."""
    found = []
    for item in classes:
        before = now - timedelta(days=item.days) if item.days else None
        counted = before is not None and item.id in _COUNTS
        found.append(Due(item, before, _COUNTS[item.id](layout, before) if counted and before is not None else 0))
    return found


def ask(classes: Sequence[DataClass], *, actor: Actor, clock: Clock) -> None:
    """The first administrator asks that what is over its time be ended."""
    audit.ask_retention(actor=actor, schedule=_hash(classes), clock=clock)


def carry_out(layout: Layout, classes: Sequence[DataClass], *, actor: Actor, clock: Clock) -> Mapping[str, int]:
    """The second administrator ends it: class → how many. REFUSED unless another one asked for this very schedule
    within a week. Broken off, the same call finishes."""
    _check_asked(classes, actor, clock.now())
    ended: dict[str, int] = {}
    for item in due(layout, classes, clock.now()):
        if item.of.carried_out and item.before is not None:
            ended[item.of.id] = _END[item.of.id](layout, item.before, actor, clock)
    audit.enter_retention(actor=actor, schedule=_hash(classes), ended=ended, clock=clock)
    return ended


def disable_dormant(classes: Sequence[DataClass], *, actor: Actor, clock: Clock) -> int:
    """Disable the accounts that nobody has signed in to: every day, without anybody asking."""
    days = next((item.days for item in classes if item.id == "dormant-accounts" and item.carried_out), 0)
    return _disable(clock.now() - timedelta(days=days), actor, clock) if days else 0


def _check_asked(classes: Sequence[DataClass], actor: Actor, now: datetime) -> None:
    standing: set[str] = set()
    for entry in log.entries(subject=SUBJECT):
        if entry.event == AuditEvent.RETENTION_CARRIED_OUT:
            standing = set()
        elif decode_details(entry.details)["schedule"] == _hash(classes) and now - entry.at <= ASKED_FOR:
            standing.add(entry.actor.id)
    if not standing - {actor.id}:
        raise FangbangError(NOT_ASKED)


def _hash(classes: Sequence[DataClass]) -> str:
    return content_hash([msgspec.to_builtins(item) for item in classes])


def _old(folder: Path, before: datetime) -> Iterator[Path]:
    """Files below a folder that were last written before a moment."""
    for path in sorted(folder.rglob("*")) if folder.is_dir() else ():
        if path.is_file() and datetime.fromtimestamp(path.stat().st_mtime, tz=UTC) < before:
            yield path


def _records(layout: Layout, before: datetime) -> list[Path]:
    nodes = layout.home / "node"
    return [path for path in _old(nodes, before) if path.parent.name == "access"]


def _delete(paths: Sequence[Path]) -> int:
    for path in paths:
        path.unlink(missing_ok=True)
        sync_folder(path.parent)
    return len(paths)


def _disable(before: datetime, actor: Actor, clock: Clock) -> int:
    dormant = staff.dormant(before)
    for operator in dormant:
        accounts.disable_operator(actor=actor, operator_id=operator, clock=clock)
    return len(dormant)


_COUNTS = {
    "sign-in-failures": lambda layout, before: staff.old_failures(before),
    "sign-in-records": lambda layout, before: staff.old_records(before),
    "dormant-accounts": lambda layout, before: len(staff.dormant(before)),
    "quarantine": lambda layout, before: len(list(_old(layout.quarantine, before))),
    "access-records": lambda layout, before: len(_records(layout, before)),
}
_END = {
    "sign-in-failures": lambda layout, before, actor, clock: accounts.forget_failures(
        actor=actor, before=before, clock=clock
    ),
    "sign-in-records": lambda layout, before, actor, clock: accounts.forget_records(
        actor=actor, before=before, clock=clock
    ),
    "dormant-accounts": lambda layout, before, actor, clock: _disable(before, actor, clock),
    "quarantine": lambda layout, before, actor, clock: _delete(list(_old(layout.quarantine, before))),
    "access-records": lambda layout, before, actor, clock: _delete(_records(layout, before)),
}
