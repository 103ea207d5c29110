"""Which snapshot a report becomes: its place above what it corrects, and whether keys may be kept. Pure."""

import secrets
from collections.abc import Mapping, Sequence
from typing import Any

from fangbang import __version__
from fangbang.core.canonical import canonical_json, content_hash
from fangbang.core.errors import FangbangError, Phrase
from fangbang.keeper.problems import (
    BAD_ORDER,
    NEW_BASE_NEEDED,
    NOT_RESEALABLE,
    OLD_ORDER,
    OVERLAYS_LIVE,
    UNKNOWN_RELEASE,
)
from fangbang.keeper.state import KeeperState, Notice, Sealed, State
from fangbang.snapshot.derive import SNAPSHOT_ID_BYTES

LIVE_OVERLAYS = 2


def plan_seal(state: State, report: Mapping[str, Any], approvals: Sequence[Mapping[str, Any]], least: int) -> Sealed:
    """The entry for a report that passed its checks. `least`: as in `terms.Terms`, since it shapes the annex.

    An interrupted or repeated seal of unchanged inputs keeps its snapshot id (and so its key); any other draws anew.
    """
    parent = parent_of(state, report)
    inputs = content_hash(
        {
            "report": dict(report),
            "approvals": list(approvals),
            "parent": parent.snapshot_id if parent else "",
            "code": __version__,
            "least": least,
        }
    )
    known = state.releases.get(report["release"])
    revision = _revision(report)
    if known is not None and known.state is KeeperState.WITHDRAWN:
        raise FangbangError(NOT_RESEALABLE, release=known.release, state=known.state.value)
    if known is not None and known.inputs == inputs:
        return known
    if known is not None and revision < known.revision:
        raise FangbangError(OLD_ORDER, release=known.release)
    if known is not None and not known.state.resealable:
        raise FangbangError(NOT_RESEALABLE, release=known.release, state=known.state.value)
    if known is not None and (live := [item.release for item in with_overlays(state, known)[1:] if item.state.shown]):
        raise FangbangError(OVERLAYS_LIVE, release=known.release, overlays=", ".join(live))
    return Sealed(
        release=report["release"],
        sitting=report["sitting"],
        exam_id=report["exam"],
        exam=Notice(report["exam"], report["exam"]),
        year=_year(report["sitting"]),
        kind=report["kind"],
        base=report["base"],
        parent=parent.release if parent else "",
        scope=canonical_json(report["scope"]).decode(),
        inputs=inputs,
        revision=revision,
        outcomes=report["books"]["outcomes"],
        importers=tuple(report["importers"]),
        snapshot_id=secrets.token_bytes(SNAPSHOT_ID_BYTES).hex(),
        order=1 + max((item.order for item in state.releases.values()), default=0),
    )


def parent_of(state: State, report: Mapping[str, Any]) -> Sealed | None:
    """The newest standing release under an overlay: its base, or the last overlay above that. None for a base."""
    if report["kind"] != "overlay":
        return None
    base = state.releases.get(report["base"])
    if base is None or not base.state.shown:
        raise FangbangError(UNKNOWN_RELEASE, release=report["base"])
    if (base.sitting, base.scope) != (report["sitting"], canonical_json(report["scope"]).decode()):
        raise FangbangError(
            BAD_ORDER, reason=Phrase("an overlay has the scope of its base", "补充发布的范围须与其基础发布相同")
        )
    own = state.releases.get(report["release"])
    before = own.order if own else None
    overlays = [
        item
        for item in with_overlays(state, base)[1:]
        if item.state.shown and item.release != report["release"] and (before is None or item.order < before)
    ]
    if len(overlays) >= LIVE_OVERLAYS:
        raise FangbangError(NEW_BASE_NEEDED, release=base.release)
    return max(overlays, key=lambda item: item.order, default=base)


def with_overlays(state: State, item: Sealed) -> list[Sealed]:
    """A release and every release that stands above it, in the order in which they were sealed."""
    names = {item.release}
    found = [item]
    for other in sorted(state.releases.values(), key=lambda other: other.order):
        if other.parent in names and other.release not in names:
            names.add(other.release)
            found.append(other)
    return found


def superseded_by(state: State, item: Sealed) -> list[Sealed]:
    """What a base takes the place of when it is posted: every older base of its scope, with overlays.

    Also one that is still waiting for its hour: posted later, it would take the place of what corrected it.
    """
    if item.kind != "base":
        return []
    older = [
        other
        for other in state.releases.values()
        if other.kind == "base"
        and (other.sitting, other.scope) == (item.sitting, item.scope)
        and other.release != item.release
        and other.order < item.order
        and other.state.shown
    ]
    return [above for other in older for above in with_overlays(state, other) if above.state.shown]


def _revision(report: Mapping[str, Any]) -> int:
    """Where the report was frozen in the office's audit log; it only grows."""
    audit = report.get("audit")
    seq = audit.get("seq") if isinstance(audit, Mapping) else None
    if not isinstance(seq, int) or isinstance(seq, bool):
        raise FangbangError(BAD_ORDER, reason="audit")
    return seq


def _year(sitting: str) -> int:
    year = sitting.rpartition("-")[2]
    if not (year.isascii() and year.isdigit()):
        raise FangbangError(BAD_ORDER, reason="sitting")
    return int(year)


def parts(order: Mapping[str, Any], *names: str) -> tuple[Any, ...]:
    """The members of an order that must be there."""
    missing = [name for name in names if name not in order]
    if missing:
        raise FangbangError(BAD_ORDER, reason=", ".join(missing))
    return tuple(order[name] for name in names)
