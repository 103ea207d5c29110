"""The mistakes of a marking centre, planted on purpose and written down: each must be caught, and only they.

A mistake in a registration keeps the candidate out, and so sends the marks of that ticket to quarantine as well. A mark
that cannot be read leaves a gap: the candidate is withheld, never failed. A wrong extra row touches nobody.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum

import polars as pl

from fangbang.exams.model import SittingRules
from fangbang.exams.vocabulary import Outcome, SubjectStatus
from fangbang.simulate.paper import Level


class Kind(StrEnum):
    """What was done."""

    DOCUMENT = "document"
    """The last character of an identity number is wrong."""
    ABOVE_FULL = "above-full"
    """A mark above the full mark."""
    UNKNOWN_PERSON = "unknown-person"
    """A marks row of somebody who is not registered."""
    LETTER = "letter"
    """The letter O in a mark."""
    SHIFTED = "shifted"
    """A marks row with one candidate's ticket and another's document."""
    PROVINCE = "province"
    """A province that does not exist."""
    BLANK = "blank"
    """No mark and no code."""
    NAME = "name"
    """A digit in a name."""


KINDS = tuple(Kind)
_REGISTRATION = (Kind.DOCUMENT, Kind.PROVINCE, Kind.NAME)
_GAP = (Kind.ABOVE_FULL, Kind.LETTER, Kind.BLANK)
TICKET, DOCUMENT, MARK, SUBJECT = "准考证号", "证件号码", "成绩", "科目"


@dataclass(frozen=True)
class Mistake:
    """One planted row. `follows`: how many rows more it sends to quarantine."""

    kind: str
    file: str
    ticket: str
    follows: int


@dataclass(frozen=True)
class Parts:
    """What one level's frame writes for this year."""

    registrations: pl.DataFrame
    marks: pl.DataFrame
    answers: pl.DataFrame


