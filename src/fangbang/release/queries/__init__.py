"""Reads of releases, and the gathering of the facts that a report is frozen from."""

from fangbang.release.models import Purpose
from fangbang.release.queries.bundles import pages_proposers
from fangbang.release.queries.gathering import gather
from fangbang.release.queries.published import (
    counting_books,
    counting_of,
    published_report,
    shown_books,
    standing_releases,
)
from fangbang.release.queries.reading import (
    ReleaseView,
    SignatureView,
    WordView,
    approvals,
    audit_anchors,
    frozen_report,
    next_schedule,
    release,
    releases,
    said,
    seal_order,
    superseded_by,
    unsealed,
    words,
    would_be_voided,
)

__all__ = [
    "Purpose",
    "ReleaseView",
    "SignatureView",
    "WordView",
    "approvals",
    "audit_anchors",
    "counting_books",
    "counting_of",
    "frozen_report",
    "gather",
    "next_schedule",
    "pages_proposers",
    "published_report",
    "release",
    "releases",
    "said",
    "seal_order",
    "shown_books",
    "standing_releases",
    "superseded_by",
    "unsealed",
    "words",
    "would_be_voided",
]
