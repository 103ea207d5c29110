"""Reasons: short, and about the matter, never about the person, since the audit log keeps them. No Django, no IO."""

import re
from collections.abc import Iterable

from fangbang.core.errors import FangbangError
from fangbang.core.fold import fold_name, fold_number
from fangbang.people.problems import PERSONAL_REASON, REASON_NEEDED

LEAST, MOST = 4, 200
_LONG_NUMBER = re.compile(r"[0-9]{10,}")
"""As long as a ticket or an identity number; case numbers have their year apart."""


def checked_reason(text: str, personal: Iterable[str] = ()) -> str:
    """The reason without space around it. INPUT if it is too short or long, holds a number as long as a person's, or
    one of `personal`: what was typed to find somebody."""
    reason = " ".join(text.split())
    if not LEAST <= len(reason) <= MOST:
        raise FangbangError(REASON_NEEDED, least=LEAST, most=MOST)
    folded = {fold_number(reason), fold_name(reason)}
    told = [part for item in personal for part in (fold_number(item), fold_name(item)) if len(part) > 1]
    if any(part in spelled for part in told for spelled in folded) or any(map(_LONG_NUMBER.search, folded)):
        raise FangbangError(PERSONAL_REASON)
    return reason
