"""Recomputation tasks: opened when what counts of an earlier sitting, or what is known of people, changes; closed by a
run that used it."""

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


@transaction.atomic
def renew_links(*, run: RunView, known: Mapping[str, str | None], clock: Clock) -> None:
    """After a decision about persons (`known`: as `wanted` of `ask_for_links`): an open task of the last run's sitting
    asks for those of them that it speaks of as they are now, whether or not the run can notice it; else no run would
    ever answer. An open task that the run answers now is closed."""
    open_tasks = Recomputation.objects.select_for_update().filter(sitting_id=run.sitting, earlier="", closed_at=None)
    for task in open_tasks:
        wanted = {person: known.get(person, told) for person, told in _wanted(task).items()}
        if wanted == _wanted(task):
            continue
        Recomputation.objects.filter(pk=task.pk).update(wanted=wanted)
        if _used_as(run, wanted):
            _close(run.sitting, "", run, clock)


def close_recomputations(run: RunView, known: Mapping[str, str], clock: Clock) -> None:
    """Close the tasks that a finished run answers; called in the run's own transaction. `known`: person → hash of their
    documents, of everybody that the run was told of, whether it noticed them or not."""
    for task in Recomputation.objects.select_for_update().filter(sitting_id=run.sitting, closed_at=None):
        if _answers(run, task, known):
            _close(run.sitting, task.earlier, run, clock)


def _answers(run: RunView, task: Recomputation, known: Mapping[str, str]) -> bool:
    if not task.earlier:
        return _used_as(run, task.wanted, known)
    return queries.same_history(run.history, task.wanted, task.earlier)


def _used_as(run: RunView, wanted: Any, known: Mapping[str, str] | None = None) -> bool:
    """Whether the run used persons as they are wanted, or knew them so (`known`) and noticed nothing of them: its books
    or its history are others than when the task was opened. Whoever is to be nobody (None) may be known: what counts is
    that nothing was used. A run of before it said so is right for nobody; a task of before
    then has the links that are
    wanted no longer."""
    if isinstance(wanted, str):
        return run.people != wanted
    used = run.counts.get("linked")
    if not isinstance(used, dict):
        return False
    told = {**(known or {}), **used}
    return all(documents in (used.get(person), told.get(person)) for person, documents in wanted.items())


def _wanted(task: Recomputation | None) -> dict[str, str | None]:
    return task.wanted if task is not None and isinstance(task.wanted, dict) else {}


def _close(sitting_id: str, earlier: str, run: RunView, clock: Clock) -> None:
    rows = Recomputation.objects.filter(sitting_id=sitting_id, earlier=earlier, closed_at=None)
    if rows.update(closed_at=clock.now(), closed_by=run.id):
        details = {"earlier": earlier, "run": run.id}
        record(actor=SYSTEM, event=AuditEvent.RECOMPUTATION_CLOSED, subject=sitting_id, details=details, clock=clock)
