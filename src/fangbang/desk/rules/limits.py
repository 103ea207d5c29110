"""How often one member of staff may look for candidates. No Django, no IO."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from fangbang.core.errors import FangbangError
from fangbang.core.settings import BAD_SETTING

WINDOW = timedelta(hours=1)
_SETTING = "OFFICE_SEARCHES_HOUR"


def limit_of(settings: Mapping[str, str]) -> int:
    """Searches an hour, from the settings; BAD_SETTING for anything but a whole number from 1."""
    text = settings[_SETTING]
    if not (text.isascii() and text.isdigit() and int(text) >= 1):
        raise FangbangError(BAD_SETTING, name=f"FANGBANG_{_SETTING}", choices="1, 2 …")
    return int(text)


def within_limit(searches: Iterable[datetime], now: datetime, limit: int) -> bool:
    """Whether one more search fits after those of one member of staff.

    >>> now = datetime(2026, 8, 20)
    >>> within_limit([now - timedelta(minutes=59)], now, 1), within_limit([now - WINDOW], now, 1)
    (False, True)
    """
    return sum(now - at < WINDOW for at in searches) < limit
