"""What the office asks the keeper, for verbs, pages and jobs alike. Each order is handed over first, and what the
keeper did is entered after it, so that the same act again, after a crash or an unreachable keeper, finishes."""

import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fangbang.core.clock import Clock, from_wire
from fangbang.core.errors import FangbangError, Kind, Problem, heard_params
from fangbang.core.settings import load_settings
from fangbang.project.layout import Layout

if TYPE_CHECKING:
    from fangbang.audit.rules import Actor
    from fangbang.release.rules import Approval, TrustedKey

ELSEWHERE = ("snapshot.keeper-unreachable", "keeper.standby", "keeper.disarmed")
"""What sends an order on to the next keeper of setting KEEPER_SOCKETS."""
KEEPER_REFUSED = Problem("cli.keeper-refused", Kind.REFUSED, zh="保管进程拒绝：{code}", en="The keeper refused: {code}")

LONGEST_SEAL = 3 * 3600.0
"""Seconds to wait for a seal; the keeper goes on when nobody waits, and the same act later finds it done."""
_POLL = 0.25


def ask(layout: Layout, request: dict[str, Any], timeout: float = 30.0) -> dict[str, Any]:
    """The answer of the keeper that takes orders; its refusals are raised as they were raised there."""
    sockets = keeper_sockets(layout)
    for path in sockets[:-1]:
        try:
            return ask_one(path, request, timeout)
        except FangbangError as error:
            if error.code not in ELSEWHERE:
                raise
    return ask_one(sockets[-1], request, timeout)


def keeper_sockets(layout: Layout) -> list[Path]:
    """The keepers' sockets in the order in which the office tries them."""
    named = load_settings().values["KEEPER_SOCKETS"]
    return [Path(item.strip()) for item in named.split(",") if item.strip()] or [layout.keeper_socket]


def ask_one(path: Path, request: Mapping[str, Any], timeout: float = 30.0) -> dict[str, Any]:
    """One keeper's answer, by its socket."""
    import fangbang.keeper.problems  # noqa: F401  (enters the keeper's problems into the registry)
    from fangbang.snapshot.board import ask_keeper

    answer = ask_keeper(path, request, timeout)
    if not answer.get("ok"):
        problem = Problem.registry.get(answer.get("code", ""), KEEPER_REFUSED)
        raise FangbangError(problem, **{"code": answer.get("code"), **heard_params(answer.get("params", {}))})
    return answer


def seal(
    layout: Layout,
    *,
    actor: "Actor",
    release_id: str,
    trusted_keys: "Mapping[str, TrustedKey]",
    clock: Clock,
) -> dict[str, Any]:
    """Have the keeper seal what was approved, and make its header public. Returns the keeper's answer: `snapshot`,
    `header`, `root`, `seconds`."""
    from fangbang.release import actions, queries

    order = queries.seal_order(release_id)
    answer = ask(layout, {"command": "seal", "order": order}, timeout=LONGEST_SEAL)
    actions.mark_sealed(
        actor=actor,
        release_id=release_id,
        snapshot=answer["snapshot"],
        header=answer["header"],
        trusted_keys=trusted_keys,
        clock=clock,
    )
    if queries.release(release_id).state == "sealed":
        actions.commit(actor=actor, release_id=release_id, clock=clock)
    return answer


def ready_nodes(
    layout: Layout,
    header: str,
    *,
    workers: int,
    wait: float,
    progress: Callable[[int, int], object] = lambda ready, needed: None,
) -> list[str]:
    """The nodes that hold the snapshot with this header, run the same code and have the same configuration. Nodes
    fetch, check and report a snapshot by themselves: ask until `workers` are ready, at most `wait` seconds. `progress`
    gets how many are ready, of how many."""
    from fangbang.release.problems import NODES_MISSING
    from fangbang.release.rules import check_nodes

    until = time.monotonic() + wait
    while True:
        known = ask(layout, {"command": "status"})
        try:
            return check_nodes(known["workers"], header, least=workers, now=from_wire(known["now"]))
        except FangbangError as error:
            if error.problem != NODES_MISSING or time.monotonic() >= until:
                raise
            progress(int(str(error.params["ready"])), int(str(error.params["needed"])))
        time.sleep(_POLL)


def sign_hour(
    layout: Layout,
    *,
    actor: "Actor",
    release_id: str,
    t: datetime,
    approval: "Approval",
    trusted_keys: "Mapping[str, TrustedKey]",
    clock: Clock,
) -> tuple[dict[str, Any], int]:
    """Keep a signature under the hour T; with the second one the keeper takes it. Returns the order and how
    many signed."""
    from fangbang.release import actions

    order, standing = actions.sign_hour(
        actor=actor, release_id=release_id, t=t, approval=approval, trusted_keys=trusted_keys, clock=clock
    )
    if len(standing) > 1:
        approvals = [item.to_json() for item in standing]
        ask(layout, {"command": "schedule", "schedule": order, "approvals": approvals})
        actions.mark_scheduled(actor=actor, release_id=release_id, t=t, trusted_keys=trusted_keys, clock=clock)
    return order, len(standing)


def withdraw(
    layout: Layout,
    *,
    actor: "Actor",
    order: Mapping[str, Any],
    approval: "Approval",
    trusted_keys: "Mapping[str, TrustedKey]",
    clock: Clock,
) -> None:
    """Keep a signature under a withdrawal, have the keeper take the snapshot back, and enter that it did."""
    from fangbang.release import actions

    actions.sign_withdrawal(actor=actor, order=order, approval=approval, trusted_keys=trusted_keys, clock=clock)
    ask(layout, {"command": "withdraw", "order": order, "approvals": [approval.to_json()]})
    actions.mark_withdrawn(actor=actor, order=order, clock=clock)


def switch(
    layout: Layout,
    *,
    actor: "Actor",
    order: Mapping[str, Any],
    approval: "Approval",
    trusted_keys: "Mapping[str, TrustedKey]",
    clock: Clock,
) -> int:
    """Sign that a switch of the query nodes be moved, and hand it to the keeper. Returns how many signatures it still
    wants: 0 once the keeper moved it."""
    from fangbang.accounts import queries
    from fangbang.accounts.rules import NATION
    from fangbang.release import actions
    from fangbang.release.problems import NATIONAL_ONLY

    if queries.operator(actor.id).region != NATION:
        raise FangbangError(NATIONAL_ONLY)
    actions.sign_switch(actor=actor, order=order, approval=approval, trusted_keys=trusted_keys, clock=clock)
    answer = ask(layout, {"command": "switch", "order": order, "approvals": [approval.to_json()]})
    if not answer["missing"]:
        actions.mark_switched(actor=actor, order=order, clock=clock)
    return int(answer["missing"])


def enter_published(layout: Layout, clock: Clock) -> bool:
    """Enter what the keeper posted since the last look; False if it does not answer (then nothing is entered)."""
    from fangbang.audit.rules import Actor
    from fangbang.release import actions, queries

    try:
        known: Sequence[Mapping[str, Any]] = ask(layout, {"command": "status"})["releases"]
    except FangbangError:
        return False
    waiting = {view.id for view in queries.releases() if view.state == "scheduled"}
    posted = [item for item in known if item["state"] in ("published", "superseded") and item["release"] in waiting]
    for item in sorted(posted, key=lambda item: from_wire(item["published_at"])):
        actions.mark_published(actor=Actor("keeper", "Keeper"), release_id=item["release"], clock=clock)
    return True
