"""Recomputation tasks: opened when what counts of an earlier sitting changes, closed by a run that used it."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from django.db import transaction

from fangbang.adjudication import queries
from fangbang.adjudication.models import Recomputation
from fangbang.adjudication.published import HistoryBook
from fangbang.adjudication.queries import RunView
from fangbang.audit.actions import record
from fangbang.audit.events import AuditEvent
from fangbang.audit.rules import SYSTEM
from fangbang.core.clock import Clock


@transaction.atomic
def open_recomputation(
    *, sitting_id: str, earlier: str, wanted: Sequence[HistoryBook], cause: str, clock: Clock
) -> bool:
    """Ask for a new run of a sitting, if its last one used other outcomes of the sitting `earlier` than `wanted`.

    `wanted` are the books of the earlier sitting that count now, `cause` the release that made it so. A task that is
    open already takes the new cause. Nothing happens when there is no run, or the run is right; then an open task is
    closed. Returns whether a task is open afterwards.
    """
    run = queries.latest_run(sitting_id)
    if run is None:
        return False
    told = [asdict(item) for item in wanted]
    if queries.same_history(run.history, told, earlier):
        _close(sitting_id, earlier, run, clock)
        return False
    values = {"cause": cause, "wanted": told, "opened_at": clock.now()}
    Recomputation.objects.update_or_create(sitting_id=sitting_id, earlier=earlier, closed_at=None, defaults=values)
    details = {"earlier": earlier, "cause": cause, "run": run.id}
    record(actor=SYSTEM, event=AuditEvent.RECOMPUTATION_OPENED, subject=sitting_id, details=details, clock=clock)
    return True


@transaction.atomic
def ask_for_links(*, run: RunView, wanted: Mapping[str, str | None], cause: str, clock: Clock) -> bool:
    """Ask for a new run of a sitting, if its last one (`run`) used these persons otherwise than `wanted`: person → hash
    of their documents, None for whoever is to be nobody. What was asked for before is still wanted of other persons. An
    open task that the run answers is closed. Returns whether a task is open afterwards."""
    open_task = Recomputation.objects.select_for_update().filter(sitting_id=run.sitting, earlier="", closed_at=None)
    values = {"cause": cause, "wanted": {**_wanted(open_task.first()), **wanted}, "opened_at": clock.now()}
    if _used_as(run, values["wanted"]):
        _close(run.sitting, "", run, clock)
        return False
    Recomputation.objects.update_or_create(sitting_id=run.sitting, earlier="", closed_at=None, defaults=values)
    details = {"earlier": "", "cause": cause, "run": run.id}
    record(actor=SYSTEM, event=AuditEvent.RECOMPUTATION_OPENED, subject=run.sitting, details=details, clock=clock)
    return True


def close_recomputations(run: RunView, clock: Clock) -> None:
    """Close the tasks that a finished run answers; called in the run's own transaction."""
    for task in Recomputation.objects.select_for_update().filter(sitting_id=run.sitting, closed_at=None):
        if _answers(run, task):
            _close(run.sitting, task.earlier, run, clock)


def _answers(run: RunView, task: Recomputation) -> bool:
    if not task.earlier:
        return _used_as(run, task.wanted)
    return queries.same_history(run.history, task.wanted, task.earlier)


def _used_as(run: RunView, wanted: Any) -> bool:
    """Whether the run used persons as they are wanted. A run of before it said so is right for nobody; a task of before
    then has the links that are wanted no longer."""
    if isinstance(wanted, str):
        return run.people != wanted
    used = run.counts.get("linked")
    return isinstance(used, dict) and all(used.get(person) == told for person, told in wanted.items())


def _wanted(task: Recomputation | None) -> dict[str, str | None]:
    return task.wanted if task is not None and isinstance(task.wanted, dict) else {}


def _close(sitting_id: str, earlier: str, run: RunView, clock: Clock) -> None:
    rows = Recomputation.objects.filter(sitting_id=sitting_id, earlier=earlier, closed_at=None)
    if rows.update(closed_at=clock.now(), closed_by=run.id):
        details = {"earlier": earlier, "run": run.id}
        record(actor=SYSTEM, event=AuditEvent.RECOMPUTATION_CLOSED, subject=sitting_id, details=details, clock=clock)
