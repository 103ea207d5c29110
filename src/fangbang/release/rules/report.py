"""The frozen report: everything that two approvers sign for, as one canonical JSON document.

    {"format": "fangbang-report/1", "release", "sitting", "exam",
     "scope": {"provinces": [six-digit codes; empty = all], "levels": [ids; empty = all]},
     "kind": "base" | "overlay", "base": release id or "",
     "run", "rule_hash", "code", "catalogue", "history": […],
     "books": {"outcomes": name, "registrations": name, "marks": name, "prior-passes": name or "",
               "prior-passes/<earlier sitting>": name, …},
     "counts": {outcome: people}, "changes": {reasons: people who were shown another result},
     "tables": {"levels", "provinces", "subjects", "provinces_subjects", "provinces_levels"},
     "candidates", "registered", "disagreements",
     "marks": null | {"now": year, "earlier": [year without provinces], "unread": [years], "impossible", "tests"},
     "batches": [{"id", "kind", "file_sha256", "rows", "quarantined", "importer", "totals", "manifest"}],
     "importers": [operator ids], "gate": [{"check", "light", "reasons", "overrides": [override]}],
     "audit": {"seq", "hash"}, "frozen_at"}

A year is {"year", "subjects": {"level/subject": {"full", "step", "marks": [people at each step from 0], "off": people
between steps, "codes": {code: people}, "provinces": {code: {"sat", "sum", "zero", "absent", "other", "parts": people in
each twentieth of the full mark}}}}}, marks in thousandths of a point.

Whoever carries a report out (the keeper) checks it with `check_approvals` and needs nothing but the report, the
approvals and the enrolled keys.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from fangbang.audit.rules import Anchor
from fangbang.core.canonical import content_hash
from fangbang.core.clock import to_wire
from fangbang.core.errors import FangbangError
from fangbang.release.problems import BAD_DOCUMENT, BAD_SCOPE, NOT_ITS_PROVINCE, UNKNOWN_CHECK
from fangbang.release.rules.gate import BatchFacts, Facts, Light, finding_hash, run_gate
from fangbang.release.rules.overrides import Override, check_overrides
from fangbang.release.rules.signing import TWO_PEOPLE, Approval, check_signature, check_signatures, sign_document
from fangbang.release.rules.states import ReleaseKind
from fangbang.release.rules.trust import TrustedKey

REPORT_FORMAT = "fangbang-report/1"
_BOOK_KINDS = ("registrations", "marks", "prior-passes")
# Two reports that differ only here say the same thing: freezing again keeps the first one and its approvals.
_MOMENT = ("audit", "frozen_at")


@dataclass(frozen=True)
class Scope:
    """Which part of a sitting a release covers; empty tuples mean all of it."""

    provinces: tuple[str, ...] = ()
    levels: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for code in self.provinces:
            if not (len(code) == 6 and code.isascii() and code.isdigit()):
                raise FangbangError(BAD_SCOPE, what=code)
        object.__setattr__(self, "provinces", tuple(sorted(set(self.provinces))))
        object.__setattr__(self, "levels", tuple(sorted(set(self.levels))))

    @property
    def key(self) -> str:
        """A short spelling that is equal for equal scopes, e.g. `110000,120000/junior`; `*` for all."""
        return f"{','.join(self.provinces) or '*'}/{','.join(self.levels) or '*'}"

    def check_authority(self, provincial: Sequence[str]) -> None:
        """An examination of the provinces is released by each of them: a scope that holds one of its levels
        (`provincial`) is exactly one province. Raises NOT_ITS_PROVINCE."""
        held = [level for level in provincial if not self.levels or level in self.levels]
        if held and len(self.provinces) != 1:
            raise FangbangError(NOT_ITS_PROVINCE, levels=", ".join(held))

    def to_json(self) -> dict[str, list[str]]:
        return {"provinces": list(self.provinces), "levels": list(self.levels)}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> "Scope":
        return cls(tuple(value["provinces"]), tuple(value["levels"]))


@dataclass(frozen=True)
class Heading:
    """Which release a report is for."""

    release: str
    scope: Scope
    kind: ReleaseKind
    base: str = ""


def freeze_report(
    heading: Heading, facts: Facts, *, overrides: Sequence[Override] = (), anchor: Anchor, now: datetime
) -> dict[str, Any]:
    """Write the report: run the gate over the facts and attach the overrides that fit its red checks as they are."""
    run = facts.run
    return {
        "format": REPORT_FORMAT,
        "release": heading.release,
        "sitting": facts.sitting,
        "exam": facts.exam,
        "scope": heading.scope.to_json(),
        "kind": heading.kind.value,
        "base": heading.base,
        "run": run.id,
        "rule_hash": run.rule_hash,
        "code": run.code,
        "catalogue": facts.catalogue,
        "history": [dict(item) for item in run.history],
        "books": {"outcomes": run.outcomes, **dict.fromkeys(_BOOK_KINDS, ""), **run.inputs},
        "counts": dict(run.counts),
        "changes": dict(run.changes),
        "tables": dict(run.tables),
        "candidates": run.candidates,
        "registered": facts.registered,
        "disagreements": run.disagreements,
        "marks": None if facts.marks is None else facts.marks.to_json(),
        "batches": [_batch(batch) for batch in facts.batches],
        "importers": facts.importers,
        "gate": _gate(facts, heading.release, overrides),
        "audit": {"seq": anchor.seq, "hash": anchor.hash},
        "frozen_at": to_wire(now),
    }


def report_hash(report: Mapping[str, Any]) -> str:
    """SHA-256 (hex) of the report's canonical JSON: what people read out to each other before they sign."""
    return content_hash(dict(report))


