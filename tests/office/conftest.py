"""The office's clock stands still in these tests, and hashing costs little."""

from pathlib import Path

import pytest
from django.contrib.auth.hashers import Argon2PasswordHasher
from pytest_django.fixtures import Settings

from fangbang.core.clock import ManualClock
from tests.desk.scene import Scene, scene
from tests.office.desk import Desk


@pytest.fixture(autouse=True)
def office_clock(monkeypatch: pytest.MonkeyPatch, clock: ManualClock) -> None:
    for cost, value in (("time_cost", 1), ("memory_cost", 8), ("parallelism", 1)):
        monkeypatch.setattr(Argon2PasswordHasher, cost, value)
    monkeypatch.setattr("fangbang.office.middleware.office_clock", lambda: clock)


@pytest.fixture
def desk(clock: ManualClock, db: None) -> Desk:
    return Desk(clock)


@pytest.fixture
def office(db: None, tmp_path: Path, clock: ManualClock, settings: Settings) -> Scene:
    """Books of a sitting where the pages look for them."""
    made = scene(tmp_path / "home", clock)
    settings.LAYOUT = made.layout
    return made
