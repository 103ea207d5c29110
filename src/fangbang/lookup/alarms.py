"""Alarms of one node: what an attack looks like in the counts of all its workers, and what everybody pays meanwhile.

Judged once a second over the last `SPAN` seconds. An alarm stands until it was quiet for as long. While queries fail
too often, a breaker raises the price of every query: by two bits at once, by four when it goes on.
"""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

SPAN = 30
"""Seconds looked back, and seconds of quiet that end an alarm."""
LONG = 60
"""Seconds after which the breaker raises the price once more."""
FIRST_STEP, SECOND_STEP = 2, 4

KINDS = ("failures", "persons", "sequence", "refusals", "prefix")


@dataclass(frozen=True)
class Thresholds:
    """What is too much within `SPAN` seconds."""

    failures: int = 100
    """Failed queries, if they are also `failure_percent` of all that were answered."""
    failure_percent: int = 50
    persons: int = 10
    """Persons at whom so many queries failed that their price rose."""
    sequence: int = 50
    """Failed queries whose number stood next to the one before."""
    refusals: int = 50
    """Queries that a limit refused."""


class Sample(NamedTuple):
    """Sums over the workers, only ever growing; `fullest` apart."""

    found: int
    missed: int
    refused: int
    persons: int
    sequence: int
    full: int
    fullest: int
    """Permille of its budget that the fullest prefix has used."""


class Alarms:
    """Which alarms stand. `step` is called once a second."""

    def __init__(self, thresholds: Thresholds) -> None:
        self._thresholds = thresholds
        self._samples: deque[Sample] = deque(maxlen=SPAN + 1)
        self._quiet: dict[str, int] = {}
        self._failing = 0
        self.raised = dict.fromkeys(KINDS, 0)
        """How often each was raised."""
        self.figures: Mapping[str, int] = {}

    @property
    def standing(self) -> frozenset[str]:
        """The alarms that stand."""
        return frozenset(self._quiet)

    @property
    def surcharge(self) -> int:
        """Bits that every query pays on top."""
        if "failures" not in self._quiet:
            return 0
        return SECOND_STEP if self._failing > LONG else FIRST_STEP

    def step(self, sample: Sample) -> tuple[list[str], list[str]]:
        """(alarms that begin, alarms that end) with this second's sums."""
        self._samples.append(sample)
        loud = self._loud(self._samples[0], sample)
        begin = [kind for kind in loud if kind not in self._quiet]
        for kind in begin:
            self.raised[kind] += 1
        quiet = {kind: 0 if kind in loud else self._quiet[kind] + 1 for kind in {*self._quiet, *loud}}
        end = [kind for kind, seconds in quiet.items() if seconds > SPAN]
        self._quiet = {kind: seconds for kind, seconds in quiet.items() if seconds <= SPAN}
        self._failing = self._failing + 1 if "failures" in self._quiet else 0
        return begin, sorted(end)

    def _loud(self, first: Sample, last: Sample) -> list[str]:
        limits = self._thresholds
        found, missed, refused, persons, sequence, full = (last[place] - first[place] for place in range(6))
        answered = found + missed
        percent = 100 * missed // answered if answered else 0
        self.figures = {
            "failed": missed,
            "failure_percent": percent,
            "persons": persons,
            "sequence": sequence,
            "refused": refused,
            "fullest_permille": last.fullest,
        }
        judged = {
            "failures": missed >= limits.failures and percent >= limits.failure_percent,
            "persons": persons >= limits.persons,
            "sequence": sequence >= limits.sequence,
            "refusals": refused >= limits.refusals,
            "prefix": full > 0,
        }
        return [kind for kind in KINDS if judged[kind]]
