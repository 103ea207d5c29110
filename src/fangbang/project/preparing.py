"""Deciding and freezing with everything that they need from the stores: for verbs and jobs alike."""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from fangbang.core.clock import Clock
from fangbang.project.layout import Layout
from fangbang.project.stores import book_store, known_people

if TYPE_CHECKING:
    from fangbang.adjudication.queries import HistoryBook, RunView
    from fangbang.audit.rules import Actor
    from fangbang.exams.catalogue import Catalogue
    from fangbang.release.rules import Facts


def candidates(layout: Layout, sitting_id: str) -> int:
    """How many a run of the sitting will go over."""
    from fangbang.intake import queries

    return book_store(layout).rows(queries.registrations_book(sitting_id))


def adjudicate(
    layout: Layout,
    catalogue: "Catalogue",
    *,
    actor: "Actor",
    sitting_id: str,
    clock: Clock,
    history_runs: Sequence[str] = (),
    withhold_missing: bool = False,
    workers: int = 2,
    progress: Callable[[int], None] = lambda _: None,
) -> "RunView":
    """Both calculators over a whole sitting. History is what was published of earlier years, and the outcomes of
    `history_runs`, runs that were not. `progress` gets how many candidates more are done."""
    from fangbang.adjudication import actions
    from fangbang.intake import queries as intake
    from fangbang.release import queries as releases

    this = intake.sitting(sitting_id)
    return actions.run(
        actor=actor,
        sitting_id=sitting_id,
        store=book_store(layout),
        catalogue=catalogue,
        clock=clock,
        history=[*releases.counting_books(this.exam_id, this.year), *map(_book_of, history_runs)],
        before=releases.shown_books(sitting_id),
        **known_people(layout),
        withhold_missing=withhold_missing,
        progress=progress,
        workers=workers,
    )


def preview_line(
    layout: Layout,
    catalogue: "Catalogue",
    *,
    actor: "Actor",
    proposal_id: str,
    clock: Clock,
    progress: Callable[[int], None] = lambda _: None,
) -> Mapping[str, Any]:
    """What each step of a proposed line would change, from the marks as they are; kept with the proposal."""
    from fangbang.adjudication import actions, queries
    from fangbang.intake import queries as intake
    from fangbang.release import queries as releases

    sitting = intake.sitting(queries.proposal(proposal_id).sitting)
    return actions.preview_line(
        actor=actor,
        proposal_id=proposal_id,
        store=book_store(layout),
        catalogue=catalogue,
        clock=clock,
        history=releases.counting_books(sitting.exam_id, sitting.year),
        progress=progress,
        **known_people(layout),
    )


def gather(
    layout: Layout,
    catalogue: "Catalogue",
    sitting_id: str,
    run_id: str | None = None,
    progress: Callable[[str], None] = lambda _: None,
) -> "Facts":
    """The facts that a report is frozen from. `progress` gets what is being read."""
    from fangbang.release import queries

    return queries.gather(
        sitting_id,
        store=book_store(layout),
        catalogue=catalogue,
        run_id=run_id,
        people=lambda: known_people(layout),
        progress=progress,
    )


def _book_of(run_id: str) -> "HistoryBook":
    from fangbang.adjudication import queries
    from fangbang.adjudication.queries import HistoryBook
    from fangbang.intake import queries as intake

    found = queries.run(run_id)
    return HistoryBook(found.sitting, intake.sitting(found.sitting).year, found.outcomes, found.id)
