"""Reads of lines and runs that other stages use."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from fangbang.adjudication.links import inputs_of, noticed
from fangbang.adjudication.models import (
    Line,
    Recomputation,
    Run,
    RunState,
    Withholding,
    WithholdingRequest,
)
from fangbang.adjudication.outlived import old_withholdings
from fangbang.adjudication.problems import UNKNOWN_REQUEST, UNKNOWN_RUN, UNKNOWN_SUBJECT
from fangbang.adjudication.proposed import ProposalView, proposal, proposals
from fangbang.adjudication.published import HistoryBook, parts_of, standing
from fangbang.adjudication.rules import AnnouncedLine
from fangbang.books.store import BookStore
from fangbang.core.canonical import content_hash
from fangbang.core.errors import FangbangError
from fangbang.exams.catalogue import Catalogue
from fangbang.exams.model import SittingRules
from fangbang.intake import queries as intake
from fangbang.people.rules.keys import Known

__all__ = [
    "HistoryBook",
    "LineView",
    "ProposalView",
    "RequestView",
    "RunView",
    "TaskView",
    "WithheldView",
    "announced_lines",
    "current_links",
    "current_rule_hash",
    "held",
    "held_back",
    "latest_run",
    "line_history",
    "lines",
    "links_digest",
    "old_withholdings",
    "outdated_history",
    "parts_of",
    "proposal",
    "proposals",
    "recomputations",
    "rule_hash",
    "rules_of",
    "run",
    "runs",
    "same_history",
    "standing",
    "subjects_of",
    "withheld_digest",
    "withheld_people",
    "withheld_tickets",
    "withholding_request",
    "withholding_requests",
]


@dataclass(frozen=True)
class LineView:
    """An announced line with where it comes from."""

    level: str
    subject: str
    province: str
    regional: bool
    value: Decimal
    document_number: str
    announced_by: str
    announced_at: datetime


@dataclass(frozen=True)
class RunView:
    """One run. `inputs`: the sitting's books by kind; `compared`: how many the second calculator went over."""

    id: str
    sitting: str
    number: int
    state: str
    inputs: Mapping[str, str]
    history: Sequence[Mapping[str, Any]]
    rule_hash: str
    code_version: str
    outcomes: str
    candidates: int
    compared: int
    disagreements: int
    samples: Sequence[str]
    counts: Mapping[str, Any]
    """candidates, missing_marks, withheld, history, changes; people by outcome, level, province, subject; sentinels"""
    withhold_missing: bool
    withheld: str
    """Digest of the tickets that were held back by decision; empty when none was."""
    people: str
    """Digest of the links between documents of one person and of changed names; empty when there is none."""
    actor: str
    actor_name: str
    at: datetime

    @property
    def finished(self) -> bool:
        return self.state == RunState.FINISHED

    @property
    def sentinels(self) -> Mapping[str, Any] | None:
        """Of the shadow cohort: how many `ran`, came out `right`, stand `in_books`; the first `wrong` cases. None for a
        refused run, and for one that was made before there were any."""
        found: Mapping[str, Any] | None = self.counts.get("sentinels")
        return found


@dataclass(frozen=True)
class WithheldView:
    """One person's result held back, or released again."""

    id: str
    ticket: str
    reason: str
    by: str
    at: datetime
    lifted_at: datetime | None
    lifted_by: str
    lifted_reason: str
    sitting: str
    region: str
    basis: str
    second: str
    lifted_second: str


@dataclass(frozen=True)
class RequestView:
    """A request to hold back one person's result (`kind` "withhold") or to release it ("lift")."""

    id: str
    kind: str
    sitting: str
    ticket: str
    region: str
    reason: str
    basis: str
    state: str
    asked_by: str
    asked_name: str
    asked_at: datetime
    decided_by: str
    decided_name: str
    decided_at: datetime | None


@dataclass(frozen=True)
class TaskView:
    """A sitting to be run again, because the release `cause` changed what counts of an earlier one; `earlier` "":
    because the decision `cause` (a link, a merge or an undoing) changed which documents are one person's."""

    sitting: str
    earlier: str
    cause: str
    opened_at: datetime
    closed_at: datetime | None
    closed_by: str


