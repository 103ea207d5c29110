"""Six people of a cohort who are worth looking up: one for each thing a result page has to explain."""

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from fangbang.exams.model import SittingRules, Text
from fangbang.exams.vocabulary import CredentialKind, Outcome, SubjectStatus
from fangbang.simulate.answers import answers
from fangbang.simulate.cohort import Plan, frames
from fangbang.simulate.mistakes import victims
from fangbang.simulate.names import CANARY_MARK, RARE
from fangbang.simulate.paper import levels_of


@dataclass(frozen=True)
class Person:
    """Somebody to try, and the credential with which."""

    id: str
    label: Text
    kind: CredentialKind
    fields: tuple[str, ...]
    ticket: str
    outcome: str


_LABELS: Mapping[str, Text] = {
    "passed": Text("合格", "Passed"),
    "below": Text("差一分合格", "One step below the line"),
    "window": Text("第二年考齐", "Second year completes the window"),
    "absent": Text("缺考", "Absent"),
    "rare": Text("姓名含生僻字", "A rare character in the name"),
    "forgotten": Text("忘记准考证号", "Ticket forgotten"),
}


def people_to_try(keys: pl.LazyFrame, rules: SittingRules) -> tuple[Person, ...]:
    """The first candidate of each sort in the answer key; a sort that a small cohort lacks is left out."""
    plain = ~pl.col("name").str.contains(CANARY_MARK) & (pl.col("doc_type") == "resident-id")
    rare = pl.col("name").str.contains("|".join(RARE))
    qualified = pl.col("outcome") == Outcome.QUALIFIED.value
    middle = pl.col("subjects").list.len() == pl.col("subjects").list.len().max()
    sorts = {
        "passed": qualified & (pl.col("history") == 0) & middle & ~rare,
        "below": _one_step_below(rules) & ~rare,
        "window": qualified & (pl.col("history") > 0) & ~rare,
        "absent": (pl.col("outcome") == Outcome.ABSENT.value) & ~rare,
        "rare": rare & qualified,
        "forgotten": qualified & (pl.col("history") == 0) & ~rare,
    }
    people: list[Person] = []
    taken: list[int] = []
    for sort, wanted in sorts.items():
        found = keys.filter(plain & wanted & ~pl.col("person").is_in(taken)).head(1).collect().to_dicts()
        if not found:
            continue
        row = found[0]
        taken.append(row["person"])
        forgotten = sort == "forgotten"
        kind = CredentialKind.DOCUMENT_NAME if forgotten else CredentialKind.TICKET_DOCUMENT
        fields = (row["doc_number"], row["name"]) if forgotten else (row["ticket"], row["doc_number"])
        people.append(Person(sort, _LABELS[sort], kind, fields, row["ticket"], row["outcome"]))
    return tuple(people)


def early_people(plan: Plan, among: int) -> tuple[Person, ...]:
    """The same people before the cohort is written: out of its first `among` persons, the planted mistakes' victims
    left out. A cohort's head does not depend on the rest, so the written answer key says the same of them."""
    spoiled = list(victims(plan.candidates, plan.mistakes))
    keys = [answers(plan, level, frame) for level, frame in frames(plan, 0, min(among, plan.candidates))]
    return people_to_try(pl.concat(keys).filter(~pl.col("person").is_in(spoiled)).lazy(), plan.rules)


def _one_step_below(rules: SittingRules) -> pl.Expr:
    """Everything passed but one subject, and that one by a single step."""
    almost = pl.lit(False)
    for level in levels_of(rules):
        for paper in level.papers:
            if paper.line is None or paper.line == 0:
                continue
            mark = paper.marks()[paper.line - 1]
            field = pl.element().struct.field
            hit = (field("subject") == paper.subject) & (field("mark") == mark)
            missed = pl.col("subjects").list.eval(hit & (field("status") == SubjectStatus.NOT_PASSED.value)).list.any()
            almost = almost | ((pl.col("level") == level.id) & missed)
    others = pl.col("subjects").list.eval(pl.element().struct.field("status") == SubjectStatus.PASSED.value)
    return almost & (others.list.sum() == pl.col("subjects").list.len() - 1) & (pl.col("subjects").list.len() > 1)
