"""Recomputation tasks: opened when what counts of an earlier sitting changes, closed by a run that used it."""

from collections.abc import Sequence
from dataclasses import asdict

from django.db import transaction

from fangbang.adjudication import queries
from fangbang.adjudication.models import Recomputation
from fangbang.adjudication.published import HistoryBook
from fangbang.adjudication.queries import RunView
from fangbang.audit.actions import record
from fangbang.audit.events import AuditEvent
from fangbang.audit.rules import SYSTEM
from fangbang.core.clock import Clock
from fangbang.intake import queries as intake


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
def open_after_undoing(*, persons: Sequence[str], cause: str, clock: Clock) -> list[str]:
    """Ask for a new run of every sitting whose last one counted passes through one of these persons, whom the undoing
    `cause` took apart. Returns the sittings. A run from before such persons were counted, with any link, is asked for
    again too: nobody knows what it used."""
    asked = []
    for sitting in intake.sittings():
        run = queries.latest_run(sitting.pk)
        if run is None or not run.people:
            continue
        used = run.counts.get("linked")
        if used is None or not set(used).isdisjoint(persons):
            values = {"cause": cause, "wanted": run.people, "opened_at": clock.now()}
            Recomputation.objects.update_or_create(sitting_id=sitting.pk, earlier="", closed_at=None, defaults=values)
            details = {"earlier": "", "cause": cause, "run": run.id}
            record(
                actor=SYSTEM, event=AuditEvent.RECOMPUTATION_OPENED, subject=sitting.pk, details=details, clock=clock
            )
            asked.append(sitting.pk)
    return asked


def close_recomputations(run: RunView, clock: Clock) -> None:
    """Close the tasks that a finished run answers; called in the run's own transaction."""
    for task in Recomputation.objects.select_for_update().filter(sitting_id=run.sitting, closed_at=None):
        if _answers(run, task):
            _close(run.sitting, task.earlier, run, clock)


def _answers(run: RunView, task: Recomputation) -> bool:
    if not task.earlier:
        return bool(run.people != task.wanted)
    return queries.same_history(run.history, task.wanted, task.earlier)


def _close(sitting_id: str, earlier: str, run: RunView, clock: Clock) -> None:
    rows = Recomputation.objects.filter(sitting_id=sitting_id, earlier=earlier, closed_at=None)
    if rows.update(closed_at=clock.now(), closed_by=run.id):
        details = {"earlier": earlier, "run": run.id}
        record(actor=SYSTEM, event=AuditEvent.RECOMPUTATION_CLOSED, subject=sitting_id, details=details, clock=clock)