def lines(sitting_id: str) -> list[LineView]:
    """The lines of a sitting that hold now, by level, subject and province."""
    return [_line(row) for row in Line.objects.filter(sitting_id=sitting_id, replaced_at=None)]


def line_history(sitting_id: str) -> list[tuple[LineView, datetime | None]]:
    """Every line ever announced for a sitting, with the moment it was replaced."""
    return [(_line(row), row.replaced_at) for row in Line.objects.filter(sitting_id=sitting_id)]


def announced_lines(sitting_id: str) -> tuple[AnnouncedLine, ...]:
    """The same lines, for the calculators."""
    return tuple(
        AnnouncedLine(line.level, line.subject, line.value, line.province, line.regional) for line in lines(sitting_id)
    )


def subjects_of(rules: SittingRules, level: str) -> tuple[str, ...]:
    """The ids of a level's subjects; UNKNOWN_SUBJECT for an unknown level."""
    found = rules.levels.get(level)
    if found is None:
        raise FangbangError(UNKNOWN_SUBJECT, sitting=rules.id, level=level, subject="*")
    return tuple(found.subjects)


def rules_of(sitting_id: str, catalogue: Catalogue) -> SittingRules:
    """The catalogue's rules for an opened sitting."""
    sitting = intake.sitting(sitting_id)
    return catalogue.sitting(sitting.exam_id, sitting.year)


def rule_hash(rules: SittingRules, announced: Sequence[AnnouncedLine]) -> str:
    """SHA-256 (hex) of all that decides a result: the rules of the year, and the lines as announced."""
    told = sorted(
        [line.level, line.subject, line.province, line.regional, f"{line.value.normalize():f}"] for line in announced
    )
    return content_hash({"rules": rules.rule_hash, "lines": told})


def current_rule_hash(rules: SittingRules) -> str:
    """The rule hash as it stands now: a run with another one is out of date."""
    return rule_hash(rules, announced_lines(rules.id))


def run(run_id: str) -> RunView:
    """One run; UNKNOWN_RUN when there is none."""
    row = Run.objects.filter(pk=run_id).first()
    if row is None:
        raise FangbangError(UNKNOWN_RUN, run=run_id)
    return _run(row)


def runs(sitting_id: str | None = None) -> list[RunView]:
    """The runs of one sitting or of all, in turn."""
    rows = Run.objects.all()
    return [_run(row) for row in (rows if sitting_id is None else rows.filter(sitting_id=sitting_id))]


def latest_run(sitting_id: str) -> RunView | None:
    """The last run of a sitting that finished."""
    row = Run.objects.filter(sitting_id=sitting_id, state=RunState.FINISHED).order_by("number").last()
    return None if row is None else _run(row)


def outdated_history(found: RunView, wanted: Sequence[HistoryBook]) -> list[str]:
    """The earlier sittings of which other outcomes count now (`wanted`) than those that this run used."""
    used, now = _by_sitting(found.history), _by_sitting([asdict(item) for item in wanted])
    return sorted(sitting for sitting in {*used, *now} if used.get(sitting) != now.get(sitting))


def same_history(used: Sequence[Mapping[str, Any]], wanted: Sequence[Mapping[str, Any]], earlier: str) -> bool:
    """Whether two histories, as JSON, name the same outcomes of one earlier sitting."""
    return _by_sitting(used).get(earlier) == _by_sitting(wanted).get(earlier)


def withheld_people(sitting_id: str) -> list[WithheldView]:
    """Everyone whose result of the sitting was ever held back, in turn."""
    return [_withheld(row) for row in Withholding.objects.filter(sitting_id=sitting_id)]


def held_back() -> list[WithheldView]:
    """Everyone whose result is held back now, of every sitting."""
    return [_withheld(row) for row in Withholding.objects.filter(lifted_at=None)]


def held(withholding_id: str) -> WithheldView:
    """One decision, or INPUT."""
    row = Withholding.objects.filter(pk=withholding_id).first()
    if row is None:
        raise FangbangError(UNKNOWN_REQUEST)
    return _withheld(row)


