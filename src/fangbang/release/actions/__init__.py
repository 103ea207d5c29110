"""The only writers of releases: each a verb, keyword-only, one transaction, one audit event.

A release is moved by compare-and-set on its state and revision (`moving`), and exactly one row must change. A verb that
finds its work done already is a no-op, so that after a crash the same command finishes.
"""

from fangbang.release.actions.confirming import confirm_counts, dispute_counts, waive_confirmation
from fangbang.release.actions.pages import mark_pages_published, propose_pages, sign_pages
from fangbang.release.actions.preparing import approve, freeze, open_release, override, void_after
from fangbang.release.actions.publishing import (
    commit,
    distribute,
    mark_published,
    mark_scheduled,
    mark_sealed,
    mark_withdrawn,
    sign_hour,
    sign_withdrawal,
)
from fangbang.release.actions.switches import mark_switched, sign_switch

__all__ = [
    "approve",
    "commit",
    "confirm_counts",
    "dispute_counts",
    "distribute",
    "freeze",
    "mark_pages_published",
    "mark_published",
    "mark_scheduled",
    "mark_sealed",
    "mark_switched",
    "mark_withdrawn",
    "open_release",
    "override",
    "propose_pages",
    "sign_hour",
    "sign_pages",
    "sign_switch",
    "sign_withdrawal",
    "void_after",
    "waive_confirmation",
]
