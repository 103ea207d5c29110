"""Limits that are counted as on a real day and never reached: a hundred thousand wrong tries come from one address."""

from fangbang.lookup.limits import Budgets

SLOTS = 1 << 21
NEVER = 10**9
ENDLESS = Budgets(
    bits=0,
    prefix_persons_soft=NEVER,
    prefix_persons_hard=NEVER,
    prefix_failures=NEVER,
    prefix_failures_hard=NEVER,
    person_failures=NEVER,
    pair_failures=NEVER,
    salt_failures=NEVER,
)
