"""Long work for a proposed line: what each step of it would change. The subject is the proposal's id."""

from django.conf import settings

from fangbang.adjudication import queries
from fangbang.intake import queries as intake
from fangbang.jobs.rules import Result, Work, job
from fangbang.project import preparing
from fangbang.project.stores import exam_catalogue


@job("preview-line", again=True)
def preview_line(work: Work) -> Result:
    """From the marks as they are, by the second calculator."""
    sitting = intake.sitting(queries.proposal(work.subject).sitting)
    total, done = preparing.candidates(settings.LAYOUT, sitting.pk), 0

    def advance(count: int) -> None:
        nonlocal done
        done += count
        work.progress(done, total, "steps")

    advance(0)
    found = preparing.preview_line(
        settings.LAYOUT,
        exam_catalogue(settings.EXAMS),
        actor=work.actor,
        proposal_id=work.subject,
        clock=work.clock,
        progress=advance,
    )
    return {"people": found["people"]}
