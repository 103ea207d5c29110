"""Which of what was decided of people a run can notice, and what it says of it.

A link counts in a sitting where one of the person's documents is registered and another one earned a pass or an
exemption of the same level, in the history that the run is given. A changed name counts where the document is
registered under the former one. Everything else leaves every row as it is, and is no input of the run.
"""

import hmac
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import polars as pl

from fangbang.adjudication.assembly import Books, Inputs, Linked, frames
from fangbang.adjudication.published import HistoryBook
from fangbang.core.canonical import canonical_json
from fangbang.people.rules.keys import Known

_REGISTERED = ("doc_type", "doc_number", "level", "name")


def noticed(books: Books, inputs: Inputs, year: int) -> Inputs:
    """The inputs with those links and names only that the run of a year can notice, whole persons each.

    Of the registrations and of the history, only blocks are read that may hold one of these documents; the history only
    where one of them is registered."""
    if not (inputs.people or inputs.names):
        return inputs
    met = _registered(books, inputs)
    present = {(kind, number) for kind, number, _, _ in met.iter_rows()}
    called = {(kind, number, name) for kind, number, _, name in met.iter_rows()}
    names = {key: name for key, name in inputs.names.items() if key in called}
    met_people = _documents_of(inputs.people, {inputs.people[key] for key in present if key in inputs.people})
    linked = Linked(books, replace(inputs, people=met_people), year)
    used = set(linked.history_of(met.with_row_index("r"))["person"])
    return replace(inputs, people=_documents_of(met_people, used), names=names, linked=linked)


def inputs_of(books: Mapping[str, str], history: Sequence[Mapping[str, Any]], known: Known) -> Inputs:
    """What a run read, by the books and the history that it names, with what is known of people instead of what was."""
    scopes = [{name: tuple(item[name]) for name in ("provinces", "levels")} for item in history]
    earlier = [HistoryBook(**{**item, **scope}) for item, scope in zip(history, scopes, strict=True)]
    prior = tuple(book for kind, book in books.items() if kind not in ("registrations", "marks"))
    return Inputs(
        registrations=books["registrations"],
        marks=books["marks"],
        prior=prior,
        history=tuple(earlier),
        people=known.people,
        names=known.names,
    )


def told_of(people: Mapping[tuple[str, str], str], secret: bytes) -> dict[str, str]:
    """Each person with a keyed hash of their documents: what a run used of whom."""
    documents: dict[str, list[list[str]]] = defaultdict(list)
    for key, person in sorted(people.items()):
        documents[person].append(list(key))
    return {person: hmac.new(secret, canonical_json(keys), "sha256").hexdigest() for person, keys in documents.items()}


def _registered(books: Books, inputs: Inputs) -> pl.DataFrame:
    """The registrations, by the columns `_REGISTERED`, of every document that anything was decided of."""
    wanted = {*inputs.people, *((kind, number) for kind, number, _ in inputs.names)}
    keys = pl.DataFrame(sorted(wanted), schema=dict.fromkeys(_REGISTERED[:2], pl.String), orient="row")
    found = [
        frame.select(_REGISTERED).join(keys, on=_REGISTERED[:2], how="semi")
        for frame in frames(books, inputs.registrations, _REGISTERED, keys["doc_number"].to_list())
    ]
    return pl.concat([pl.DataFrame(schema=dict.fromkeys(_REGISTERED, pl.String)), *found])


def _documents_of(people: Mapping[tuple[str, str], str], persons: set[str]) -> dict[tuple[str, str], str]:
    return {key: person for key, person in people.items() if person in persons}
