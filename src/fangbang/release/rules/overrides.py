"""Overriding a red check: two approvers sign that they know this finding and publish all the same, and why."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from fangbang.core.errors import FangbangError
from fangbang.release.problems import BAD_DOCUMENT, GATE_RED, REASON_MISSING, SAME_APPROVER, UNKNOWN_CHECK
from fangbang.release.rules.gate import Light, finding_hash
from fangbang.release.rules.signing import TWO_PEOPLE, Approval, check_signature, sign_document
from fangbang.release.rules.trust import TrustedKey

OVERRIDE_FORMAT = "fangbang-override/1"


@dataclass(frozen=True)
class Override:
    """One person's signed override of one finding of one release."""

    release: str
    finding: str
    reason: str
    approval: Approval

    @property
    def operator(self) -> str:
        return self.approval.operator

    def document(self) -> dict[str, str]:
        """What was signed."""
        return override_document(self.release, self.finding, self.reason)

    @classmethod
    def from_document(cls, document: Mapping[str, Any], approval: Approval) -> "Override":
        """Inverse of `document`, with the signature under it."""
        return cls(str(document["release"]), str(document["finding"]), str(document["reason"]), approval)

    def to_json(self) -> dict[str, str]:
        return {"finding": self.finding, "reason": self.reason, **self.approval.to_json()}


def sign_override(
    private_key: Ed25519PrivateKey, report: Mapping[str, Any], check: str, reason: str, operator: str
) -> Override:
    """Override a red check of a frozen report as `operator`; the reason is part of what is signed.

    INPUT if the report has no such red check, or without a reason.
    """
    red = [item for item in report["gate"] if item["check"] == check and item["light"] == Light.RED]
    if not red:
        raise FangbangError(UNKNOWN_CHECK, check=check)
    document = override_document(report["release"], finding_hash(report["run"], red[0]), reason)
    return Override.from_document(document, sign_document(private_key, document, operator))


def override_document(release: str, finding: str, reason: str) -> dict[str, str]:
    """What is signed; INPUT if no reason is given."""
    if not reason.strip():
        raise FangbangError(REASON_MISSING)
    return {"format": OVERRIDE_FORMAT, "release": release, "finding": finding, "reason": reason.strip()}


def check_override(
    override: Override, trusted_keys: Mapping[str, TrustedKey], *, excluded: Collection[str] = ()
) -> None:
    """One person's override: trusted, an approver, no importer, the signature right."""
    check_signature(override.document(), override.approval, trusted_keys, excluded=excluded)


def check_overrides(
    report: Mapping[str, Any], verdict: Mapping[str, Any], trusted_keys: Mapping[str, TrustedKey]
) -> None:
    """The overrides in a report's verdict: two at least, each about this finding, each valid, by different people."""
    if len(verdict["overrides"]) < TWO_PEOPLE:
        raise FangbangError(GATE_RED, checks=verdict["check"])
    people: set[str] = set()
    for item in verdict["overrides"]:
        override = Override(report["release"], str(item["finding"]), str(item["reason"]), Approval.from_json(item))
        if override.finding != finding_hash(report["run"], verdict):
            raise FangbangError(BAD_DOCUMENT, what="override")
        if override.operator in people:
            raise FangbangError(SAME_APPROVER, operator=override.operator)
        check_override(override, trusted_keys, excluded=report["importers"])
        people.add(override.operator)
