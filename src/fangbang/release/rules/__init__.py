"""What a release is and when it may go on: pure decisions, no Django, no IO. The keeper holds orders to these rules."""

from fangbang.release.rules.edits import EVERY_SITTING, disowned, edited_sitting, edits
from fangbang.release.rules.gate import (
    BatchFacts,
    Facts,
    Light,
    RunFacts,
    SentinelFacts,
    Verdict,
    finding_hash,
    run_gate,
)
from fangbang.release.rules.nodes import check_nodes
from fangbang.release.rules.orders import (
    check_schedule,
    check_withdrawal,
    schedule_order,
    sign_schedule,
    sign_withdrawal,
    withdrawal_order,
)
from fangbang.release.rules.overrides import Override, check_override, sign_override
from fangbang.release.rules.report import (
    Heading,
    Scope,
    check_approval,
    check_approvals,
    check_gate,
    freeze_report,
    red_checks,
    report_hash,
    same_facts,
    sign_report,
    with_override,
)
from fangbang.release.rules.signing import Approval, check_signature, check_signatures, sign_document
from fangbang.release.rules.states import INPUT_EVENTS, TRANSITIONS, ReleaseKind, ReleaseState
from fangbang.release.rules.trust import APPROVER, TrustedKey, key_id, load_trust, trust_document

__all__ = [
    "APPROVER",
    "EVERY_SITTING",
    "INPUT_EVENTS",
    "TRANSITIONS",
    "Approval",
    "BatchFacts",
    "Facts",
    "Heading",
    "Light",
    "Override",
    "ReleaseKind",
    "ReleaseState",
    "RunFacts",
    "Scope",
    "SentinelFacts",
    "TrustedKey",
    "Verdict",
    "check_approval",
    "check_approvals",
    "check_gate",
    "check_nodes",
    "check_override",
    "check_schedule",
    "check_signature",
    "check_signatures",
    "check_withdrawal",
    "disowned",
    "edited_sitting",
    "edits",
    "finding_hash",
    "freeze_report",
    "key_id",
    "load_trust",
    "red_checks",
    "report_hash",
    "run_gate",
    "same_facts",
    "schedule_order",
    "sign_document",
    "sign_override",
    "sign_report",
    "sign_schedule",
    "sign_withdrawal",
    "trust_document",
    "with_override",
    "withdrawal_order",
]
