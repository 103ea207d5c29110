"""One file of views a subject. Importing this package enters every route."""

from fangbang.office.views import (
    account,
    audit,
    desk,
    enrolment,
    entrance,
    home,
    opening,
    previews,
    releases,
    retention,
    signing,
    staff,
    steps,
    system,
    withholdings,
)

__all__ = [
    "account",
    "audit",
    "desk",
    "enrolment",
    "entrance",
    "home",
    "opening",
    "previews",
    "releases",
    "retention",
    "signing",
    "staff",
    "steps",
    "system",
    "withholdings",
]
