"""What lies on the disk during an intake can be read by the process that wrote it only."""

import os
from pathlib import Path

import polars as pl
import pytest
from cryptography.exceptions import InvalidTag

from fangbang.intake.spill import Spill

CANARY = "CANARY99990101001X"
RUN = pl.DataFrame({"doc_number": [f"{CANARY}{n:05d}" for n in range(1000)], "milli": list(range(1000))})


def on_disk(spill: Spill) -> bytes:
    return os.pread(spill._descriptor, 10_000_000, 0)


def test_a_run_comes_back_in_order_as_often_as_asked(tmp_path: Path) -> None:
    spill = Spill(tmp_path, RUN, 64)

    assert pl.concat(spill.frames()).equals(RUN)
    assert pl.concat(spill.frames()).equals(RUN)
    spill.close()


def test_the_disk_holds_neither_a_name_nor_a_readable_byte(tmp_path: Path) -> None:
    plain = RUN.write_ipc(None, compression="uncompressed").getvalue()
    spill = Spill(tmp_path, RUN, 64)

    data = on_disk(spill)

    assert list(tmp_path.iterdir()) == []
    assert len(data) > 20_000
    assert CANARY.encode() not in data
    assert CANARY.encode() in plain, "positive control"
    spill.close()


def test_a_changed_byte_is_noticed(tmp_path: Path) -> None:
    spill = Spill(tmp_path, RUN, 64)
    byte = os.pread(spill._descriptor, 1, 5000)
    os.pwrite(spill._descriptor, bytes([byte[0] ^ 1]), 5000)

    with pytest.raises(InvalidTag):
        list(spill.frames())
    spill.close()
