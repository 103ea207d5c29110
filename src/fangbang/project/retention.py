"""How long each class of data is kept, what is over that time now, and the end of it.

The schedule is data with its sources (`retention.toml`; an authority's own file over it by FANGBANG_RETENTION), and
names every table and folder. Two administrators end what is over: one asks, another carries it out; both are in the
audit log, with counts. What must not wait for anybody (`daily`) the office's companion ends by itself, every hour.
"""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib.resources import files
from pathlib import Path

import msgspec

from fangbang.audit import actions as audit
from fangbang.audit import queries as log
from fangbang.audit.events import AuditEvent
from fangbang.audit.rules import SYSTEM, Actor, Entry, decode_details
from fangbang.core.canonical import content_hash
from fangbang.core.clock import Clock
from fangbang.core.errors import FangbangError
from fangbang.project.ending import ENDINGS
from fangbang.project.layout import Layout
from fangbang.project.problems import BAD_RETENTION, NOT_ASKED, NOT_ENDED

ASKED_FOR = timedelta(days=7)
"""How long what one administrator asked for may be carried out by another."""
SUBJECT = "retention"


class DataClass(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One class of data as the schedule has it. `days` 0: as long as the office exists. `tables`: of the database;
    `folders`: files or folders below HOME, `*` for any one name."""

    id: str
    zh: str
    en: str
    days: int
    source: str
    sure: bool
    why_zh: str
    why_en: str
    carried_out: bool
    daily: bool = False
    tables: tuple[str, ...] = ()
    folders: tuple[str, ...] = ()


class Exempt(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Tables and folders that hold nothing of a person, and why."""

    why: str
    tables: tuple[str, ...] = ()
    folders: tuple[str, ...] = ()


@dataclass(frozen=True)
class Round:
    """What one round did: class → how many were ended; class → why it could not be, as a problem's code, or the type of
    an error that is none."""

    ended: Mapping[str, int]
    failed: Mapping[str, str]

    def check(self) -> "Round":
        """The same, or UNAVAILABLE if a class could not be ended."""
        if self.failed:
            raise FangbangError(NOT_ENDED, what=", ".join(f"{name} ({why})" for name, why in self.failed.items()))
        return self


@dataclass(frozen=True)
class Due:
    """What of a class is over its time: how many, and the moment before which they lie."""

    of: DataClass
    before: datetime | None
    count: int


def schedule(own: Path | None) -> list[DataClass]:
    """The shipped schedule, with the authority's own file laid over it class by class: what a class covers stays the
    program's, and a class that the file does not name is kept as shipped. INPUT if a file is none, or names a class
    that nobody could carry out."""
    shipped = {item.id: item for item in _read((files("fangbang.project") / "retention.toml").read_text("utf-8"))}
    return list((shipped if own is None else shipped | _laid_over(shipped, _read(_text(own)))).values())


def exempt() -> list[Exempt]:
    """What no class covers, and why not."""
    text = (files("fangbang.project") / "retention.toml").read_text("utf-8")
    return msgspec.convert(tomllib.loads(text)["exempt"], list[Exempt])


def _text(own: Path) -> str:
    try:
        return own.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise FangbangError(BAD_RETENTION, what=own.name) from error


def _read(text: str) -> list[DataClass]:
    try:
        found = msgspec.convert(tomllib.loads(text)["class"], list[DataClass])
    except (tomllib.TOMLDecodeError, KeyError, msgspec.ValidationError) as error:
        raise FangbangError(BAD_RETENTION, what=str(error)[:200]) from error
    for item in found:
        if item.days < 0 or (item.carried_out and (item.id not in ENDINGS or item.days == 0)):
            raise FangbangError(BAD_RETENTION, what=item.id)
    if len({item.id for item in found}) != len(found):
        raise FangbangError(BAD_RETENTION, what="id")
    return found


def _laid_over(shipped: Mapping[str, DataClass], own: Sequence[DataClass]) -> dict[str, DataClass]:
    laid = {}
    for item in own:
        of = shipped.get(item.id)
        covers = (False, (), ()) if of is None else (of.daily, of.tables, of.folders)
        laid[item.id] = msgspec.structs.replace(item, daily=covers[0], tables=covers[1], folders=covers[2])
    return laid


def days_of(classes: Sequence[DataClass], name: str) -> int:
    """How long a class is kept, in days."""
    return next(item.days for item in classes if item.id == name)


def due(layout: Layout, classes: Sequence[DataClass], now: datetime) -> list[Due]:
    """What of each class is over its time now."""
    found = []
    for item in classes:
        before = now - timedelta(days=item.days) if item.days else None
        count = ENDINGS[item.id].count(layout, before) if before is not None and item.id in ENDINGS else 0
        found.append(Due(item, before, count))
    return found


def ask(classes: Sequence[DataClass], *, actor: Actor, clock: Clock) -> None:
    """The first administrator asks that what is over its time be ended."""
    audit.ask_retention(actor=actor, schedule=schedule_hash(classes), clock=clock)


def carry_out(layout: Layout, classes: Sequence[DataClass], *, actor: Actor, clock: Clock) -> Round:
    """The second administrator ends it. REFUSED unless another one asked for this very schedule within a week. Broken
    off, or where a class could not be ended, the same call finishes."""
    check_asked(classes, actor, clock.now())
    done = _end(layout, [item for item in classes if item.carried_out], actor, clock)
    _enter(done, classes, actor, clock)
    return done


def keep_house(layout: Layout, classes: Sequence[DataClass], *, clock: Clock) -> Round:
    """End what must not wait for two administrators, as the system. In the audit log where there was anything, or where
    other classes fail than the last time."""
    done = _end(layout, [item for item in classes if item.carried_out and item.daily], SYSTEM, clock)
    if done.ended or done.failed != failures():
        _enter(done, classes, SYSTEM, clock)
    return done


def failures() -> Mapping[str, str]:
    """What the system could not end in its last round that is in the log: class → why."""
    last = log.last_of(AuditEvent.RETENTION_OF_THE_DAY)
    return {} if last is None else decode_details(last.details).get("failed", {})


def _enter(done: Round, classes: Sequence[DataClass], actor: Actor, clock: Clock) -> None:
    schedule = schedule_hash(classes)
    audit.enter_retention(actor=actor, schedule=schedule, ended=done.ended, failed=done.failed, clock=clock)


def _end(layout: Layout, classes: Sequence[DataClass], actor: Actor, clock: Clock) -> Round:
    """Each class by itself: one that fails keeps no other from its end."""
    now = clock.now()
    ended: dict[str, int] = {}
    failed: dict[str, str] = {}
    for item in classes:
        try:
            ended[item.id] = ENDINGS[item.id].end(layout, now - timedelta(days=item.days), actor, clock)
        except FangbangError as error:
            failed[item.id] = error.code
        except Exception as error:  # noqa: BLE001 - told by its type alone: its text may hold what stood in a row
            failed[item.id] = type(error).__name__
    return Round({name: count for name, count in ended.items() if count}, failed)


def check_asked(classes: Sequence[DataClass], actor: Actor, now: datetime) -> Entry:
    """The first asking that stands: another administrator's for this very schedule within a week, not carried out
    since; or REFUSED."""
    standing: dict[str, Entry] = {}
    for entry in log.entries(subject=SUBJECT):
        if entry.event == AuditEvent.RETENTION_CARRIED_OUT:
            standing = standing if decode_details(entry.details).get("failed") else {}
        elif entry.event != AuditEvent.RETENTION_ASKED:
            continue
        elif decode_details(entry.details)["schedule"] == schedule_hash(classes) and now - entry.at <= ASKED_FOR:
            standing.setdefault(entry.actor.id, entry)
    for operator, asked in standing.items():
        if operator != actor.id:
            return asked
    raise FangbangError(NOT_ASKED)


def schedule_hash(classes: Sequence[DataClass]) -> str:
    """What asking and carrying out name the schedule by."""
    return content_hash([msgspec.to_builtins(item) for item in classes])
