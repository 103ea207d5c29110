"""The scene of these tests."""

from pathlib import Path

import pytest

from fangbang.core.clock import ManualClock
from tests.desk.scene import Scene, scene


@pytest.fixture
def office(db: None, tmp_path: Path, clock: ManualClock) -> Scene:
    return scene(tmp_path / "home", clock)
