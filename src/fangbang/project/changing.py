"""What a changed exam file does, beside the files in force, the opened sittings and the frozen releases; and whose
exams it reaches: for verbs and pages alike."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from fangbang.exams.catalogue import FAMILIES, Catalogue
from fangbang.exams.changing import Given, Years, compared, examined, exams_of
from fangbang.exams.check import Unsure, unsure
from fangbang.project.naming import known_catalogue

if TYPE_CHECKING:
    from fangbang.accounts.rules import Staff
    from fangbang.catalogue.queries import ChangeView
    from fangbang.release.queries import ReleaseView


@dataclass(frozen=True)
class Effects:
    """What a file changes. `years`: exam → what differs in which years; `doubts`: rules in it that nobody is sure of;
    `version`: the catalogue's with it; `sittings`: opened ones whose rules change."""

    years: Mapping[str, tuple[Years, ...]]
    doubts: tuple[Unsure, ...]
    version: str
    sittings: tuple[str, ...]


def effects(folder: Path | None, change: "ChangeView", year: int) -> Effects:
    """What a waiting change would do to what is in force, and what a decided one did; told for `year` and the one after
    it besides every year in which a rule begins or ends. BAD_FILE when it fits what is in force no longer."""
    from fangbang.catalogue.rules import ChangeState
    from fangbang.intake import queries as intake

    key, after = _with(folder, change.key, change.data)
    before = known_catalogue(folder)
    if change.state is not ChangeState.WAITING and change.replaced:
        before = _with(folder, change.key, change.replaced)[1]
    sittings = intake.sittings()
    opened = {item.year for item in sittings if item.exam_id in exams_of(after, key)}
    years = {
        name: compared(before, after, name, {*opened, year, year + 1})
        for name in dict.fromkeys((*exams_of(before, key), *exams_of(after, key)))
    }
    touched = tuple(item.pk for item in sittings if _touches(item.year, years.get(item.exam_id, ())))
    family = key.partition("/")[2] if key.startswith(f"{FAMILIES}/") else ""
    return Effects(years, unsure(after.family(family) if family else after.exam(key)), after.version, touched)


def voided() -> "list[ReleaseView]":
    """The frozen releases that lose their approvals when any file is put in force: their reports name the catalogue."""
    from fangbang.release import queries

    return [view for view in queries.releases() if view.state.frozen]


def reaches(staff: "Staff", folder: Path | None, name: str, data: bytes) -> bool:
    """Whether this member of staff may change a file: the catalogue is the nation's, and who is there for some exams
    changes the files of those alone. BAD_FILE when it is none."""
    from fangbang.accounts.rules import NATION

    if staff.region != NATION:
        return False
    key, after = examined(folder, Given(name, data))
    return not staff.exams or set(exams_of(after, key)) <= staff.exams


def reaches_standing(staff: "Staff", folder: Path | None, key: str) -> bool:
    """As `reaches`, by what is in force: for refusing, which a file that fits no longer must not keep anybody from."""
    from fangbang.accounts.rules import NATION

    alone = () if key.startswith(f"{FAMILIES}/") else (key,)
    exams = exams_of(known_catalogue(folder), key) or alone
    return staff.region == NATION and (not staff.exams or set(exams) <= staff.exams)


def file_name(key: str) -> str:
    """What the file of a key is called."""
    return f"{key.rpartition('/')[2]}.toml"


def _with(folder: Path | None, key: str, data: bytes) -> tuple[str, Catalogue]:
    return examined(folder, Given(file_name(key), data))


def _touches(year: int, parts: Iterable[Years]) -> bool:
    return any(part.first <= year <= part.last for part in parts)
