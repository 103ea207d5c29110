"""Before an hour is set, every worker holds the same snapshot and runs the same code on the same configuration."""

from datetime import timedelta
from typing import Any

import pytest

from fangbang.core.clock import to_wire
from fangbang.core.errors import FangbangError, Problem
from fangbang.release.problems import NODES_DIFFER, NODES_MISSING
from fangbang.release.rules import check_nodes
from tests.release.people import NOW


def worker(name: str, *, node: str = "a", ago: int = 1, **report: Any) -> dict[str, Any]:
    """A worker as the keeper tells of it; by default it holds snapshot h1."""
    told = {"snapshots": ["h1"], "code_version": "1", "config_hash": "c", "trust_hash": "t", **report}
    return {"worker": name, "node": node, "seen_at": to_wire(NOW - timedelta(seconds=ago)), "report": told}


def test_ready_workers_name_their_nodes() -> None:
    workers = [worker("a1"), worker("a2"), worker("b1", node="b"), worker("gone", node="c", ago=61)]

    assert check_nodes(workers, "h1", least=3, now=NOW) == ["a", "b"]


@pytest.mark.parametrize(
    ("workers", "problem"),
    [
        ([], NODES_MISSING),
        ([worker("a1")], NODES_MISSING),
        ([worker("a1"), worker("a2"), worker("a3", snapshots=["h0"])], NODES_MISSING),
        ([worker("a1"), worker("a2", ago=61)], NODES_MISSING),
        ([worker("a1"), worker("a2", code_version="2")], NODES_DIFFER),
        ([worker("a1"), worker("a2", config_hash="d")], NODES_DIFFER),
        ([worker("a1"), worker("a2", trust_hash="u")], NODES_DIFFER),
    ],
)
def test_a_worker_that_differs_blocks(workers: list[dict[str, Any]], problem: Problem) -> None:
    with pytest.raises(FangbangError) as caught:
        check_nodes(workers, "h1", least=2, now=NOW)

    assert caught.value.problem == problem
