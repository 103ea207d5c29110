"""When one person's result may be seen before the hour. No Django, no IO.

One member of staff asks, with a reason; another one agrees within a day; then the first one, and nobody else, may look
for an hour.
"""

from datetime import datetime, timedelta
from enum import StrEnum

ASKED_FOR = timedelta(hours=24)
"""How long a request waits for the second person."""
AGREED_FOR = timedelta(hours=1)
"""How long an agreed preview is open."""


class PreviewState(StrEnum):
    """Of a request."""

    ASKED = "asked"
    AGREED = "agreed"
    REFUSED = "refused"


def may_view(
    state: PreviewState, *, asked_by: str, decided_by: str, expires_at: datetime, viewer: str, now: datetime
) -> bool:
    """Whether the viewer may look now."""
    return state is PreviewState.AGREED and decided_by not in ("", asked_by) and viewer == asked_by and now < expires_at
