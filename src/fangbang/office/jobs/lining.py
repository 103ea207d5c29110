"""Long work for a proposed line: what each step of it would change. The subject is the proposal's id."""

from django.conf import settings

from fangbang.adjudication import actions, queries
from fangbang.intake import queries as intake
from fangbang.jobs.rules import Result, Work, job
from fangbang.project import preparing
from fangbang.project.stores import book_store, exam_catalogue, known_people
from fangbang.release import queries as releases


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
    found = actions.preview_line(
        actor=work.actor,
        proposal_id=work.subject,
        store=book_store(settings.LAYOUT),
        catalogue=exam_catalogue(settings.EXAMS),
        clock=work.clock,
        history=releases.counting_books(sitting.exam_id, sitting.year),
        progress=advance,
        **known_people(settings.LAYOUT),
    )
    return {"people": found["people"]}
