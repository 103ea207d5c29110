"""Signed orders: what two people sign, and how whoever carries it out checks them, trusting only the enrolled keys.

Five documents are signed for the keeper, each a JSON object with a `format`: a frozen report (`fangbang-report/1`), an
hour (`fangbang-schedule/1`), an override of one red check (`fangbang-override/1`), a withdrawal
(`fangbang-withdrawal/1`), a page bundle (`fangbang-pages-order/1`). A sixth one, a second person's decision at the
command line (`fangbang-decision/1`), the office alone checks, by rules 1 and 4: whose decision it may be is not for
approvers alone.
The signed message is the canonical JSON of {"format": "fangbang-signature/1", "operator", "document": SHA-256 of the
document's canonical JSON}, so that a signature holds for one document, of one kind, by one person.

Rules that `check_signatures` holds an order to:
1. every signature is by a key of the trust file that belongs to the operator it names;
2. every signer has the role `approver`;
3. no signer is among the people excluded (the importers of any batch);
4. every signature is right;
5. signers are different people with different keys, and at least as many as needed.
One signature that breaks a rule refuses the whole order: it must not be there.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from fangbang.core.canonical import canonical_json, content_hash
from fangbang.core.errors import FangbangError
from fangbang.release.problems import (
    APPROVER_IS_IMPORTER,
    BAD_DOCUMENT,
    BAD_SIGNATURE,
    NOT_AN_APPROVER,
    SAME_APPROVER,
    TOO_FEW_APPROVALS,
    UNTRUSTED_KEY,
)
from fangbang.release.rules.trust import APPROVER, TrustedKey, key_id

SIGNATURE_FORMAT = "fangbang-signature/1"
TWO_PEOPLE = 2


@dataclass(frozen=True)
class Approval:
    """One operator's signature (hex, Ed25519) under one document."""

    operator: str
    key_id: str
    signature: str

    def to_json(self) -> dict[str, str]:
        return asdict(self)

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> "Approval":
        """Inverse of `to_json`; INPUT if something is missing."""
        try:
            return cls(str(value["operator"]), str(value["key_id"]), str(value["signature"]))
        except (KeyError, TypeError) as error:
            raise FangbangError(BAD_DOCUMENT, what="approval") from error


def sign_document(private_key: Ed25519PrivateKey, document: Mapping[str, Any], operator: str) -> Approval:
    """Sign any of the six documents as `operator`."""
    signature = private_key.sign(_message(document, operator))
    return Approval(operator, key_id(private_key.public_key().public_bytes_raw()), signature.hex())


def check_signatures(
    document: Mapping[str, Any],
    approvals: Iterable[Approval | Mapping[str, Any]],
    trusted_keys: Mapping[str, TrustedKey],
    *,
    needed: int = TWO_PEOPLE,
    excluded: Collection[str] = (),
) -> None:
    """Hold an order to the rules in the module's text; REFUSED or INTEGRITY at the first one broken."""
    signed = [item if isinstance(item, Approval) else Approval.from_json(item) for item in approvals]
    for approval in signed:
        check_signature(document, approval, trusted_keys, excluded=excluded)
    _check_different(signed)
    if len(signed) < needed:
        raise FangbangError(TOO_FEW_APPROVALS, needed=needed, given=len(signed))


def check_signature(
    document: Mapping[str, Any],
    approval: Approval,
    trusted_keys: Mapping[str, TrustedKey],
    *,
    excluded: Collection[str] = (),
) -> None:
    """Hold one signature to rules 1 to 4."""
    key = _key_of(approval, trusted_keys)
    if APPROVER not in key.roles:
        raise FangbangError(NOT_AN_APPROVER, operator=approval.operator)
    if approval.operator in excluded:
        raise FangbangError(APPROVER_IS_IMPORTER, operator=approval.operator)
    _check_right(document, approval, key)


def check_proof(document: Mapping[str, Any], approval: Approval, trusted_keys: Mapping[str, TrustedKey]) -> None:
    """Hold one signature to rules 1 and 4: that the operator's own key made it. It gives no right by itself."""
    _check_right(document, approval, _key_of(approval, trusted_keys))


def _key_of(approval: Approval, trusted_keys: Mapping[str, TrustedKey]) -> TrustedKey:
    key = trusted_keys.get(approval.key_id)
    if key is None or key.operator != approval.operator:
        raise FangbangError(UNTRUSTED_KEY, key_id=approval.key_id, operator=approval.operator)
    return key


def _check_right(document: Mapping[str, Any], approval: Approval, key: TrustedKey) -> None:
    try:
        public_key = Ed25519PublicKey.from_public_bytes(key.public_key)
        public_key.verify(bytes.fromhex(approval.signature), _message(document, approval.operator))
    except (InvalidSignature, ValueError) as error:
        raise FangbangError(BAD_SIGNATURE, operator=approval.operator) from error


def _check_different(approvals: Sequence[Approval]) -> None:
    people: set[str] = set()
    keys: set[str] = set()
    for approval in approvals:
        if approval.operator in people or approval.key_id in keys:
            raise FangbangError(SAME_APPROVER, operator=approval.operator)
        people.add(approval.operator)
        keys.add(approval.key_id)


def _message(document: Mapping[str, Any], operator: str) -> bytes:
    if not isinstance(document.get("format"), str):
        raise FangbangError(BAD_DOCUMENT, what="signed document")
    return canonical_json({"format": SIGNATURE_FORMAT, "operator": operator, "document": content_hash(dict(document))})
