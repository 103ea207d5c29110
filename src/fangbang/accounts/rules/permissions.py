"""Who may do what to what: the permissions, which roles have them, and the one function that decides. Deny by default.

`scope:resource:action`. The scope says what a permission is about:

- `public`: anybody who reaches the office, signed in or not;
- `enrolling`, `halfway`: someone who showed an invitation, or a password only;
- `own`: a member of staff, to what is theirs;
- `nation`: things that belong to no region;
- `region`: things that lie in regions and belong to an exam: never decided without the thing (`Subject`).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from fangbang.accounts.rules.roles import NATION, Role, covers


class Permission(StrEnum):
    """Every permission of the office, in the order of the alphabet."""

    ENROLLING_ACCOUNT_FURNISH = "enrolling:account:furnish"
    HALFWAY_FACTOR_SHOW = "halfway:factor:show"
    NATION_AUDIT_READ = "nation:audit:read"
    NATION_CATALOGUE_APPROVE = "nation:catalogue:approve"
    NATION_CATALOGUE_EDIT = "nation:catalogue:edit"
    NATION_CATALOGUE_READ = "nation:catalogue:read"
    NATION_SERVICE_SWITCH = "nation:service:switch"
    NATION_SERVICE_WATCH = "nation:service:watch"
    NATION_STAFF_MANAGE = "nation:staff:manage"
    NATION_STAFF_READ = "nation:staff:read"
    OWN_ACCOUNT_MANAGE = "own:account:manage"
    PUBLIC_ENTRANCE_USE = "public:entrance:use"
    REGION_AUDIT_READ = "region:audit:read"
    REGION_CANDIDATE_SEARCH = "region:candidate:search"
    REGION_CONFIRMATION_GIVE = "region:confirmation:give"
    REGION_FILE_IMPORT = "region:file:import"
    REGION_FILE_READ = "region:file:read"
    REGION_LINE_ANNOUNCE = "region:line:announce"
    REGION_NOTICE_APPROVE = "region:notice:approve"
    REGION_NOTICE_WRITE = "region:notice:write"
    REGION_RELEASE_APPROVE = "region:release:approve"
    REGION_RELEASE_PREPARE = "region:release:prepare"
    REGION_RELEASE_READ = "region:release:read"
    REGION_RESULT_EXPORT = "region:result:export"
    REGION_RESULT_PREVIEW = "region:result:preview"
    REGION_RESULT_WITHHOLD = "region:result:withhold"
    REGION_STATISTICS_READ = "region:statistics:read"

    @property
    def scope(self) -> str:
        return self.value.partition(":")[0]


_P = Permission

OF_ROLE: Mapping[Role, frozenset[Permission]] = {
    Role.ADJUDICATOR: frozenset(
        {
            _P.NATION_CATALOGUE_READ,
            _P.NATION_SERVICE_WATCH,
            _P.REGION_AUDIT_READ,
            _P.REGION_FILE_READ,
            _P.REGION_LINE_ANNOUNCE,
            _P.REGION_RELEASE_PREPARE,
            _P.REGION_RELEASE_READ,
            _P.REGION_RESULT_WITHHOLD,
            _P.REGION_STATISTICS_READ,
        }
    ),
    Role.ADMINISTRATOR: frozenset({_P.NATION_STAFF_MANAGE, _P.NATION_STAFF_READ}),
    Role.APPROVER: frozenset(
        {
            _P.NATION_CATALOGUE_APPROVE,
            _P.NATION_CATALOGUE_READ,
            _P.NATION_SERVICE_SWITCH,
            _P.NATION_SERVICE_WATCH,
            _P.REGION_AUDIT_READ,
            _P.REGION_FILE_READ,
            _P.REGION_NOTICE_APPROVE,
            _P.REGION_NOTICE_WRITE,
            _P.REGION_RELEASE_APPROVE,
            _P.REGION_RELEASE_READ,
            _P.REGION_RESULT_PREVIEW,
            _P.REGION_RESULT_WITHHOLD,
            _P.REGION_STATISTICS_READ,
        }
    ),
    Role.AUDITOR: frozenset(
        {
            _P.NATION_AUDIT_READ,
            _P.NATION_CATALOGUE_READ,
            _P.NATION_SERVICE_WATCH,
            _P.NATION_STAFF_READ,
            _P.REGION_AUDIT_READ,
            _P.REGION_FILE_READ,
            _P.REGION_RELEASE_READ,
            _P.REGION_STATISTICS_READ,
        }
    ),
    Role.CATALOGUE_EDITOR: frozenset({_P.NATION_CATALOGUE_EDIT, _P.NATION_CATALOGUE_READ}),
    Role.CITY_DESK: frozenset({_P.NATION_CATALOGUE_READ, _P.REGION_CANDIDATE_SEARCH, _P.REGION_RELEASE_READ}),
    Role.IMPORTER: frozenset(
        {_P.NATION_CATALOGUE_READ, _P.REGION_FILE_IMPORT, _P.REGION_FILE_READ, _P.REGION_RELEASE_READ}
    ),
    Role.PROVINCIAL_CENTRE: frozenset(
        {
            _P.NATION_CATALOGUE_READ,
            _P.REGION_AUDIT_READ,
            _P.REGION_CANDIDATE_SEARCH,
            _P.REGION_CONFIRMATION_GIVE,
            _P.REGION_NOTICE_WRITE,
            _P.REGION_RELEASE_READ,
            _P.REGION_RESULT_EXPORT,
            _P.REGION_STATISTICS_READ,
        }
    ),
}
"""Role → permissions. Nothing else gives one, except that every member of staff has those of scope `own`."""

TOUCHING = frozenset({_P.REGION_RELEASE_READ, _P.REGION_FILE_READ})
"""Permissions for which it is enough that the thing touches one's region: a province sees how the nation's release
comes on. For all others one's region must contain the whole thing. What such a page shows of other regions is sums."""


@dataclass(frozen=True)
class Staff:
    """A member of staff in service, as decisions see them. `region` "" is the nation; no `exams` means all."""

    id: str
    name: str
    roles: frozenset[Role]
    region: str = NATION
    exams: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Subject:
    """What is acted on: of which exam, in which regions (six-digit codes; none = the whole nation)."""

    exam: str
    regions: frozenset[str] = frozenset()


def may(staff: Staff, permission: Permission, subject: Subject | None = None) -> bool:
    """Whether a member of staff may do this to that. A permission of scope `region` needs the subject."""
    if permission.scope == "own":
        return True
    if not has(staff, permission):
        return False
    if permission.scope != "region":
        return True
    return subject is not None and _within(staff, permission, subject)


def has(staff: Staff, permission: Permission) -> bool:
    """Whether any of their roles gives the permission: what menus go by. A thing is decided by `may`."""
    return any(permission in OF_ROLE[role] for role in staff.roles)


def _within(staff: Staff, permission: Permission, subject: Subject) -> bool:
    if staff.exams and subject.exam not in staff.exams:
        return False
    if staff.region == NATION:
        return True
    if permission in TOUCHING:
        return not subject.regions or any(
            covers(staff.region, code) or covers(code, staff.region) for code in subject.regions
        )
    return bool(subject.regions) and all(covers(staff.region, code) for code in subject.regions)
