"""Staff and their signing keys. Whoever calls one exports the trust file afterwards (`queries.trust_file`)."""

from collections.abc import Iterable

from django.db import transaction

from fangbang.accounts.actions.closing import end_open_sessions
from fangbang.accounts.models import Key, Operator
from fangbang.accounts.problems import KEY_TAKEN, OPERATOR_EXISTS, OPERATOR_RETIRED, UNKNOWN_KEY, UNKNOWN_OPERATOR
from fangbang.accounts.rules import Role, check_operator, check_possession, check_reach, check_roles
from fangbang.audit.actions import record
from fangbang.audit.events import AuditEvent
from fangbang.audit.rules import Actor
from fangbang.core.clock import Clock
from fangbang.core.errors import FangbangError
from fangbang.release.rules import key_id


@transaction.atomic
def add_operator(
    *,
    actor: Actor,
    operator_id: str,
    name: str,
    roles: Iterable[str],
    region: str = "",
    exams: Iterable[str] = (),
    clock: Clock,
) -> None:
    """Enter a member of staff. The id is never used again, even after they retire."""
    check_operator(operator_id, name)
    wanted = check_roles(roles)
    region, of_exams = check_reach(wanted, region, exams)
    spelled = " ".join(sorted(wanted))
    _, added = Operator.objects.get_or_create(
        pk=operator_id,
        defaults={
            "name": name.strip(),
            "roles": spelled,
            "region": region,
            "exams": " ".join(of_exams),
            "added_at": clock.now(),
        },
    )
    if not added:
        raise FangbangError(OPERATOR_EXISTS, operator=operator_id)
    details = {"name": name.strip(), "roles": sorted(wanted), "region": region, "exams": list(of_exams)}
    record(actor=actor, event=AuditEvent.OPERATOR_ADDED, subject=operator_id, details=details, clock=clock)


@transaction.atomic
def change_roles(*, actor: Actor, operator_id: str, roles: Iterable[str], clock: Clock) -> None:
    """Give a member of staff other roles; the same roles are a no-op."""
    row = _in_service(operator_id)
    wanted = sorted(check_roles(roles))
    check_reach(map(Role, wanted), row.region, row.exams.split())
    if row.roles == " ".join(wanted):
        return
    details = {"before": row.roles.split(), "after": wanted}
    row.roles = " ".join(wanted)
    row.save(update_fields=["roles"])
    record(actor=actor, event=AuditEvent.OPERATOR_ROLES_CHANGED, subject=operator_id, details=details, clock=clock)


@transaction.atomic
def change_reach(*, actor: Actor, operator_id: str, region: str, exams: Iterable[str], clock: Clock) -> None:
    """Give a member of staff another region or other exams; the same ones are a no-op."""
    row = _in_service(operator_id)
    region, wanted = check_reach(map(Role, row.roles.split()), region, exams)
    before = {"region": row.region, "exams": row.exams.split()}
    after = {"region": region, "exams": list(wanted)}
    if before == after:
        return
    row.region, row.exams = region, " ".join(wanted)
    row.save(update_fields=["region", "exams"])
    details = {"before": before, "after": after}
    record(actor=actor, event=AuditEvent.OPERATOR_REACH_CHANGED, subject=operator_id, details=details, clock=clock)


@transaction.atomic
def retire_operator(*, actor: Actor, operator_id: str, clock: Clock) -> None:
    """Take a member of staff out of service with all their keys and sessions; a second time is a no-op. Nothing is
    deleted."""
    row = _operator(operator_id)
    if row.retired_at is not None:
        return
    row.retired_at = clock.now()
    row.save(update_fields=["retired_at"])
    retired = sorted(row.keys.filter(retired_at=None).values_list("pk", flat=True))
    row.keys.filter(pk__in=retired).update(retired_at=row.retired_at)
    ended = end_open_sessions(row, actor.id, clock)
    details = {"keys": retired, "sessions": ended}
    record(actor=actor, event=AuditEvent.OPERATOR_RETIRED, subject=operator_id, details=details, clock=clock)


@transaction.atomic
def enrol_key(*, actor: Actor, operator_id: str, public_key: bytes, proof: bytes, clock: Clock) -> str:
    """Enrol the public half of an operator's key; `proof` is by `rules.prove_possession`. Returns the key id.

    A key is enrolled once: never for a second person, and never again after it was retired.
    """
    _in_service(operator_id)
    check_possession(public_key, operator_id, proof)
    identity = key_id(public_key)
    _, added = Key.objects.get_or_create(
        pk=identity,
        defaults={"operator_id": operator_id, "public_key": public_key.hex(), "enrolled_at": clock.now()},
    )
    if not added:
        raise FangbangError(KEY_TAKEN)
    details = {"key_id": identity}
    record(actor=actor, event=AuditEvent.KEY_ENROLLED, subject=operator_id, details=details, clock=clock)
    return identity


@transaction.atomic
def retire_key(*, actor: Actor, identity: str, reason: str, clock: Clock) -> None:
    """A key was lost, replaced or exposed: it counts no longer. A second time is a no-op."""
    key = Key.objects.select_for_update().filter(pk=identity).first()
    if key is None:
        raise FangbangError(UNKNOWN_KEY, key_id=identity)
    if key.retired_at is not None:
        return
    key.retired_at = clock.now()
    key.save(update_fields=["retired_at"])
    details = {"key_id": identity, "reason": reason}
    record(actor=actor, event=AuditEvent.KEY_RETIRED, subject=key.operator_id, details=details, clock=clock)


def _operator(operator_id: str) -> Operator:
    row = Operator.objects.select_for_update().filter(pk=operator_id).first()
    if row is None:
        raise FangbangError(UNKNOWN_OPERATOR, operator=operator_id)
    return row


def _in_service(operator_id: str) -> Operator:
    row = _operator(operator_id)
    if row.retired_at is not None:
        raise FangbangError(OPERATOR_RETIRED, operator=operator_id)
    return row
