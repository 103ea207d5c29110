"""The sign-in policy of one installation, and the limits on guessing. No Django, no IO."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import ip_address, ip_network
from typing import Self

from fangbang.core.errors import FangbangError
from fangbang.core.settings import BAD_SETTING

_SETTING = "OFFICE_"
WINDOW = timedelta(minutes=15)
TRIES = 5
"""Failures of one account from one place (a known device, or an address prefix) in a window."""
PLACE_TRIES = 40
"""Failures from one address prefix over all accounts in a window."""
ACCOUNT_TRIES = 60
"""Failures of one account from all unknown places in a window. Known devices are not asked: whoever guesses from
everywhere at once cannot keep the owner out."""
HALFWAY = timedelta(minutes=5)
"""Between the password and the second factor, and for a passkey's challenge."""


@dataclass(frozen=True)
class SignInPolicy:
    """What the settings say about passwords and sessions."""

    least: int = 12
    history: int = 5
    idle: timedelta = timedelta(minutes=30)
    absolute: timedelta = timedelta(hours=10)
    step_up: timedelta = timedelta(minutes=5)
    invitation: timedelta = timedelta(hours=48)

    @classmethod
    def from_settings(cls, values: Mapping[str, str]) -> Self:
        """The policy that the settings give; BAD_SETTING for anything but whole numbers."""
        return cls(
            least=_number(values, "PASSWORD_LENGTH", 8),
            history=_number(values, "PASSWORD_HISTORY", 0),
            idle=timedelta(minutes=_number(values, "IDLE_MINUTES", 1)),
            absolute=timedelta(hours=_number(values, "SESSION_HOURS", 1)),
            step_up=timedelta(minutes=_number(values, "STEP_UP_MINUTES", 1)),
            invitation=timedelta(hours=_number(values, "INVITATION_HOURS", 1)),
        )


@dataclass(frozen=True)
class Place:
    """Where someone tries to sign in from: an address prefix, and the id of a device that is known to be theirs."""

    prefix: str
    device: str = ""

    @property
    def source(self) -> str:
        """What failures are counted by."""
        return f"device:{self.device}" if self.device else f"net:{self.prefix}"


def address_prefix(address: str) -> str:
    """An IPv4 address, or the /64 of an IPv6 one: what one person can change at no cost does not count."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return "unknown"
    return str(parsed) if parsed.version == 4 else str(ip_network(f"{parsed}/64", strict=False))


@dataclass(frozen=True)
class Failed:
    """One failed attempt within the window: whose account (as typed), from which source."""

    operator: str
    source: str
    at: datetime


def may_try(failures: Iterable[Failed], operator: str, place: Place, now: datetime) -> bool:
    """Whether another attempt on this account from this place is looked at.

    >>> may_try([], "wang", Place("10.0.0.1"), datetime.min)
    True
    """
    recent = [item for item in failures if now - item.at < WINDOW]
    of_account = [item for item in recent if item.operator == operator]
    if sum(item.source == place.source for item in of_account) >= TRIES:
        return False
    if place.device:
        return True
    if sum(item.source == place.source for item in recent) >= PLACE_TRIES:
        return False
    return sum(item.source.startswith("net:") for item in of_account) < ACCOUNT_TRIES


def _number(values: Mapping[str, str], name: str, least: int) -> int:
    text = values[_SETTING + name]
    if not (text.isascii() and text.isdigit() and int(text) >= least):
        raise FangbangError(BAD_SETTING, name=f"FANGBANG_{_SETTING}{name}", choices=f"{least}, {least + 1} …")
    return int(text)
