"""What a keeper says of itself, and what is wrong with it: pure, from its answer to `status`. No key, no count.

A finding is a code with its arguments; `keepers.<code>` says it in words. Red: at T it would not post. Amber: it would,
but something that ought to stand behind it is missing.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from fangbang.core.clock import from_wire
from fangbang.core.errors import FangbangError, Kind, Problem
from fangbang.office.watch.judging import Finding, Lamp

PRODUCTION = "production"
BAD_STATUS = Problem(
    "office.bad-status",
    Kind.UNAVAILABLE,
    zh="保管进程的状态无法解读",
    en="The keeper's status cannot be read",
)


@dataclass(frozen=True)
class TimeSource:
    """A clock behind a keeper: how far (milliseconds) from the instant that the majority agrees on; None: silent."""

    name: str
    agrees: bool
    milliseconds: int | None


@dataclass(frozen=True)
class Kept:
    """A release as a keeper keeps it. `t`: the hour it will post at, if it knows one."""

    release: str
    sitting: str
    state: str
    t: datetime | None


@dataclass(frozen=True)
class KeeperReading:
    """One answer. `officers`: who armed it, or who gave their part so far; `needed`: how many must. `peer`: the other
    keeper as officers named it, "" for none."""

    keeper: str
    custody: str
    armed: bool
    officers: tuple[str, ...] = ()
    armed_at: datetime | None = None
    needed: int = 0
    certain: bool = False
    sources: tuple[TimeSource, ...] = ()
    kept: tuple[Kept, ...] = ()
    troubles: tuple[str, ...] = ()
    lead: str = ""
    alone: bool = False
    peer: str = ""
    in_step: bool = False

    @property
    def production(self) -> bool:
        return self.custody == PRODUCTION


@dataclass(frozen=True)
class KeeperView:
    """A keeper as pages show it. `heard`: seconds since its last answer, None if there was none; `reading`: what it
    said last, however long ago; `answers`: it answered when it was asked last."""

    name: str
    lamp: Lamp
    findings: tuple[Finding, ...]
    reading: KeeperReading | None
    heard: int | None
    answers: bool

    def kept(self, release: str) -> Kept | None:
        """What it holds of one release."""
        known = self.reading.kept if self.reading else ()
        return next((item for item in known if item.release == release), None)


def reading_of_keeper(status: Mapping[str, Any]) -> KeeperReading:
    """The answer to `status`; UNAVAILABLE if it is no keeper's."""
    try:
        if not status["armed"]:
            return KeeperReading(
                keeper=str(status["keeper"]),
                custody=str(status["custody"]),
                armed=False,
                officers=tuple(map(str, status["given"])),
                needed=int(status["needed"]),
            )
        pair, by = status.get("pair") or {}, (status.get("pair") or {}).get("armed_by") or {}
        return KeeperReading(
            keeper=str(pair.get("keeper", "")),
            custody=str(status["custody"]),
            armed=True,
            officers=tuple(map(str, by.get("officers", ()))),
            armed_at=from_wire(by["at"]) if by else None,
            certain=bool(status["time"]["certain"]),
            sources=tuple(
                TimeSource(str(item["name"]), bool(item["agrees"]), item["milliseconds"])
                for item in status["time"]["sources"]
            ),
            kept=tuple(
                Kept(item["release"], item["sitting"], item["state"], from_wire(item["t"]) if item["t"] else None)
                for item in status["releases"]
            ),
            troubles=tuple(sorted(map(str, status["troubles"].values()))),
            lead=str(pair.get("lead", "")),
            alone=bool(pair.get("alone", False)),
            peer=str(pair.get("peer", "")),
            in_step=bool(pair.get("in_step", False)),
        )
    except (KeyError, TypeError, ValueError, AttributeError, FangbangError) as error:
        raise FangbangError(BAD_STATUS) from error


def judged(name: str, reading: KeeperReading | None, heard: int | None, *, answers: bool) -> KeeperView:
    """One keeper by what it said last."""
    name = reading.keeper if reading is not None and reading.keeper else name
    if not answers or reading is None:
        finding: Finding = ("never",) if heard is None else ("silent", heard)
        return KeeperView(name, Lamp.RED, (finding,), reading, heard, answers=False)
    reds = [*_red(reading)]
    ambers = [*_amber(reading)] if reading.armed else []
    lamp = Lamp.RED if reds else Lamp.AMBER if ambers else Lamp.GREEN
    return KeeperView(name, lamp, (*reds, *ambers), reading, heard, answers=True)


def of_release(view: KeeperView, release: str, state: str, t: datetime | None) -> tuple[Finding, ...]:
    """What is missing at a keeper for one release that the office has in this state, with this hour."""
    if not view.answers or view.reading is None or not view.reading.armed:
        return ()
    kept = view.kept(release)
    if kept is None:
        return (("not-kept",),)
    if state == "scheduled" and kept.t != t:
        return (("other-hour",) if kept.t else ("no-hour",),)
    return ()


def missing_keeper(views: Sequence[KeeperView]) -> tuple[Finding, ...]:
    """Whether a second keeper ought to be named in the settings and is not."""
    known = [view.reading for view in views if view.reading is not None]
    if len(views) == 1 and any(reading.production for reading in known):
        return (("one-keeper",),)
    return ()


def _red(reading: KeeperReading) -> Iterable[Finding]:
    if not reading.armed:
        yield "disarmed", len(reading.officers), reading.needed
        return
    if not reading.certain:
        yield ("time-unsure",)
    if reading.production and not reading.peer:
        yield ("unpaired",)
    yield from (("trouble", code) for code in reading.troubles if code != "keeper.time-unsure")


def _amber(reading: KeeperReading) -> Iterable[Finding]:
    if reading.peer and not reading.in_step:
        yield "out-of-step", reading.peer
    if reading.alone:
        yield ("alone",)
    for source in reading.sources:
        if source.milliseconds is None:
            yield "source-silent", source.name
        elif not source.agrees and reading.certain:
            yield "source-off", source.name, source.milliseconds
