"""Roles of staff, which of them one person may have, and for which region and exams. No Django, no IO."""

import re
from collections.abc import Iterable
from enum import StrEnum

from fangbang.accounts.problems import (
    BAD_OPERATOR_ID,
    BAD_REGION,
    BAD_ROLES,
    CLASHING_ROLES,
    NAME_MISSING,
    REGION_NEEDED,
)
from fangbang.core.errors import FangbangError
from fangbang.exams.provinces import PROVINCES

_OPERATOR_ID = re.compile(r"[a-z][a-z0-9.-]{1,31}")
_REGION = re.compile(r"[0-9]{4}00")
_EXAM = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")
NATION = ""
"""The region of staff of the national centre."""


class Role(StrEnum):
    """What a member of staff may do."""

    ADJUDICATOR = "adjudicator"
    """Enters lines, runs the calculators, opens and freezes releases."""
    ADMINISTRATOR = "administrator"
    """Enters staff and their keys; no part in any release and no data."""
    APPROVER = "approver"
    """Signs reports, hours, overrides and withdrawals; puts changed exam files in force."""
    AUDITOR = "auditor"
    """Reads everything, changes nothing."""
    CATALOGUE_EDITOR = "catalogue-editor"
    """Keeps the catalogue of examinations: proposes changed files; an approver puts them in force."""
    CITY_DESK = "city-desk"
    """Answers candidates of one city, after the hour."""
    IMPORTER = "importer"
    """Brings files in."""
    PROVINCIAL_CENTRE = "provincial-centre"
    """Confirms one province's counts; answers its candidates after the hour."""


# Separation of duties. That nobody approves what they imported is checked per release as well, by name.
CLASHES: tuple[tuple[Role, Role], ...] = (
    (Role.IMPORTER, Role.APPROVER),
    *((Role.ADMINISTRATOR, other) for other in Role if other not in (Role.ADMINISTRATOR, Role.AUDITOR)),
    *((Role.AUDITOR, other) for other in Role if other is not Role.AUDITOR),
)
REGIONAL = frozenset({Role.PROVINCIAL_CENTRE, Role.CITY_DESK})
"""Roles that exist for one province or city only."""


def check_operator(operator_id: str, name: str) -> None:
    """INPUT unless the id can stand in logs and file names and there is a name."""
    if not _OPERATOR_ID.fullmatch(operator_id):
        raise FangbangError(BAD_OPERATOR_ID)
    if not name.strip():
        raise FangbangError(NAME_MISSING)


def check_roles(roles: Iterable[str]) -> frozenset[Role]:
    """The roles, if they are known and one person may have them all."""
    given = list(roles)
    if not given or not set(given) <= set(Role):
        raise FangbangError(BAD_ROLES, roles=", ".join(given), known=", ".join(Role))
    wanted = frozenset(map(Role, given))
    for one, other in CLASHES:
        if {one, other} <= wanted:
            raise FangbangError(CLASHING_ROLES, one=one.value, other=other.value)
    return wanted


def check_reach(roles: Iterable[Role], region: str, exams: Iterable[str]) -> tuple[str, tuple[str, ...]]:
    """The region (six digits of GB/T 2260 ending in 00; "" for the nation) and the exams (none: all), if staff with
    these roles may have them. INPUT otherwise."""
    if region != NATION and not (_REGION.fullmatch(region) and f"{region[:2]}0000" in PROVINCES):
        raise FangbangError(BAD_REGION, region=region)
    if region == NATION and (regional := sorted(REGIONAL & set(roles))):
        raise FangbangError(REGION_NEEDED, role=regional[0].value)
    wanted = tuple(sorted(set(exams)))
    for exam in wanted:
        if not _EXAM.fullmatch(exam):
            raise FangbangError(BAD_REGION, region=exam)
    return region, wanted


def covers(region: str, code: str) -> bool:
    """Whether a region (nation, province or city) contains the place with this six-digit code."""
    if region.endswith("0000"):
        return code[:2] == region[:2]
    return code[:4] == region[:4] if region else True
