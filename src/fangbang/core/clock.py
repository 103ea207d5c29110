"""Time is one injected thing: nothing else in the project may read a clock."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

AUTHORITY_ZONE = ZoneInfo("Asia/Shanghai")


class Clock(Protocol):
    """Reads the present instant, always with a zone."""

    def now(self) -> datetime:
        """The instant, in the authority's zone."""
        ...


@dataclass(frozen=True)
class SystemClock:
    """The machine's own clock."""

    zone: ZoneInfo = AUTHORITY_ZONE

    def now(self) -> datetime:
        return datetime.now(tz=self.zone)


@dataclass
class ManualClock:
    """A clock that stands still until it is moved: for tests, rehearsals and simulations."""

    at: datetime
    watchers: list[Callable[[datetime], None]] = field(default_factory=list)

    def now(self) -> datetime:
        return self.at

    def advance(self, by: timedelta) -> None:
        """Move forward (or back, with a negative step) and tell the watchers."""
        self.at += by
        for watcher in self.watchers:
            watcher(self.at)


def to_wire(at: datetime) -> str:
    """RFC 3339 in UTC with microseconds: the one way an instant is written into signed bytes."""
    if at.tzinfo is None:
        raise ValueError("an instant needs a zone")
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def from_wire(text: str, zone: ZoneInfo = AUTHORITY_ZONE) -> datetime:
    """Inverse of `to_wire`; refuses any other spelling with ValueError."""
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=UTC).astimezone(zone)
