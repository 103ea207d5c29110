"""What a restored backup must prove of snapshots, also of those whose lookup is over."""

from datetime import timedelta
from pathlib import Path

import pytest

from fangbang.core.clock import ManualClock
from fangbang.core.errors import FangbangError
from fangbang.keeper.sealer import SealJob, run_seal
from fangbang.project.backup import proving
from fangbang.project.backup.restoring import Proof
from fangbang.project.layout import Layout
from tests.keeper.office import Office, row


@pytest.fixture
def layout(tmp_path: Path, clock: ManualClock) -> Layout:
    """An installation with one release that has closed."""
    office = Office(tmp_path)
    keeper = office.keeper(clock)
    job = keeper.begin_seal(office.seal_order(office.report(office.book([row(1)]))))
    assert isinstance(job, SealJob)
    keeper.schedule(*office.schedule_order(keeper.finish_seal(job, run_seal(job)), clock.now()))
    clock.advance(timedelta(days=60))
    keeper.tick()
    return Layout(tmp_path)


def test_a_closed_release_is_proven_from_the_keepers_copy(layout: Layout) -> None:
    proof = Proof()

    proving.snapshots(proof, layout, lambda *said: None)

    assert proof.snapshots == 1


def test_a_keepers_copy_that_is_damaged_proves_nothing(layout: Layout) -> None:
    records = next(layout.closed.glob("*/records.bin"))
    records.write_bytes(records.read_bytes()[:-1] + b"\x01")

    with pytest.raises(FangbangError) as refused:
        proving.snapshots(Proof(), layout, lambda *said: None)

    assert refused.value.code == "backup.not-proven"
