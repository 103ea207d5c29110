"""Which passwords may be chosen. No Django, no IO. No rule of composition: length, and none that others try first."""

from collections.abc import Container

from fangbang.accounts.problems import COMMON_PASSWORD, LONG_PASSWORD, OWN_NAME_IN_PASSWORD, SHORT_PASSWORD
from fangbang.core.errors import FangbangError

LONGEST = 128
_CORE = 4
"""A name shorter than this is found in too many passwords by chance."""


def check_password_choice(password: str, *, operator_id: str, name: str, least: int, refused: Container[str]) -> None:
    """INPUT unless the password may be chosen. `refused`: passwords in lower case that are known to everybody."""
    if len(password) < least:
        raise FangbangError(SHORT_PASSWORD, least=least)
    if len(password) > LONGEST:
        raise FangbangError(LONG_PASSWORD, most=LONGEST)
    folded = password.strip().casefold()
    if folded in refused or len(set(folded)) < _CORE:
        raise FangbangError(COMMON_PASSWORD)
    for own in (operator_id, name):
        if len(own) >= _CORE and own.casefold() in folded:
            raise FangbangError(OWN_NAME_IN_PASSWORD)
