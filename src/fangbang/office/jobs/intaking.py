"""Long work for a file that somebody brought in: looked at, tried, taken. The subject is the upload's id."""

from typing import Any

from django.conf import settings

from fangbang.intake import actions, queries
from fangbang.intake.actions import Limits, Progress
from fangbang.jobs.rules import Result, Work, job
from fangbang.project.stores import book_store, exam_catalogue


def limits() -> Limits:
    """The caps of this installation."""
    return Limits.from_settings(settings.INTAKE)


@job("look", again=True)
def look(work: Work) -> Result:
    """`sheets`: of a workbook only these."""
    work.progress(0, 0, "look")
    found = actions.look_at_upload(
        actor=work.actor,
        upload_id=work.subject,
        folder=settings.LAYOUT.uploads,
        catalogue=exam_catalogue(settings.EXAMS),
        limits=limits(),
        clock=work.clock,
        sheets=tuple(work.arguments["sheets"]),
    )
    return {"refused": found["problem"]} if found["problem"] else {"columns": len(found["header"])}


@job("try", again=True)
def attempt(work: Work) -> Result:
    """`looked_at`, `corrects`: as the verbs of intake have them."""
    trial = actions.try_upload(
        actor=work.actor,
        upload_id=work.subject,
        looked_at=work.arguments["looked_at"],
        corrects=work.arguments["corrects"],
        folder=settings.LAYOUT.uploads,
        progress=_progress(work),
        **_with(work),
    )
    if trial["problem"]:
        return {"refused": trial["problem"]}
    return {"accepted": trial["accepted"], "quarantined": trial["quarantined"]}


@job("take", again=True)
def take(work: Work) -> Result:
    """As it was tried."""
    done = actions.take_upload(
        actor=work.actor,
        upload_id=work.subject,
        folder=settings.LAYOUT.uploads,
        quarantine=settings.LAYOUT.quarantine,
        progress=_progress(work),
        **_with(work),
    )
    return {"batch": done.batch.pk, "accepted": done.accepted, "quarantined": done.quarantined}


def _with(work: Work) -> dict[str, Any]:
    queries.upload(work.subject)
    return {
        "store": book_store(settings.LAYOUT),
        "catalogue": exam_catalogue(settings.EXAMS),
        "limits": limits(),
        "clock": work.clock,
    }


def _progress(work: Work) -> Progress:
    """The two halves of an intake, one after the other: the first in bytes, the second in rows."""
    return lambda stage, done, of: work.progress(done, of, stage)
