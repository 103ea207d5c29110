"""One sealed sample for every test that only reads it, a copy for every test that damages it."""

import shutil
from pathlib import Path

import pytest

from tests.snapshot.samples import seal_sample


@pytest.fixture(scope="session")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the sample snapshot. Read only."""
    return seal_sample(tmp_path_factory.mktemp("sealed") / "snapshots").folder


@pytest.fixture
def copy(sample: Path, tmp_path: Path) -> Path:
    """A copy to damage."""
    return Path(shutil.copytree(sample, tmp_path / "copy"))