def victims(candidates: int, mistakes: int) -> Mapping[int, Kind]:
    """Person → mistake: evenly spread over the cohort, the kinds in turn."""
    spread = {(place + 1) * candidates // (mistakes + 1): KINDS[place % len(KINDS)] for place in range(mistakes)}
    return spread if len(spread) == mistakes else {}


def plant(parts: Parts, rules: SittingRules, level: Level, chosen: Mapping[int, Kind]) -> tuple[Parts, list[Mistake]]:
    """Make the mistakes of those victims that are in these frames."""
    made: list[Mistake] = []
    by_kind: dict[Kind, list[str]] = {}
    here = parts.answers.filter(pl.col("person").is_in(list(chosen)))
    for person, ticket in here.select("person", "ticket").iter_rows():
        by_kind.setdefault(chosen[person], []).append(ticket)
    rows = dict(parts.marks.group_by(TICKET).len().iter_rows()) if by_kind else {}
    for kind, tickets in by_kind.items():
        parts = _PLANTERS[kind](parts, tickets, rules, level)
        for ticket in tickets:
            file = "registrations" if kind in _REGISTRATION else "marks"
            made.append(Mistake(kind.value, file, ticket, rows[ticket] if kind in _REGISTRATION else 0))
    return parts, made


def expected_quarantine(mistakes: Iterable[Mistake]) -> dict[str, int]:
    """Rows of each file that must be in quarantine, no more and no fewer."""
    counts = {"registrations": 0, "marks": 0}
    for mistake in mistakes:
        counts[mistake.file] += 1
        counts["marks"] += mistake.follows
    return counts


def as_json(mistakes: Iterable[Mistake]) -> dict[str, object]:
    """The content of mistakes.json."""
    listed = list(mistakes)
    return {"mistakes": [asdict(item) for item in listed], "quarantined": expected_quarantine(listed)}


Planter = Callable[[Parts, list[str], SittingRules, Level], Parts]


def _registration(column: str, wrong: pl.Expr) -> Planter:
    """A planter that spoils one column of the registration; the candidate is not in the answers any more."""

    def planted(parts: Parts, tickets: list[str], rules: SittingRules, level: Level) -> Parts:
        hit = pl.col(TICKET).is_in(tickets)
        spoiled = parts.registrations.with_columns(pl.when(hit).then(wrong).otherwise(pl.col(column)).alias(column))
        return Parts(spoiled, parts.marks, parts.answers.filter(~pl.col("ticket").is_in(tickets)))

    return planted


def _gap(wrong: Callable[[Level, SittingRules], pl.Expr]) -> Planter:
    """A planter that spoils the candidate's first mark; the candidate is withheld."""

    def planted(parts: Parts, tickets: list[str], rules: SittingRules, level: Level) -> Parts:
        hit = pl.col(TICKET).is_in(tickets) & pl.col(TICKET).is_first_distinct()
        spoiled = pl.when(hit).then(wrong(level, rules)).otherwise(pl.col(MARK)).alias(MARK)
        return Parts(parts.registrations, parts.marks.with_columns(spoiled), _withheld(parts.answers, tickets))

    return planted


def _extra(ticket: pl.Expr, document: pl.Expr) -> Planter:
    """A planter that adds a marks row beside the candidate's first; nobody's result changes."""

    def planted(parts: Parts, tickets: list[str], rules: SittingRules, level: Level) -> Parts:
        others = parts.marks.with_columns(_next_document().alias("next"))
        extra = (
            others.filter(pl.col(TICKET).is_in(tickets) & pl.col(TICKET).is_first_distinct())
            .with_columns(ticket.alias(TICKET), document.alias(DOCUMENT))
            .drop("next")
        )
        return Parts(parts.registrations, pl.concat([parts.marks, extra]), parts.answers)

    return planted


def _next_document() -> pl.Expr:
    """The document of the next candidate in the file, as after a shifted column; the last takes the one before."""
    later = pl.when(pl.col(DOCUMENT).shift(-1) != pl.col(DOCUMENT)).then(pl.col(DOCUMENT).shift(-1))
    earlier = pl.when(pl.col(DOCUMENT).shift(1) != pl.col(DOCUMENT)).then(pl.col(DOCUMENT).shift(1))
    return pl.coalesce(later.backward_fill(), earlier.forward_fill())


def _withheld(answers: pl.DataFrame, tickets: list[str]) -> pl.DataFrame:
    hit = pl.col("ticket").is_in(tickets)
    gap = pl.col("subjects").list.eval(
        pl.struct(
            pl.element().struct.field("subject"),
            pl.lit(None, dtype=pl.String).alias("mark"),
            pl.lit(None, dtype=pl.Int16).alias("code"),
            pl.lit(SubjectStatus.WITHHELD.value).alias("status"),
        )
    )
    return answers.with_columns(
        pl.when(hit).then(gap).otherwise(pl.col("subjects")).alias("subjects"),
        pl.when(hit).then(pl.lit(Outcome.WITHHELD.value)).otherwise(pl.col("outcome")).alias("outcome"),
    )


def _above_full(level: Level, rules: SittingRules) -> pl.Expr:
    names = rules.levels[level.id].subjects
    beyond = {names[paper.subject].name.zh: f"{paper.mark(paper.steps + 1):f}" for paper in level.papers}
    return pl.col(SUBJECT).replace_strict(beyond, return_dtype=pl.String)


def _wrong_last() -> pl.Expr:
    number = pl.col(DOCUMENT)
    kept = number.str.slice(0, number.str.len_chars() - 1)
    last = pl.when(number.str.starts_with("8")).then(pl.lit("0")).otherwise(pl.lit("#"))
    return kept + pl.when(number.str.ends_with("0")).then(pl.lit("1")).otherwise(last)


_STRANGER = pl.lit("ZY") + pl.col(TICKET).str.tail(7)

_PLANTERS: Mapping[Kind, Planter] = {
    Kind.DOCUMENT: _registration(DOCUMENT, _wrong_last()),
    Kind.PROVINCE: _registration("省份", pl.lit("990000")),
    Kind.NAME: _registration("姓名", pl.col("姓名") + "1"),
    Kind.ABOVE_FULL: _gap(_above_full),
    Kind.LETTER: _gap(lambda level, rules: pl.lit("6O")),
    Kind.BLANK: _gap(lambda level, rules: pl.lit("")),
    Kind.UNKNOWN_PERSON: _extra(pl.lit("99") + pl.col(TICKET).str.slice(2), _STRANGER),
    Kind.SHIFTED: _extra(pl.col(TICKET), pl.col("next")),
}
