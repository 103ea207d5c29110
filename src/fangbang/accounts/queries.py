"""Reads of staff and keys."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Max

from fangbang.accounts.models import Device, Factor, FactorKind, Failure, Invitation, Key, Operator, Session
from fangbang.accounts.problems import OPERATOR_RETIRED, ROLE_MISSING, UNKNOWN_KEY, UNKNOWN_OPERATOR
from fangbang.accounts.rules import Place, Role, SignInPolicy, Staff, Stage, Visit, address_prefix, counts, token_hash
from fangbang.audit.rules import Actor
from fangbang.core.errors import FangbangError
from fangbang.release.rules import TrustedKey, trust_document


@dataclass(frozen=True)
class OperatorView:
    """A member of staff, with the ids of the keys that count."""

    id: str
    name: str
    roles: frozenset[Role]
    keys: tuple[str, ...]
    added_at: datetime
    retired_at: datetime | None
    region: str = ""
    exams: tuple[str, ...] = ()
    enrolled: bool = False

    @property
    def actor(self) -> Actor:
        return Actor(self.id, self.name)


def operators() -> list[OperatorView]:
    """All staff, the retired too, by id."""
    return [_view(row) for row in Operator.objects.prefetch_related("keys")]


def operator(operator_id: str) -> OperatorView:
    """One member of staff, or INPUT."""
    row = Operator.objects.prefetch_related("keys").filter(pk=operator_id).first()
    if row is None:
        raise FangbangError(UNKNOWN_OPERATOR, operator=operator_id)
    return _view(row)


def dormant(before: datetime) -> list[str]:
    """Ids of staff in service who can sign in and have not since a moment; who never did counts from their entry.

    Not the administrator who was there last, where no other one has been since: somebody must be able to let people in.
    """
    rows = Operator.objects.filter(retired_at=None).exclude(password="").annotate(last=Max("sessions__started_at"))
    seen = {row.pk: row.last or row.added_at for row in rows}
    administrators = [row.pk for row in rows if Role.ADMINISTRATOR in row.roles.split()]
    spared = max(administrators, key=lambda operator: (seen[operator], operator), default="")
    return [operator for operator, at in seen.items() if at < before and operator != spared]


def last_administrator(operator_id: str) -> bool:
    """Whether this is an administrator who can sign in, and no other one can."""
    rows = Operator.objects.filter(retired_at=None).exclude(password="")
    return [row.pk for row in rows if Role.ADMINISTRATOR in row.roles.split()] == [operator_id]


def old_failures(before: datetime) -> int:
    """How many failed attempts lie before a moment."""
    return Failure.objects.filter(at__lt=before).count()


def old_records(before: datetime) -> int:
    """How many ended sessions, devices, and used or expired invitations lie before a moment."""
    sessions = Session.objects.filter(ended_at__lt=before).count()
    devices = Device.objects.filter(seen_at__lt=before).count()
    return sessions + devices + Invitation.objects.filter(expires_at__lt=before).count()


def member(operator_id: str) -> Staff:
    """A member of staff in service, as `rules.may` sees them; INPUT or REFUSED otherwise."""
    acting(operator_id)
    return staff_of(Operator.objects.get(pk=operator_id))


def key_owner(key_id: str) -> str:
    """Whose key this is or was, or INPUT."""
    row = Key.objects.filter(pk=key_id).first()
    if row is None:
        raise FangbangError(UNKNOWN_KEY, key_id=key_id)
    return row.operator_id


def provincial_centres(exam: str) -> frozenset[str]:
    """The provinces that have a provincial centre in service for an exam."""
    found = (_view(row) for row in Operator.objects.filter(retired_at=None))
    return frozenset(
        view.region
        for view in found
        if Role.PROVINCIAL_CENTRE in view.roles and (not view.exams or exam in view.exams) and view.region[2:] == "0000"
    )


def acting(operator_id: str, *roles: Role) -> Actor:
    """The operator as an actor, if they are in service and have one of these roles (none given: any); else REFUSED."""
    found = operator(operator_id)
    if found.retired_at is not None:
        raise FangbangError(OPERATOR_RETIRED, operator=operator_id)
    if roles and not found.roles & set(roles):
        raise FangbangError(ROLE_MISSING, operator=operator_id, role=" / ".join(roles))
    return found.actor


def trusted_keys() -> dict[str, TrustedKey]:
    """The keys that count now, by key id: enrolled, not retired, of operators in service."""
    rows = Key.objects.select_related("operator").filter(retired_at=None, operator__retired_at=None)
    keys = [
        TrustedKey(
            row.operator_id, row.operator.name, bytes.fromhex(row.public_key), frozenset(row.operator.roles.split())
        )
        for row in rows
    ]
    return {key.key_id: key for key in keys}


def trust_file() -> bytes:
    """What the keeper is given to know approvers by."""
    return trust_document(trusted_keys().values())


def _view(row: Operator) -> OperatorView:
    return OperatorView(
        id=row.id,
        name=row.name,
        roles=frozenset(map(Role, row.roles.split())),
        keys=tuple(key.id for key in row.keys.all() if key.retired_at is None),
        added_at=row.added_at,
        retired_at=row.retired_at,
        region=row.region,
        exams=tuple(row.exams.split()),
        enrolled=bool(row.password),
    )


@dataclass(frozen=True)
class FactorView:
    """A second factor that counts."""

    id: str
    kind: str
    label: str
    added_at: datetime
    used_at: datetime | None


@dataclass(frozen=True)
class SessionView:
    """An open session, as its owner or an administrator sees it."""

    id: str
    operator: str
    device: str
    prefix: str
    started_at: datetime
    seen_at: datetime


def visit(token: str, now: datetime, policy: SignInPolicy) -> Visit | None:
    """The session of a cookie, if it counts now: not ended, within its limits, its owner in service."""
    row = Session.objects.select_related("operator").filter(token_hash=token_hash(token), ended_at=None).first()
    if row is None or row.operator.retired_at is not None:
        return None
    stage = Stage(row.stage)
    if not counts(stage, row.started_at, row.seen_at, now, policy):
        return None
    return Visit(row.pk, staff_of(row.operator), stage, row.started_at, row.seen_at, row.strong_at)


def staff_of(row: Operator) -> Staff:
    """A member of staff as `rules.may` sees them."""
    roles = frozenset(map(Role, row.roles.split()))
    return Staff(row.pk, row.name, roles, row.region, frozenset(row.exams.split()))


def password_chosen(session_id: str) -> bool:
    """Whether somebody who enrols has chosen a password already."""
    return Session.objects.filter(pk=session_id).exclude(chosen="").exists()


def place(address: str, device_token: str, operator_id: str) -> Place:
    """Where an attempt on an account comes from: a device counts as known for its own owner only."""
    identity = token_hash(device_token) if device_token else ""
    known = bool(identity) and Device.objects.filter(pk=identity, operator_id=operator_id).exists()
    return Place(address_prefix(address), identity if known else "")


def factors(operator_id: str) -> list[FactorView]:
    """The second factors that count."""
    rows = Operator.objects.get(pk=operator_id).factors.filter(retired_at=None)
    return [FactorView(row.pk, row.kind, row.label, row.added_at, row.used_at) for row in rows]


def used_step(operator_id: str) -> int:
    """The last time step whose code somebody's authenticator app was believed for; 0 if none was."""
    rows = Factor.objects.filter(operator_id=operator_id, kind=FactorKind.TOTP, retired_at=None)
    return max(rows.values_list("counter", flat=True), default=0)


def open_sessions(operator_id: str, now: datetime, policy: SignInPolicy) -> list[SessionView]:
    """The sessions that count now, last seen first."""
    rows = Session.objects.filter(operator_id=operator_id, ended_at=None)
    return [
        SessionView(row.pk, row.operator_id, row.device, row.prefix, row.started_at, row.seen_at)
        for row in rows
        if counts(Stage(row.stage), row.started_at, row.seen_at, now, policy)
    ]


def waiting_recoveries(now: datetime) -> dict[str, str]:
    """Operator → the administrator who asked that they may enrol again, as long as nobody confirmed."""
    rows = Operator.objects.filter(
        invitations__recovery=True,
        invitations__code_hash=None,
        invitations__used_at=None,
        invitations__expires_at__gt=now,
    ).values_list("pk", "invitations__made_by")
    return dict(rows)
