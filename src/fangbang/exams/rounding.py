"""The one point at which a mark is rounded."""

from decimal import ROUND_DOWN, ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal
from enum import StrEnum

import msgspec


class RoundingMode(StrEnum):
    """How a mark becomes a multiple of the unit."""

    NONE = "none"
    HALF_UP = "half-up"
    HALF_EVEN = "half-even"
    DOWN = "down"


class Rounding(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Round to a multiple of `to` points; mode "none" leaves the mark as it is."""

    mode: RoundingMode = RoundingMode.NONE
    to: Decimal = Decimal(1)


_MODES = {
    RoundingMode.HALF_UP: ROUND_HALF_UP,
    RoundingMode.HALF_EVEN: ROUND_HALF_EVEN,
    RoundingMode.DOWN: ROUND_DOWN,
}


def round_mark(mark: Decimal, rounding: Rounding) -> Decimal:
    """The rounded mark; exact, in points."""
    if rounding.mode is RoundingMode.NONE:
        return mark
    return (mark / rounding.to).to_integral_value(_MODES[rounding.mode]) * rounding.to