def withholding_requests(sitting_id: str | None = None) -> list[RequestView]:
    """Requests of one sitting or of all, the newest first."""
    rows = WithholdingRequest.objects.order_by("-asked_at", "-id")
    return [_request(row) for row in (rows if sitting_id is None else rows.filter(sitting_id=sitting_id))]


def withholding_request(request_id: str) -> RequestView:
    """One request, or INPUT."""
    row = WithholdingRequest.objects.filter(pk=request_id).first()
    if row is None:
        raise FangbangError(UNKNOWN_REQUEST)
    return _request(row)


def withheld_tickets(sitting_id: str) -> frozenset[str]:
    """The tickets whose results are held back now."""
    return frozenset(Withholding.objects.filter(sitting_id=sitting_id, lifted_at=None).values_list("ticket", flat=True))


def withheld_digest(tickets: Collection[str]) -> str:
    """What a run says of the people held back: a hash over their tickets, "" for nobody."""
    return content_hash({"withheld": sorted(tickets)}) if tickets else ""


def links_digest(people: Mapping[tuple[str, str], str], names: Mapping[tuple[str, str, str], str] | None = None) -> str:
    """What a run says of the links between documents of one person and of changed names: a hash, "" for none at all."""
    told: dict[str, Any] = {}
    if people:
        told["people"] = sorted([*key, person] for key, person in people.items())
    if names:
        told["names"] = sorted([*key, name] for key, name in names.items())
    return content_hash(told) if told else ""


def current_links(view: RunView, year: int, known: Known, store: BookStore) -> str:
    """What a run of the same books would say of the links and names that are decided now."""
    found = noticed(store, inputs_of(view.inputs, view.history, known), year)
    return links_digest(found.people, found.names)


def recomputations(*, closed: bool = False) -> list[TaskView]:
    """The open tasks in turn, with `closed` the done ones too."""
    rows = Recomputation.objects.all() if closed else Recomputation.objects.filter(closed_at=None)
    return [
        TaskView(row.sitting_id, row.earlier, row.cause, row.opened_at, row.closed_at, row.closed_by) for row in rows
    ]


def _by_sitting(history: Sequence[Mapping[str, Any]]) -> dict[str, list[tuple[Any, ...]]]:
    found: dict[str, list[tuple[Any, ...]]] = {}
    for item in history:
        scope = (item["book"], tuple(item["provinces"]), tuple(item["levels"]))
        found.setdefault(item["sitting"], []).append(scope)
    return found


def _withheld(row: Withholding) -> WithheldView:
    return WithheldView(
        id=row.pk,
        ticket=row.ticket,
        reason=row.reason,
        by=row.by,
        at=row.at,
        lifted_at=row.lifted_at,
        lifted_by=row.lifted_by,
        lifted_reason=row.lifted_reason,
        sitting=row.sitting_id,
        region=row.region,
        basis=row.basis,
        second=row.second,
        lifted_second=row.lifted_second,
    )


def _request(row: WithholdingRequest) -> RequestView:
    return RequestView(
        id=row.pk,
        kind=row.kind,
        sitting=row.sitting_id,
        ticket=row.ticket,
        region=row.region,
        reason=row.reason,
        basis=row.basis,
        state=row.state,
        asked_by=row.asked_by,
        asked_name=row.asked_name,
        asked_at=row.asked_at,
        decided_by=row.decided_by,
        decided_name=row.decided_name,
        decided_at=row.decided_at,
    )


def _line(row: Line) -> LineView:
    return LineView(
        row.level,
        row.subject,
        row.province,
        row.regional,
        row.value,
        row.document_number,
        row.announced_by,
        row.announced_at,
    )


def _run(row: Run) -> RunView:
    return RunView(
        id=row.pk,
        sitting=row.sitting_id,
        number=row.number,
        state=row.state,
        inputs=row.inputs["books"],
        history=row.inputs["history"],
        rule_hash=row.rule_hash,
        code_version=row.code_version,
        outcomes=row.outcomes,
        candidates=row.candidates,
        compared=row.candidates,
        disagreements=row.disagreements,
        samples=row.samples,
        counts=row.counts,
        withhold_missing=row.inputs["withhold_missing"],
        withheld=row.inputs["withheld"],
        people=row.inputs["people"],
        actor=row.actor,
        actor_name=row.actor_name,
        at=row.at,
    )
