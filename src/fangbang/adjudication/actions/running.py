"""Runs: both calculators over a whole sitting."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from django.db import transaction
from django.db.models import Max

from fangbang.adjudication import queries
from fangbang.adjudication.actions.tasks import close_recomputations
from fangbang.adjudication.assembly import CHUNK, Inputs
from fangbang.adjudication.calculation import Calculation, Progress, Tally
from fangbang.adjudication.links import noticed, told_of
from fangbang.adjudication.models import Run, RunState
from fangbang.adjudication.problems import DISAGREEMENT, NO_CANDIDATES, RUN_DIFFERS
from fangbang.adjudication.published import HistoryBook
from fangbang.adjudication.queries import RunView
from fangbang.adjudication.sentinels import run_sentinels
from fangbang.adjudication.version import code_version
from fangbang.audit.actions import in_turn, record
from fangbang.audit.events import AuditEvent
from fangbang.audit.rules import Actor
from fangbang.books.schemas import OUTCOMES
from fangbang.books.store import BookStore
from fangbang.core.canonical import content_hash
from fangbang.core.clock import Clock
from fangbang.core.errors import FangbangError
from fangbang.exams.catalogue import Catalogue
from fangbang.intake import queries as intake


def run(
    *,
    actor: Actor,
    sitting_id: str,
    store: BookStore,
    catalogue: Catalogue,
    clock: Clock,
    history: Sequence[HistoryBook] = (),
    before: Sequence[HistoryBook] = (),
    people: Mapping[tuple[str, str], str] | None = None,
    names: Mapping[tuple[str, str, str], str] | None = None,
    withhold_missing: bool = False,
    progress: Progress | None = None,
    workers: int = 1,
    chunk: int = CHUNK,
) -> RunView:
    """Decide the whole sitting by both calculators and write the book of outcomes.

    A disagreement on a single candidate writes no book, leaves a refused run behind and raises DISAGREEMENT. A subject
    without mark and code raises MISSING_MARKS; with `withhold_missing` its candidate's result is withheld instead.
    A withheld ticket that is not registered any more raises WITHHELD_GONE. `history` are the books of earlier sittings
    that count, `before` those of this sitting that candidates were shown last (for version and reason), both in the
    order of publication; `people`: (document type, number) → person, for those with several documents; `names`:
    (document type, number, former name) → the name that the result is told under; of both, only what this sitting can
    notice is an input of the run (`links.noticed`). `workers` 2: both calculators at the
    same time. The same inputs again give the same run; other rows from them raise RUN_DIFFERS, and so do sentinels that
    came out otherwise: after the cohort, the shadows of the same rules and lines go through the same calculators, and
    the run keeps how they came out (`RunView.sentinels`). The run closes the recomputation tasks that it answers.
    """
    rules = queries.rules_of(sitting_id, catalogue)
    announced = queries.announced_lines(sitting_id)
    books = _books(sitting_id)
    decided = _decided(sitting_id, books)
    told = replace(decided, history=tuple(history), before=tuple(before), people=people or {}, names=names or {})
    inputs = noticed(store, told, rules.year)
    identity = _identity(books, inputs, withhold_missing)
    made = _Made(actor, clock, rules.id, identity, queries.rule_hash(rules, announced))
    options: dict[str, Any] = {"workers": workers, "chunk": chunk, "progress": progress}
    calculation = Calculation(store, inputs, rules, announced, withhold_missing=withhold_missing, **options)
    try:
        book = store.write("outcomes", OUTCOMES, calculation.batches())
    except FangbangError as error:
        if error.problem is DISAGREEMENT:
            _refuse(made, calculation.tally)
        raise
    if not calculation.tally.candidates:
        raise FangbangError(NO_CANDIDATES, sitting=sitting_id)
    used, known = (told_of(those, store.secret("links")) for those in (inputs.people, told.people))
    sentinels = run_sentinels(rules, announced).told(calculation.tally.shadows)
    return _finish(made, calculation.tally, book.name, {"sentinels": sentinels, "linked": used}, known)


def _decided(sitting_id: str, books: Mapping[str, str]) -> Inputs:
    """What stands in the office's database: the books as intake names them, and who is held back."""
    prior = tuple(book for kind, book in books.items() if kind not in ("registrations", "marks"))
    held = queries.withheld_tickets(sitting_id)
    return Inputs(registrations=books["registrations"], marks=books["marks"], prior=prior, withheld=held)


