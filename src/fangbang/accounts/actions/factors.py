"""What a member of staff signs in with, changed by themselves."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from fangbang.accounts.actions import passwords
from fangbang.accounts.actions.closing import end_open_sessions
from fangbang.accounts.actions.proofs import Relying, app_secret_of, close_secret, register
from fangbang.accounts.models import Factor, FactorKind, Operator, Session
from fangbang.accounts.problems import (
    BAD_CODE,
    BAD_PASSKEY,
    FACTOR_TAKEN,
    LAST_FACTOR,
    SESSION_OVER,
    SIGN_IN_REFUSED,
    UNKNOWN_FACTOR,
)
from fangbang.accounts.rules import Stage, totp
from fangbang.audit.actions import record
from fangbang.audit.events import AuditEvent
from fangbang.audit.rules import Actor
from fangbang.core.clock import Clock
from fangbang.core.errors import FangbangError
from fangbang.core.ids import new_id


@dataclass(frozen=True)
class NewCode:
    """The first code of an app whose secret `proofs.ask_app` gave."""

    code: str


@dataclass(frozen=True)
class NewPasskey:
    """The browser's answer to `proofs.ask_creation`."""

    answer: Mapping[str, Any]
    relying: Relying


@transaction.atomic
def add_factor(*, session_id: str, new: NewCode | NewPasskey, label: str, clock: Clock) -> str:
    """Add a second factor to the account of this session; returns its id. Whoever enrols with an invitation is enrolled
    by this: the password that they chose counts, the invitation is used up, and after a recovery nothing old counts."""
    row = Session.objects.select_for_update().filter(pk=session_id, ended_at=None).first()
    if row is None or (row.stage == Stage.ENROLLING and not row.chosen) or row.stage == Stage.HALFWAY:
        raise FangbangError(SESSION_OVER)
    operator = Operator.objects.select_for_update().get(pk=row.operator_id)
    factor = _made(operator, row, new, label.strip()[:100] or "-", clock)
    row.challenge = ""
    row.save(update_fields=["challenge"])
    event = AuditEvent.FACTOR_ADDED
    details: dict[str, Any] = {"factor": factor.pk, "kind": factor.kind}
    if row.stage == Stage.ENROLLING:
        event = AuditEvent.OPERATOR_ENROLLED
        details["retired"] = _enrol(operator, row, factor, clock)
    record(actor=Actor(operator.pk, operator.name), event=event, subject=operator.pk, details=details, clock=clock)
    return factor.pk


@transaction.atomic
def retire_factor(*, operator_id: str, factor_id: str, clock: Clock) -> None:
    """Retire one of one's own factors; one must remain. A second time is a no-op."""
    operator = Operator.objects.select_for_update().get(pk=operator_id)
    factor = operator.factors.filter(pk=factor_id).first()
    if factor is None:
        raise FangbangError(UNKNOWN_FACTOR)
    if factor.retired_at is not None:
        return
    if operator.factors.filter(retired_at=None).count() == 1:
        raise FangbangError(LAST_FACTOR)
    factor.retired_at = clock.now()
    factor.save(update_fields=["retired_at"])
    actor, details = Actor(operator.pk, operator.name), {"factor": factor.pk}
    record(actor=actor, event=AuditEvent.FACTOR_RETIRED, subject=operator.pk, details=details, clock=clock)


@transaction.atomic
def change_password(*, session_id: str, old: str, new: str, clock: Clock) -> None:
    """Change one's own password: the old one must be right, the new one within the policy. Other sessions end."""
    row = Session.objects.filter(pk=session_id, ended_at=None, stage=Stage.FULL).first()
    if row is None:
        raise FangbangError(SESSION_OVER)
    operator = Operator.objects.select_for_update().get(pk=row.operator_id)
    if not passwords.matches(old, operator.password):
        raise FangbangError(SIGN_IN_REFUSED)
    passwords.judge(operator, new)
    passwords.put(operator, passwords.hashed(new), clock)
    ended = end_open_sessions(operator, operator.pk, clock, keep=row.pk)
    record(
        actor=Actor(operator.pk, operator.name),
        event=AuditEvent.PASSWORD_CHANGED,
        subject=operator.pk,
        details={"sessions": ended},
        clock=clock,
    )


def _made(operator: Operator, row: Session, new: NewCode | NewPasskey, label: str, clock: Clock) -> Factor:
    made = Factor(pk=new_id("fac"), operator=operator, label=label, added_at=clock.now())
    if isinstance(new, NewCode):
        secret = app_secret_of(row)
        step = None if secret is None else totp.matching_step(secret, new.code, clock.now(), after=0)
        if secret is None or step is None:
            raise FangbangError(BAD_CODE)
        made.kind, made.data, made.counter = FactorKind.TOTP, close_secret(secret), step
    else:
        credential = register(row, new.answer, new.relying)
        if credential is None:
            raise FangbangError(BAD_PASSKEY)
        made.kind, made.data = FactorKind.PASSKEY, bytes(credential).hex()
        made.credential = credential.credential_id.hex()
        if Factor.objects.filter(credential=made.credential).exists():
            raise FangbangError(FACTOR_TAKEN)
    made.save(force_insert=True)
    return made


def _enrol(operator: Operator, row: Session, factor: Factor, clock: Clock) -> list[str]:
    """Let the chosen password count; returns the factors that count no longer."""
    passwords.put(operator, row.chosen, clock)
    others = operator.factors.filter(retired_at=None).exclude(pk=factor.pk)
    retired = sorted(others.values_list("pk", flat=True))
    others.update(retired_at=clock.now())
    operator.devices.all().delete()
    end_open_sessions(operator, operator.pk, clock)
    invitation = row.invitation
    if invitation is None:
        raise FangbangError(SESSION_OVER)
    invitation.used_at = clock.now()
    invitation.save(update_fields=["used_at"])
    return retired
