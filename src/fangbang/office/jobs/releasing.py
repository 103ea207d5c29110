"""Long work for a release: deciding its sitting, freezing its report, sealing it, seeing that the nodes hold it.

The subject is the release's id. Every one of them may run again: it is the same verb that the command line calls, which
finds its work done.
"""

from django.conf import settings

from fangbang.accounts.queries import trusted_keys
from fangbang.jobs.rules import Result, Work, job
from fangbang.project import keeping, preparing
from fangbang.project.stores import exam_catalogue
from fangbang.release import actions, queries

_WAIT = 60.0
"""Seconds in which nodes may still fetch and check a snapshot."""


@job("adjudicate", again=True)
def adjudicate(work: Work) -> Result:
    """`withhold_missing`: people with a gap are held back instead of refusing the run. `history`: ids of runs of
    earlier sittings that were not published."""
    sitting = queries.release(work.subject).sitting
    total, done = preparing.candidates(settings.LAYOUT, sitting), 0

    def advance(count: int) -> None:
        nonlocal done
        done += count
        work.progress(done, total, "candidates")

    advance(0)
    run = preparing.adjudicate(
        settings.LAYOUT,
        exam_catalogue(settings.EXAMS),
        actor=work.actor,
        sitting_id=sitting,
        clock=work.clock,
        history_runs=work.arguments["history"],
        withhold_missing=work.arguments["withhold_missing"],
        progress=advance,
    )
    return {"run": run.id, "candidates": run.candidates, "disagreements": run.disagreements}


@job("freeze", again=True)
def freeze(work: Work) -> Result:
    """Read every book again, run the gate, freeze the report."""
    sitting, read = queries.release(work.subject).sitting, 0

    def advance(what: str) -> None:
        nonlocal read
        read += 1
        work.progress(read, 0, "joins" if what == "joins" else "books")

    facts = preparing.gather(settings.LAYOUT, exam_catalogue(settings.EXAMS), sitting, progress=advance)
    work.progress(0, 0, "gate")
    frozen = actions.freeze(actor=work.actor, release_id=work.subject, facts=facts, clock=work.clock)
    return {"report": frozen, "red": queries.release(work.subject).red}


@job("seal", again=True)
def seal(work: Work) -> Result:
    """Have the keeper seal what was approved, and make its header public."""
    work.progress(0, 0, "keeper")
    answer = keeping.seal(
        settings.LAYOUT, actor=work.actor, release_id=work.subject, trusted_keys=trusted_keys(), clock=work.clock
    )
    return {name: answer[name] for name in ("snapshot", "root") if name in answer}


@job("distribute", again=True)
def distribute(work: Work) -> Result:
    """Wait until at least `workers` lookup workers hold the snapshot and run the same code, and enter it."""
    nodes = keeping.ready_nodes(
        settings.LAYOUT,
        queries.release(work.subject).header,
        workers=work.arguments["workers"],
        wait=_WAIT,
        progress=lambda ready, needed: work.progress(ready, needed, "nodes"),
    )
    actions.distribute(actor=work.actor, release_id=work.subject, nodes=nodes, clock=work.clock)
    return {"nodes": nodes}
