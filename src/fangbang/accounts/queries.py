"""Reads of staff and keys."""

from dataclasses import dataclass
from datetime import datetime

from fangbang.accounts.models import Key, Operator
from fangbang.accounts.problems import OPERATOR_RETIRED, ROLE_MISSING, UNKNOWN_OPERATOR
from fangbang.accounts.rules import Role
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
    )
