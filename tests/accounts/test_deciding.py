"""A second person's decision at the command line is proven by their own key, and the log can be checked for it."""

from dataclasses import replace
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from fangbang.accounts import actions
from fangbang.accounts.problems import OTHERS_SIGNATURE
from fangbang.accounts.queries import trusted_keys
from fangbang.accounts.rules import DECISION_FORMAT, Matter, decision, prove_possession
from fangbang.audit import queries as audit
from fangbang.audit.rules import SYSTEM, Actor, decode_details
from fangbang.core.clock import ManualClock
from fangbang.core.errors import FangbangError, Problem
from fangbang.release.problems import BAD_SIGNATURE, UNTRUSTED_KEY
from fangbang.release.rules import Approval, check_proof, sign_document

pytestmark = pytest.mark.django_db
QIAN = Actor("qian", "钱进")
LINE = decision(Matter.LINE, "lin-1", {"value": "55", "level": "middle"})


@pytest.fixture
def key(clock: ManualClock) -> Ed25519PrivateKey:
    """An adjudicator's key: no approver's."""
    made = Ed25519PrivateKey.generate()
    actions.add_operator(actor=SYSTEM, operator_id="qian", name="钱进", roles=["adjudicator"], clock=clock)
    proof, public = prove_possession(made, "qian"), made.public_key().public_bytes_raw()
    actions.enrol_key(actor=SYSTEM, operator_id="qian", public_key=public, proof=proof, clock=clock)
    return made


def prove(clock: ManualClock, approval: Approval, document: dict[str, Any] = LINE) -> None:
    actions.prove_decision(actor=QIAN, document=document, approval=approval, clock=clock)


def refused(clock: ManualClock, problem: Problem, approval: Approval, document: dict[str, Any] = LINE) -> None:
    before = audit.head().seq
    with pytest.raises(FangbangError) as caught:
        prove(clock, approval, document)
    assert caught.value.problem is problem
    assert audit.head().seq == before


def test_what_the_log_keeps_is_enough_to_check_the_signature(key: Ed25519PrivateKey, clock: ManualClock) -> None:
    prove(clock, sign_document(key, LINE, "qian"))

    (entry,) = audit.latest(1)
    kept = decode_details(entry.details)
    document = {
        "format": DECISION_FORMAT, "matter": kept["matter"], "subject": entry.subject, "content": kept["content"],
    }  # fmt: skip
    assert (entry.event, entry.actor.id, document) == ("accounts.decision-signed", "qian", LINE)
    check_proof(document, Approval("qian", kept["key_id"], kept["signature"]), trusted_keys())


@pytest.mark.parametrize(
    "other",
    [
        decision(Matter.LINE, "lin-1", {"value": "54", "level": "middle"}),
        decision(Matter.LINE, "lin-2", {"value": "55", "level": "middle"}),
        decision(Matter.WITHHOLDING, "lin-1", {"value": "55", "level": "middle"}),
    ],
)
def test_a_signature_holds_for_one_wording_of_one_proposal(
    key: Ed25519PrivateKey, clock: ManualClock, other: dict[str, Any]
) -> None:
    refused(clock, BAD_SIGNATURE, sign_document(key, LINE, "qian"), other)


def test_a_key_that_nobody_enrolled_proves_nothing(key: Ed25519PrivateKey, clock: ManualClock) -> None:
    refused(clock, UNTRUSTED_KEY, sign_document(Ed25519PrivateKey.generate(), LINE, "qian"))


def test_a_retired_key_proves_nothing(key: Ed25519PrivateKey, clock: ManualClock) -> None:
    approval = sign_document(key, LINE, "qian")
    actions.retire_key(actor=SYSTEM, identity=approval.key_id, reason="lost", clock=clock)

    refused(clock, UNTRUSTED_KEY, approval)


def test_nobody_acts_by_a_signature_of_somebody_else(key: Ed25519PrivateKey, clock: ManualClock) -> None:
    refused(clock, OTHERS_SIGNATURE, replace(sign_document(key, LINE, "qian"), operator="zhang"))
