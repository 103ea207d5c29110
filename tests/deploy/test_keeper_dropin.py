"""What is laid over the keeper's unit in production custody."""

from pathlib import Path

from tests.conftest import ROOT
from tests.deploy.test_units import MOST_EXPOSED, UNITS, complaints, exposure, needs_systemd

OVER = ROOT / "deploy" / "keeper" / "production.conf"
NETWORK = 0.6
"""What a network of its own and one more address family count for; the address list is the authority's."""


@needs_systemd
def test_systemd_finds_nothing_wrong_with_the_unit_in_production(tmp_path: Path) -> None:
    unit = tmp_path / "fangbang-keeper.service"
    unit.write_text((UNITS / unit.name).read_text() + OVER.read_text())

    assert complaints(unit) == []
    assert exposure(unit) < MOST_EXPOSED + NETWORK


def test_memory_may_be_locked_whole_and_the_other_keeper_reached() -> None:
    lines = OVER.read_text().splitlines()

    assert {"LimitMEMLOCK=infinity", "PrivateNetwork=no"} <= set(lines)
