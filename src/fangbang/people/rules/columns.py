"""The rules of `rules.py` over whole columns, for files of millions of rows. A test holds both to the same answers."""

import polars as pl

from fangbang.people.problems import (
    DOCUMENT_BIRTH,
    DOCUMENT_BLANK,
    DOCUMENT_CHARACTERS,
    DOCUMENT_CHECK,
    DOCUMENT_FORMAT,
    DOCUMENT_LENGTH,
    DOCUMENT_OLD,
    DOCUMENT_REGION,
    DOCUMENT_SPREADSHEET,
    NAME_BLANK,
    NAME_CHARACTERS,
    NAME_LENGTH,
)
from fangbang.people.rules import FIRST_YEAR, check_name, normalise_name
from fangbang.people.rules.documents import (
    CHECK_CHARACTERS,
    CITIZEN_FIRST,
    CITIZEN_TYPES,
    FORMATS,
    WEIGHTS,
    DocumentType,
)

_PLAIN_NAME = r"^[\x{4E00}-\x{9FA5}]{1,20}$"


def document_codes(kind: pl.Expr, number: pl.Expr, last_year: int) -> pl.Expr:
    """The problem code of each folded number (null = sound), as `rules.check_document` decides it."""
    citizen = kind.is_in([item.value for item in CITIZEN_TYPES])
    numbers = citizen | ((kind == DocumentType.FOREIGNER_RESIDENCE.value) & number.str.starts_with("9"))
    wrong_format = pl.any_horizontal(
        [(kind == item.value) & ~number.str.contains(f"^(?:{text})$") for item, text in FORMATS.items()]
    )
    wrong_region = pl.any_horizontal(
        [(kind == item.value) & ~number.str.contains(f"^{first}") for item, first in CITIZEN_FIRST.items()]
    )
    return (
        pl.when(number == "")
        .then(pl.lit(DOCUMENT_BLANK.code))
        .when(number.str.contains(r"^[0-9](\.[0-9]+)?E\+?[0-9]+$"))
        .then(pl.lit(DOCUMENT_SPREADSHEET.code))
        .when(citizen & number.str.contains(r"^[0-9]{15}$"))
        .then(pl.lit(DOCUMENT_OLD.code))
        .when(citizen & (number.str.len_chars() != 18))
        .then(pl.lit(DOCUMENT_LENGTH.code))
        .when(citizen & ~number.str.contains(r"^[0-9]{17}[0-9X]$"))
        .then(pl.lit(DOCUMENT_CHARACTERS.code))
        .when(citizen & wrong_region)
        .then(pl.lit(DOCUMENT_REGION.code))
        .when(wrong_format)
        .then(pl.lit(DOCUMENT_FORMAT.code))
        .when(numbers & ~_birth_is_sane(number, last_year))
        .then(pl.lit(DOCUMENT_BIRTH.code))
        .when(numbers & (_check_characters(number) != number.str.slice(17, 1)))
        .then(pl.lit(DOCUMENT_CHECK.code))
        .otherwise(None)
    )


def _birth_is_sane(number: pl.Expr, last_year: int) -> pl.Expr:
    born = number.str.slice(6, 8).str.to_date("%Y%m%d", strict=False)
    return born.is_not_null() & born.dt.year().is_between(FIRST_YEAR, last_year)


def _check_characters(number: pl.Expr) -> pl.Expr:
    digits = number.str.slice(0, 17).cast(pl.Int64, strict=False).fill_null(0)
    total = pl.sum_horizontal([digits // 10 ** (16 - place) % 10 * weight for place, weight in enumerate(WEIGHTS)])
    return (total % 11).replace_strict(list(range(11)), list(CHECK_CHARACTERS), return_dtype=pl.String)


def normalise_names(names: pl.Series) -> pl.Series:
    """`rules.normalise_name` of each; names of common characters only, nearly all, are left as they are."""
    return _where_not_plain(names, normalise_name)


def name_codes(names: pl.Series) -> pl.Series:
    """The problem code of each normalised name (null = sound), as `rules.check_name` decides it."""
    codes = {problem.code for problem in (NAME_BLANK, NAME_LENGTH, NAME_CHARACTERS)}
    plain = names.str.contains(_PLAIN_NAME)
    odd = names.filter(~plain).unique()
    problems = {name: problem.code for name in odd if (problem := check_name(name)) is not None}
    if not problems:
        return pl.Series(names.name, [None], dtype=pl.String).new_from_index(0, len(names))
    return names.replace_strict(problems, default=None, return_dtype=pl.Enum(sorted(codes))).cast(pl.String)


def _where_not_plain(names: pl.Series, change: object) -> pl.Series:
    odd = names.filter(~names.str.contains(_PLAIN_NAME)).unique()
    changed = {name: fresh for name in odd if (fresh := normalise_name(name)) != name}
    return names.replace(list(changed), list(changed.values())) if changed else names
