"""The sweep of `./dev faults`, short: one moment of every step, and that its checks see what they are for."""

from pathlib import Path

import pytest

from tests.faults.server import serving
from tests.faults.sweep import BrokenError, sweeping


@pytest.mark.postgres
@pytest.mark.timeout(300)
def test_killed_with_its_database_server_nothing_acknowledged_is_lost(tmp_path: Path) -> None:
    """Of the seven kills of this seed three hit the server: during an import, an approval and a seal."""
    with serving() as server, sweeping(tmp_path, seed=104, server=server) as sweep:
        sweep.round(1)
        kills = {step: sum(counts.values()) for step, counts in sweep.kills.items()}

        assert kills == {"import": 2, "approve": 2, "seal": 1, "publish": 2}
        assert server.kills == 3


@pytest.mark.timeout(300)
def test_killed_at_any_step_nothing_acknowledged_is_lost(tmp_path: Path) -> None:
    with sweeping(tmp_path, seed=7) as sweep:
        sweep.round(1)
        kills = {step: sum(counts.values()) for step, counts in sweep.kills.items()}
        records = sweep.it.layout.snapshots / sweep.sealed[-1] / "records.bin"
        data = bytearray(records.read_bytes())
        data[len(data) // 2] ^= 1
        records.write_bytes(data)

        assert kills == {"import": 2, "approve": 2, "seal": 1, "publish": 2}
        with pytest.raises(BrokenError, match="half a snapshot"):
            sweep.check()
