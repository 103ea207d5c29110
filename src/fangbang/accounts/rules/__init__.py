"""Pure decisions about staff: roles, permissions, sign-in, signing keys. No Django, no IO."""

from fangbang.accounts.rules.decisions import DECISION_FORMAT, Matter, decision
from fangbang.accounts.rules.keys import (
    ENROLMENT_FORMAT,
    LEAST_PASSPHRASE,
    check_possession,
    create_custody_key,
    create_key,
    enrolment_line,
    open_custody_key,
    open_key,
    prove_possession,
    read_enrolment,
)
from fangbang.accounts.rules.passwords import check_password_choice
from fangbang.accounts.rules.permissions import OF_ROLE, TOUCHING, Permission, Staff, Subject, has, may
from fangbang.accounts.rules.policy import Failed, Place, SignInPolicy, address_prefix, may_try
from fangbang.accounts.rules.roles import (
    CLASHES,
    NATION,
    REGIONAL,
    Role,
    check_operator,
    check_reach,
    check_roles,
    covers,
)
from fangbang.accounts.rules.sessions import Stage, Visit, counts, is_strong, token_hash

__all__ = [
    "CLASHES",
    "DECISION_FORMAT",
    "ENROLMENT_FORMAT",
    "LEAST_PASSPHRASE",
    "NATION",
    "OF_ROLE",
    "REGIONAL",
    "TOUCHING",
    "Failed",
    "Matter",
    "Permission",
    "Place",
    "Role",
    "SignInPolicy",
    "Staff",
    "Stage",
    "Subject",
    "Visit",
    "address_prefix",
    "check_operator",
    "check_password_choice",
    "check_possession",
    "check_reach",
    "check_roles",
    "counts",
    "covers",
    "create_custody_key",
    "create_key",
    "decision",
    "enrolment_line",
    "has",
    "is_strong",
    "may",
    "may_try",
    "open_custody_key",
    "open_key",
    "prove_possession",
    "read_enrolment",
    "token_hash",
]
