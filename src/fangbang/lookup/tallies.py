"""The counts that a node may show: out of the sealed annex, once its release is open, and only the part made for it."""

from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from fangbang.core.errors import FangbangError
from fangbang.lookup.hotpath import Layer
from fangbang.pages.counts import Counts, ReleaseCounts, Scope
from fangbang.snapshot.annex import open_annex
from fangbang.snapshot.layout import ANNEX_FILE
from fangbang.snapshot.reader import Snapshot


def counts_of(snapshot: Snapshot, release_key: bytes, log: Callable[..., Any]) -> Counts | None:
    """What the header commits to; None, and a log line, if the annex cannot be read: results do not wait for counts.
    None without a line for a release that was sealed without them."""
    header = snapshot.header
    try:
        sealed = (snapshot.folder / ANNEX_FILE).read_bytes()
        told = open_annex(release_key, header.id_bytes, sealed, header.annex.commitment).get("published")
        return None if told is None else msgspec.convert(told, Counts)
    except (FangbangError, OSError, msgspec.MsgspecError) as error:
        log("counts cannot be shown", snapshot=header.snapshot_id, error=type(error).__name__)
        return None


def newest(layers: Sequence[Layer]) -> tuple[ReleaseCounts, ...]:
    """Of each scope the newest counts (an overlay is the difference of whole runs, its counts are of all). `layers`:
    the newest first."""
    found: dict[Scope, ReleaseCounts] = {}
    for layer in layers:
        scope = msgspec.convert(layer.snapshot.snapshot.header.scope, Scope)
        if layer.counts is not None and scope not in found:
            found[scope] = ReleaseCounts(scope, layer.published_at, layer.counts)
    return tuple(sorted(found.values(), key=lambda item: (item.scope.provinces, item.scope.levels)))
