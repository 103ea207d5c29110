"""Second factors: what the browser is asked, and whether its answer is right. The protocol of passkeys (WebAuthn) is
`fido2`'s, the codes' arithmetic `cryptography`'s."""

import base64
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cryptography.fernet import Fernet
from django.conf import settings
from fido2.server import Fido2Server
from fido2.webauthn import (
    AttestedCredentialData,
    AuthenticationResponse,
    PublicKeyCredentialRpEntity,
    PublicKeyCredentialUserEntity,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from fangbang.accounts.models import Factor, FactorKind, Operator, Session
from fangbang.accounts.rules import totp
from fangbang.core.clock import Clock

ISSUER = "Fangbang"


@dataclass(frozen=True)
class Relying:
    """Who asks for a passkey: the office's host name and its origin (`https://host`, or `http://localhost:port`)."""

    id: str
    origin: str

    def server(self) -> Fido2Server:
        return Fido2Server(
            PublicKeyCredentialRpEntity(id=self.id, name=ISSUER), verify_origin=lambda origin: origin == self.origin
        )


@dataclass(frozen=True)
class CodeProof:
    """Six digits of an authenticator app."""

    code: str


@dataclass(frozen=True)
class PasskeyProof:
    """The browser's answer to `ask_assertion`, as JSON (WebAuthn Level 3)."""

    answer: Mapping[str, Any]
    relying: Relying


Proof = CodeProof | PasskeyProof


def ask_creation(session_id: str, relying: Relying) -> dict[str, Any]:
    """What the browser needs to make a passkey; kept in the session until it answers. No act: nothing is entered."""
    row = Session.objects.select_related("operator").get(pk=session_id)
    options, state = relying.server().register_begin(
        PublicKeyCredentialUserEntity(
            id=hashlib.sha256(row.operator_id.encode()).digest(), name=row.operator_id, display_name=row.operator.name
        ),
        credentials=credentials(row.operator_id),
        resident_key_requirement=ResidentKeyRequirement.DISCOURAGED,
        user_verification=UserVerificationRequirement.PREFERRED,
    )
    return _keep(row, dict(options)["publicKey"], {"creation": state})


def ask_assertion(session_id: str, relying: Relying) -> dict[str, Any] | None:
    """What the browser needs to show a passkey, kept in the session; None if the person has none. No act."""
    row = Session.objects.get(pk=session_id)
    known = credentials(row.operator_id)
    if not known:
        return None
    options, state = relying.server().authenticate_begin(known, user_verification=UserVerificationRequirement.PREFERRED)
    return _keep(row, dict(options)["publicKey"], {"assertion": state})


def ask_app(session_id: str) -> tuple[str, str]:
    """A secret for an authenticator app and its `otpauth:` address, kept in the session until a code comes. No act.

    The same secret again while it waits, so that a page may be loaded twice."""
    row = Session.objects.get(pk=session_id)
    kept = _kept(row).get("app")
    secret = open_secret(kept) if kept else totp.new_secret()
    _keep(row, {}, {"app": kept or close_secret(secret)})
    return secret, totp.address(secret, row.operator_id, ISSUER)


def check_proof(operator: Operator, row: Session, proof: Proof, clock: Clock) -> str | None:
    """The id of the factor that this proves, or None; its counter moves on, in the caller's transaction."""
    if isinstance(proof, CodeProof):
        return _check_code(operator, proof.code, clock)
    return _check_passkey(operator, row, proof, clock)


def app_secret_of(row: Session) -> str | None:
    """The secret that waits for its first code."""
    kept = _kept(row).get("app")
    return open_secret(kept) if kept else None


def register(row: Session, answer: Mapping[str, Any], relying: Relying) -> AttestedCredentialData | None:
    """The credential that the browser made, or None if its answer is not to what this session asked."""
    state = _kept(row).get("creation")
    if state is None:
        return None
    try:
        return relying.server().register_complete(state, dict(answer)).credential_data
    except (ValueError, KeyError, TypeError):  # a malformed or a wrong answer
        return None


def credentials(operator_id: str) -> list[AttestedCredentialData]:
    """The passkeys that count."""
    rows = Factor.objects.filter(operator_id=operator_id, kind=FactorKind.PASSKEY, retired_at=None)
    return [AttestedCredentialData(bytes.fromhex(row.data)) for row in rows]


def close_secret(secret: str) -> str:
    """A secret as it is stored."""
    return _vault().encrypt(secret.encode()).decode()


def open_secret(stored: str) -> str:
    """Inverse of `close_secret`."""
    return _vault().decrypt(stored.encode()).decode()


def _check_code(operator: Operator, code: str, clock: Clock) -> str | None:
    for factor in operator.factors.filter(kind=FactorKind.TOTP, retired_at=None):
        step = totp.matching_step(open_secret(factor.data), code, clock.now(), after=factor.counter)
        if step is not None:
            return _used(factor, step, clock)
    return None


def _check_passkey(operator: Operator, row: Session, proof: PasskeyProof, clock: Clock) -> str | None:
    state = _kept(row).get("assertion")
    row.challenge = ""
    row.save(update_fields=["challenge"])  # one answer to one question, right or wrong
    if state is None:
        return None
    try:
        shown = proof.relying.server().authenticate_complete(state, credentials(operator.pk), dict(proof.answer))
        counter = AuthenticationResponse.from_dict(proof.answer).response.authenticator_data.counter
    except (ValueError, KeyError, TypeError):
        return None
    factor = operator.factors.get(credential=shown.credential_id.hex())
    if counter and counter <= factor.counter:  # 0: a passkey that does not count; else a copy of it was used
        return None
    return _used(factor, counter, clock)


def _used(factor: Factor, counter: int, clock: Clock) -> str:
    factor.counter, factor.used_at = counter, clock.now()
    factor.save(update_fields=["counter", "used_at"])
    return factor.pk


def _keep(row: Session, options: Mapping[str, Any], state: Mapping[str, Any]) -> dict[str, Any]:
    row.challenge = json.dumps({**_kept(row), **state})
    row.save(update_fields=["challenge"])
    return dict(options)


def _kept(row: Session) -> dict[str, Any]:
    return dict(json.loads(row.challenge)) if row.challenge else {}


def _vault() -> Fernet:
    key = hashlib.sha256(b"fangbang/second-factor\0" + settings.SECRET_KEY.encode()).digest()
    return Fernet(base64.urlsafe_b64encode(key))
