"""How somebody comes to have a password and a second factor: a one-time code from an administrator, or from two."""

import secrets

from django.conf import settings
from django.db import transaction

from fangbang.accounts.actions import passwords
from fangbang.accounts.actions.entering import note_failure, open_session
from fangbang.accounts.models import Failure, Invitation, Operator, Session
from fangbang.accounts.problems import (
    BAD_INVITATION,
    ENROLLED_ALREADY,
    NOT_ENROLLED,
    OPERATOR_RETIRED,
    SECOND_PERSON_NEEDED,
    SESSION_OVER,
    TOO_MANY_TRIES,
    UNKNOWN_OPERATOR,
    UNKNOWN_RECOVERY,
)
from fangbang.accounts.rules import Failed, Place, SignInPolicy, Stage, may_try, token_hash
from fangbang.accounts.rules.policy import WINDOW
from fangbang.audit.actions import record
from fangbang.audit.events import AuditEvent
from fangbang.audit.rules import Actor
from fangbang.core.clock import Clock
from fangbang.core.errors import FangbangError
from fangbang.core.ids import new_id

_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
_GROUPS, _LETTERS = 5, 5
"""25 letters of 31: 123 bits, without those that look alike."""


@transaction.atomic
def invite(*, actor: Actor, operator_id: str, clock: Clock) -> str:
    """A one-time code for somebody who has never enrolled; earlier ones count no longer. Whoever calls it prints the
    code once; only its hash is kept."""
    operator = _in_service(operator_id)
    if operator.password:
        raise FangbangError(ENROLLED_ALREADY, operator=operator_id)
    code = _new_code()
    _replace(operator, actor, clock, code_hash=token_hash(code))
    record(actor=actor, event=AuditEvent.OPERATOR_INVITED, subject=operator_id, details={}, clock=clock)
    return code


@transaction.atomic
def ask_recovery(*, actor: Actor, operator_id: str, clock: Clock) -> None:
    """An administrator asks that somebody may enrol again; it waits for a second one. What they have still counts."""
    operator = _in_service(operator_id)
    if not operator.password:
        raise FangbangError(NOT_ENROLLED, operator=operator_id)
    _replace(operator, actor, clock, recovery=True)
    record(actor=actor, event=AuditEvent.RECOVERY_ASKED, subject=operator_id, details={}, clock=clock)


@transaction.atomic
def confirm_recovery(*, actor: Actor, operator_id: str, clock: Clock) -> str:
    """A second administrator, and not the person concerned, confirms; returns the one-time code, shown once."""
    operator = _in_service(operator_id)
    waiting = operator.invitations.filter(
        recovery=True, code_hash=None, used_at=None, expires_at__gt=clock.now()
    ).first()
    if waiting is None:
        raise FangbangError(UNKNOWN_RECOVERY)
    if actor.id in (waiting.made_by, operator_id) or waiting.made_by == operator_id:
        raise FangbangError(SECOND_PERSON_NEEDED)
    code, policy = _new_code(), _policy()
    waiting.code_hash, waiting.confirmed_by = token_hash(code), actor.id
    waiting.expires_at = clock.now() + policy.invitation
    waiting.save(update_fields=["code_hash", "confirmed_by", "expires_at"])
    details = {"asked_by": waiting.made_by}
    record(actor=actor, event=AuditEvent.RECOVERY_CONFIRMED, subject=operator_id, details=details, clock=clock)
    return code


def accept_invitation(*, code: str, place: Place, device: str = "", clock: Clock) -> str:
    """Show a code: returns the secret of a session in which a password and a second factor may be set, nothing else.

    The code stays good until the factor is set, so that a closed window costs nothing. A wrong one counts as a failed
    try from this place."""
    typed = "".join(letter for letter in code.lower() if letter.isalnum())
    with transaction.atomic():
        _check_tries(place, clock)
        found = Invitation.objects.select_related("operator").filter(
            code_hash=token_hash(typed), used_at=None, expires_at__gt=clock.now(), operator__retired_at=None
        )
        invitation = found.first()
        if invitation is not None:
            operator = invitation.operator
            token, row = open_session(operator, Stage.ENROLLING, place, device, clock, invitation=invitation)
            record(
                actor=Actor(operator.pk, operator.name),
                event=AuditEvent.INVITATION_SHOWN,
                subject=operator.pk,
                details={"session": row.pk},
                clock=clock,
            )
            return token
        note_failure(None, place, "invitation", clock)
    raise FangbangError(BAD_INVITATION)


@transaction.atomic
def choose_password(*, session_id: str, password: str, clock: Clock) -> None:
    """The password of somebody who enrols; it counts once a second factor is set (`add_factor`)."""
    row = (
        Session.objects.select_for_update(of=("self",))
        .select_related("operator")
        .filter(pk=session_id, ended_at=None, stage=Stage.ENROLLING)
        .first()
    )
    if row is None:
        raise FangbangError(SESSION_OVER)
    passwords.judge(row.operator, password)
    row.chosen = passwords.hashed(password)
    row.save(update_fields=["chosen"])
    actor = Actor(row.operator_id, row.operator.name)
    record(actor=actor, event=AuditEvent.PASSWORD_CHOSEN, subject=row.operator_id, details={}, clock=clock)


def _check_tries(place: Place, clock: Clock) -> None:
    rows = Failure.objects.filter(at__gt=clock.now() - WINDOW, source=place.source)
    if not may_try([Failed(item.operator, item.source, item.at) for item in rows], "", place, clock.now()):
        raise FangbangError(TOO_MANY_TRIES, minutes=int(WINDOW.total_seconds()) // 60)


def _replace(operator: Operator, actor: Actor, clock: Clock, **more: object) -> None:
    now = clock.now()
    operator.invitations.filter(used_at=None).update(used_at=now)
    Invitation.objects.create(
        pk=new_id("inv"),
        operator=operator,
        made_by=actor.id,
        made_at=now,
        expires_at=now + _policy().invitation,
        **more,
    )


def _new_code() -> str:
    return "".join(secrets.choice(_ALPHABET) for _ in range(_GROUPS * _LETTERS))


def _policy() -> SignInPolicy:
    policy: SignInPolicy = settings.SIGN_IN_POLICY
    return policy


def _in_service(operator_id: str) -> Operator:
    row = Operator.objects.select_for_update().filter(pk=operator_id).first()
    if row is None:
        raise FangbangError(UNKNOWN_OPERATOR, operator=operator_id)
    if row.retired_at is not None:
        raise FangbangError(OPERATOR_RETIRED, operator=operator_id)
    return row
