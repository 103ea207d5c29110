"""The watch over the office's rows outlives whatever its database says."""

import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from django.db import InterfaceError, OperationalError

from fangbang.core.clock import ManualClock
from fangbang.project.watching import Standing, Watch


@dataclass
class Failing(Watch):
    """Its first look fails; the second one ends it."""

    error: type[Exception] = OperationalError
    again: threading.Event = field(default_factory=threading.Event)
    _looks: int = 0

    def look(self) -> Standing:
        self._looks += 1
        if self._looks == 1:
            raise self.error("gone")
        self.stop()
        self.again.set()
        return self.standing


@pytest.mark.parametrize("error", [OperationalError, InterfaceError, OSError])
def test_a_look_that_failed_is_told_and_followed_by_another(
    error: type[Exception], clock: ManualClock, tmp_path: Path, settings: Any
) -> None:
    settings.WATCH_SECONDS = 0.01
    watch = Failing(tmp_path, clock, error=error)

    watch.start()

    assert watch.again.wait(60)
    assert watch.standing.failed
