"""Whether every lookup worker is ready for a sealed snapshot: the same snapshot, code and configuration everywhere."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from fangbang.core.clock import from_wire
from fangbang.core.errors import FangbangError
from fangbang.release.problems import NODES_DIFFER, NODES_MISSING

SILENT = timedelta(seconds=60)
"""A worker that was not heard of for so long does not count: it may be gone, or run something else by now."""
_SAME = ("code_version", "config_hash", "trust_hash")


def check_nodes(workers: Sequence[Mapping[str, Any]], header: str, *, least: int, now: datetime) -> list[str]:
    """The names of the nodes, if at least `least` workers were heard of lately, and all of those hold the snapshot with
    this header (SHA-256) and report the same code, configuration and trusted keys. STATE otherwise.

    `workers` are the keeper's: [{"worker", "node", "seen_at", "report": {"snapshots": [headers], …}}].
    """
    heard = [worker for worker in workers if now - from_wire(worker["seen_at"]) <= SILENT]
    without = sorted(worker["worker"] for worker in heard if header not in worker["report"].get("snapshots", ()))
    if len(heard) - len(without) < least or without:
        raise FangbangError(
            NODES_MISSING,
            ready=len(heard) - len(without),
            needed=max(least, len(heard)),
            missing=", ".join(without) or "-",
        )
    for name in _SAME:
        if len({str(worker["report"].get(name)) for worker in heard}) != 1:
            raise FangbangError(NODES_DIFFER, what=name)
    return sorted({str(worker["node"]) for worker in heard})
