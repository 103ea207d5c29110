"""The only writers of staff, of what they sign in with, and of their sessions."""

from fangbang.accounts.actions.closing import end_others, end_session
from fangbang.accounts.actions.deciding import prove_decision
from fangbang.accounts.actions.enrolling import (
    accept_invitation,
    ask_recovery,
    choose_password,
    confirm_recovery,
    invite,
)
from fangbang.accounts.actions.entering import show_factor, start_sign_in
from fangbang.accounts.actions.factors import add_factor, change_password, retire_factor
from fangbang.accounts.actions.retaining import disable_operator, forget_failures, forget_records
from fangbang.accounts.actions.staff import (
    add_operator,
    change_reach,
    change_roles,
    enrol_key,
    retire_key,
    retire_operator,
)

__all__ = [
    "accept_invitation",
    "add_factor",
    "add_operator",
    "ask_recovery",
    "change_password",
    "change_reach",
    "change_roles",
    "choose_password",
    "confirm_recovery",
    "disable_operator",
    "end_others",
    "end_session",
    "enrol_key",
    "forget_failures",
    "forget_records",
    "invite",
    "prove_decision",
    "retire_factor",
    "retire_key",
    "retire_operator",
    "show_factor",
    "start_sign_in",
]
