"""One file of views a subject. Importing this package enters every route."""

from fangbang.office.views import (
    account,
    desk,
    enrolment,
    entrance,
    home,
    opening,
    previews,
    releases,
    signing,
    staff,
    steps,
    system,
)

__all__ = [
    "account",
    "desk",
    "enrolment",
    "entrance",
    "home",
    "opening",
    "previews",
    "releases",
    "signing",
    "staff",
    "steps",
    "system",
]
