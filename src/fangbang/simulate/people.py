"""Synthetic persons: identity documents that pass every check and can belong to nobody.

Resident identity numbers begin with 89: GB/T 2260 assigns division codes beginning with 1 to 7, and of the eighties 81,
82 and 83 only, so that no authority has issued a number that begins with 89. Residence permits of Hong Kong, Macao and
Taiwan residents carry the unassigned division 8399. Passports begin with ZZ or XX, which ISO 3166 leaves to users.
Check digits are right throughout.
"""

import polars as pl

from fangbang.core.errors import FangbangError
from fangbang.simulate.chance import below, stream_key, uniform
from fangbang.simulate.problems import TOO_MANY

MOST_PERSONS = 20_000_000
"""Persons whose documents are pairwise different for one seed."""

RESIDENT, RESIDENCE, PASSPORT = "resident-id", "hmt-residence", "passport"
RESIDENCE_SHARE = 0.004
PASSPORT_SHARE = 0.004

_PER_LAP = 10_000_000
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECKS = "10X98765432"
_BORN_FROM = (1966, 1, 1)
_BORN_DAYS = 13_500


def require_room(persons: int) -> None:
    """Refuse more persons than there are different documents."""
    if persons > MOST_PERSONS:
        raise FangbangError(TOO_MANY, most=MOST_PERSONS, asked=persons)


def _digits(number: pl.Expr, width: int) -> pl.Expr:
    return number.cast(pl.String).str.zfill(width)


def _scattered(person: pl.Expr, seed: int) -> pl.Expr:
    """A one-to-one shuffle of 0 … 10^7 - 1, so that neighbours in a room are not neighbours in numbers."""
    return ((person % _PER_LAP) * 6_364_137 + stream_key(seed, "document") % _PER_LAP) % _PER_LAP


def _with_check_digit(body: pl.Expr) -> pl.Expr:
    """ISO 7064 MOD 11-2 as GB 11643 has it, over 17 digits; digits by division, which is faster than by text."""
    number = body.cast(pl.Int64)
    total = pl.sum_horizontal(number // 10 ** (16 - place) % 10 * weight for place, weight in enumerate(_WEIGHTS))
    return body + pl.lit(pl.Series(list(_CHECKS))).gather(total % 11)


def _body(person: pl.Expr, seed: int, prefix: pl.Expr) -> pl.Expr:
    """Prefix of 2, the scattered number as division (4) and sequence (3), a birth date between them."""
    number = _scattered(person, seed)
    days = below(person, seed, "born", _BORN_DAYS // 2) * 2 + person // _PER_LAP
    born = (pl.date(*_BORN_FROM) + pl.duration(days=days.cast(pl.Int64))).dt.strftime("%Y%m%d")
    return prefix + _digits(number // 1000, 4) + born + _digits(number % 1000, 3)


def _residence_body(person: pl.Expr, seed: int) -> pl.Expr:
    """The scattered number as area (2), year and month of birth, and sequence (3); the lap in the day of birth."""
    number = _scattered(person, seed)
    months = number // 1000 % 100
    day = below(person, seed, "born.day", 14) + person // _PER_LAP * 14 + 1
    born = _digits(months // 12 + 1970, 4) + _digits(months % 12 + 1, 2) + _digits(day, 2)
    return pl.lit("8399") + _digits(number // 100_000, 2) + born + _digits(number % 1000, 3)


def documents(person: pl.Expr, seed: int) -> dict[str, pl.Expr]:
    """Columns doc_type and doc_number for each person index; numbers are unique below `MOST_PERSONS`."""
    draw = uniform(person, seed, "document.kind")
    resident = _with_check_digit(_body(person, seed, pl.lit("89")))
    residence = _with_check_digit(_residence_body(person, seed))
    passport = pl.when(person < _PER_LAP).then(pl.lit("ZZ")).otherwise(pl.lit("XX")) + _digits(
        _scattered(person, seed), 7
    )
    has_residence = draw < RESIDENCE_SHARE
    has_passport = draw < RESIDENCE_SHARE + PASSPORT_SHARE
    return {
        "doc_type": pl.when(has_residence)
        .then(pl.lit(RESIDENCE))
        .when(has_passport)
        .then(pl.lit(PASSPORT))
        .otherwise(pl.lit(RESIDENT)),
        "doc_number": pl.when(has_residence).then(residence).when(has_passport).then(passport).otherwise(resident),
    }
