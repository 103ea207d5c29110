"""Which lookup workers the keeper knows. Pure: a roster is worker → its entry, and a changed one is a new one.

A worker enters itself again and again. Its end is told by its node, which saw the process go. Whoever is heard of again
is there again: a wrong word that somebody left hides them no longer than until they next enter themselves.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

import msgspec

from fangbang.core.clock import to_wire
from fangbang.core.errors import FangbangError, Phrase
from fangbang.keeper.problems import BAD_COMMAND
from fangbang.keeper.state import Worker

FORGET_WORKER = timedelta(hours=24)
FORGET_LEFT = timedelta(minutes=2)
"""Longer than a silent worker counts (`release.rules.SILENT`): from the other keeper, if that never heard of the end,
it can then come back only as a silent one."""
_MOST_WORKERS = 4096

Roster = Mapping[str, Worker]


def entered(known: Roster, entry: Worker, now: datetime) -> dict[str, Worker]:
    """With a worker that has just entered itself."""
    kept = _remembered(known, now)
    if entry.worker not in kept and len(kept) >= _MOST_WORKERS:
        raise FangbangError(BAD_COMMAND, reason=Phrase("too many workers", "登记的查询进程过多"))
    return {**kept, entry.worker: entry}


def departed(known: Roster, worker: str, now: datetime) -> dict[str, Worker]:
    """Without a worker whose process is gone; one that nobody knows changes nothing."""
    kept = _remembered(known, now)
    if worker in kept and not kept[worker].left:
        kept[worker] = msgspec.structs.replace(kept[worker], left=True, seen_at=to_wire(now))
    return kept


def present(known: Roster) -> list[Worker]:
    """Those that are not known to be gone."""
    return [worker for worker in known.values() if not worker.left]


def newcomers(before: Roster, after: Roster) -> bool:
    """Whether somebody waits for letters who did not before."""
    had = {(worker.worker, worker.public_key) for worker in present(before)}
    return any((worker.worker, worker.public_key) not in had for worker in present(after))


def newest(*several: Iterable[Worker]) -> dict[str, Worker]:
    """Each worker as it was seen last."""
    found: dict[str, Worker] = {}
    for worker in (worker for workers in several for worker in workers):
        known = found.get(worker.worker)
        if known is None or worker.seen_at > known.seen_at:
            found[worker.worker] = worker
    return found


def _remembered(known: Roster, now: datetime) -> dict[str, Worker]:
    oldest, gone = to_wire(now - FORGET_WORKER), to_wire(now - FORGET_LEFT)
    return {name: worker for name, worker in known.items() if worker.seen_at >= (gone if worker.left else oldest)}
