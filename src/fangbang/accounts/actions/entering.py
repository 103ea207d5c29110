"""Signing in: first the password, then a second factor; and showing that factor again before a grave act."""

import secrets
from dataclasses import dataclass
from datetime import timedelta

from django.db import transaction

from fangbang.accounts.actions import passwords
from fangbang.accounts.actions.proofs import Proof, check_proof
from fangbang.accounts.models import Device, Failure, Operator, Session
from fangbang.accounts.problems import SESSION_OVER, SIGN_IN_REFUSED, TOO_MANY_TRIES
from fangbang.accounts.rules import Failed, Place, Stage, may_try, token_hash
from fangbang.accounts.rules.policy import WINDOW
from fangbang.audit.actions import record
from fangbang.audit.events import AuditEvent
from fangbang.audit.rules import SYSTEM, Actor
from fangbang.core.clock import Clock
from fangbang.core.errors import FangbangError
from fangbang.core.ids import new_id

_KEPT = timedelta(days=1)
UNKNOWN = "sign-in"
"""The audit subject of an attempt on an id that nobody has: what was typed may have been a password."""


@dataclass(frozen=True)
class Entered:
    """The secrets for the browser's cookies: of the session (None: it stays), and of a device that is known now."""

    token: str | None = None
    device: str | None = None


def start_sign_in(*, operator_id: str, password: str, place: Place, device: str = "", clock: Clock) -> str:
    """The first step: returns the secret of a session that opens nothing yet. REFUSED alike for a wrong password, an
    unknown, retired or not enrolled person; TOO_MANY_TRIES once too many failed from this place. A failure is entered
    and stays entered."""
    with transaction.atomic():
        operator = Operator.objects.select_for_update().filter(pk=operator_id).first()
        _check_tries(operator, place, clock)
        enrolled = operator is not None and operator.retired_at is None
        right = passwords.matches(password, operator.password if operator is not None and enrolled else "")
        if operator is not None and right:
            token, row = open_session(operator, Stage.HALFWAY, place, device, clock)
            details = {"session": row.pk}
            record(
                actor=Actor(operator.pk, operator.name),
                event=AuditEvent.PASSWORD_ACCEPTED,
                subject=operator.pk,
                details=details,
                clock=clock,
            )
            return token
        note_failure(operator, place, "password", clock)
    raise FangbangError(SIGN_IN_REFUSED)


def show_factor(*, session_id: str, proof: Proof, place: Place, device_token: str = "", clock: Clock) -> Entered:
    """The second factor. Halfway in, it ends that session and opens a full one with a secret of its own; in a full
    session it allows grave acts for a while. REFUSED if it is wrong, which is entered and counted as a failed try."""
    with transaction.atomic():
        row = Session.objects.select_for_update().filter(pk=session_id, ended_at=None).first()
        if row is None or row.stage not in (Stage.HALFWAY, Stage.FULL):
            raise FangbangError(SESSION_OVER)
        operator = Operator.objects.select_for_update().get(pk=row.operator_id)
        _check_tries(operator, place, clock)
        factor = check_proof(operator, row, proof, clock)
        if factor is not None:
            Failure.objects.filter(operator=operator.pk, source=place.source).delete()
            return _enter(operator, row, factor, place, device_token, clock)
        note_failure(operator, place, "second factor", clock)
    raise FangbangError(SIGN_IN_REFUSED)


def open_session(
    operator: Operator, stage: Stage, place: Place, device: str, clock: Clock, **more: object
) -> tuple[str, Session]:
    """A new session and the secret of its cookie, in the caller's transaction."""
    token, now = secrets.token_urlsafe(32), clock.now()
    row = Session.objects.create(
        pk=new_id("ses"),
        token_hash=token_hash(token),
        operator=operator,
        stage=stage.value,
        device=device[:200],
        prefix=place.prefix,
        started_at=now,
        seen_at=now,
        strong_at=now if stage is Stage.FULL else None,
        **more,
    )
    return token, row


def know_device(operator: Operator, token: str, clock: Clock) -> str:
    """Remember the browser, in the caller's transaction; returns the secret of its cookie (new for a new browser)."""
    known = Device.objects.filter(pk=token_hash(token), operator=operator) if token else Device.objects.none()
    if known.update(seen_at=clock.now()):
        return token
    fresh = secrets.token_urlsafe(32)
    Device.objects.create(pk=token_hash(fresh), operator=operator, first_at=clock.now(), seen_at=clock.now())
    return fresh


def note_failure(operator: Operator | None, place: Place, what: str, clock: Clock) -> None:
    """Count a failed try and enter it, in the caller's transaction."""
    now = clock.now()
    Failure.objects.filter(at__lt=now - _KEPT).delete()
    Failure.objects.create(operator="" if operator is None else operator.pk, source=place.source, at=now)
    record(
        actor=SYSTEM,
        event=AuditEvent.SIGN_IN_FAILED,
        subject=UNKNOWN if operator is None else operator.pk,
        details={"wrong": what, "known_device": bool(place.device)},
        clock=clock,
    )


def _check_tries(operator: Operator | None, place: Place, clock: Clock) -> None:
    name, now = "" if operator is None else operator.pk, clock.now()
    rows = Failure.objects.filter(at__gt=now - WINDOW)
    mine = rows.filter(operator=name) | rows.filter(source=place.source)
    failed = [Failed(item.operator, item.source, item.at) for item in mine]
    if not may_try(failed, name, place, now):
        raise FangbangError(TOO_MANY_TRIES, minutes=int(WINDOW.total_seconds()) // 60)


def _enter(operator: Operator, row: Session, factor: str, place: Place, device_token: str, clock: Clock) -> Entered:
    actor, details = Actor(operator.pk, operator.name), {"factor": factor, "session": row.pk}
    if row.stage == Stage.FULL:
        row.strong_at, row.challenge = clock.now(), ""
        row.save(update_fields=["strong_at", "challenge"])
        record(actor=actor, event=AuditEvent.STEPPED_UP, subject=operator.pk, details=details, clock=clock)
        return Entered()
    row.ended_at, row.ended_by, row.challenge = clock.now(), operator.pk, ""
    row.save(update_fields=["ended_at", "ended_by", "challenge"])
    token, opened = open_session(operator, Stage.FULL, place, row.device, clock)
    details["session"] = opened.pk
    record(actor=actor, event=AuditEvent.SIGNED_IN, subject=operator.pk, details=details, clock=clock)
    return Entered(token, know_device(operator, device_token, clock))
