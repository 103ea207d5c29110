"""One desk for each test."""

from pathlib import Path

import pytest

from tests.intake.files import Desk


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """An intake desk for the social worker examination of 2026, with nothing taken in."""
    return Desk(tmp_path)
