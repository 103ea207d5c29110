"""Looks at the node's counts every second, sounds alarms and sets the breaker; in the supervisor, by a thread."""

import threading
from collections.abc import Callable
from typing import Any

from fangbang.lookup.alarms import Alarms, Sample, Thresholds
from fangbang.lookup.answers import State
from fangbang.lookup.counters import Counter, Counters, Gauge
from fangbang.lookup.counting import CountTable


class Watchman:
    """`log` says what begins and ends, with figures and never with anything of a request."""

    def __init__(self, counters: Counters, table: CountTable, thresholds: Thresholds, log: Callable[..., Any]) -> None:
        self._counters = counters
        self._table = table
        self._log = log
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self.alarms = Alarms(thresholds)

    def start(self) -> None:
        """Look every second from now on."""
        self._thread.start()

    def stop(self) -> None:
        """Look no more."""
        self._stop.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._stop.wait(1.0):
            self.look()

    def look(self) -> None:
        """One look."""
        begin, end = self.alarms.step(sample_of(self._counters))
        self._table.set_surcharge(self.alarms.surcharge)
        for kind in begin:
            self._log("alarm", alarm=kind, surcharge_bits=self.alarms.surcharge, **self.alarms.figures)
        for kind in end:
            self._log("alarm over", alarm=kind)


def sample_of(counters: Counters) -> Sample:
    """This moment's sums over the workers."""
    rows = counters.rows()
    columns = (State.FOUND, State.NOT_FOUND, State.LIMITED, Counter.PERSONS_WORN, Counter.SEQUENCE, Counter.PREFIX_FULL)
    found, missed, refused, persons, sequence, full = (sum(row[column] for row in rows) for column in columns)
    fullest = max((row[Gauge.FULLEST_PERMILLE] for row in counters.living()), default=0)
    return Sample(found, missed, refused, persons, sequence, full, fullest)
