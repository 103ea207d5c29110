"""What a supervisor says on its standard error."""

import io
import json
import sys
from pathlib import Path

import pytest

from fangbang.lookup.config import NodeConfig, NodeKeys
from fangbang.lookup.supervisor import _log

HERE = Path()
CONFIG = NodeConfig(
    name="node1", public=HERE, keeper_socket=HERE, trust=HERE, state=HERE, shared=HERE, workers=1, keys=NodeKeys.draw()
)


class Broken(io.StringIO):
    """Standard error whose reader is gone."""

    def write(self, _: str) -> int:
        raise BrokenPipeError


def test_it_is_one_object_a_line(monkeypatch: pytest.MonkeyPatch) -> None:
    written = io.StringIO()
    monkeypatch.setattr(sys, "stderr", written)

    _log(CONFIG)("alarm", alarm="prefix")

    assert json.loads(written.getvalue()) == {"node": "node1", "alarm": "prefix", "event": "alarm", "level": "error"}


def test_what_nobody_reads_ends_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", Broken())

    _log(CONFIG)("alarm", alarm="prefix")