def _identity(books: Mapping[str, str], inputs: Inputs, withhold_missing: bool) -> dict[str, Any]:
    """Everything but rules and code that a run's id is a hash of."""
    return {
        "books": dict(books),
        "history": _told(inputs.history),
        "before": _told(inputs.before),
        "withhold_missing": withhold_missing,
        "withheld": queries.withheld_digest(inputs.withheld),
        "people": queries.links_digest(inputs.people, inputs.names),
    }


def _told(books: Sequence[HistoryBook]) -> list[dict[str, Any]]:
    """As JSON, by sitting; within a sitting the order of publication stays."""
    told = [asdict(item) for item in sorted(books, key=lambda item: (item.year, item.sitting))]
    return [{**item, "provinces": list(item["provinces"]), "levels": list(item["levels"])} for item in told]


def _books(sitting_id: str) -> dict[str, str]:
    """The books by kind, as intake names them now: the sitting's own, and prior passes of earlier sittings."""
    books = {"registrations": intake.registrations_book(sitting_id), "marks": intake.marks_book(sitting_id)}
    return {**books, **intake.prior_passes_books(sitting_id)}


@dataclass(frozen=True)
class _Made:
    """What a run's row says before its result is known."""

    actor: Actor
    clock: Clock
    sitting: str
    inputs: dict[str, Any]
    rule_hash: str

    @property
    def run_id(self) -> str:
        value = {"sitting": self.sitting, "inputs": self.inputs, "rules": self.rule_hash, "code": code_version()}
        return f"run-{content_hash(value)[:32]}"

    def columns(self, tally: Tally) -> dict[str, Any]:
        return {
            "sitting_id": self.sitting,
            "inputs": self.inputs,
            "rule_hash": self.rule_hash,
            "code_version": code_version(),
            "candidates": tally.candidates,
            "disagreements": tally.disagreements,
            "samples": tally.samples,
            "counts": tally.counts(),
            "actor": self.actor.id,
            "actor_name": self.actor.name,
            "at": self.clock.now(),
        }


@transaction.atomic
def _finish(made: _Made, tally: Tally, book: str, more: Mapping[str, Any], known: Mapping[str, str]) -> RunView:
    """`more`: what the run keeps beside its counts, the sentinels and the persons that it used; `known`: the persons
    that it was told of. Tasks are closed by the last run again, too: it may have noticed nothing of what they ask."""
    in_turn()
    row = Run.objects.select_for_update().filter(pk=made.run_id, state=RunState.FINISHED).first()
    if row is not None:
        if row.outcomes != book or row.counts.get("sentinels") != more["sentinels"]:
            raise FangbangError(RUN_DIFFERS, run=row.pk)
        if row.number == _last(made.sitting):
            close_recomputations(queries.run(row.pk), known, made.clock)
            return queries.run(row.pk)
        # The inputs went back to what they were (a withholding lifted, an overlay withdrawn): it is the last run again.
        Run.objects.filter(pk=row.pk).update(number=_last(made.sitting) + 1)
    else:
        _keep(made, tally, RunState.FINISHED, book, more)
    details = {"run": made.run_id, "outcomes": book, "candidates": tally.candidates, "disagreements": 0}
    record(actor=made.actor, event=AuditEvent.RUN_FINISHED, subject=made.sitting, details=details, clock=made.clock)
    close_recomputations(queries.run(made.run_id), known, made.clock)
    return queries.run(made.run_id)


@transaction.atomic
def _refuse(made: _Made, tally: Tally) -> None:
    if Run.objects.filter(pk=made.run_id, state=RunState.FINISHED).exists():
        raise FangbangError(RUN_DIFFERS, run=made.run_id)
    _keep(made, tally, RunState.REFUSED, "", {})
    details = {"run": made.run_id, "candidates": tally.candidates, "disagreements": tally.disagreements}
    record(actor=made.actor, event=AuditEvent.RUN_REFUSED, subject=made.sitting, details=details, clock=made.clock)


def _keep(made: _Made, tally: Tally, state: RunState, book: str, counts: Mapping[str, Any]) -> None:
    """Insert the run, or fill the row of an earlier refusal of the same inputs. `counts`: beside those of the tally."""
    columns = {**made.columns(tally), "state": state, "outcomes": book}
    columns["counts"] = {**columns["counts"], **counts}
    if Run.objects.filter(pk=made.run_id).update(**columns):
        return
    Run.objects.create(pk=made.run_id, number=_last(made.sitting) + 1, **columns)


def _last(sitting_id: str) -> int:
    return Run.objects.filter(sitting_id=sitting_id).aggregate(last=Max("number"))["last"] or 0
