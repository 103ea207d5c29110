"""A hit as a page hands it on: what it names is ciphertext, for one member of staff and a quarter of an hour. So no
number stands in a page that shows masked ones, and none in any address. No Django, no IO."""

import json
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from cryptography.exceptions import InvalidTag

from fangbang.core.clock import from_wire, to_wire
from fangbang.core.errors import FangbangError
from fangbang.desk.problems import BAD_HANDLE
from fangbang.people.rules.vault import DocumentVault

GOOD_FOR = timedelta(minutes=15)


@dataclass(frozen=True)
class Handle:
    """One row of a sitting (`ticket`), found by `operator` for `reason`."""

    sitting: str
    ticket: str
    reason: str
    operator: str

    def sealed(self, vault: DocumentVault, now: datetime) -> str:
        """As base64."""
        return vault.seal(json.dumps({**asdict(self), "until": to_wire(now + GOOD_FOR)}))


def opened(sealed: str, vault: DocumentVault, operator: str, now: datetime) -> Handle:
    """The handle; INPUT if it is another one's, too old or not one of ours."""
    try:
        told = json.loads(vault.open(sealed))
        until = from_wire(told.pop("until"))
        handle = Handle(**told)
    except (InvalidTag, ValueError, KeyError, TypeError) as error:
        raise FangbangError(BAD_HANDLE) from error
    if handle.operator != operator or now >= until:
        raise FangbangError(BAD_HANDLE)
    return handle
