"""Whether T has come is decided by several clocks: a majority that agrees within a second, or nobody.

Each source's last reading is carried on by a counter that no clock setting moves, so that a jump of one clock moves
that one source only. The agreed instant is the earliest of the agreeing majority: at T a majority of the sources has
read T or later. Without a majority nothing is posted (`certain` is False) and the last agreed instant is carried on.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from fangbang.core.clock import Clock, SystemClock
from fangbang.core.errors import FangbangError
from fangbang.keeper.problems import TOO_FEW_SOURCES

WITHIN = timedelta(seconds=1)
FEWEST = 3
OWN = "system"
"""The name of the machine's own clock among the sources."""
GOOD_FOR = 30.0
"""Seconds for which a reading counts."""


@dataclass(frozen=True)
class Judgement:
    """`at`: the agreed instant, None without a majority. `agreeing`: the sources that made it."""

    at: datetime | None
    agreeing: tuple[str, ...]


def judge(readings: Mapping[str, datetime], sources: int) -> Judgement:
    """The earliest window of one second that holds more than half of all sources, the silent ones counted too."""
    ordered = sorted(readings.items(), key=lambda item: (item[1], item[0]))
    for place, (_, first) in enumerate(ordered):
        window = [name for name, at in ordered[place:] if at - first <= WITHIN]
        if 2 * len(window) > sources:
            return Judgement(first, tuple(sorted(window)))
    return Judgement(None, ())


@dataclass
class AgreedClock:
    """A clock made of named sources. `monotonic`: seconds that only grow. `heard` enters what a source says."""

    sources: Sequence[str]
    monotonic: Callable[[], float]
    own: Clock = field(default_factory=SystemClock)
    _heard: dict[str, tuple[datetime, float]] = field(default_factory=dict)
    _agreed: tuple[datetime, float] | None = None

    def __post_init__(self) -> None:
        if len(set(self.sources)) < max(FEWEST, len(self.sources)):
            raise FangbangError(TOO_FEW_SOURCES, fewest=FEWEST)

    def heard(self, source: str, at: datetime, since: float | None = None) -> None:
        """A source's instant, as it was read when the counter stood at `since`; just now if that is not said."""
        self._heard[source] = (at, self.monotonic() if since is None else since)

    def readings(self) -> dict[str, datetime]:
        """What each source that was heard lately says now."""
        now = self.monotonic()
        carried = {
            name: at + timedelta(seconds=now - since)
            for name, (at, since) in self._heard.items()
            if now - since <= GOOD_FOR and name in self.sources
        }
        return {**carried, OWN: self.own.now()} if OWN in self.sources else carried

    def judgement(self) -> Judgement:
        found = judge(self.readings(), len(self.sources))
        if found.at is not None:
            self._agreed = (found.at, self.monotonic())
        return found

    @property
    def certain(self) -> bool:
        """Whether a majority agrees now."""
        return self.judgement().at is not None

    def now(self) -> datetime:
        """The agreed instant; without one the last agreed one, carried on; before any the machine's own."""
        at = self.judgement().at
        if at is None and self._agreed is not None:
            agreed, since = self._agreed
            at = agreed + timedelta(seconds=self.monotonic() - since)
        return (at or self.own.now()).astimezone(self.own.now().tzinfo)

    def told(self) -> list[dict[str, object]]:
        """For the status: each source, whether it agrees, and how far it is from the agreed instant (milliseconds)."""
        readings, found, now = self.readings(), self.judgement(), self.now()
        return [
            {
                "name": name,
                "agrees": name in found.agreeing,
                "milliseconds": round((readings[name] - now) / timedelta(milliseconds=1)) if name in readings else None,
            }
            for name in self.sources
        ]


def certain(clock: Clock) -> bool:
    """Whether this clock may decide that an hour has come: one clock alone always does, several only together."""
    return clock.certain if isinstance(clock, AgreedClock) else True


def sources_of(clock: Clock) -> list[dict[str, object]]:
    """The sources behind a clock, for the status."""
    return clock.told() if isinstance(clock, AgreedClock) else [{"name": OWN, "agrees": True, "milliseconds": 0}]
