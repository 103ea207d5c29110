"""Limits that are counted as on a real day and never reached: a hundred thousand wrong tries come from one address."""

from fangbang.lookup.limits import Budgets

SLOTS = 1 << 21
_NEVER = 10**9
ENDLESS = Budgets(
    bits=0,
    prefix_persons_soft=_NEVER,
    prefix_persons_hard=_NEVER,
    prefix_failures=_NEVER,
    person_failures=_NEVER,
    pair_failures=_NEVER,
    salt_failures=_NEVER,
)
