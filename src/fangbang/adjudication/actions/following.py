"""What follows for runs from a decision about people."""

from collections.abc import Mapping, Sequence

from django.db import transaction

from fangbang.adjudication import queries
from fangbang.adjudication.actions.tasks import ask_for_links, renew_links
from fangbang.adjudication.assembly import Inputs
from fangbang.adjudication.links import inputs_of, noticed, told_of
from fangbang.adjudication.queries import RunView
from fangbang.books.store import BookStore
from fangbang.core.clock import Clock
from fangbang.core.errors import FangbangError
from fangbang.intake import queries as intake
from fangbang.people.rules.keys import Known, differing


@transaction.atomic
def follow_decision(*, cause: str, before: Known, after: Known, store: BookStore, clock: Clock) -> list[str]:
    """What follows from a decision (`cause`) about people: returns the sittings of which a run can notice it.

    If the last run can, by links, a new one is asked for. (A result stands under the name of its day: a changed name
    asks for nothing.) Every run of a sitting is looked at, since any of them may be frozen in a release. A sitting
    whose books cannot be read is returned, and asked to run again with everybody concerned, since nobody can tell.
    """
    then, now = differing(before, after)
    known = dict.fromkeys(then.people.values()) | told_of(now.people, store.secret("links"))
    reached = []
    for sitting in intake.sittings():
        runs = [view for view in queries.runs(sitting.pk) if view.finished]
        looks = [_Look(view, sitting.year, store, then, now, known) for view in _read_otherwise(runs)]
        if any(look.differs for look in looks):
            reached.append(str(sitting.pk))
        if runs:
            renew_links(run=runs[-1], known=known, clock=clock)
        if looks and looks[-1].wanted:
            ask_for_links(run=runs[-1], wanted=looks[-1].wanted, cause=cause, clock=clock)
    return reached


class _Look:
    """At one run: whether it would notice the decision, and what a new one is to say of the persons concerned (None:
    that they are nobody to it). `known`: the same of everybody whom the decision concerns."""

    def __init__(
        self, view: RunView, year: int, store: BookStore, then: Known, now: Known, known: Mapping[str, str | None]
    ) -> None:
        self.wanted: dict[str, str | None] = {}
        try:
            was, will = (noticed(store, inputs_of(view.inputs, view.history, known), year) for known in (then, now))
        except (FangbangError, OSError):
            self.differs, self.wanted = True, dict(known)
            return
        self.differs = _noted(was) != _noted(will)
        if was.people != will.people:
            self.wanted = dict.fromkeys(was.people.values()) | told_of(will.people, store.secret("links"))


def _noted(inputs: Inputs) -> tuple[object, object]:
    return inputs.people, inputs.names


def _read_otherwise(runs: Sequence[RunView]) -> list[RunView]:
    """Of runs that read the same books the last, the last of all being the last run."""
    last: dict[str, RunView] = {}
    for view in runs:
        books = repr((view.inputs, view.history))
        last.pop(books, None)
        last[books] = view
    return list(last.values())
