"""Gather the facts of a run from earlier stages, reading every book again: slow on purpose, once per freezing."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from fangbang.adjudication import queries as adjudication
from fangbang.audit import queries as audit
from fangbang.books.store import BookStore
from fangbang.core.errors import FangbangError
from fangbang.exams.catalogue import Catalogue
from fangbang.intake import queries as intake
from fangbang.people.rules.keys import Known
from fangbang.release.problems import NO_RUN
from fangbang.release.queries.joins import orphan_marks
from fangbang.release.queries.published import counting_books
from fangbang.release.queries.spreads import gather_marks
from fangbang.release.rules import BatchFacts, Facts, RunFacts, SentinelFacts

Progress = Callable[[str], None]
"""Called with what is being checked: a book's name, or "joins"."""


def gather(
    sitting_id: str,
    *,
    store: BookStore,
    catalogue: Catalogue,
    run_id: str | None = None,
    people: Callable[[], Mapping[str, Any]] = dict,
    progress: Progress = lambda _: None,
) -> Facts:
    """The facts of one run of a sitting (default: the last that finished). STATE if there is none. `people` reads what
    is decided of people now, `people` (links) and `names`, in the form in which the run was given them: it is called
    here, so that whatever is decided afterwards counts as an edit.

    Every book is read whole and its name computed anew; the marks are joined with the registrations a second time,
    independently of intake. Both cost about as much as reading the files did. The marks are counted as they lie, those
    of earlier published years too.
    """
    seen, known = audit.head().seq, people()
    view = adjudication.latest_run(sitting_id) if run_id is None else adjudication.run(run_id)
    if view is None or not view.finished or view.sitting != sitting_id:
        raise FangbangError(NO_RUN, sitting=sitting_id)
    sitting = intake.sitting(sitting_id)
    rules = catalogue.sitting(sitting.exam_id, sitting.year)
    registrations = intake.latest_batch(sitting_id, "registrations")
    books = _check_books(store, [*view.inputs.values(), view.outcomes], progress)
    progress("joins")
    history = counting_books(sitting.exam_id, sitting.year)
    return Facts(
        sitting=sitting_id,
        exam=sitting.exam_id,
        catalogue=catalogue.version,
        rule_hash=adjudication.current_rule_hash(rules),
        run=_run_facts(view, _orphans(store, view.inputs, books)),
        batches=[_batch_facts(batch) for batch in intake.counting_batches(sitting_id)],
        inputs=_current_books(sitting_id),
        books=books,
        registered=0 if registrations is None else registrations.book_rows,
        sentinels=None if view.sentinels is None else SentinelFacts(**view.sentinels),
        people=_links(view, rules.year, Known(known.get("people", {}), known.get("names", {})), store),
        withheld=adjudication.withheld_digest(adjudication.withheld_tickets(sitting_id)),
        provincial=[level.id for level in rules.levels.values() if level.provincial],
        outdated=adjudication.outdated_history(view, history),
        marks=gather_marks(store, catalogue, rules, view.outcomes, history) if books[view.outcomes] else None,
        seen=seen,
    )


def _links(view: adjudication.RunView, year: int, known: Known, store: BookStore) -> str:
    """What the run would say of links and names now; where a book cannot be read, nothing that any run says."""
    try:
        return adjudication.current_links(view, year, known, store)
    except (FangbangError, OSError):
        return "unread"


def _run_facts(view: adjudication.RunView, orphans: int) -> RunFacts:
    tables = {name: view.counts[name] for name in ("levels", "provinces", "subjects", "provinces_subjects")}
    tables["provinces_levels"] = view.counts.get("provinces_levels", {})  # runs of before this table have none
    return RunFacts(
        id=view.id,
        inputs=dict(view.inputs),
        outcomes=view.outcomes,
        rule_hash=view.rule_hash,
        code=view.code_version,
        candidates=view.candidates,
        compared=view.compared,
        disagreements=view.disagreements,
        counts=dict(view.counts["outcomes"]),
        orphans=orphans,
        missing=view.counts["missing_marks"],
        held=view.counts["withheld"],
        withheld=view.withheld,
        people=view.people,
        changes=dict(view.counts["changes"]),
        history=tuple(dict(item) for item in view.history),
        tables=tables,
    )


def _batch_facts(batch: Any) -> BatchFacts:
    return BatchFacts(
        id=batch.pk,
        kind=str(batch.kind),
        rows=batch.rows,
        quarantined=batch.quarantined,
        file_sha256=batch.file_sha256,
        importer=batch.importer,
        totals=batch.totals,
        manifest=batch.manifest,
    )


def _current_books(sitting_id: str) -> dict[str, str]:
    latest = {kind: intake.latest_batch(sitting_id, kind) for kind in ("registrations", "marks")}
    own = {kind: batch.book for kind, batch in latest.items() if batch is not None}
    return {**own, **intake.prior_passes_books(sitting_id)}


def _check_books(store: BookStore, names: Iterable[str], progress: Progress) -> dict[str, bool]:
    """For each book whether its rows still give its name; a missing or unreadable one does not."""
    checked = {}
    for name in sorted(set(names)):
        progress(name)
        try:
            store.check(name)
        except (FangbangError, OSError):
            checked[name] = False
        else:
            checked[name] = True
    return checked


def _orphans(store: BookStore, inputs: Mapping[str, str], books: Mapping[str, bool]) -> int:
    """Marks without their registration; 0 where a book cannot be read, which is a red check of its own."""
    registrations, marks = inputs["registrations"], inputs["marks"]
    if not (books[registrations] and books[marks]):
        return 0
    return orphan_marks(store, registrations, marks)