def same_facts(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether two reports say the same, the moment of freezing apart."""
    return content_hash(_timeless(one)) == content_hash(_timeless(other))


def red_checks(report: Mapping[str, Any]) -> list[str]:
    """The red checks that are not overridden by two people yet. (Who they are is for `check_approvals`.)"""
    return [
        verdict["check"]
        for verdict in report["gate"]
        if verdict["light"] == Light.RED and len({item["operator"] for item in verdict["overrides"]}) < TWO_PEOPLE
    ]


def with_override(report: Mapping[str, Any], override: Override, *, anchor: Anchor, now: datetime) -> dict[str, Any]:
    """The report frozen anew with one more override of the finding that it is about; INPUT if no red check has it."""
    changed = {**report, "audit": {"seq": anchor.seq, "hash": anchor.hash}, "frozen_at": to_wire(now)}
    about = [
        item
        for item in report["gate"]
        if item["light"] == Light.RED and finding_hash(report["run"], item) == override.finding
    ]
    if not about:
        raise FangbangError(UNKNOWN_CHECK, check=override.finding)
    others = [item for item in about[0]["overrides"] if item["operator"] != override.operator]
    overrides = sorted([*others, override.to_json()], key=lambda item: item["operator"])
    changed["gate"] = [{**item, "overrides": overrides} if item is about[0] else item for item in report["gate"]]
    return changed


def sign_report(private_key: Ed25519PrivateKey, report: Mapping[str, Any], operator: str) -> Approval:
    """Approve a report as `operator`."""
    return sign_document(private_key, report, operator)


def check_approval(report: Mapping[str, Any], approval: Approval, trusted_keys: Mapping[str, TrustedKey]) -> None:
    """One approver's signature: trusted, an approver, no importer, right; and the gate lets the report pass."""
    check_gate(report, trusted_keys)
    check_signature(report, approval, trusted_keys, excluded=report["importers"])


def check_approvals(
    report: Mapping[str, Any],
    approvals: Iterable[Approval | Mapping[str, Any]],
    trusted_keys: Mapping[str, TrustedKey],
) -> None:
    """Whether this report may be sealed: at least two different approvers signed it, none an importer, and each red
    check carries two valid overrides. Returns nothing; raises REFUSED, INTEGRITY or INPUT at the first rule broken."""
    check_gate(report, trusted_keys)
    check_signatures(report, approvals, trusted_keys, excluded=report["importers"])


def check_gate(report: Mapping[str, Any], trusted_keys: Mapping[str, TrustedKey]) -> None:
    """Whether every red check is overridden by two approvers who imported nothing."""
    check_form(report)
    for verdict in report["gate"]:
        if verdict["light"] == Light.RED:
            check_overrides(report, verdict, trusted_keys)


def check_form(report: Mapping[str, Any]) -> None:
    """INPUT unless the document is a report whose parts fit together."""
    try:
        importers = sorted({batch["importer"] for batch in report["batches"]})
        lights = {Light(verdict["light"]) for verdict in report["gate"]}
        fits = report["format"] == REPORT_FORMAT and importers == list(report["importers"]) and bool(lights)
        ReleaseKind(report["kind"])
        Scope.from_json(report["scope"])
    except (KeyError, TypeError, ValueError, FangbangError) as error:
        raise FangbangError(BAD_DOCUMENT, what="report") from error
    if not fits:
        raise FangbangError(BAD_DOCUMENT, what="report")


def _gate(facts: Facts, release: str, overrides: Sequence[Override]) -> list[dict[str, Any]]:
    verdicts = [verdict.to_json() for verdict in run_gate(facts)]
    for verdict in verdicts:
        finding = finding_hash(facts.run.id, verdict)
        fitting = [item for item in overrides if item.release == release and item.finding == finding]
        verdict["overrides"] = [item.to_json() for item in sorted(fitting, key=lambda item: item.operator)]
    return verdicts


def _batch(batch: BatchFacts) -> dict[str, Any]:
    return {
        "id": batch.id,
        "kind": batch.kind,
        "file_sha256": batch.file_sha256,
        "rows": batch.rows,
        "quarantined": batch.quarantined,
        "importer": batch.importer,
        "totals": dict(batch.totals),
        "manifest": None if batch.manifest is None else dict(batch.manifest),
    }


def _timeless(report: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in report.items() if name not in _MOMENT}
